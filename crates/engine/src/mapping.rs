//! How a field is made from the columns.

use jiff::tz::TimeZone;

use crate::clean::CleanStep;
use crate::clean::piece::{Bench, Piece};
use crate::dates::{self, Pattern};
use crate::expression::Expression;
use crate::{Code, Problem, Stage};

/// How a field is made.
#[derive(Clone)]
pub struct Mapping {
    /// The field.
    pub field: String,
    /// The source of its text.
    pub source: Source,
    /// The cleaning steps, applied in this order.
    pub(crate) clean: Vec<CleanStep>,
    /// The possible formats of a date; the first that fits converts it to ISO 8601.
    pub patterns: Vec<Pattern>,
    /// The zone of a datetime without an offset.
    pub zone: Option<TimeZone>,
}

/// The source of a field's text.
#[derive(Clone)]
pub enum Source {
    /// One column, by its possible names.
    Column(Vec<String>),
    /// The first non-empty one of several columns, by name.
    First(Vec<String>),
    /// Several columns, by name, joined.
    Join {
        /// The columns.
        columns: Vec<String>,
        /// The text between two columns that are not empty.
        with: String,
    },
    /// Several columns, as a list of what is not empty.
    Collect(Vec<ColumnPattern>),
    /// Several columns, as an object of names and values.
    Pairs {
        /// The columns with the names.
        names: ColumnPattern,
        /// The columns with the values.
        values: ColumnPattern,
    },
    /// The result of an expression over a row.
    Value(Expression),
}

/// The name of a column, or of several: a `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnPattern {
    /// As it is written.
    pub written: String,
    /// The text before the `*`; all of it if there is none.
    pub before: String,
    /// The text behind the `*`.
    pub behind: Option<String>,
}

impl ColumnPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(written: &str) -> Result<Self, &'static str> {
        let (before, behind) = match written.split_once('*') {
            Some((before, behind)) => (before, Some(behind)),
            None => (written, None),
        };
        if behind.is_some_and(|behind| behind.contains('*')) {
            return Err("has more than one *");
        }
        if before.trim().is_empty() && behind.is_none_or(|behind| behind.trim().is_empty()) {
            return Err("names no column");
        }
        Ok(Self { written: written.to_owned(), before: before.to_owned(), behind: behind.map(str::to_owned) })
    }
}

impl Source {
    /// The names of the columns that it reads, as far as known.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::Column(names) | Self::First(names) | Self::Join { columns: names, .. } => names,
            Self::Value(expression) => &expression.fields,
            Self::Collect(_) | Self::Pairs { .. } => &[],
        }
    }
}

impl Mapping {
    /// Cleans a text, skipping the steps that are known to leave it unchanged, and parses a date. `found` is
    /// the original text, for messages.
    #[inline]
    pub(crate) fn clean(
        &self,
        settled: usize,
        bench: &mut Bench<'_>,
        piece: Piece,
        found: impl FnOnce() -> String,
    ) -> Result<Piece, Box<Problem>> {
        let mut text = piece;
        for step in self.clean.iter().skip(settled) {
            text = match step.run(bench, text) {
                Ok(text) => text,
                Err(message) => {
                    return Err(Problem::new(Stage::Restructure, Code::ConversionError, message)
                        .value(&found())
                        .into());
                }
            };
        }
        if bench.is_too_much() {
            let message = "produces more than a gigabyte of text, which no table can hold";
            return Err(Problem::new(Stage::Restructure, Code::ConversionError, message).into());
        }
        if self.patterns.is_empty() || bench.text(text).is_empty() {
            return Ok(text);
        }
        for pattern in &self.patterns {
            if let Some(moment) = pattern.moment(bench.text(text), self.zone.as_ref()) {
                return Ok(bench.make_by(|made| moment.write(made)).bare());
            }
        }
        Err(self.no_date(bench.text(text)).into())
    }

    /// Parses a text with the date patterns and returns ISO 8601; without patterns, returns the text itself.
    ///
    /// # Errors
    /// The message for a text in none of the formats.
    pub(crate) fn date(&self, text: &str) -> Result<String, String> {
        if self.patterns.is_empty() || text.is_empty() {
            return Ok(text.to_owned());
        }
        let read = self.patterns.iter().find_map(|pattern| pattern.read(text, self.zone.as_ref()));
        read.ok_or_else(|| self.no_date(text).message)
    }

    fn no_date(&self, text: &str) -> Problem {
        let patterns: Vec<_> = self.patterns.iter().map(ToString::to_string).collect();
        let zone = self.zone.as_ref().and_then(TimeZone::iana_name).unwrap_or_default();
        let skipped = self.zone.as_ref().and_then(|zone| self.patterns.iter().find_map(|at| at.skipped(text, zone)));
        if let Some(skipped) = skipped {
            let message = format!("{text:?} was never the time in the zone {zone}: {skipped}");
            return Problem::new(Stage::Restructure, Code::TypeError, message).value(text);
        }
        let zone = if zone.is_empty() { String::new() } else { format!(", in the zone {zone}") };
        let format = if patterns.len() == 1 { "the format" } else { "one of the formats" };
        let of = self.patterns.first().map_or("a date", Pattern::names);
        let hint = dates::hint(text, &self.patterns).unwrap_or_default();
        let message = format!("{text:?} is not {of} in {format} {}{zone}{hint}", patterns.join(", "));
        Problem::new(Stage::Restructure, Code::TypeError, message).value(text)
    }

    /// The result for a text, as if it were that of a cell.
    pub(crate) fn read(&self, text: &str) -> Result<String, Box<Problem>> {
        let mut made = String::new();
        let mut bench = Bench::new(text, &mut made);
        let piece = self.clean(0, &mut bench, Piece::of_record(0..text.len()), || text.to_owned())?;
        Ok(bench.text(piece).to_owned())
    }
}
