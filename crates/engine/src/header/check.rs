//! Checks a header against a feed.

use std::collections::{HashMap, HashSet};

use super::binding::{Binding, Reads};
use super::{label, problems};
use crate::Problem;
use crate::expression::Expression;
use crate::feed::FeedPlan;
use crate::mapping::{ColumnPattern, Mapping, Source};
use crate::spec::ColumnPolicy;

/// Maximum number of unread columns for which a similar field is suggested, because each is compared with all
/// fields.
const MAX_HINTS: usize = 100;

/// The result of a header check.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderCheck {
    /// Which columns each field is read from; `None` if the header has problems.
    pub binding: Option<Binding>,
    /// Problems that make the file unusable.
    pub problems: Vec<Problem>,
    /// Observations that do not stop the file.
    pub notes: Vec<Problem>,
}

/// Checks the cells of a header against a feed. White space around labels is ignored.
#[must_use]
pub fn check<C: AsRef<[u8]>>(plan: &FeedPlan, cells: &[C]) -> HeaderCheck {
    let fill_down = plan.group.as_ref().map_or(&[][..], |group| &group.fill_down);
    let plan = plan.rows();
    let mut labels: Vec<String> =
        cells.iter().map(|cell| String::from_utf8_lossy(cell.as_ref()).trim().to_owned()).collect();
    if plan.source.ignores_trailing && labels.len() > 1 && labels.last().is_some_and(String::is_empty) {
        labels.pop();
    }
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, label) in labels.iter().enumerate() {
        places.entry(label::key(plan.labels.matching, label)).or_default().push(at);
    }
    let mut checker = Checker {
        plan,
        places,
        used: vec![false; labels.len()],
        second: Vec::new(),
        order: Vec::new(),
        problems: Vec::new(),
        notes: Vec::new(),
        labels,
    };
    let mut reads: Vec<Reads> =
        plan.mappings.iter().enumerate().map(|(at, mapping)| checker.reads(at, mapping)).collect();
    for condition in &plan.omit.conditions {
        checker.expression(&condition.when);
    }
    for column in fill_down {
        checker.filled(column);
    }
    checker.any();
    checker.reordered();
    let kept = checker.unread();
    if let Some(field) = plan.labels.keep_in {
        reads[field] = Reads::Kept(kept);
    }
    let Checker { labels, problems, notes, .. } = checker;
    let binding = problems.is_empty().then(|| Binding::new(labels, reads, plan.labels.matching));
    HeaderCheck { binding, problems, notes }
}

/// A header check in progress.
struct Checker<'a> {
    plan: &'a FeedPlan,
    labels: Vec<String>,
    /// The columns of each name.
    places: HashMap<String, Vec<usize>>,
    /// For each column, whether a field or a condition reads it.
    used: Vec<bool>,
    /// Further columns of a name that already has one.
    second: Vec<usize>,
    /// The columns that are read, in the order of the feed's fields.
    order: Vec<usize>,
    problems: Vec<Problem>,
    notes: Vec<Problem>,
}

impl Checker<'_> {
    /// Adds a problem or a note, as the policy says. Returns `true` if the file can still be read.
    fn report(&mut self, policy: ColumnPolicy, problem: Problem) -> bool {
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
            Source::Collect(patterns) => {
                let found = patterns.iter().flat_map(|pattern| self.matching(pattern)).map(|(at, _)| at);
                let found = found.fold(Vec::new(), |mut found, at| {
                    if !found.contains(&at) {
                        found.push(at);
                    }
                    found
                });
                let names: Vec<String> = patterns.iter().map(|pattern| pattern.written.clone()).collect();
                self.several(mapping, field, &names, found, |at| vec![*at]).map_or(Reads::Nothing, Reads::List)
            }
            Source::Pairs { names, values } => {
                let of_values = self.matching(values);
                let pair = |(at, star): (usize, String)| {
                    Some((at, of_values.iter().find(|(_, other)| *other == star).map(|(at, _)| *at)?))
                };
                let found = self.matching(names).into_iter().filter_map(pair).collect();
                let names = [format!("{} with {}", names.written, values.written)];
                let columns = |(name, value): &(usize, usize)| vec![*name, *value];
                self.several(mapping, field, &names, found, columns).map_or(Reads::Nothing, Reads::Pairs)
            }
            Source::Value(expression) => {
                self.expression(expression);
                Reads::Row
            }
        }
    }

    /// The columns that an expression reads. Whether it needs them is not known before a record is read.
    fn expression(&mut self, expression: &Expression) {
        for name in &expression.fields {
            for at in self.find(name) {
                self.used[at] = true;
            }
        }
    }

    /// A column that is filled down.
    fn filled(&mut self, name: &str) {
        let found = self.find(name);
        if found.is_empty() {
            let names = [name.to_owned()];
            self.problems.push(problems::missing(self.plan, &names, &self.labels, ", which group.fillDown names"));
        }
        for at in found {
            self.used[at] = true;
        }
    }

    /// The columns that match a pattern, each with what stands for its `*`.
    fn matching(&self, pattern: &ColumnPattern) -> Vec<(usize, String)> {
        let labels = self.labels.iter().enumerate();
        labels.filter_map(|(at, label)| Some((at, label::star(self.plan.labels.matching, pattern, label)?))).collect()
    }

    /// The columns of a list or of pairs, of which there must be at least one.
    fn several<T>(
        &mut self,
        mapping: &Mapping,
        field: usize,
        names: &[String],
        found: Vec<T>,
        columns: impl Fn(&T) -> Vec<usize>,
    ) -> Option<Vec<T>> {
        for at in found.iter().flat_map(columns) {
            self.used[at] = true;
        }
        if found.is_empty() {
            self.column(mapping, names, self.needed(field, mapping));
            return None;
        }
        Some(found)
    }

    /// Those of several columns that exist; at least one must.
    fn first(&mut self, mapping: &Mapping, names: &[String], needed: bool) -> Reads {
        let there: Vec<&String> = names.iter().filter(|name| !self.find(name).is_empty()).collect();
        if there.is_empty() {
            self.column(mapping, names, needed);
            return Reads::Nothing;
        }
        let one = |name: &String| self.column(mapping, std::slice::from_ref(name), needed);
        Reads::Columns(there.into_iter().filter_map(one).collect())
    }

    /// Whether a required field gets no value without its column, so that every record would be rejected.
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
                let problem = problems::missing(self.plan, names, labels, then).field(&mapping.field);
                self.report(if rejected { ColumnPolicy::RejectFile } else { policy.missing }, problem);
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
                let problem = problems::duplicate(labels, &found, names, &then).field(&mapping.field);
                self.second.extend(others);
                self.order.push(first);
                self.report(policy.duplicate, problem);
                Some(first)
            }
        }
    }

    /// The columns of a name.
    fn find(&self, name: &str) -> Vec<usize> {
        self.places.get(&label::key(self.plan.labels.matching, name)).cloned().unwrap_or_default()
    }

    /// Checks that the file has at least one column of the feed, if the schema asks for that.
    fn any(&mut self) {
        if self.plan.labels.any && !self.used.contains(&true) {
            let names: Vec<String> =
                self.plan.mappings.iter().flat_map(|mapping| mapping.source.names()).cloned().collect();
            self.problems.push(problems::missing(self.plan, &names, &self.labels, ""));
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
        let problem = problems::reordered(&self.labels[at], &self.labels[before], then);
        self.report(policy, problem);
    }

    /// Reports the columns that no field reads. Returns those to keep, each with a unique name.
    fn unread(&mut self) -> Vec<(String, usize)> {
        let policy = self.plan.labels.extra;
        let (mut kept, mut names) = (Vec::new(), HashSet::new());
        let mut extra = 0;
        for at in 0..self.labels.len() {
            let label = self.labels[at].clone();
            let second = self.second.contains(&at);
            if !self.used[at] {
                let then = match policy {
                    ColumnPolicy::RejectFile => "extra columns are not allowed",
                    ColumnPolicy::Ignore => "it is not imported",
                    ColumnPolicy::Keep => "it is kept",
                };
                extra += 1;
                let problem = problems::extra(self.plan, &label, at, then, extra <= MAX_HINTS);
                self.report(policy, problem);
            }
            let keep = if second { self.plan.labels.duplicate } else { policy };
            if keep == ColumnPolicy::Keep && (second || !self.used[at]) {
                let name = if label.is_empty() { format!("column {}", at + 1) } else { label.clone() };
                // Unread columns of the same name are distinguished by their position.
                let name = if names.contains(&name) { format!("{name} (column {})", at + 1) } else { name };
                names.insert(name.clone());
                kept.push((name, at));
            }
        }
        kept
    }
}
