//! Recognizes texts that are valid and canonical, without making a value of them.
//!
//! Nearly every text of a file is. The answer is either that a text is certainly valid, or that
//! [`Field::check`](super::Field::check) must decide.

use super::constraint::Constraints;
use super::limits::Limits;
use super::reader::{Reader, Temporal};
use super::types::string;
use crate::fast::table::Table;

/// The fast check of a field.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    kind: Kind,
    /// The pattern of the field, if it has one with a table.
    pattern: Option<Table>,
}

/// The type of such a field.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Texts of a format.
    Text(fn(&str) -> bool),
    /// Numbers and dates within bounds.
    Within(Limits),
    /// The same, without a fraction.
    Whole(Limits),
}

impl Quick {
    /// The fast check of a field; `None` if every text needs the full check.
    pub(super) fn of(reader: &Reader, constraints: &Constraints) -> Option<Self> {
        let Constraints { minimum, maximum, exclusive_minimum, exclusive_maximum, json_schema, .. } = constraints;
        let bounds = [minimum, maximum, exclusive_minimum, exclusive_maximum].map(Option::as_ref);
        let of_text = |format: fn(&str) -> bool| bounds.iter().all(Option::is_none).then_some(Kind::Text(format));
        if json_schema.is_some() {
            return None;
        }
        let kind = match reader {
            Reader::Text => of_text(|_| true),
            Reader::Email => of_text(string::is_email),
            Reader::Uri => of_text(string::is_uri),
            Reader::Binary => of_text(string::is_base64),
            Reader::Uuid => of_text(string::is_uuid),
            Reader::Integer(style) if style.is_plain() => Limits::of_numbers(bounds).map(Kind::Whole),
            Reader::Number(style) if style.is_plain() => Limits::of_numbers(bounds).map(Kind::Within),
            Reader::Date(Temporal::Default) => Limits::of_dates(bounds).map(Kind::Within),
            _ => None,
        }?;
        let pattern = constraints.pattern.as_ref().and_then(|(pattern, _)| Table::new(pattern.as_str()));
        Some(Self { kind, pattern })
    }

    /// Whether a text is certainly of the type, canonical, and breaks none of the field's constraints.
    #[inline]
    pub(super) fn surely_holds(&self, text: &str, constraints: &Constraints) -> bool {
        let of_type = match &self.kind {
            Kind::Text(format) => is_as_long_as_it_must_be(text, constraints) && format(text),
            Kind::Within(limits) => limits.surely_holds(text),
            Kind::Whole(limits) => !text.as_bytes().contains(&b'.') && limits.surely_holds(text),
        };
        // Canonical texts are equal if their values are.
        let allowed = |values: &Option<super::Allowed>| values.as_ref().is_none_or(|values| values.contains_text(text));
        of_type
            && allowed(&constraints.one_of)
            && allowed(&constraints.categories)
            && match (&self.pattern, &constraints.pattern) {
                (Some(table), _) => table.matches(text),
                (None, Some((pattern, _))) => pattern.is_match(text),
                (None, None) => true,
            }
    }
}

/// A character has one to four bytes, so mostly the byte length decides and characters need not be counted.
#[inline]
fn is_as_long_as_it_must_be(text: &str, constraints: &Constraints) -> bool {
    let (minimum, maximum) = (constraints.min_length.unwrap_or(0), constraints.max_length.unwrap_or(u64::MAX));
    let bytes = text.len() as u64;
    (bytes / 4 >= minimum && bytes <= maximum) || (minimum..=maximum).contains(&(text.chars().count() as u64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::schema::Field;
    use crate::spec::FieldSpec;

    /// Fields of every type with a fast check, and of some without.
    const FIELDS: &[&str] = &[
        r#"{"name": "f"}"#,
        r#"{"name": "f", "constraints": {"minLength": 2, "maxLength": 5}}"#,
        r#"{"name": "f", "constraints": {"minLength": 4}, "missingValues": ["-", "0"]}"#,
        r#"{"name": "f", "constraints": {"pattern": "[a-c]+-[0-9]{2}|é.*", "maxLength": 6}}"#,
        r#"{"name": "f", "constraints": {"enum": ["a", "b1", "2026-11-21", "1.5"]}}"#,
        r#"{"name": "f", "categories": ["a", "7"], "constraints": {"enum": ["7"]}}"#,
        r#"{"name": "f", "format": "email"}"#,
        r#"{"name": "f", "format": "uuid", "constraints": {"maxLength": 3}}"#,
        r#"{"name": "f", "format": "binary"}"#,
        r#"{"name": "f", "type": "any"}"#,
        r#"{"name": "f", "type": "number"}"#,
        r#"{"name": "f", "type": "number", "bareNumber": false, "missingValues": ["0"]}"#,
        r#"{"name": "f", "type": "number", "groupChar": ","}"#,
        r#"{"name": "f", "type": "number", "decimalChar": ","}"#,
        r#"{"name": "f", "type": "number", "constraints": {"minimum": -1.5, "maximum": 12.25}}"#,
        r#"{"name": "f", "type": "number", "constraints": {"exclusiveMinimum": 0, "exclusiveMaximum": 10}}"#,
        r#"{"name": "f", "type": "number", "constraints": {"maximum": 99999999999999999999999}}"#,
        r#"{"name": "f", "type": "number", "constraints": {"enum": [1.50, 7, 1e2]}}"#,
        r#"{"name": "f", "type": "integer", "constraints": {"minimum": 0, "maximum": 1000}}"#,
        r#"{"name": "f", "type": "integer", "groupChar": ","}"#,
        r#"{"name": "f", "type": "integer", "categories": [1, 7, 12]}"#,
        r#"{"name": "f", "type": "date"}"#,
        r#"{"name": "f", "type": "date", "constraints": {"minimum": "2000-02-29", "exclusiveMaximum": "2026-11-21"}}"#,
        r#"{"name": "f", "type": "date", "format": "%d.%m.%Y"}"#,
        r#"{"name": "f", "type": "boolean"}"#,
        r#"{"name": "f", "type": "year", "constraints": {"minimum": "2000"}}"#,
        r#"{"name": "f", "constraints": {"required": true}}"#,
    ];

    fn fields() -> Vec<Field> {
        let field = |json: &&str| {
            let spec: FieldSpec = serde_json::from_str(json).unwrap();
            let compiled = Field::compile(&spec, None);
            assert!(compiled.problems.is_empty(), "{json}: {:?}", compiled.problems);
            compiled.field
        };
        FIELDS.iter().map(field).collect()
    }

    /// A text that passes the fast check has no problems, has a value, and is its own canonical text.
    fn holds(field: &Field, text: &str) {
        if field.surely_holds(text) {
            let mut problems = Vec::new();
            let value = field.check(text, &mut problems);
            assert!(problems.is_empty(), "{field:?} {text:?}: {problems:?}");
            let value = value.unwrap();
            assert_eq!(value.canonical(), text, "{field:?}");
            assert!(field.surely_canonical(text), "{field:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn what_is_good_at_once_is_good_when_it_is_looked_at(
            text in "[-+]?[0-9]{0,3}(\\.[0-9]{0,2})?|[0-9]{4}-[0-9]{2}-[0-9]{2}|(20|19)[0-9]{2}-[01][0-9]-[0-3][0-9]\
                |[-+]?[0-9]{10,24}|[abc7é.@-]{0,8}|[a-c]-[0-9]{2}|\\PC{0,6}|[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}|a@b[.]d?e|true\
                |[ \t\u{A0}\u{2003}\u{3000}]{1,3}",
        ) {
            for field in fields_once() {
                holds(field, &text);
            }
        }
    }

    fn fields_once() -> &'static [Field] {
        static FIELDS: std::sync::LazyLock<Vec<Field>> = std::sync::LazyLock::new(fields);
        &FIELDS
    }

    /// The fast check must recognize common texts, or it gains nothing.
    #[test]
    fn common_texts_are_good_at_once() {
        for (field, text, expected) in [
            (0, "a text", true),
            (0, "", false),
            (1, "äöü", true),
            (1, "ä", false),
            (1, "ääääää", false),
            (2, "-", false),
            (3, "ab-12", true),
            (3, "ab-1", false),
            (4, "b1", true),
            (4, "b2", false),
            (5, "7", true),
            (5, "a", false),
            (10, "12.5", true),
            (10, "12.50", false),
            (10, "+1", false),
            (10, "-0", false),
            (11, "0", false),
            (14, "-1.5", true),
            (14, "-1.51", false),
            (14, "12.25", true),
            (14, "12.3", false),
            (15, "0", false),
            (15, "9.99", true),
            (17, "1.5", true),
            (18, "1000", true),
            (18, "1.5", false),
            (20, "12", true),
            (20, "13", false),
            (21, "2024-02-29", true),
            (21, "2023-02-29", false),
            (22, "2000-02-29", true),
            (22, "2026-11-21", false),
            (26, " a", true),
            (26, " ", false),
            (26, "\u{A0}\u{2003} ", false),
        ] {
            assert_eq!(fields_once()[field].surely_holds(text), expected, "{} {text}", FIELDS[field]);
        }
    }
}
