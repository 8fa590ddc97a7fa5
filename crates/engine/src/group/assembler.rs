//! Makes items of records.

use std::collections::{BTreeMap, VecDeque};

use super::ReadRecord;
use super::boundary::belongs;
use super::item::{Item, Part};
use crate::feed::{FeedPlan, GroupPlan};
use crate::record::Position;
use crate::reject::Place;
use crate::validate::Judge;
use crate::{Code, Problem, RunContext, Severity, Stage};

/// What the records of a file become, in the order of their first records.
#[derive(Debug, PartialEq)]
pub enum Assembled {
    /// A record that is omitted under this name.
    Omitted(Position, String),
    /// An item whose first record is here.
    Item(Position, Item),
}

/// Makes items of records, which come in the order of the file. Holds what belongs together: of an item at most [`GroupPlan::most`]
/// bytes of records, and the places of omitted records among them.
pub struct Assembler<'p> {
    plan: &'p FeedPlan,
    group: &'p GroupPlan,
    judges: Vec<Judge<'p>>,
    is_repair: bool,
    open: Option<Open>,
    ready: VecDeque<Assembled>,
}

/// Records that belong together.
struct Open {
    /// Their items; several only in a repair, or if a key is not known.
    parts: Vec<Part>,
    /// The key of the last record, if it is known.
    key: Option<String>,
    /// The first record of those with which the last one was rejected.
    first: Option<u64>,
    /// The first record whose key is not known.
    broken: Option<Position>,
    /// The first record of a repair that does not say with which others it was rejected.
    unplaced: Option<Position>,
    /// The places of all records of a repair, by the first of those that were rejected together, with the number of these.
    places: BTreeMap<u64, (u64, Vec<u64>)>,
    /// Omitted records among them.
    omitted: Vec<(Position, String)>,
}

impl<'p> Assembler<'p> {
    /// For records of a feed with groups, read by [`RecordReader`](super::RecordReader).
    #[must_use]
    pub fn new(plan: &'p FeedPlan, group: &'p GroupPlan, run: &'p RunContext, is_repair: bool) -> Self {
        let judges = group.lists.iter().map(|list| Judge::new(&list.plan, run)).collect();
        Self { plan, group, judges, is_repair, open: None, ready: VecDeque::new() }
    }

    /// Takes an omitted record.
    pub fn omit(&mut self, at: Position, name: &str) {
        match &mut self.open {
            Some(open) => open.omitted.push((at, name.to_owned())),
            None => self.ready.push_back(Assembled::Omitted(at, name.to_owned())),
        }
    }

    /// Takes a record that was read.
    pub fn take(&mut self, at: Position, mut read: ReadRecord) {
        if let Some(name) = &read.omitted {
            return self.omit(at, name);
        }
        let first = read.place.map(|place| place.first);
        let joins = |open: &Open| belongs((open.key.as_deref(), open.first), (read.key.as_deref(), first));
        if !self.open.as_ref().is_some_and(joins) {
            self.close();
        }
        let Self { plan, group, judges, .. } = self;
        let open = self.open.get_or_insert_with(Open::new);
        if read.key.is_none() {
            open.broken.get_or_insert(at);
        }
        match read.place {
            Some(Place { at: index, of, first }) => {
                let (most, places) = open.places.entry(first).or_default();
                *most = of.max(*most);
                places.push(index);
            }
            None => {
                open.unplaced.get_or_insert(at);
            }
        }
        match open.parts.last_mut() {
            Some(part) if part.takes(&read) => part.others.push(at.record),
            _ => open.parts.push(Part::new(plan, group, at)),
        }
        open.key.clone_from(&read.key);
        open.first = first;
        let Some(part) = open.parts.last_mut() else { return };
        let (bytes, was_too_large) = (read.bytes as u64 + 1, part.bytes > group.most);
        part.bytes = part.bytes.saturating_add(bytes);
        if part.bytes <= group.most {
            part.add(plan, group, judges, at, &mut read);
        } else if !was_too_large {
            let severity = if self.is_repair { Severity::Reject } else { Severity::Abort };
            let message = format!("has more than {} bytes in the records of one item (group.maxGroup)", group.most);
            part.problem(at, Problem::new(Stage::Restructure, Code::GroupTooLarge, message).severity(severity));
        }
    }

    /// Completes the last item.
    pub fn end(&mut self) {
        self.close();
    }

    /// The next of what the records have become.
    pub fn pop(&mut self) -> Option<Assembled> {
        self.ready.pop_front()
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let incomplete = open.incomplete(self.is_repair);
        let Open { parts, omitted, .. } = open;
        let mut items: VecDeque<(Position, Item)> = VecDeque::new();
        let mut parts = parts.into_iter();
        if let Some((at, problem)) = incomplete {
            if let Some(mut whole) = parts.next() {
                parts.for_each(|part| whole.append(part));
                whole.problem(at, problem);
                items.push_back((whole.first, whole.finish(self.group)));
            }
        } else {
            items.extend(parts.map(|part| (part.first, part.finish(self.group))));
        }
        let mut omitted = omitted.into_iter().peekable();
        for (at, item) in items {
            while let Some((at, name)) = omitted.next_if(|(before, _)| before.record < at.record) {
                self.ready.push_back(Assembled::Omitted(at, name));
            }
            self.ready.push_back(Assembled::Item(at, item));
        }
        self.ready.extend(omitted.map(|(at, name)| Assembled::Omitted(at, name)));
    }
}

impl Open {
    fn new() -> Self {
        Self {
            parts: Vec::new(),
            key: None,
            first: None,
            broken: None,
            unplaced: None,
            places: BTreeMap::new(),
            omitted: Vec::new(),
        }
    }

    /// Why the records cannot be imported although each may be right: one of them, or one that should be among them, is not known.
    fn incomplete(&self, is_repair: bool) -> Option<(Position, Problem)> {
        let (first, last) = (self.parts.first()?, self.parts.last()?);
        let problem = |at: Position, message: String| {
            Some((at, Problem::new(Stage::Restructure, Code::IncompleteGroup, message)))
        };
        if let Some(at) = self.broken {
            if first.first.record == last.last() {
                let message = "has no readable value in the field of group.by, so that its item is not known";
                return problem(at, message.to_owned());
            }
            let records = format!("the records {} to {}", first.first.record, last.last());
            return problem(
                at,
                format!(
                    "the field of group.by cannot be read, so that the item of the record is not known, and none of {records} is \
                     imported"
                ),
            );
        }
        if !is_repair {
            return None;
        }
        if let Some(at) = self.unplaced {
            return problem(
                at,
                "the row does not say in the column _group with which others it was rejected: upload all rows of an item as \
                 they stand in rejects.csv, with that column"
                    .to_owned(),
            );
        }
        for (first, (of, places)) in &self.places {
            let wrong = (1..=*of).zip(places.iter().map(Some).chain(std::iter::repeat(None)));
            let wrong =
                wrong.map(|(expected, found)| (expected, found != Some(&expected))).find(|(_, is_wrong)| *is_wrong);
            let Some(at) = wrong.map(|(at, _)| at).or_else(|| (places.len() as u64 > *of).then_some(*of)) else {
                continue;
            };
            let message = format!(
                "the {of} rows that were rejected together, from record {first} on, are not all there once, in their order: row {at} is \
                 missing, repeated or out of place"
            );
            return problem(self.parts.first()?.first, message);
        }
        None
    }
}
