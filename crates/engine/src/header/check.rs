//! Holds a header against a feed.

use std::collections::{HashMap, HashSet};

use super::binding::{Binding, Reads};
use super::{label, told};
use crate::Problem;
use crate::feed::FeedPlan;
use crate::mapping::{Mapping, Source};
use crate::spec::ColumnPolicy;

/// Columns that no field reads for which a field is looked for that may be meant: each is held against all fields.
const MAX_HINTS: usize = 100;

/// What a header turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderCheck {
    /// Which columns each field is made of, where that is clear for every field.
    pub binding: Option<Binding>,
    /// What makes the file unusable.
    pub problems: Vec<Problem>,
    /// What is to be told and does not stop the file.
    pub notes: Vec<Problem>,
}

/// Holds the cells of a header against a feed. White space around labels does not count.
#[must_use]
pub fn check<C: AsRef<[u8]>>(plan: &FeedPlan, cells: &[C]) -> HeaderCheck {
    let labels: Vec<String> =
        cells.iter().map(|cell| String::from_utf8_lossy(cell.as_ref()).trim().to_owned()).collect();
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, label) in labels.iter().enumerate() {
        places.entry(label::key(plan.labels.matching, label)).or_default().push(at);
    }
    let mut look = Look {
        plan,
        places,
        used: vec![false; labels.len()],
        second: Vec::new(),
        order: Vec::new(),
        problems: Vec::new(),
        notes: Vec::new(),
        labels,
    };
    let mut reads: Vec<Reads> = plan.mappings.iter().enumerate().map(|(at, mapping)| look.reads(at, mapping)).collect();
    look.any();
    look.reordered();
    let kept = look.unread();
    if let Some(field) = plan.labels.keep_in {
        reads[field] = Reads::Kept(kept);
    }
    let Look { labels, problems, notes, .. } = look;
    let binding = problems.is_empty().then(|| Binding::new(labels, reads, plan.labels.matching));
    HeaderCheck { binding, problems, notes }
}

/// A header that is being looked at.
struct Look<'a> {
    plan: &'a FeedPlan,
    labels: Vec<String>,
    /// The columns of each name.
    places: HashMap<String, Vec<usize>>,
    /// Whether a field reads the column.
    used: Vec<bool>,
    /// Columns that are the second of their name.
    second: Vec<usize>,
    /// The columns that are read, in the order in which the feed has them.
    order: Vec<usize>,
    problems: Vec<Problem>,
    notes: Vec<Problem>,
}

impl Look<'_> {
    /// Tells something by the policy for it. `true` where the file can be read all the same.
    fn tell(&mut self, policy: ColumnPolicy, problem: Problem) -> bool {
        let rejected = policy == ColumnPolicy::RejectFile;
        if rejected {
            self.problems.push(problem);
        } else {
            self.notes.push(problem);
        }
        !rejected
    }

    fn reads(&mut self, field: usize, mapping: &Mapping) -> Reads {
        match &mapping.source {
            _ if self.plan.labels.keep_in == Some(field) => Reads::Nothing,
            Source::Column(names) => {
                self.column(mapping, names, self.needed(field, mapping)).map_or(Reads::Nothing, Reads::Column)
            }
            Source::First(columns) => self.first(mapping, columns, self.needed(field, mapping)),
            Source::Join { columns, .. } => {
                let one = |name: &String| self.column(mapping, std::slice::from_ref(name), false);
                Reads::Columns(columns.iter().filter_map(one).collect())
            }
            Source::Value(expression) => {
                for name in &expression.fields {
                    for at in self.find(name) {
                        self.used[at] = true;
                    }
                }
                Reads::Row
            }
        }
    }

    /// Those of several columns that are there; one must be.
    fn first(&mut self, mapping: &Mapping, names: &[String], needed: bool) -> Reads {
        let there: Vec<&String> = names.iter().filter(|name| !self.find(name).is_empty()).collect();
        if there.is_empty() {
            self.column(mapping, names, needed);
            return Reads::Nothing;
        }
        let one = |name: &String| self.column(mapping, std::slice::from_ref(name), needed);
        Reads::Columns(there.into_iter().filter_map(one).collect())
    }

    /// Whether a field must have a value and gets none without its column: then no record could be read.
    fn needed(&self, field: usize, mapping: &Mapping) -> bool {
        let required = self.plan.fields.get(field).is_some_and(|field| field.constraints.required);
        required && mapping.read("").is_ok_and(|text| text.is_empty())
    }

    /// The column that has one of several names.
    fn column(&mut self, mapping: &Mapping, names: &[String], needed: bool) -> Option<usize> {
        let mut found: Vec<usize> = Vec::new();
        for at in names.iter().flat_map(|name| self.find(name)) {
            if !found.contains(&at) {
                found.push(at);
            }
        }
        for at in &found {
            self.used[*at] = true;
        }
        let (policy, labels) = (&self.plan.labels, &self.labels);
        match found[..] {
            [] => {
                let rejected = needed || policy.missing == ColumnPolicy::RejectFile;
                let then = match (policy.missing == ColumnPolicy::RejectFile, needed) {
                    (true, _) => "",
                    (false, true) => ", and the field is required",
                    (false, false) => ", so that the field has no value",
                };
                let problem = told::missing(self.plan, names, labels, then).field(&mapping.field);
                self.tell(if rejected { ColumnPolicy::RejectFile } else { policy.missing }, problem);
                None
            }
            [at] => {
                self.order.push(at);
                Some(at)
            }
            [first, ref others @ ..] => {
                let then = match policy.duplicate {
                    ColumnPolicy::RejectFile => String::new(),
                    ColumnPolicy::Ignore => format!("; {:?} is read", labels[first]),
                    ColumnPolicy::Keep => format!("; {:?} is read, and the others are kept", labels[first]),
                };
                let problem = told::duplicate(labels, &found, names, &then).field(&mapping.field);
                self.second.extend(others);
                self.order.push(first);
                self.tell(policy.duplicate, problem);
                Some(first)
            }
        }
    }

    /// The columns of a name.
    fn find(&self, name: &str) -> Vec<usize> {
        self.places.get(&label::key(self.plan.labels.matching, name)).cloned().unwrap_or_default()
    }

    /// Whether there is at least one column for a field, where that is what the schema asks.
    fn any(&mut self) {
        if self.plan.labels.any && !self.used.contains(&true) {
            let names: Vec<String> =
                self.plan.mappings.iter().flat_map(|mapping| mapping.source.names()).cloned().collect();
            self.problems.push(told::missing(self.plan, &names, &self.labels, ""));
        }
    }

    fn reordered(&mut self) {
        let mut order: Vec<usize> = Vec::new();
        for at in &self.order {
            if !order.contains(at) {
                order.push(*at);
            }
        }
        let Some([before, at]) = order.array_windows().find(|[before, at]| at < before).copied() else { return };
        let policy = self.plan.labels.reordered;
        let then = if policy == ColumnPolicy::RejectFile { "" } else { "; columns are read by name" };
        let problem = told::reordered(&self.labels[at], &self.labels[before], then);
        self.tell(policy, problem);
    }

    /// Tells the columns that no field reads, and answers those that are kept, each under a name of its own.
    fn unread(&mut self) -> Vec<(String, usize)> {
        let policy = self.plan.labels.extra;
        let (mut kept, mut names) = (Vec::new(), HashSet::new());
        let mut extra = 0;
        for at in 0..self.labels.len() {
            let label = self.labels[at].clone();
            let second = self.second.contains(&at);
            if !self.used[at] {
                let then = match policy {
                    ColumnPolicy::RejectFile => "expected none",
                    ColumnPolicy::Ignore => "it is not imported",
                    ColumnPolicy::Keep => "it is kept",
                };
                extra += 1;
                let problem = told::extra(self.plan, &label, at, then, extra <= MAX_HINTS);
                self.tell(policy, problem);
            }
            let keep = if second { self.plan.labels.duplicate } else { policy };
            if keep == ColumnPolicy::Keep && (second || !self.used[at]) {
                let name = if label.is_empty() { format!("column {}", at + 1) } else { label.clone() };
                // Two of one name, of which neither is read, are told apart by their places.
                let name = if names.contains(&name) { format!("{name} (column {})", at + 1) } else { name };
                names.insert(name.clone());
                kept.push((name, at));
            }
        }
        kept
    }
}
