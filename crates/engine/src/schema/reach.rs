//! Which texts a field could accept. `feed check` compares this with the possible results of the cleaning
//! steps.

use regex_syntax::hir::{Hir, HirKind};

use super::field::Field;
use super::reader::{Reader, Temporal};
use super::types::geopoint::Style;
use super::value::Value;
use crate::Problem;
use crate::dates;
use crate::fast::table::Table;

impl Field {
    /// The values to which the schema limits the field, each list with its key in the field.
    pub(crate) fn lists(&self) -> Vec<(&'static str, &[Value<'static>])> {
        let lists = [("constraints.enum", &self.constraints.one_of), ("categories", &self.constraints.categories)];
        lists.into_iter().filter_map(|(key, list)| Some((key, list.as_ref()?.values()))).collect()
    }

    /// Whether a value has only one text, its own.
    pub(crate) fn is_of_texts(&self) -> bool {
        matches!(self.reader, Reader::Text | Reader::Email | Reader::Uri | Reader::Binary | Reader::Uuid)
    }

    /// All texts of truth values.
    pub(crate) fn words(&self) -> Option<Vec<&str>> {
        match &self.reader {
            Reader::Boolean(words) => Some(words.yes.iter().chain(&words.no).map(String::as_str).collect()),
            _ => None,
        }
    }

    /// The constraint that a value breaks; `None` if it breaks none.
    pub(crate) fn refuses(&self, value: &Value<'_>) -> Option<String> {
        let mut problems: Vec<Problem> = Vec::new();
        self.constraints.check(&self.name, &value.canonical(), value, &mut problems);
        problems.into_iter().next().map(|problem| problem.message)
    }

    /// Characters that every text of the type and format contains.
    pub(crate) fn needs(&self) -> Vec<char> {
        let temporal = |format: &Temporal, default: &str| match format {
            Temporal::Default => default.chars().collect(),
            Temporal::Any => Vec::new(),
            Temporal::Pattern(pattern) => dates::needs(pattern.as_str()),
        };
        match &self.reader {
            Reader::Email => vec!['@', '.'],
            Reader::Uri => vec![':'],
            Reader::Uuid | Reader::Yearmonth => vec!['-'],
            Reader::Date(format) => temporal(format, "-"),
            Reader::Time(format) => temporal(format, ":"),
            Reader::Datetime(format) => temporal(format, "-:T"),
            Reader::Duration => vec!['P'],
            Reader::Geopoint(Style::Plain) => vec![','],
            Reader::Geopoint(Style::Array) => vec!['[', ']', ','],
            Reader::Geopoint(Style::Object) | Reader::Object | Reader::Geojson | Reader::Topojson => vec!['{', '}'],
            Reader::Array => vec!['[', ']'],
            Reader::Text
            | Reader::Binary
            | Reader::Integer(_)
            | Reader::Number(_)
            | Reader::Boolean(_)
            | Reader::Year
            | Reader::List(_) => Vec::new(),
        }
    }

    /// Whether a text without the ASCII characters that `never` names could match the pattern; also `true` if
    /// that is unknown.
    pub(crate) fn may_match(&self, never: impl Fn(char) -> bool) -> bool {
        let Some((pattern, _)) = &self.constraints.pattern else { return true };
        Table::new(pattern.as_str()).is_none_or(|table| table.may_match(|byte| never(char::from(byte))))
    }

    /// Why no text can satisfy both the pattern and the constraints on length; `None` if one can.
    pub(crate) fn too_short_or_long(&self) -> Option<String> {
        let (pattern, _) = self.constraints.pattern.as_ref()?;
        let (least, most) = lengths(&regex_syntax::parse(pattern.as_str()).ok()?);
        let characters = |count: u64| format!("{count} character{}", if count == 1 { "" } else { "s" });
        if let Some(maximum) = self.constraints.max_length.filter(|maximum| least > *maximum) {
            return Some(format!("needs at least {}, but maxLength is {maximum}", characters(least)));
        }
        let minimum = self.constraints.min_length?;
        let most = most.filter(|most| *most < minimum)?;
        Some(format!("takes at most {}, but minLength is {minimum}", characters(most)))
    }
}

/// The minimum and maximum number of characters that match a pattern; the maximum is `None` if unlimited.
fn lengths(pattern: &Hir) -> (u64, Option<u64>) {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, Some(0)),
        HirKind::Literal(literal) => {
            let count = String::from_utf8_lossy(&literal.0).chars().count() as u64;
            (count, Some(count))
        }
        HirKind::Class(_) => (1, Some(1)),
        HirKind::Capture(group) => lengths(&group.sub),
        HirKind::Repetition(repeated) => {
            let (least, most) = lengths(&repeated.sub);
            let most = repeated.max.and_then(|max| Some(most?.saturating_mul(max.into())));
            (least.saturating_mul(repeated.min.into()), most)
        }
        HirKind::Concat(parts) => parts.iter().map(lengths).fold((0, Some(0)), |(least, most), part| {
            (least.saturating_add(part.0), most.and_then(|most: u64| Some(most.saturating_add(part.1?))))
        }),
        HirKind::Alternation(ways) => ways
            .iter()
            .map(lengths)
            .reduce(|(least, most), way| (least.min(way.0), most.and_then(|most| Some(most.max(way.1?)))))
            .unwrap_or((0, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::FieldSpec;

    fn field(json: &str) -> Field {
        let spec: FieldSpec = serde_json::from_str(json).unwrap();
        Field::compile(&spec, None).field
    }

    #[test]
    fn every_text_of_a_type_has_what_it_needs() {
        for (json, good) in [
            (r#"{"name": "f", "format": "email"}"#, "a@example.org"),
            (r#"{"name": "f", "format": "uri"}"#, "https://example.org/"),
            (r#"{"name": "f", "format": "uuid"}"#, "95ecc380-afe9-11e4-9b6c-751b66dd541e"),
            (r#"{"name": "f", "type": "date"}"#, "2026-11-21"),
            (r#"{"name": "f", "type": "date", "format": "%d/%m/%y"}"#, "21/11/26"),
            (r#"{"name": "f", "type": "time"}"#, "02:33:44"),
            (r#"{"name": "f", "type": "datetime"}"#, "2026-11-21T02:33:44Z"),
            (r#"{"name": "f", "type": "yearmonth"}"#, "2026-11"),
            (r#"{"name": "f", "type": "duration"}"#, "P1DT2H"),
            (r#"{"name": "f", "type": "geopoint"}"#, "7.5,48.25"),
            (r#"{"name": "f", "type": "geopoint", "format": "array"}"#, "[7.5,48.25]"),
            (r#"{"name": "f", "type": "object"}"#, "{}"),
            (r#"{"name": "f", "type": "array"}"#, "[]"),
        ] {
            let field = field(json);
            assert!(field.read(good).is_some() && !field.needs().is_empty(), "{json}");
            for needed in field.needs() {
                assert!(good.contains(needed), "{json}: {needed}");
                assert!(field.read(&good.replace(needed, "")).is_none(), "{json}: {needed}");
                let lower = good.replace(needed, &needed.to_lowercase().to_string());
                assert!(lower == good || field.read(&lower).is_none(), "{json}: {needed}");
            }
        }
    }

    #[test]
    fn table_of_lengths() {
        for (pattern, expected) in [
            ("[A-Z]{2}-[0-9]{5}", (8, Some(8))),
            ("é|abc", (1, Some(3))),
            ("a*", (0, None)),
            ("(ab)?c{2,4}", (2, Some(6))),
            ("", (0, Some(0))),
        ] {
            assert_eq!(lengths(&regex_syntax::parse(pattern).unwrap()), expected, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_is_matched_without_some_characters_or_not() {
        for (pattern, never, may) in [
            ("[a-z]+", 'A'..='Z', true),
            ("[a-z]+", 'a'..='z', false),
            ("[a-z]*", 'a'..='z', false),
            ("[a-z]*[0-9]", 'a'..='z', true),
            ("(?i)[a-z]+", 'a'..='z', true),
            ("[0-9]{3}-[0-9]{2}", '-'..='-', false),
            ("[0-9]{3}-?[0-9]{2}", '-'..='-', true),
            (".+", ' '..='~', true),
        ] {
            let field = field(&format!(r#"{{"name": "f", "constraints": {{"pattern": {pattern:?}}}}}"#));
            assert_eq!(field.may_match(|c| never.contains(&c)), may, "{pattern}");
        }
    }
}
