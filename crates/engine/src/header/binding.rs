//! Which columns each field is read from.

use std::collections::HashMap;

use super::label;
use crate::spec::LabelMatch;

/// Which columns each field is read from. Built once per file; impossible if the header lacks columns that
/// the feed needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The labels of the file, in its order.
    pub labels: Vec<String>,
    /// What each field of the plan reads.
    pub reads: Vec<Reads>,
    matching: LabelMatch,
    /// The first column of each name.
    places: HashMap<String, usize>,
}

/// What a field reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The column at this index.
    Column(usize),
    /// No column: the file lacks it, and the feed does not need it.
    Nothing,
    /// Several columns, without those that are missing. The field takes the first that is not empty, or all
    /// of them joined.
    Columns(Vec<usize>),
    /// The columns of a list.
    List(Vec<usize>),
    /// The columns of names and of values.
    Pairs(Vec<(usize, usize)>),
    /// Any column by its label, in an expression.
    Row,
    /// The columns that no other field reads, each with its name.
    Kept(Vec<(String, usize)>),
}

impl Binding {
    pub(super) fn new(labels: Vec<String>, reads: Vec<Reads>, matching: LabelMatch) -> Self {
        let mut places = HashMap::new();
        for (at, name) in labels.iter().enumerate() {
            places.entry(label::key(matching, name)).or_insert(at);
        }
        Self { labels, reads, matching, places }
    }

    /// The label of the column that a field is read from, if it is exactly one. `field` is the index in the
    /// plan.
    #[must_use]
    pub fn column(&self, field: usize) -> Option<&str> {
        match self.reads.get(field)? {
            Reads::Column(at) => self.labels.get(*at).map(String::as_str),
            Reads::Columns(columns) => match columns[..] {
                [at] => self.labels.get(at).map(String::as_str),
                _ => None,
            },
            Reads::Nothing | Reads::Row | Reads::Kept(_) | Reads::List(_) | Reads::Pairs(_) => None,
        }
    }

    /// The index of the first column of a name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        match self.matching {
            LabelMatch::Exact => self.places.get(name).copied(),
            LabelMatch::Loose => self.places.get(&label::key(self.matching, name)).copied(),
        }
    }
}
