//! What the values of one column have in common. The memory is bounded for any file.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::date::{Dates, Notation};
use super::label_kind::LabelKind;
use super::named::{Named, NamedDates};
use super::number::{Kind, Numbers, Style};
use super::words::Words;
use crate::decimal::Decimal;

/// Maximum number of distinct values that are counted; a column with more gets no list of allowed values.
const MAX_LISTED: usize = 24;

/// Maximum length of a value in such a list, in characters.
const MAX_LISTED_LENGTH: usize = 40;

/// The number of distinct dates from which on values like `20240131` are dates and not numbers.
const SURE_DATES: usize = 5;

/// The fewest values from which a count of days or seconds is recognized.
const FEWEST_COUNTS: u64 = 2;

/// Maximum number of distinct words for "no value" that are remembered.
const MAX_BLANKS: usize = 5;

/// Words in place of a number or a date that mean "no value".
const BLANKS: [&str; 12] = ["n/a", "na", "#n/a", "n.a.", "nan", "null", "none", "nil", "-", "--", "k.a.", "\\n"];

/// The kind of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// No record has a value.
    Nothing,
    /// Truth values, with their pair of words.
    Boolean(Option<(&'static str, &'static str)>),
    /// Whole numbers.
    Integer,
    /// Decimal numbers, with their notation.
    Number(Style),
    /// Decimal numbers with an ambiguous mark.
    Either(Kind),
    /// Dates, with or without time, with their notation.
    Date(Notation),
    /// Arrays of JSON.
    Array,
    /// Texts.
    Text,
}

/// What is known of a column so far.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of its own about the column")]
pub(super) struct Column {
    /// The kind of content that its label suggests.
    pub label: LabelKind,
    /// Whether its name is that of a code of digits that is not a number.
    pub digits: bool,
    /// Records with a value.
    pub filled: u64,
    /// Records without a value.
    pub empty: u64,
    /// Whether a value was surrounded by white space.
    pub padded: bool,
    /// The number of values that are written as formulas, such as `="00123"`, and the first of them.
    pub formulas: u64,
    pub formula: Option<String>,
    /// Whether all values are distinct.
    pub unique: Unique,
    /// The shortest and the longest value, in characters.
    pub lengths: Option<(usize, usize)>,
    /// The longest value, in bytes.
    pub bytes: usize,
    /// Whether a value contains white space.
    pub spaced: bool,
    /// The smallest and the largest value, read as plain numbers.
    pub range: Option<(Decimal, Decimal)>,
    /// The possible notations of numbers.
    pub numbers: Numbers,
    /// The number of values that are times of day: `13:05`.
    pub times: u64,
    /// The first value with a non-ASCII character.
    pub foreign: Option<String>,
    /// Words that mean "no value", and the number of records with them.
    pub blanks: Vec<String>,
    blanked: u64,
    dates: Dates,
    /// Dates with the names of months in other languages.
    pub named: NamedDates,
    /// Whether its name is that of a date.
    says_date: bool,
    words: Words,
    listed: Option<BTreeMap<String, u64>>,
}

impl Column {
    /// Creates a column with this name and room for this many distinct values.
    pub fn new(name: &str, room: usize) -> Self {
        Self {
            label: LabelKind::of(name),
            digits: super::label_kind::is_code_of_digits(name),
            filled: 0,
            empty: 0,
            padded: false,
            formulas: 0,
            formula: None,
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
            named: NamedDates::default(),
            says_date: super::label_kind::says_date(name),
            words: Words::default(),
            listed: Some(BTreeMap::new()),
        }
    }

    /// Adds a cell.
    pub fn see(&mut self, cell: &str) {
        let value = cell.trim();
        self.padded |= value.len() != cell.len();
        if value.is_empty() {
            self.empty += 1;
            return;
        }
        self.filled += 1;
        let value = match of_formula(value) {
            Some(inner) => {
                self.formulas += 1;
                self.formula.get_or_insert_with(|| value.to_owned());
                inner
            }
            None => value,
        };
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
        self.named.see(value);
        self.times += u64::from(is_time(value));
        if length <= MAX_LISTED_LENGTH {
            self.stretch(value);
        }
    }

    /// Counts a value, as long as there are few distinct ones.
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

    /// Whether this many values determine the kind of the column: nearly all, apart from a few that will be
    /// rejected. A column with the label of a price needs only a majority of numbers; one with the label of
    /// an identifier needs all values.
    fn most(&self, hits: u64) -> bool {
        let others = (self.filled - self.blanked).saturating_sub(hits);
        match self.label {
            _ if hits == 0 => false,
            LabelKind::Id | LabelKind::Code => others == 0 && self.blanked == 0,
            LabelKind::Money => others < hits,
            _ => others * 4 <= hits,
        }
    }

    /// The kind, as most of the values suggest.
    pub fn found(&self) -> Guess {
        if self.filled == 0 {
            return Guess::Nothing;
        }
        if let Some((pair, standard)) = self.words.pair() {
            return Guess::Boolean((!standard).then_some(pair));
        }
        if let Some(count) = self.count() {
            return Guess::Date(count);
        }
        if let Some(Named { patterns, language, .. }) = self.named.found().filter(|_| !self.most(self.dates.most())) {
            return Guess::Date(Notation::Named { patterns, language });
        }
        let date = self.dates.notations().next().filter(|_| self.most(self.dates.most()));
        let number =
            self.numbers.kind().filter(|_| self.most(self.numbers.most()) && !self.digits && self.formulas == 0);
        let number = number.filter(|_| self.numbers.other_currency.is_none());
        let digits = matches!(date, Some(Notation::Date(pattern)) if !pattern.contains(['-', '.', '/', ' ']));
        let enough = self.listed.as_ref().is_none_or(|listed| listed.len() >= SURE_DATES);
        match (date, number) {
            (Some(notation), None) if !digits || !self.label.is_identifier() && !self.digits => {
                Guess::Date(notation.clone())
            }
            (Some(notation), Some(_)) if !digits || enough && !self.label.is_identifier() => {
                Guess::Date(notation.clone())
            }
            (_, Some(Kind::Integer)) if self.label != LabelKind::Money && self.numbers.currencies == 0 => {
                Guess::Integer
            }
            (_, Some(Kind::Integer)) => Guess::Number(Style { decimal: '.', group: None }),
            (_, Some(Kind::Number(style))) => Guess::Number(style),
            (_, Some(kind @ Kind::Either { .. })) => Guess::Either(kind),
            (_, None) => Guess::Text,
        }
    }

    /// The count that the values are, if the label is that of a date or a time and all of them are of a plausible date: 1990 to 2100 as
    /// seconds or milliseconds, about 1954 to 2118 as days of a spreadsheet.
    fn count(&self) -> Option<Notation> {
        let all = self.filled - self.blanked;
        let (low, high) = self.range.as_ref()?;
        let within = |from: i64, to: i64| *low >= Decimal::whole(from) && *high <= Decimal::whole(to);
        let is_whole = self.numbers.is_plain_whole(all);
        if all < FEWEST_COUNTS || !is_whole && !self.numbers.is_plain(all) {
            return None;
        }
        match () {
            () if self.says_date && within(20_000, 80_000) => {
                Some(Notation::Count { word: "spreadsheet-1900", with_time: !is_whole })
            }
            () if !is_whole || !self.says_date && self.label != LabelKind::Moment => None,
            () if within(631_152_000, 4_102_444_800) => {
                Some(Notation::Count { word: "epoch-seconds", with_time: true })
            }
            () if within(631_152_000_000, 4_102_444_800_000) => {
                Some(Notation::Count { word: "epoch-milliseconds", with_time: true })
            }
            () => None,
        }
    }

    /// Other possible notations of the dates.
    pub fn other_dates(&self) -> Vec<&'static Notation> {
        self.dates.notations().skip(1).collect()
    }

    /// The distinct values with their counts, if there are few.
    pub fn values(&self) -> Option<&BTreeMap<String, u64>> {
        self.listed.as_ref()
    }

    /// Whether most values are times of day.
    pub fn is_time(&self) -> bool {
        self.times > 0 && self.times * 2 >= self.filled
    }
}

/// The text of a value that is written as a formula, so that a spreadsheet takes its digits for a text: `="00123"`.
fn of_formula(value: &str) -> Option<&str> {
    value.strip_prefix("=\"")?.strip_suffix('"').filter(|inner| !inner.is_empty() && !inner.contains('"'))
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

/// Whether values, or combinations of them, are distinct in every record.
#[derive(Clone, Debug)]
pub(super) struct Unique {
    /// Hashes of the values seen; `None` once a value was repeated or the room was used up.
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

    /// Whether no value was repeated, as far as there was room to check.
    pub fn holds(&self) -> bool {
        !self.repeated
    }

    /// Whether there was room to check all values.
    pub fn sure(&self) -> bool {
        self.seen.is_some()
    }
}
