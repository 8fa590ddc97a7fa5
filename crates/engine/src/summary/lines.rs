//! Writes the rows of a summary as they stand in its file.

use std::io;

use super::group::Group;
use super::plan::SummaryPlan;
use super::ranked::Place;
use crate::decimal::Decimal;

/// Writes rows as text: a cell that has the delimiter, a quote or a line break is quoted, and each line ends in LF.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'p> {
    plan: &'p SummaryPlan,
}

impl<'p> Lines<'p> {
    /// For the rows of a summary.
    #[must_use]
    pub fn new(plan: &'p SummaryPlan) -> Self {
        Self { plan }
    }

    /// The first line; empty if the file has no labels.
    ///
    /// # Errors
    /// Never, in practice: it is written into memory.
    pub fn head(self) -> io::Result<Vec<u8>> {
        if self.plan.labels { self.written([self.plan.labels().map(str::to_owned).collect()]) } else { Ok(Vec::new()) }
    }

    /// The lines of groups.
    ///
    /// # Errors
    /// As [`Lines::head`].
    pub fn of<'g>(self, groups: impl IntoIterator<Item = &'g Group>) -> io::Result<Vec<u8>> {
        self.written(groups.into_iter().map(|group| self.cells(group)))
    }

    fn written(self, rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<Vec<u8>> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.plan.delimiter)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_writer(Vec::new());
        for row in rows {
            writer.write_record(row)?;
        }
        writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    /// The cells of a group.
    #[must_use]
    pub fn cells(self, group: &Group) -> Vec<String> {
        let texts = group.texts();
        let cell = |(at, column): (usize, &super::Column)| match self.plan.place(at) {
            Some(Place::Text(text)) => texts.get(text).cloned().unwrap_or_default(),
            Some(Place::Number(number)) => {
                let value = group.numbers.get(number).and_then(super::Measure::value);
                value.map_or_else(String::new, |value| self.number(&value, column.decimals))
            }
            None => String::new(),
        };
        self.plan.columns.iter().enumerate().map(cell).collect()
    }

    /// A number with the marks of the summary.
    #[must_use]
    pub fn number(self, number: &Decimal, decimals: Option<u8>) -> String {
        let rounded = decimals.and_then(|decimals| number.round(i64::from(decimals)));
        let text = rounded.as_ref().unwrap_or(number).to_string();
        let (text, sign) = text.strip_prefix('-').map_or((text.as_str(), ""), |text| (text, "-"));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut written = sign.to_owned();
        for (at, digit) in whole.char_indices() {
            if let Some(group) = self.plan.marks.1.filter(|_| at > 0 && (whole.len() - at).is_multiple_of(3)) {
                written.push(group);
            }
            written.push(digit);
        }
        let places = decimals.map_or(fraction.len(), usize::from);
        if places > 0 {
            written.push(self.plan.marks.0);
            written.push_str(&format!("{fraction:0<places$}"));
        }
        written
    }
}
