//! A first feed: the findings in terms of the feed language.

use std::collections::HashSet;

use super::SourceGuess;
use super::column::{Column, Guess, is_blank};
use super::footer::FooterGuess;
use super::group::GroupGuess;
use super::key::{self, Key, Sure};
use super::label_kind::LabelKind;
use super::number::{Kind, Style};
use super::source::Below;
use super::survey::Survey;
use super::{name, text};
use crate::encoding::SourceText;
use crate::feed::{FeedName, FeedPlan};
use crate::header;
use crate::sink;

/// Minimum number of records, of records per value on average, and of records of each value, for a list of
/// allowed values.
const ENUM_RECORDS: u64 = 40;
const ENUM_MEAN: u64 = 5;
const ENUM_EACH: u64 = 3;

/// Maximum length of these values, in characters.
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
    /// The columns that become fields: those with a name of their own.
    pub(super) fields: Vec<usize>,
    /// The number of further columns, for which a feed has no room.
    pub(super) beyond: usize,
    /// The field that keeps the columns without a field, if they contain anything.
    pub(super) keep_in: Option<String>,
    pub(super) key: Key,
    /// The field that joins all columns, if that is the key.
    pub(super) joined: Option<String>,
    pub(super) records: u64,
    pub(super) ragged: u64,
    pub(super) ragged_first: Vec<u64>,
    pub(super) repeated: u64,
    pub(super) blank: u64,
    /// The column whose value marks records as sums, and these values.
    pub(super) sums: Option<(usize, Vec<String>)>,
    /// The footer, if the file seems to have one.
    pub(super) footer: Option<FooterGuess>,
    /// Whether several records seem to be one thing, and the field that receives the list of what they differ in.
    pub(super) group: Option<(GroupGuess, String)>,
}

/// Most fields of a draft: a feed with more is none that a person can read.
const MOST_FIELDS: usize = 4_000;

impl Draft {
    pub(super) fn new(survey: Survey, feed: &FeedName, encoding: &str) -> Self {
        let limits = sink::TABLES.limits();
        let mut kinds: Vec<Guess> = survey.columns.iter().map(Column::found).collect();
        let members = survey.source.json.iter().flat_map(|json| &json.members);
        for (kind, _) in kinds.iter_mut().zip(members).filter(|(_, member)| member.is_array) {
            *kind = Guess::Array;
        }
        let mut taken = HashSet::new();
        let mut fields: Vec<usize> =
            (0..kinds.len()).filter(|at| !survey.labels[*at].is_empty() && taken.insert(&survey.labels[*at])).collect();
        // Names may take half of an item.
        let mut room = limits.record_bytes / 2;
        let fits = |at: &&usize| {
            let left = room.checked_sub(survey.names[**at].len());
            room = left.unwrap_or_default();
            left.is_some()
        };
        let fitting = fields.iter().take(MOST_FIELDS).take_while(fits).count();
        let beyond = fields.split_off(fitting).len();
        let is_field: HashSet<usize> = fields.iter().copied().collect();
        let others = || (0..kinds.len()).filter(|at| !is_field.contains(at) && survey.columns[*at].filled > 0);
        let size: usize = others().map(|at| survey.columns[at].bytes + survey.labels[at].len() + 16).sum();
        // What the other columns hold may take half of an item.
        let keeps = survey.source.json.is_none() && (1..=limits.record_bytes / 2).contains(&size);
        let is_named = |at: &usize| fields.contains(at);
        let group = survey.group.clone().filter(|group| is_named(&group.by));
        let group =
            group.map(|group| GroupGuess { members: group.members.into_iter().filter(is_named).collect(), ..group });
        let group = group.filter(|group| !group.members.is_empty());
        let mut key = match &group {
            Some(group) => Key { columns: vec![group.by], sure: Sure::Grouped },
            None => key::find(&survey, &kinds, &fields),
        };
        let readable: Vec<&Column> = fields.iter().map(|at| &survey.columns[*at]).collect();
        let joins = key.sure == Sure::Nothing && readable.len() > 1;
        let bytes: usize = readable.iter().map(|column| column.bytes + 1).sum();
        let joined = joins && limits.key_bytes.first().is_some_and(|limit| bytes <= *limit);
        if joined {
            key.columns.clear();
        } else if key.columns.is_empty() {
            key.columns.extend(fields.first());
        }
        // Truth values and arrays cannot be a key, so without a better choice they become texts.
        for at in &key.columns {
            if matches!(kinds[*at], Guess::Array | Guess::Boolean(_)) {
                kinds[*at] = Guess::Text;
            }
        }
        let sums =
            survey.sums.filter(|(at, words)| !words.is_empty() && fields.contains(at) && kinds[*at] == Guess::Text);
        let free = |name: &str| name::free(name, &survey.names);
        let group = group.map(|group| (group, free("lines")));
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
            footer: survey.footer,
            group,
        }
    }

    /// The number of the record with which the footer begins, if the file seems to have one.
    #[must_use]
    pub fn footer(&self) -> Option<u64> {
        self.footer.as_ref().map(|footer| footer.first)
    }

    /// For each record below the labels, a condition that is true for it alone: a column of numbers or dates has
    /// this text, which is no word for "no value".
    pub(super) fn units(&self) -> Vec<Option<String>> {
        let condition = |below: &Below| {
            let is_typed = |at: &&usize| !matches!(self.kinds[**at], Guess::Text | Guess::Nothing | Guess::Boolean(_));
            let texts = self.fields.iter().filter(is_typed).filter_map(|at| Some((*at, below.cells.get(*at)?)));
            let (at, text) = texts.into_iter().find(|(_, text)| !text.trim().is_empty() && !is_blank(text.trim()))?;
            text::on_cell(&self.labels[at], text, |cell, text| format!("{cell} == {text}"))
        };
        self.source.below.iter().map(condition).collect()
    }

    /// Marks the encoding as a guess, because nothing in the file names it.
    #[must_use]
    pub fn guessed_encoding(mut self) -> Self {
        self.guessed_encoding = true;
        self
    }

    /// Notes that some bytes of the file are invalid in the encoding.
    #[must_use]
    pub fn broken_encoding(mut self) -> Self {
        self.broken_encoding = true;
        self
    }

    /// The labels of the columns, as in a header.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Looks for the header in the start of the file's text as the feed would. If it is not found where the labels are, the feed skips the
    /// lines above it.
    #[must_use]
    pub fn located(mut self, text: &str) -> Self {
        if self.source.find {
            let line = self.source.skip_lines + 1;
            let find = |plan: &FeedPlan| header::locate(plan, SourceText::UTF_8, text.as_bytes());
            let found = FeedPlan::from_yaml(&self.yaml(None)).ok().and_then(|plan| find(&plan));
            self.source.find = found.is_some_and(|found| {
                found.problem.is_none() && found.data.line == line + self.source.header_rows as u64
            });
        }
        self
    }

    /// The number of lines above a header that the feed looks for.
    #[must_use]
    pub fn lines_above(&self) -> u64 {
        if self.source.find { self.source.skip_lines } else { 0 }
    }

    /// Whether a column has a value in every record.
    pub(super) fn required(&self, at: usize) -> bool {
        let column = &self.columns[at];
        column.empty == 0 && column.filled > 0 && (column.blanks.is_empty() || !self.has_blanks(at))
    }

    /// Whether a column's words for "no value" are treated as such, because it contains numbers or dates.
    pub(super) fn has_blanks(&self, at: usize) -> bool {
        !matches!(self.kinds[at], Guess::Array | Guess::Text | Guess::Nothing | Guess::Boolean(_))
            && !self.columns[at].blanks.is_empty()
    }

    /// The values of a column, if they are so few, plain and frequent that any other value is likely a
    /// mistake.
    pub(super) fn allowed(&self, at: usize) -> Option<Vec<&str>> {
        let column = &self.columns[at];
        let is_open =
            column.label == LabelKind::Anything || column.label == LabelKind::Code && !self.key.columns.contains(&at);
        let values = column.values().filter(|_| self.kinds[at] == Guess::Text && is_open)?;
        let few = column.filled >= ENUM_RECORDS && column.filled >= ENUM_MEAN * values.len() as u64 && values.len() > 1;
        let usual = values.iter().all(|(value, count)| *count >= ENUM_EACH && is_plain(value));
        (few && usual).then(|| values.keys().map(String::as_str).collect())
    }

    /// The notation of a column's numbers, with the reason if it is ambiguous.
    pub(super) fn style(&self, at: usize) -> Option<(Style, Option<String>)> {
        match &self.kinds[at] {
            Guess::Number(style) => Some((*style, None)),
            // The numbers of a workbook have a decimal point, and no groups.
            Guess::Either(Kind::Either { mark: '.', .. }) if self.source.sheet.is_some() => {
                Some((Style { decimal: '.', group: None }, None))
            }
            Guess::Either(Kind::Either { mark, bare_thousands, bare }) => {
                let other = if *mark == '.' { ',' } else { '.' };
                let fraction = Style { decimal: *mark, group: None };
                let groups = Style { decimal: other, group: Some(*mark) };
                let (style, why) = match (self.convention(), *mark) {
                    _ if *bare_thousands => (fraction, "numbers of four or more digits have no mark".to_owned()),
                    (Some((decimal, name)), _) if decimal == *mark => {
                        (fraction, format!("it is the decimal mark in {}", text::shown(name)))
                    }
                    (Some((_, name)), _) => {
                        (groups, format!("another mark is the decimal mark in {}", text::shown(name)))
                    }
                    (None, ',') if self.source.delimiter.only() == Some(b';') => {
                        (fraction, "files with semicolons mostly have a decimal comma".to_owned())
                    }
                    (None, '.') if self.source.delimiter.only() == Some(b';') => {
                        (groups, "files with semicolons mostly have a decimal comma".to_owned())
                    }
                    (None, ',') => (groups, "three digits follow it in every value".to_owned()),
                    (None, _) if *bare => {
                        (groups, "other numbers lack it, and all numbers with it have three digits after it".to_owned())
                    }
                    (None, _) => (fraction, "every number has three digits after it".to_owned()),
                };
                Some((style, Some(why)))
            }
            _ => None,
        }
    }

    /// The unambiguous decimal mark of another column, with its label; `None` if there is none, or if columns
    /// differ.
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

/// Whether a value is a plain word or a few of them: no markup, no formula, nothing long.
fn is_plain(value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " -_/&.+'%".contains(c);
    value.chars().count() <= ENUM_LENGTH && value.chars().all(plain) && value.starts_with(char::is_alphanumeric)
}
