//! How a field is made.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use super::pattern::Pattern;
use super::steps::CleanStep;
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
    /// Cleans the text of a cell, and reads a date.
    pub(super) fn clean<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, Problem> {
        let found = text.clone();
        let told = |message| Problem::new(Stage::Restructure, Code::ConversionError, message).value(&found);
        let text = self.clean.iter().try_fold(text, |text, step| step.apply(text)).map_err(told)?;
        if self.patterns.is_empty() || text.is_empty() {
            return Ok(text);
        }
        let read = self.patterns.iter().find_map(|pattern| pattern.read(&text, self.zone.as_ref()));
        read.map(Cow::Owned).ok_or_else(|| {
            let patterns: Vec<_> = self.patterns.iter().map(ToString::to_string).collect();
            let zone = self.zone.as_ref().and_then(TimeZone::iana_name);
            let zone = zone.map(|zone| format!(", in the zone {zone}")).unwrap_or_default();
            let pattern = if patterns.len() == 1 { "the pattern" } else { "one of the patterns" };
            let message = format!("{text:?} is not a date as {pattern} {} has it{zone}", patterns.join(", "));
            Problem::new(Stage::Restructure, Code::TypeError, message).value(&text)
        })
    }

    /// What becomes of a text, as if it were that of a cell.
    pub(crate) fn read<'a>(&self, text: &'a str) -> Result<Cow<'a, str>, Problem> {
        self.clean(Cow::Borrowed(text))
    }
}
