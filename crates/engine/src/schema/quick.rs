//! Recognizes texts that are valid and canonical, without making a value of them.
//!
//! Nearly every text of a file is. The answer is either that a text is certainly valid, or that
//! [`Field::check`](super::Field::check) must decide.

use super::constraint::Constraints;
use super::field::is_blank;
use super::limits::Limits;
use super::reader::{Reader, Temporal};
use super::types::string;
use crate::fast::alphabet::Alphabet;
use crate::fast::table::Table;

/// The fast check of a field.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    kind: Kind,
    /// The pattern of the field, if it has one with a table.
    table: Option<Table>,
    required: bool,
    /// The smallest and the largest number of characters.
    lengths: (u64, u64),
    /// Whether there are conditions on the whole text besides: a list of values, a pattern without a table, or texts that
    /// mean "no value".
    has_more: bool,
}

/// What a fast check comes down to, if it has no other condition.
pub(crate) enum Gist<'q> {
    /// Texts with so many characters that match a pattern, if there is one, and are not blank.
    Text { lengths: (u64, u64), table: Option<&'q Table> },
    /// Numbers within bounds.
    Number { limits: Limits, is_whole: bool },
}

/// The type of such a field.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Any texts.
    Any,
    /// Texts of a format.
    Text(fn(&str) -> bool),
    /// Numbers and dates within bounds.
    Within(Limits),
    /// The same, without a fraction.
    Whole(Limits),
}

impl Quick {
    /// The fast check of a field; `None` if every text needs the full check.
    pub(super) fn of(reader: &Reader, constraints: &Constraints, missing: &[String]) -> Option<Self> {
        let Constraints { minimum, maximum, exclusive_minimum, exclusive_maximum, json_schema, .. } = constraints;
        let bounds = [minimum, maximum, exclusive_minimum, exclusive_maximum].map(Option::as_ref);
        let of_text = |kind| bounds.iter().all(Option::is_none).then_some(kind);
        if json_schema.is_some() {
            return None;
        }
        let kind = match reader {
            Reader::Text => of_text(Kind::Any),
            Reader::Email => of_text(Kind::Text(string::is_email)),
            Reader::Uri => of_text(Kind::Text(string::is_uri)),
            Reader::Binary => of_text(Kind::Text(string::is_base64)),
            Reader::Uuid => of_text(Kind::Text(string::is_uuid)),
            Reader::Integer(style) if style.is_plain() => Limits::of_numbers(bounds).map(Kind::Whole),
            Reader::Number(style) if style.is_plain() => Limits::of_numbers(bounds).map(Kind::Within),
            Reader::Date(Temporal::Default) => Limits::of_dates(bounds).map(Kind::Within),
            _ => None,
        }?;
        let table = constraints.pattern.as_ref().and_then(|(pattern, _)| Table::new(pattern.as_str()));
        let lengths = (constraints.min_length.unwrap_or(0), constraints.max_length.unwrap_or(u64::MAX));
        let is_slow = constraints.pattern.is_some() && table.is_none();
        let is_listed = constraints.one_of.is_some() || constraints.categories.is_some();
        let has_more = is_slow || is_listed || !missing.is_empty();
        Some(Self { kind, table, required: constraints.required, lengths, has_more })
    }

    /// The alphabet of the texts that it accepts, with or without negative numbers; `None` if they may have any byte.
    pub(super) fn alphabet(&self, with_sign: bool) -> Option<Alphabet> {
        match &self.kind {
            Kind::Any | Kind::Text(_) => self.table.as_ref().map(Table::alphabet),
            Kind::Within(Limits::Number(_)) => Some(Alphabet::of_numbers(with_sign, true)),
            Kind::Whole(_) => Some(Alphabet::of_numbers(with_sign, false)),
            Kind::Within(Limits::Date(_)) => Some(Alphabet::like(&["0000-00-00"])),
        }
    }

    /// What it comes down to; `None` if it has more conditions.
    pub(super) fn gist(&self) -> Option<Gist<'_>> {
        match self.kind {
            _ if self.has_more => None,
            Kind::Any => Some(Gist::Text { lengths: self.lengths, table: self.table.as_ref() }),
            Kind::Within(limits @ Limits::Number(_)) => Some(Gist::Number { limits, is_whole: false }),
            Kind::Whole(limits) => Some(Gist::Number { limits, is_whole: true }),
            Kind::Text(_) | Kind::Within(Limits::Date(_)) => None,
        }
    }

    /// Whether it accepts every date of the calendar.
    pub(super) fn surely_takes_dates(&self) -> bool {
        let is_free = self.table.is_none() && !self.has_more;
        is_free && matches!(&self.kind, Kind::Within(limits) if limits.take_all_dates())
    }

    /// The length of the canonical text of a text that certainly is of the type and breaks none of the field's
    /// constraints; the text begins with it. `more` judges it if there are more conditions, given that length.
    #[inline]
    pub(super) fn surely_final(&self, text: &str, more: impl FnOnce(usize) -> bool) -> Option<usize> {
        let bytes = text.as_bytes();
        let length = match &self.kind {
            Kind::Any | Kind::Text(_) => {
                let first = bytes.first()?;
                let is_there = !self.required || first.is_ascii_graphic() || !is_blank(text);
                let good = is_there
                    && self.is_long_enough(text)
                    && self.table.as_ref().is_none_or(|table| table.matches(bytes))
                    && match self.kind {
                        Kind::Text(format) => format(text),
                        _ => true,
                    };
                good.then_some(bytes.len())
            }
            // Patterns are of texts only.
            Kind::Within(limits) => limits.surely_final(bytes),
            Kind::Whole(limits) => limits.surely_whole(bytes).then_some(bytes.len()),
        }?;
        (!self.has_more || more(length)).then_some(length)
    }

    /// A character has one to four bytes, so mostly the byte length decides and characters need not be counted.
    #[inline]
    fn is_long_enough(&self, text: &str) -> bool {
        let (minimum, maximum) = self.lengths;
        let length = text.len() as u64;
        (length / 4 >= minimum && length <= maximum) || (minimum..=maximum).contains(&(text.chars().count() as u64))
    }
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

    /// A text that passes the fast check has no problems, and has a value with that canonical text.
    fn holds(field: &Field, text: &str) {
        if let Some(canonical) = field.surely_final(text) {
            let mut problems = Vec::new();
            let value = field.check(text, &mut problems);
            assert!(problems.is_empty(), "{field:?} {text:?}: {problems:?}");
            assert_eq!(value.unwrap().canonical(), canonical, "{field:?}");
            assert!(field.surely_canonical(canonical), "{field:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn what_is_good_at_once_is_good_when_it_is_looked_at(
            text in "[-+]?[0-9]{0,3}(\\.[0-9]{0,3})?|-?0\\.0{0,2}|[0-9]{4}-[0-9]{2}-[0-9]{2}|(20|19)[0-9]{2}-[01][0-9]-[0-3][0-9]\
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
            (10, "12.50", true),
            (10, "12.", false),
            (10, "+1", false),
            (10, "-0", false),
            (10, "-0.0", false),
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
            assert_eq!(fields_once()[field].surely_final(text).is_some(), expected, "{} {text}", FIELDS[field]);
        }
    }
}
