//! An item under construction, and a finished one.

use std::collections::BTreeMap;

use super::{Found, ReadRecord, RecordNumbers};
use crate::feed::{FeedPlan, GroupPlan, ItemPart, ListPlan};
use crate::mask::mask;
use crate::record::Position;
use crate::schema::{Field, Json, Value};
use crate::validate::{Judge, Texts};
use crate::{Code, Place, Problem, Stage};

/// An item: what consecutive records with the same key make together.
#[derive(Debug, Default, PartialEq)]
pub struct Item {
    /// The texts of the fields of the feed.
    pub texts: Vec<String>,
    /// Its records.
    pub records: ItemRecords,
    /// The problems of its records. One without a field that is an error says that the item cannot be judged.
    pub problems: Vec<Problem>,
}

/// The records of an item, of which the first is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemRecords {
    /// The numbers of the others.
    pub others: RecordNumbers,
    /// In which of them the problems are.
    pub found: Found,
}

impl Texts for Item {
    fn text(&self, field: usize) -> &str {
        self.texts.get(field).map_or("", String::as_str)
    }
}

/// An item under construction.
pub(super) struct Part {
    pub(super) first: Position,
    pub(super) others: RecordNumbers,
    pub(super) bytes: u64,
    /// Its key, once it is known.
    key: Option<String>,
    /// For each field of the item, its text and the number of the record that has it.
    texts: Vec<(String, u64)>,
    /// For each list, the texts of its elements, with commas between them.
    lists: Vec<String>,
    found: Found,
    problems: Vec<Problem>,
}

impl Part {
    pub(super) fn new(plan: &FeedPlan, group: &GroupPlan, first: Position) -> Self {
        Self {
            first,
            others: RecordNumbers::default(),
            bytes: 0,
            key: None,
            texts: vec![(String::new(), 0); plan.fields.len()],
            lists: vec![String::new(); group.lists.len()],
            found: Found::default(),
            problems: Vec::new(),
        }
    }

    /// Adds the problem of a record.
    pub(super) fn problem(&mut self, at: Position, problem: Problem) {
        self.found.push(Place { record: at.record, line: at.line });
        self.problems.push(problem);
    }

    /// Whether a record belongs to the item, or may belong to it.
    pub(super) fn takes(&self, read: &ReadRecord) -> bool {
        self.key.as_ref().zip(read.key.as_ref()).is_none_or(|(own, key)| own == key)
    }

    /// Adds a record that belongs to the item. Of one without a key, only the problems count.
    pub(super) fn add(
        &mut self,
        plan: &FeedPlan,
        group: &GroupPlan,
        judges: &mut [Judge<'_>],
        at: Position,
        read: &mut ReadRecord,
    ) {
        match &read.key {
            Some(key) => _ = self.key.get_or_insert_with(|| key.clone()),
            None => {
                for problem in read.problems.drain(..) {
                    self.problem(at, problem);
                }
                return;
            }
        }
        for ((part, field), (text, from)) in group.parts.iter().zip(&plan.fields).zip(&mut self.texts) {
            let ItemPart::Field(place) = part else { continue };
            let found = read.texts.get(*place).map_or("", String::as_str);
            if found.is_empty() || field.is_missing(found) {
                continue;
            }
            // What a record says although its cells are empty gives way to what another one says.
            let default = group.defaults.get(*place).map_or("", String::as_str);
            if text.is_empty() || *text == default && found != default {
                (*text, *from) = (found.to_owned(), at.record);
            } else if found != default && !is_same(field, text, found) {
                let message = format!(
                    "{found:?} differs from {text:?} in record {from} of the same item; expected one value in all its \
                     records, or none"
                );
                let problem = Problem::new(Stage::Restructure, Code::GroupConflict, message).field(&field.name);
                let mut problem = problem.value(found);
                if group.rows.masks.is_sensitive(*place) {
                    mask(&mut problem, None);
                }
                read.problems.push(problem);
            }
        }
        for ((list, judge), text) in group.lists.iter().zip(judges).zip(&mut self.lists) {
            element(list, judge, read, text);
        }
        for problem in read.problems.drain(..) {
            self.problem(at, problem);
        }
    }

    /// Puts the records of another item with its problems behind those of this one, because both are rejected together.
    pub(super) fn append(&mut self, other: Self) {
        self.others.push(other.first.record);
        other.others.iter().for_each(|number| self.others.push(number));
        self.found.extend(other.found);
        self.problems.extend(other.problems);
    }

    /// The last of its records.
    pub(super) fn last(&self) -> u64 {
        self.others.last().unwrap_or(self.first.record)
    }

    /// Completes the item.
    pub(super) fn finish(self, group: &GroupPlan) -> Item {
        let Self { others, texts, lists, found, problems, .. } = self;
        let texts = group.parts.iter().zip(texts).map(|(part, (text, _))| match part {
            ItemPart::Field(_) => text,
            ItemPart::List(list) => match lists.get(*list) {
                Some(elements) if !elements.is_empty() => format!("[{elements}]"),
                _ => String::new(),
            },
        });
        let texts = texts.collect();
        Item { texts, records: ItemRecords { others, found }, problems }
    }
}

/// Whether two texts are the same value of a field.
fn is_same(field: &Field, one: &str, other: &str) -> bool {
    let value = |text| field.read(text).map(|value| value.canonical().into_owned());
    one == other || value(one).is_some_and(|one| value(other) == Some(one))
}

/// Judges what a record adds to a list, and appends its element. A record whose own cells have nothing for the list adds none.
fn element(list: &ListPlan, judge: &mut Judge<'_>, read: &mut ReadRecord, elements: &mut String) {
    let members = || list.plan.fields.iter().zip(&list.places).take(list.members);
    let has = |place: &usize| read.is_own.get(*place).copied().unwrap_or_default();
    let needs_cells = list.needs_cells.contains(&true);
    let counts = members().zip(&list.needs_cells).any(|((_, place), needs)| *needs == needs_cells && has(place));
    if !counts {
        return;
    }
    let is_member = |name: &str| members().any(|(field, _)| field.name == name);
    let of_members = |problem: &&Problem| problem.field.as_deref().is_some_and(is_member);
    let mut problems: Vec<Problem> = read.problems.iter().filter(of_members).cloned().collect();
    let before = problems.len();
    let texts = Placed { texts: &read.texts, places: &list.places };
    let judged = judge.judge(&texts, &mut problems);
    let mut values = members().enumerate().filter_map(|(at, (field, _))| {
        let text = judged.text(at);
        let value = (!text.is_empty()).then(|| Value::read_canonical(field.field_type, text)).flatten()?;
        Some((field.name.clone(), value.to_json()))
    });
    let element = if list.is_plain {
        values.next().map(|(_, value)| value)
    } else {
        Some(values.collect()).filter(|object: &BTreeMap<_, _>| !object.is_empty()).map(Json::Object)
    };
    if let Some(element) = element {
        if !elements.is_empty() {
            elements.push(',');
        }
        elements.push_str(&element.to_string());
    }
    // The fields of the item are judged once it is complete.
    let says = |problem: &Problem| problem.field.as_deref().is_none_or(is_member);
    read.problems.extend(problems.drain(before..).filter(says));
}

/// The texts of a record's fields, as a list has them.
struct Placed<'a> {
    texts: &'a [String],
    places: &'a [usize],
}

impl Texts for Placed<'_> {
    fn text(&self, field: usize) -> &str {
        self.places.get(field).and_then(|place| self.texts.get(*place)).map_or("", String::as_str)
    }
}
