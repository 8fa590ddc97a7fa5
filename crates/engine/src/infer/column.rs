//! What the values of one column have in common. Its memory is bounded, whatever the file.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::date::{Dates, Way};
use super::number::{Kind, Numbers, Style};
use super::words::Words;
use crate::decimal::Decimal;

/// Different values that are kept as they are: more make no list of allowed values.
const MAX_LISTED: usize = 24;

/// Longest value of such a list, in characters.
const MAX_LISTED_LENGTH: usize = 60;

/// Different dates that make `20240131` a date and no number.
const SURE_DATES: usize = 5;

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Without a value in any record.
    Nothing,
    /// Truth values, written with a pair of words.
    Boolean(Option<(&'static str, &'static str)>),
    /// Whole numbers.
    Integer,
    /// Decimal numbers, and how they are written.
    Number(Style),
    /// Dates, with or without time, and how they are written.
    Date(Way),
    /// Texts.
    Text,
}

/// What is known of a column so far.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Records with a value, and without one.
    pub filled: u64,
    /// Records without a value.
    pub empty: u64,
    /// Whether there was white space around a value.
    pub padded: bool,
    /// Whether every value is another one.
    pub unique: Unique,
    /// Shortest and longest value, in characters.
    pub lengths: Option<(usize, usize)>,
    /// Smallest and largest value, taken as plain numbers.
    pub range: Option<(Decimal, Decimal)>,
    /// The numbers that they may be.
    pub numbers: Numbers,
    dates: Dates,
    words: Words,
    listed: Option<BTreeSet<String>>,
}

impl Column {
    /// A column of which so many different values can be kept apart.
    pub fn new(room: usize) -> Self {
        Self {
            filled: 0,
            empty: 0,
            padded: false,
            unique: Unique::new(room),
            lengths: None,
            range: None,
            numbers: Numbers::default(),
            dates: Dates::default(),
            words: Words::default(),
            listed: Some(BTreeSet::new()),
        }
    }

    /// Takes a cell.
    pub fn see(&mut self, cell: &str) {
        let value = cell.trim();
        self.padded |= value.len() != cell.len();
        if value.is_empty() {
            self.empty += 1;
            return;
        }
        self.filled += 1;
        self.unique.see(&[value]);
        let length = value.chars().count();
        self.lengths = Some(self.lengths.map_or((length, length), |(low, high)| (low.min(length), high.max(length))));
        self.numbers.see(value);
        self.dates.see(value);
        self.words.see(value);
        if let Some(listed) = &mut self.listed {
            if length <= MAX_LISTED_LENGTH && !value.contains('@') {
                listed.insert(value.to_owned());
            }
            if listed.len() > MAX_LISTED || length > MAX_LISTED_LENGTH || value.contains('@') {
                self.listed = None;
            }
        }
        if self.numbers.kind().is_some() && length <= MAX_LISTED_LENGTH {
            self.stretch(value);
        }
    }

    fn stretch(&mut self, value: &str) {
        let Ok(number) = value.parse::<Decimal>() else { return };
        self.range = Some(match self.range.take() {
            None => (number.clone(), number),
            Some((low, high)) if number < low => (number, high),
            Some((low, high)) if number > high => (low, number),
            Some(range) => range,
        });
    }

    /// What it is, as far as all its values say.
    pub fn found(&self) -> Found {
        if self.filled == 0 {
            return Found::Nothing;
        }
        if let Some((pair, standard)) = self.words.pair() {
            return Found::Boolean((!standard).then_some(pair));
        }
        let date = self.dates.ways().first();
        let digits = matches!(date, Some(Way::Date(pattern)) if !pattern.contains(['-', '.', '/', ' ']));
        let enough = self.listed.as_ref().is_none_or(|listed| listed.len() >= SURE_DATES);
        match (date, self.numbers.kind()) {
            (Some(way), None) => Found::Date(way.clone()),
            (Some(way), Some(_)) if !digits || enough => Found::Date(way.clone()),
            (_, Some(Kind::Integer)) if !self.numbers.currency => Found::Integer,
            (_, Some(Kind::Integer)) => Found::Number(Style { decimal: '.', group: None }),
            (_, Some(Kind::Number { style, .. })) => Found::Number(style),
            (_, None) => Found::Text,
        }
    }

    /// Other ways in which the dates may be meant.
    pub fn other_dates(&self) -> &[Way] {
        self.dates.ways().get(1..).unwrap_or_default()
    }

    /// The values, where they are few.
    pub fn values(&self) -> Option<&BTreeSet<String>> {
        self.listed.as_ref()
    }
}

/// Whether values, or combinations of them, are different in every record.
#[derive(Clone, Debug)]
pub(super) struct Unique {
    /// Hashes of what was seen; `None` once something came twice, or there was no room for more.
    seen: Option<HashSet<u64>>,
    room: usize,
    repeated: bool,
}

impl Unique {
    pub fn new(room: usize) -> Self {
        Self { seen: Some(HashSet::new()), room, repeated: false }
    }

    pub fn see(&mut self, values: &[&str]) {
        let Some(seen) = &mut self.seen else { return };
        let mut hasher = DefaultHasher::new();
        values.hash(&mut hasher);
        if !seen.insert(hasher.finish()) {
            self.repeated = true;
            self.seen = None;
        } else if seen.len() > self.room {
            self.seen = None;
        }
    }

    /// Whether nothing came twice among the first values that could be kept apart.
    pub fn holds(&self) -> bool {
        !self.repeated
    }

    /// Whether all values could be kept apart.
    pub fn sure(&self) -> bool {
        self.seen.is_some()
    }
}
