//! A first feed: what was found, in the terms of the feed language.

use std::collections::HashSet;

use super::SourceGuess;
use super::called::Called;
use super::column::{Column, Guess};
use super::key::{self, Key, Sure};
use super::number::{Kind, Style};
use super::survey::Survey;
use super::{name, text};
use crate::feed::FeedName;
use crate::sink;

/// Least records, least records per value, and least records of each value, for a list of allowed values.
const ENUM_RECORDS: u64 = 40;
const ENUM_MEAN: u64 = 5;
const ENUM_EACH: u64 = 3;

/// Longest of these values, in characters.
const ENUM_LENGTH: usize = 30;

/// A first feed for a file.
pub struct Draft {
    pub(super) name: String,
    pub(super) encoding: String,
    pub(super) guessed_encoding: bool,
    pub(super) broken_encoding: bool,
    pub(super) source: SourceGuess,
    pub(super) labels: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<Column>,
    /// What each column is.
    pub(super) kinds: Vec<Guess>,
    /// The columns that become fields: those that can be read by a name of their own.
    pub(super) fields: Vec<usize>,
    /// How many more would, if a table could take them.
    pub(super) beyond: usize,
    /// The field that keeps what the columns hold that are no fields, where they hold something.
    pub(super) keep_in: Option<String>,
    pub(super) key: Key,
    /// The field that is made of all columns, where the key is.
    pub(super) joined: Option<String>,
    pub(super) records: u64,
    pub(super) ragged: u64,
    pub(super) ragged_first: Vec<u64>,
    pub(super) repeated: u64,
    pub(super) blank: u64,
    /// The column in which records are called sums, and what they are called.
    pub(super) sums: Option<(usize, Vec<String>)>,
}

impl Draft {
    pub(super) fn new(survey: Survey, feed: &FeedName, encoding: &str) -> Self {
        let limits = sink::TABLES.limits();
        // One field at least is the key.
        let most = limits.attributes + 1;
        let mut kinds: Vec<Guess> = survey.columns.iter().map(Column::found).collect();
        let mut taken = HashSet::new();
        let mut fields: Vec<usize> =
            (0..kinds.len()).filter(|at| !survey.labels[*at].is_empty() && taken.insert(&survey.labels[*at])).collect();
        // Room for a field that keeps what is in the others, and one for the key.
        let beyond = if fields.len() > most { fields.split_off(most - 2).len() } else { 0 };
        let is_field: HashSet<usize> = fields.iter().copied().collect();
        let others = || (0..kinds.len()).filter(|at| !is_field.contains(at) && survey.columns[*at].filled > 0);
        let size: usize = others().map(|at| survey.columns[at].bytes + survey.labels[at].len() + 16).sum();
        // What the other columns hold may take half of an item.
        let keeps = fields.len() < most && (1..=limits.record_bytes / 2).contains(&size);
        let mut key = key::find(&survey, &kinds, &fields);
        let readable: Vec<&Column> = fields.iter().map(|at| &survey.columns[*at]).collect();
        let joins = key.sure == Sure::Nothing && readable.len() > 1 && fields.len() + usize::from(keeps) < most;
        let bytes: usize = readable.iter().map(|column| column.bytes + 1).sum();
        let joined = joins && limits.key_bytes.first().is_some_and(|limit| bytes <= *limit);
        if joined {
            key.columns.clear();
        } else if key.columns.is_empty() {
            key.columns.extend(fields.first());
        }
        // Truth values are no key: where nothing better is known, they are texts.
        for at in &key.columns {
            if matches!(kinds[*at], Guess::Boolean(_)) {
                kinds[*at] = Guess::Text;
            }
        }
        let sums =
            survey.sums.filter(|(at, words)| !words.is_empty() && fields.contains(at) && kinds[*at] == Guess::Text);
        let free = |name: &str| name::free(name, &survey.names);
        Self {
            name: feed.as_str().to_owned(),
            encoding: encoding.to_owned(),
            guessed_encoding: false,
            broken_encoding: false,
            keep_in: keeps.then(|| free("other_columns")),
            joined: joined.then(|| free("record_key")),
            source: survey.source,
            labels: survey.labels,
            names: survey.names,
            columns: survey.columns,
            kinds,
            fields,
            beyond,
            key,
            records: survey.records,
            ragged: survey.ragged,
            ragged_first: survey.ragged_first,
            repeated: survey.repeated,
            blank: survey.blank,
            sums,
        }
    }

    /// Says that the encoding is a guess: nothing in the file names it.
    #[must_use]
    pub fn guessed_encoding(mut self) -> Self {
        self.guessed_encoding = true;
        self
    }

    /// Says that some bytes of the file are not of the encoding.
    #[must_use]
    pub fn broken_encoding(mut self) -> Self {
        self.broken_encoding = true;
        self
    }

    /// The labels of the columns, as a header has them.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Whether a column has a value in every record.
    pub(super) fn required(&self, at: usize) -> bool {
        let column = &self.columns[at];
        column.empty == 0 && column.filled > 0 && (column.blanks.is_empty() || !self.has_blanks(at))
    }

    /// Whether words for "no value" of a column are taken as such: where it holds numbers or dates.
    pub(super) fn has_blanks(&self, at: usize) -> bool {
        !matches!(self.kinds[at], Guess::Text | Guess::Nothing | Guess::Boolean(_))
            && !self.columns[at].blanks.is_empty()
    }

    /// The values of a column, where they are so few, so plain and so frequent that others are likely to be mistakes.
    pub(super) fn allowed(&self, at: usize) -> Option<Vec<&str>> {
        let column = &self.columns[at];
        let called =
            column.called == Called::Anything || column.called == Called::Code && !self.key.columns.contains(&at);
        let values = column.values().filter(|_| self.kinds[at] == Guess::Text && called)?;
        let few = column.filled >= ENUM_RECORDS && column.filled >= ENUM_MEAN * values.len() as u64 && values.len() > 1;
        let usual = values.iter().all(|(value, count)| *count >= ENUM_EACH && is_plain(value));
        (few && usual).then(|| values.keys().map(String::as_str).collect())
    }

    /// How the numbers of a column are written, and why they are read so, where they may be meant otherwise.
    pub(super) fn style(&self, at: usize) -> Option<(Style, Option<String>)> {
        match &self.kinds[at] {
            Guess::Number(style) => Some((*style, None)),
            Guess::Either(Kind::Either { mark, bare_thousands, bare }) => {
                let other = if *mark == '.' { ',' } else { '.' };
                let fraction = Style { decimal: *mark, group: None };
                let groups = Style { decimal: other, group: Some(*mark) };
                let (style, why) = match (self.convention(), *mark) {
                    _ if *bare_thousands => (fraction, "numbers of four digits and more have no mark".to_owned()),
                    (Some((decimal, name)), _) if decimal == *mark => {
                        (fraction, format!("it stands before the fraction in {}", text::shown(name)))
                    }
                    (Some((_, name)), _) => {
                        (groups, format!("another mark stands before the fraction in {}", text::shown(name)))
                    }
                    (None, ',') if self.source.delimiter == b';' => {
                        (fraction, "files with semicolons mostly have a decimal comma".to_owned())
                    }
                    (None, '.') if self.source.delimiter == b';' => {
                        (groups, "files with semicolons mostly have a decimal comma".to_owned())
                    }
                    (None, ',') => (groups, "three digits follow it in every value".to_owned()),
                    (None, _) if *bare => {
                        (groups, "numbers without it stand beside numbers with three digits behind it".to_owned())
                    }
                    (None, _) => (fraction, "every number has three digits behind it".to_owned()),
                };
                Some((style, Some(why)))
            }
            _ => None,
        }
    }

    /// The mark before the fraction in a column where it has one meaning only, and the label of that column; `None`
    /// where there is none, or two columns differ.
    fn convention(&self) -> Option<(char, &str)> {
        let sure = |at: &usize| match self.kinds[*at] {
            Guess::Number(style) if !self.columns[*at].numbers.only_digits() => {
                Some((style.decimal, &*self.labels[*at]))
            }
            _ => None,
        };
        let mut marks = self.fields.iter().filter_map(sure);
        let (first, label) = marks.next()?;
        marks.all(|(mark, _)| mark == first).then_some((first, label))
    }
}

/// Whether a value is a plain word or a few of them: no markup, no formula, nothing that is long.
fn is_plain(value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " -_/&.+'%".contains(c);
    value.chars().count() <= ENUM_LENGTH && value.chars().all(plain) && value.starts_with(char::is_alphanumeric)
}
