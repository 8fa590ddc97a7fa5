//! How a field is made.

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
    /// Where its text comes from.
    pub source: Source,
    /// What is done to the text, in this order.
    pub(crate) clean: Vec<CleanStep>,
    /// The ways in which a date may be written in the file; the first that fits makes it ISO 8601.
    pub patterns: Vec<Pattern>,
    /// The zone of a date with time that does not say its own.
    pub zone: Option<TimeZone>,
}

/// Where the text of a field comes from.
#[derive(Clone)]
pub enum Source {
    /// One column, by the names that it may have.
    Column(Vec<String>),
    /// The first of several columns, by name, that is not empty.
    First(Vec<String>),
    /// Several columns, by name, one after the other.
    Join {
        /// The columns.
        columns: Vec<String>,
        /// What stands between two that are not empty.
        with: String,
    },
    /// What an expression makes of a row.
    Value(Expression),
}

impl Source {
    /// The names of the columns that it reads, as far as they are known.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::Column(names) | Self::First(names) | Self::Join { columns: names, .. } => names,
            Self::Value(expression) => &expression.fields,
        }
    }
}

impl Mapping {
    /// Cleans a text, but for so many steps that leave it as it is, and reads a date. `found` is the text as it was
    /// before, for what is told.
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
            let message = "makes a text of more than a gigabyte, which no table holds";
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

    /// What becomes of a text by the patterns of a date: ISO 8601, or the text itself where there are no patterns.
    ///
    /// # Errors
    /// What the text is not.
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
        let pattern = if patterns.len() == 1 { "the pattern" } else { "one of the patterns" };
        let of = self.patterns.first().map_or("a date", Pattern::names);
        let hint = dates::hint(text, &self.patterns).unwrap_or_default();
        let message = format!("{text:?} is not {of} as {pattern} {} has it{zone}{hint}", patterns.join(", "));
        Problem::new(Stage::Restructure, Code::TypeError, message).value(text)
    }

    /// What becomes of a text, as if it were that of a cell.
    pub(crate) fn read(&self, text: &str) -> Result<String, Box<Problem>> {
        let mut made = String::new();
        let mut bench = Bench::new(text, &mut made);
        let piece = self.clean(0, &mut bench, Piece::of_record(0..text.len()), || text.to_owned())?;
        Ok(bench.text(piece).to_owned())
    }
}
