//! Which columns each field is made of.

use std::collections::HashMap;

use super::label;
use crate::spec::LabelMatch;

/// Which columns each field is made of. Made once per file; there is none where the header does not have what the
/// feed reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The labels of the file, in its order.
    pub labels: Vec<String>,
    /// For each field of the plan, what it reads.
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
    /// No column: the file does not have it, and need not.
    Nothing,
    /// Several columns, of which the first that is not empty is taken, or one after the other; those that are missing
    /// left out.
    Columns(Vec<usize>),
    /// Any column, by its label: an expression.
    Row,
    /// The columns that no other field reads, each under its name.
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

    /// The label of the column that a field is made of, where that is one; `field` is its index in the plan.
    #[must_use]
    pub fn column(&self, field: usize) -> Option<&str> {
        match self.reads.get(field)? {
            Reads::Column(at) => self.labels.get(*at).map(String::as_str),
            Reads::Columns(columns) => match columns[..] {
                [at] => self.labels.get(at).map(String::as_str),
                _ => None,
            },
            Reads::Nothing | Reads::Row | Reads::Kept(_) => None,
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
