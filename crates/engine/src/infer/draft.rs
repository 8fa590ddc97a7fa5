//! A first feed: what was found, in the terms of the feed language.

use super::SourceGuess;
use super::column::{Column, Found};
use super::date::Way;
use super::number::{Code, Kind};
use crate::report::thousands;

/// Least records, and least records per value, for a list of allowed values.
const ENUM_RECORDS: u64 = 40;
const ENUM_EACH: u64 = 5;

/// A first feed for a file.
pub struct Draft {
    pub(super) name: String,
    pub(super) encoding: String,
    pub(super) source: SourceGuess,
    pub(super) labels: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) records: u64,
    pub(super) ragged: u64,
    pub(super) key: Option<Vec<usize>>,
}

impl Draft {
    /// Whether a column is of a type that a key can have.
    pub(super) fn can_be_key(column: &Column) -> bool {
        !matches!(column.found(), Found::Boolean(_) | Found::Nothing)
    }

    /// The columns that become fields: those that can be read by a name of their own.
    pub(super) fn fields(&self) -> impl Iterator<Item = usize> {
        let readable = |at: &usize| !self.labels[*at].is_empty() && !self.labels[..*at].contains(&self.labels[*at]);
        (0..self.columns.len()).filter(readable)
    }

    /// The fields of the key, by their columns; the first field, where nothing better is known.
    pub(super) fn key_columns(&self) -> Vec<usize> {
        let full = |at: &usize| self.columns[*at].empty == 0;
        let usable = |at: &usize| Self::can_be_key(&self.columns[*at]);
        let stand_in = || {
            let best = self.fields().find(|at| usable(at) && full(at)).or_else(|| self.fields().find(usable));
            best.or_else(|| self.fields().next()).into_iter().collect()
        };
        self.key.clone().unwrap_or_else(stand_in)
    }

    /// What a column holds, as a field: truth values are no key, so where nothing better is known, they are texts.
    pub(super) fn found(&self, at: usize) -> Found {
        match self.columns[at].found() {
            Found::Boolean(_) if self.key_columns().contains(&at) => Found::Text,
            found => found,
        }
    }

    /// Whether a column has a value in every record.
    pub(super) fn required(&self, at: usize) -> bool {
        self.columns[at].empty == 0 && self.columns[at].filled > 0
    }

    /// The values of a column, where they are so few that others are likely to be mistakes.
    pub(super) fn allowed(&self, at: usize) -> Option<Vec<&str>> {
        let column = &self.columns[at];
        let values = column.values().filter(|_| column.found() == Found::Text)?;
        let few = column.filled >= ENUM_RECORDS && column.filled >= ENUM_EACH * values.len() as u64;
        few.then(|| values.iter().map(String::as_str).collect())
    }

    /// What was seen in a column, and what is only guessed.
    pub(super) fn remarks(&self, at: usize) -> Vec<String> {
        let column = &self.columns[at];
        let mut remarks = Vec::new();
        if column.filled == 0 {
            return vec!["no record has a value".to_owned()];
        }
        let mut seen = match column.empty {
            0 => "every record has a value".to_owned(),
            empty => {
                format!("{} of {} records have a value", thousands(column.filled), thousands(column.filled + empty))
            }
        };
        match (column.unique.holds() && column.filled > 1, column.unique.sure(), column.values()) {
            (true, true, _) => seen.push_str(", each another one"),
            (true, false, _) => seen.push_str(", each another one as far as was looked"),
            (false, _, Some(values)) if column.filled > 1 => seen.push_str(&format!(", {} different", values.len())),
            _ => {}
        }
        match (&column.range, column.lengths, column.found()) {
            (Some((low, high)), _, Found::Integer | Found::Number(_)) => seen.push_str(&format!("; {low} to {high}")),
            (_, Some((1, 1)), Found::Text) => seen.push_str("; 1 character"),
            (_, Some((short, long)), Found::Text) if short == long => seen.push_str(&format!("; {long} characters")),
            (_, Some((short, long)), Found::Text) => seen.push_str(&format!("; {short} to {long} characters")),
            _ => {}
        }
        remarks.push(seen);
        self.guesses(at, &mut remarks);
        remarks
    }

    fn guesses(&self, at: usize, remarks: &mut Vec<String>) {
        let column = &self.columns[at];
        match column.found() {
            Found::Date(_) => {
                let pattern = |way: &Way| match way {
                    Way::Date(pattern) | Way::Datetime(pattern) => Some(pattern.clone()),
                    Way::IsoDate | Way::IsoDatetime => None,
                };
                let iso = matches!(column.found(), Found::Date(Way::IsoDate | Way::IsoDatetime));
                let others: Vec<String> = column.other_dates().iter().filter_map(pattern).collect();
                if !iso && !others.is_empty() {
                    remarks.push(format!("a guess: every value could also be {}", others.join(" or ")));
                }
            }
            Found::Number(style) => {
                if matches!(column.numbers.kind(), Some(Kind::Number { sure: false, .. })) {
                    remarks.push(format!("a guess: {:?} may be the decimal mark", style.group.unwrap_or(',')));
                }
            }
            Found::Integer if column.values().is_some_and(|values| values.iter().all(|v| v == "0" || v == "1")) => {
                remarks.push("0 and 1 only: perhaps a boolean".to_owned());
            }
            Found::Text if column.numbers.only_digits() => match column.numbers.code {
                Some(Code::LeadingZero) => {
                    remarks.push("digits, of which some begin with 0: a code, and no number".to_owned());
                }
                Some(Code::Long) => remarks.push("long digits: a code, and no number".to_owned()),
                None => {}
            },
            _ => {}
        }
    }
}
