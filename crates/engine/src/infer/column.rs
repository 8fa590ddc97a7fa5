//! What the values of one column have in common. Its memory is bounded, whatever the file.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::called::Called;
use super::date::{Dates, Way};
use super::number::{Kind, Numbers, Style};
use super::words::Words;
use crate::decimal::Decimal;

/// Different values that are counted: more make no list of allowed values.
const MAX_LISTED: usize = 24;

/// Longest value of such a list, in characters.
const MAX_LISTED_LENGTH: usize = 40;

/// Different dates that make `20240131` a date and no number.
const SURE_DATES: usize = 5;

/// Different words for "no value" that are remembered.
const MAX_BLANKS: usize = 5;

/// Words that stand where a number or a date would, and mean that there is none.
const BLANKS: [&str; 12] = ["n/a", "na", "#n/a", "n.a.", "nan", "null", "none", "nil", "-", "--", "k.a.", "\\n"];

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// Without a value in any record.
    Nothing,
    /// Truth values, written with a pair of words.
    Boolean(Option<(&'static str, &'static str)>),
    /// Whole numbers.
    Integer,
    /// Decimal numbers, and how they are written.
    Number(Style),
    /// Decimal numbers whose mark has one of two meanings.
    Either(Kind),
    /// Dates, with or without time, and how they are written.
    Date(Way),
    /// Texts.
    Text,
}

/// What is known of a column so far.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// What it is called like.
    pub called: Called,
    /// Whether its name is that of a code whose digits are no number.
    pub digits: bool,
    /// Records with a value.
    pub filled: u64,
    /// Records without a value.
    pub empty: u64,
    /// Whether there was white space around a value.
    pub padded: bool,
    /// Whether every value is another one.
    pub unique: Unique,
    /// Shortest and longest value, in characters.
    pub lengths: Option<(usize, usize)>,
    /// The longest value, in bytes.
    pub bytes: usize,
    /// Whether a value has white space in it.
    pub spaced: bool,
    /// Smallest and largest value, taken as plain numbers.
    pub range: Option<(Decimal, Decimal)>,
    /// The numbers that they may be.
    pub numbers: Numbers,
    /// How many are times of a day: `13:05`.
    pub times: u64,
    /// The first value that is not all ASCII.
    pub foreign: Option<String>,
    /// Words that mean that there is no value, and in how many records they stand.
    pub blanks: Vec<String>,
    blanked: u64,
    dates: Dates,
    words: Words,
    listed: Option<BTreeMap<String, u64>>,
}

impl Column {
    /// A column of this name, of which so many different values can be kept apart.
    pub fn new(name: &str, room: usize) -> Self {
        Self {
            called: Called::of(name),
            digits: super::called::is_code_of_digits(name),
            filled: 0,
            empty: 0,
            padded: false,
            unique: Unique::new(room),
            lengths: None,
            bytes: 0,
            spaced: false,
            range: None,
            numbers: Numbers::default(),
            times: 0,
            foreign: None,
            blanks: Vec::new(),
            blanked: 0,
            dates: Dates::default(),
            words: Words::default(),
            listed: Some(BTreeMap::new()),
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
        self.bytes = self.bytes.max(value.len());
        self.spaced |= value.contains(char::is_whitespace);
        if self.foreign.is_none() && !value.is_ascii() {
            self.foreign = Some(value.to_owned());
        }
        self.words.see(value);
        self.list(value, length);
        if is_blank(value) {
            self.blanked += 1;
            if self.blanks.len() < MAX_BLANKS && !self.blanks.iter().any(|other| other == value) {
                self.blanks.push(value.to_owned());
            }
            return;
        }
        self.numbers.see(value);
        self.dates.see(value);
        self.times += u64::from(is_time(value));
        if length <= MAX_LISTED_LENGTH {
            self.stretch(value);
        }
    }

    /// Counts a value, while they are few.
    fn list(&mut self, value: &str, length: usize) {
        let Some(listed) = &mut self.listed else { return };
        if length > MAX_LISTED_LENGTH {
            self.listed = None;
        } else if let Some(count) = listed.get_mut(value) {
            *count += 1;
        } else if listed.len() < MAX_LISTED {
            listed.insert(value.to_owned(), 1);
        } else {
            self.listed = None;
        }
    }

    fn stretch(&mut self, value: &str) {
        if !value.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return;
        }
        let Ok(number) = value.parse::<Decimal>() else { return };
        self.range = Some(match self.range.take() {
            None => (number.clone(), number),
            Some((low, high)) if number < low => (number, high),
            Some((low, high)) if number > high => (low, number),
            Some(range) => range,
        });
    }

    /// Whether so many values make the column what they are: nearly all, but for a few that are rejected. What is
    /// called a price is one where most values are numbers; what is called an identifier is whatever all of them are.
    fn most(&self, hits: u64) -> bool {
        let others = (self.filled - self.blanked).saturating_sub(hits);
        match self.called {
            _ if hits == 0 => false,
            Called::Id | Called::Code => others == 0 && self.blanked == 0,
            Called::Money => others < hits,
            _ => others * 4 <= hits,
        }
    }

    /// What it is, as far as most of its values say.
    pub fn found(&self) -> Guess {
        if self.filled == 0 {
            return Guess::Nothing;
        }
        if let Some((pair, standard)) = self.words.pair() {
            return Guess::Boolean((!standard).then_some(pair));
        }
        let date = self.dates.ways().next().filter(|_| self.most(self.dates.most()));
        let number = self.numbers.kind().filter(|_| self.most(self.numbers.most()) && !self.digits);
        let number = number.filter(|_| self.numbers.other_currency.is_none());
        let digits = matches!(date, Some(Way::Date(pattern)) if !pattern.contains(['-', '.', '/', ' ']));
        let enough = self.listed.as_ref().is_none_or(|listed| listed.len() >= SURE_DATES);
        match (date, number) {
            (Some(way), None) if !digits || !self.called.is_identifier() && !self.digits => Guess::Date(way.clone()),
            (Some(way), Some(_)) if !digits || enough && !self.called.is_identifier() => Guess::Date(way.clone()),
            (_, Some(Kind::Integer)) if self.called != Called::Money && self.numbers.currencies == 0 => Guess::Integer,
            (_, Some(Kind::Integer)) => Guess::Number(Style { decimal: '.', group: None }),
            (_, Some(Kind::Number(style))) => Guess::Number(style),
            (_, Some(kind @ Kind::Either { .. })) => Guess::Either(kind),
            (_, None) => Guess::Text,
        }
    }

    /// Other ways in which the dates may be meant.
    pub fn other_dates(&self) -> Vec<&'static Way> {
        self.dates.ways().skip(1).collect()
    }

    /// The values and how often each is there, where they are few.
    pub fn values(&self) -> Option<&BTreeMap<String, u64>> {
        self.listed.as_ref()
    }

    /// Whether most values are times of a day.
    pub fn is_time(&self) -> bool {
        self.times > 0 && self.times * 2 >= self.filled
    }
}

/// Whether a text is a word for "no value".
pub(super) fn is_blank(value: &str) -> bool {
    value.len() <= 4 && BLANKS.iter().any(|blank| value.eq_ignore_ascii_case(blank))
}

fn is_time(value: &str) -> bool {
    let parts: Vec<&str> = value.split(':').collect();
    let digits = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (2..=3).contains(&parts.len())
        && parts[..2].iter().all(digits)
        && parts.last().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit()) && last.len() <= 12)
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
