//! Advice on each code: how to fix the file, or which part of the feed to change.

use sluice_engine::schema::patterns_that_read;
use sluice_engine::spec::{ConstraintsSpec, FieldType, OneOrMany};
use sluice_engine::{Code, Problem, Stage};

use super::feed::Written;

/// How to fix a problem: in the file first, then in the feed.
pub fn fix(feed: &Written, problem: &Problem) -> String {
    let name = problem.field.as_deref().unwrap_or_default();
    let mapping = feed.mapping(name);
    match problem.code {
        Code::ExtraCell | Code::MissingCell if problem.stage == Stage::Split => {
            "write header and records with as many cells, or leave the empty one out with `source.trailingDelimiter: ignore`".into()
        }
        Code::TypeError if mapping.is_some_and(|mapping| mapping.date.is_some()) => {
            pattern(feed, problem, FieldType::Date, &format!("`restructure.{name}.date`"))
        }
        Code::TypeError if mapping.is_some_and(|mapping| mapping.datetime.is_some()) => {
            pattern(feed, problem, FieldType::Datetime, &format!("`restructure.{name}.datetime`"))
        }
        Code::ExpressionError if problem.field.is_none() => {
            "correct the record, or let the condition in `source.omit` or the rule check first what it needs".into()
        }
        Code::ConstraintError if is_missing(feed, problem) => {
            format!("fill in a value, or allow none in {}", part(feed, name, ".constraints.required"))
        }
        code => match code.fix().split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
            Some((before, (place, after))) => format!("{before}{}{after}", filled(feed, problem, place)),
            None => code.fix().to_owned(),
        },
    }
}

/// The text that replaces a name in braces, for this feed.
fn filled(feed: &Written, problem: &Problem, place: &str) -> String {
    let name = problem.field.as_deref().unwrap_or_default();
    match place.split_once('.') {
        Some(("restructure", key)) => format!("`restructure.{name}.{key}`"),
        _ if place == "constraints" => {
            let key = feed.field(name).map_or("", |field| only_constraint(&field.constraints));
            part(feed, name, &format!(".constraints{key}"))
        }
        _ if place == "delimiter" => format!("{:?}", feed.spec.source.delimiter),
        _ => {
            // A code has the name of its rule, except for the suffix `-missing` of references.
            let code = problem.code.as_str();
            let kind = code.strip_suffix("-missing").unwrap_or(code).replace('-', "_");
            feed.rule(&kind, problem.field.as_deref()).map_or("`validate.rules`".to_owned(), |(_, at)| at)
        }
    }
}

/// The path of a part of a field in the schema; the schema itself if it has no such field.
fn part(feed: &Written, name: &str, part: &str) -> String {
    feed.field_path(name, part).unwrap_or_else(|| "`schema`".to_owned())
}

/// How to fix a date: names patterns that read the value. If the feed's own patterns do, the problem is
/// another one, such as an hour that the clocks skipped.
fn pattern(feed: &Written, problem: &Problem, field_type: FieldType, place: &str) -> String {
    let patterns = problem.value.as_deref().map(|value| patterns_that_read(value, field_type)).unwrap_or_default();
    let mapping = problem.field.as_deref().and_then(|name| feed.mapping(name));
    let own = mapping.and_then(|mapping| mapping.date.as_ref().or(mapping.datetime.as_ref()));
    if patterns.is_empty() || own.is_some_and(|OneOrMany(own)| own.iter().any(|own| patterns.contains(own))) {
        return "correct the value".into();
    }
    format!("correct the value, or add its format to {place}: {}", patterns.join(" or "))
}

/// Whether a required value is missing or only white space.
pub(super) fn is_missing(feed: &Written, problem: &Problem) -> bool {
    let value = problem.value.as_deref().unwrap_or_default();
    let field = problem.field.as_deref().and_then(|name| feed.field(name));
    value.is_empty() || (value.trim().is_empty() && field.is_some_and(|field| field.constraints.required))
}

/// The key of the only constraint that a value can break, such as `.minimum`; empty if there are several.
fn only_constraint(constraints: &ConstraintsSpec) -> &'static str {
    let given = [
        (".pattern", constraints.pattern.is_some()),
        (".enum", constraints.one_of.is_some()),
        (".minimum", constraints.minimum.is_some()),
        (".maximum", constraints.maximum.is_some()),
        (".exclusiveMinimum", constraints.exclusive_minimum.is_some()),
        (".exclusiveMaximum", constraints.exclusive_maximum.is_some()),
        (".minLength", constraints.min_length.is_some()),
        (".maxLength", constraints.max_length.is_some()),
        (".jsonSchema", constraints.json_schema.is_some()),
    ];
    let mut given = given.into_iter().filter(|(_, given)| *given).map(|(key, _)| key);
    match (given.next(), given.next()) {
        (Some(key), None) => key,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sluice_engine::feed::read;

    use super::super::expected::expected;
    use super::*;

    const FEED: &str = "
version: 1
name: products
restructure: {day: {date: '%d.%m.%Y'}}
schema:
  fields:
    - {name: id, constraints: {required: true, pattern: '[A-Z]+'}}
    - {name: price, type: number, constraints: {minimum: 0.01, maximum: 9}}
    - {name: day, type: date}
validate:
  rules:
    - prohibited: {fields: [id], terms: [x]}
    - range: {field: price, minimum: 1}
import: {table: products, key: [id]}
";

    #[test]
    fn table_of_problems() {
        let (spec, _) = read(FEED).unwrap();
        let feed = Written::new(spec, Path::new("feed.yaml"));
        for (code, field, value, says, points) in [
            (Code::ConstraintError, "id", "", "a value", "`schema.fields[0].constraints.required`"),
            (Code::ConstraintError, "id", " ", "a value", "`schema.fields[0].constraints.required`"),
            (Code::ConstraintError, "id", "1", "matching [A-Z]+", "`schema.fields[0].constraints.pattern`"),
            (Code::ConstraintError, "price", "10", "at least 0.01, at most 9", "`schema.fields[1].constraints`"),
            (Code::TypeError, "price", "x", "number", "`restructure.price.clean`"),
            (Code::TypeError, "day", "x", "date, written %d.%m.%Y", "correct the value"),
            (Code::TypeError, "day", "31/12/2026", "date, written %d.%m.%Y", "`restructure.day.date`: %d/%m/%Y"),
            (Code::TypeError, "day", "45581", "date, written %d.%m.%Y", "correct the value"),
            (Code::Range, "price", "0", "at least 1", "`validate.rules[1].range`"),
            (Code::Prohibited, "id", "x", "", "`validate.rules[0].prohibited`"),
            (Code::MissingLabel, "price", "", "", "`restructure.price.from`"),
        ] {
            let problem = Problem::new(Stage::Validate, code, "").field(field).value(value);
            assert_eq!(expected(&feed, &problem, 3, "UTF-8").unwrap_or_default(), says, "{problem:?}");
            assert!(fix(&feed, &problem).ends_with(points), "{}", fix(&feed, &problem));
        }
    }

    #[test]
    fn every_code_has_a_line() {
        let (spec, _) = read(FEED).unwrap();
        let feed = Written::new(spec, Path::new("feed.yaml"));
        for code in Code::ALL {
            let line = fix(&feed, &Problem::new(Stage::Validate, *code, ""));
            assert!(!line.is_empty() && !line.contains(['\n', '{']), "{code}");
        }
    }
}
