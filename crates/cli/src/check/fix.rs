//! How to fix what was found: a line per code, with the place in the feed that decides.

use sluice_engine::schema::patterns_that_read;
use sluice_engine::spec::{ConstraintsSpec, FieldType, OneOrMany};
use sluice_engine::{Code, Problem, Stage};

use super::feed::Written;

/// How to fix what was found: in the file first, then in the feed.
pub fn fix(feed: &Written, problem: &Problem) -> String {
    let name = problem.field.as_deref().unwrap_or_default();
    let part = |part: &str| feed.field_path(name, part).unwrap_or_else(|| "`schema`".to_owned());
    let mapping = |key: &str| format!("`restructure.{name}.{key}`");
    let rule =
        |kind: &str| feed.rule(kind, problem.field.as_deref()).map_or("`validate.rules`".to_owned(), |(_, at)| at);
    match problem.code {
        Code::SourceError => "the message says what the file is or where it cannot be read: correct it there".into(),
        Code::DialectError => {
            "write the file as the feed says, or change `source` in the feed as the message says".into()
        }
        Code::MissingLabel => format!("add the column, or add its name in this file to {}", mapping("from")),
        Code::DuplicateLabel => "keep one of the columns, or say in `source.labels.duplicate` which is read".into(),
        Code::ExtraLabel => {
            "nothing, if it is not needed; otherwise add a field to `schema.fields` that reads it".into()
        }
        Code::BlankLabel => "give the column a name, or take it out of the file".into(),
        Code::ExtraCell | Code::MissingCell if problem.stage == Stage::Split => {
            "write header and records with as many cells, or describe the columns in `source.columns`".into()
        }
        Code::QuoteError => {
            "put quotes around the whole cell and write every quote within it twice; where a quote is a character like any \
             other in this file, set `source.quoteChar: null`; to read such records as they are, `source.quotes: lenient`"
                .into()
        }
        Code::StrayQuote => {
            "nothing, if the quote belongs to the text; otherwise take it out, or put quotes around the whole cell".into()
        }
        Code::ExtraCell => {
            let delimiter = &feed.spec.source.delimiter;
            format!("put quotes around the cell in which a {delimiter:?} stands, or take out what is too much")
        }
        Code::MissingCell => "add the cells that are missing, if only as empty ones".into(),
        Code::OtherRun => "put the rejects of each run into a file of their own".into(),
        Code::UnknownRecord => "take `_record` over from rejects.csv as it is there".into(),
        Code::RawError => "write one record there as in the producer's file, or fill the columns of the source".into(),
        Code::RepeatedRecord => {
            "nothing, if a record was meant to become several; otherwise keep one of the rows".into()
        }
        Code::EncodingError => "save the file in that encoding, or name the one it has in `source.encoding`".into(),
        Code::ControlCharacter => format!("take it out of the file, or by a step in {}", mapping("clean")),
        Code::TypeError if feed.mapping(name).is_some_and(|mapping| mapping.date.is_some()) => {
            pattern(feed, problem, FieldType::Date, &mapping("date"))
        }
        Code::TypeError if feed.mapping(name).is_some_and(|mapping| mapping.datetime.is_some()) => {
            pattern(feed, problem, FieldType::Datetime, &mapping("datetime"))
        }
        Code::TypeError => format!("correct the value, or make it readable in {}", mapping("clean")),
        Code::ConstraintError if is_missing(feed, problem) => {
            format!("fill in a value, or allow none in {}", part(".constraints.required"))
        }
        Code::ConstraintError => {
            let key = feed.field(name).map_or("", |field| only_constraint(&field.constraints));
            format!("correct the value, or widen {}", part(&format!(".constraints{key}")))
        }
        Code::Prohibited => format!("take the term out of the text, or out of {}", rule("prohibited")),
        Code::Range => format!("correct the value, or widen {}", rule("range")),
        Code::OneOf => format!("correct the value, or change {}", rule("one_of")),
        Code::Compare => format!("correct one of the values, or change {}", rule("compare")),
        Code::Regex => format!("correct the value, or change {}", rule("regex")),
        Code::DateWindow => format!("correct the date, or widen {}", rule("date_window")),
        Code::RequiredTogether => format!("fill in what is missing, or change {}", rule("required_together")),
        Code::AtMostOne => format!("take out all but one of the values, or change {}", rule("at_most_one")),
        Code::ReferenceMissing => {
            format!("import what is missing into the other table, correct the value, or change {}", rule("reference"))
        }
        Code::Rule => format!("correct the record, or change {}", rule("rule")),
        Code::ConversionError => format!("correct the value, or the step in {}", mapping("clean")),
        Code::ExpressionError => format!("correct the record, or the expression in {}", mapping("value")),
        Code::UniqueError | Code::PrimaryKey => "keep one of the records, or correct the value in one of them".into(),
        Code::DuplicateKey => "keep one of the records, or say in `import.duplicates` which one wins".into(),
        Code::IncorrectLabel => "put the columns in their order, or set `source.labels.reordered`".into(),
        Code::MissingTrailer | Code::WrongRecordCount => {
            "ask for the whole file: its end may be lost; or correct `source.trailer`".into()
        }
        Code::TooFewRecords => "ask for the whole file, or lower `validate.limits.minRecords`".into(),
        Code::ControlTotal => "ask for the whole file, or correct `validate.limits.totals`".into(),
        Code::ExpansionError => "compress and upload it again, or raise `source.maxExpansion`".into(),
        Code::SourceDecoded => "nothing".into(),
        Code::DoubleEncoding => "have the text corrected where the file is made".into(),
        Code::EncodingDetected => "nothing; to be sure, name the encoding in `source.encoding`".into(),
        Code::SameContent => "nothing; what becomes of such a file says `source.sameContent`".into(),
        Code::TooManyRejects => "correct the records, or raise the limit in `validate.limits`".into(),
        Code::InvalidFeed => "correct the feed".into(),
        Code::UnknownFeed => "put the feed into the data bucket, or the file into the folder of another feed".into(),
        Code::FileTooLarge => "split the file, or raise MaxFileBytes of the stack".into(),
        Code::InvalidRepair => {
            "upload rejects.csv of a run of this feed, saved as CSV in UTF-8, with its columns `_run` and `_record`"
                .into()
        }
        Code::InvalidTarget => "make the table, or correct `import.table` and `import.key`".into(),
        Code::ItemTooLarge => "shorten the longest values: an item of the table has at most 400 KB".into(),
        Code::SinkRefused => "the message says what the table takes".into(),
    }
}

/// How to fix a date: patterns that read the value are named. Where the feed's own do, something else is the matter, such
/// as an hour that the clocks skipped.
fn pattern(feed: &Written, problem: &Problem, field_type: FieldType, place: &str) -> String {
    let patterns = problem.value.as_deref().map(|value| patterns_that_read(value, field_type)).unwrap_or_default();
    let mapping = problem.field.as_deref().and_then(|name| feed.mapping(name));
    let own = mapping.and_then(|mapping| mapping.date.as_ref().or(mapping.datetime.as_ref()));
    if patterns.is_empty() || own.is_some_and(|OneOrMany(own)| own.iter().any(|own| patterns.contains(own))) {
        return "correct the value".into();
    }
    format!("correct the value, or add the way in which it is written to {place}: {}", patterns.join(" or "))
}

/// Whether there is no value where one is required: nothing, or white space only.
pub(super) fn is_missing(feed: &Written, problem: &Problem) -> bool {
    let value = problem.value.as_deref().unwrap_or_default();
    let field = problem.field.as_deref().and_then(|name| feed.field(name));
    value.is_empty() || (value.trim().is_empty() && field.is_some_and(|field| field.constraints.required))
}

/// The key of the constraint that a value can break, where there is one only: `.minimum`.
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
            assert!(!line.is_empty() && !line.contains('\n'), "{code}");
        }
    }
}
