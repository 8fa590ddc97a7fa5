//! Type, format and the keys for the notation of values.

use super::Compile;
use crate::schema::reader::{Reader, Temporal};
use crate::schema::types::boolean::Words;
use crate::schema::types::strptime::Pattern;
use crate::schema::types::{geopoint, list, number};
use crate::spec::{FeedProblem, FieldType};
use crate::suggest;

impl Compile<'_> {
    pub(super) fn reader(&mut self) -> Reader {
        let written = self.spec.format.as_deref().unwrap_or("default");
        let format = written.strip_prefix("fmt:").unwrap_or(written);
        match self.spec.field_type {
            FieldType::String => self.one_of(
                format,
                &[
                    ("default", Reader::Text),
                    ("email", Reader::Email),
                    ("uri", Reader::Uri),
                    ("binary", Reader::Binary),
                    ("uuid", Reader::Uuid),
                ],
            ),
            FieldType::Geopoint => self.one_of(
                format,
                &[
                    ("default", Reader::Geopoint(geopoint::Style::Plain)),
                    ("array", Reader::Geopoint(geopoint::Style::Array)),
                    ("object", Reader::Geopoint(geopoint::Style::Object)),
                ],
            ),
            FieldType::Geojson => self.one_of(format, &[("default", Reader::Geojson), ("topojson", Reader::Topojson)]),
            FieldType::Date => Reader::Date(self.temporal(format)),
            FieldType::Time => Reader::Time(self.temporal(format)),
            FieldType::Datetime => Reader::Datetime(self.temporal(format)),
            other => {
                if format != "default" {
                    let message = format!("{written:?} has no meaning: the type {} has no formats", other.as_str());
                    self.notes.push(FeedProblem::new("format", message));
                }
                match other {
                    FieldType::Integer => Reader::Integer(self.style()),
                    FieldType::Number => Reader::Number(self.style()),
                    FieldType::Boolean => Reader::Boolean(self.words()),
                    FieldType::List => Reader::List(self.list()),
                    plain => Reader::of(plain),
                }
            }
        }
    }

    fn one_of(&mut self, format: &str, formats: &[(&str, Reader)]) -> Reader {
        if let Some((_, reader)) = formats.iter().find(|(name, _)| *name == format) {
            return reader.clone();
        }
        let names: Vec<_> = formats.iter().map(|(name, _)| *name).collect();
        let hint = suggest::did_you_mean(format, names.iter().copied()).unwrap_or_default();
        let of = self.spec.field_type.as_str();
        let message =
            format!("{format:?} is not a format of the type {of}: expected one of {}{hint}", names.join(", "));
        self.problem("format", message);
        Reader::of(self.spec.field_type)
    }

    fn temporal(&mut self, format: &str) -> Temporal {
        match format {
            "default" => Temporal::Default,
            "any" => Temporal::Any,
            pattern => match Pattern::compile(pattern, self.spec.field_type) {
                Ok(pattern) => Temporal::Pattern(pattern),
                Err(why) => {
                    let of = self.spec.field_type.as_str();
                    let message = format!("{pattern:?} is neither default nor any, nor a pattern for a {of}: {why}");
                    let meant = suggest::dates::directives(pattern)
                        .filter(|meant| Pattern::compile(meant, self.spec.field_type).is_ok());
                    let hint = meant.map(|meant| format!("did you mean {meant:?}?"));
                    self.problems.push(FeedProblem::new("format", message).hint(hint));
                    Temporal::Default
                }
            },
        }
    }

    fn style(&mut self) -> number::Style {
        let mut style = number::Style::default();
        if let Some(decimal) = &self.spec.decimal_char
            && self.spec.field_type == FieldType::Number
        {
            style.decimal.clone_from(decimal);
        }
        // Some authors write an empty text to say that there is no missing value.
        style.group = self.spec.group_char.clone().filter(|group| !group.is_empty());
        style.bare = self.spec.bare_number.unwrap_or(true);
        let digit_or_sign = |text: &str| text.contains(|char: char| char.is_ascii_digit() || "+-eE".contains(char));
        for (key, text) in [("decimalChar", Some(&style.decimal)), ("groupChar", style.group.as_ref())] {
            let Some(text) = text else { continue };
            if text.is_empty() || digit_or_sign(text) {
                self.problem(
                    key,
                    format!("{text:?} cannot be a mark in a number: it is empty, or contains a digit, +, - or e"),
                );
            }
        }
        if style.group.as_ref() == Some(&style.decimal) {
            self.problem("groupChar", format!("{:?} is already the decimal mark", style.decimal));
        }
        style
    }

    fn words(&mut self) -> Words {
        let default = Words::default();
        let words = Words {
            yes: self.spec.true_values.clone().unwrap_or(default.yes),
            no: self.spec.false_values.clone().unwrap_or(default.no),
        };
        for (key, list) in [("trueValues", &words.yes), ("falseValues", &words.no)] {
            if list.is_empty() {
                self.problem(key, "is empty: no text could ever mean it");
            }
        }
        if let Some(both) = words.yes.iter().find(|word| words.no.contains(word)) {
            self.problem("trueValues", format!("{both:?} is also one of falseValues"));
        }
        words
    }

    fn list(&mut self) -> list::Style {
        use FieldType::{Boolean, Date, Datetime, Integer, Number, String, Time};
        let mut item_type = self.spec.item_type.unwrap_or_default();
        let known = [String, Integer, Boolean, Number, Datetime, Date, Time];
        if !known.contains(&item_type) {
            let names = known.map(FieldType::as_str).join(", ");
            let message =
                format!("the items of a list cannot be of the type {}: expected one of {names}", item_type.as_str());
            self.problem("itemType", message);
            item_type = String;
        }
        let delimiter = self.spec.delimiter.as_deref().unwrap_or(",");
        if delimiter.is_empty() {
            self.problem("delimiter", "is empty: items could not be separated");
            return list::Style::new(",", item_type);
        }
        list::Style::new(delimiter, item_type)
    }
}
