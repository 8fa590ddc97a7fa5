//! The entry of a set.
//!
//! An entry is an item of at most 400 KB. A set has at most 32 members, each with a slot and a note; what grows are the repairs, of about
//! 100 bytes each, and the ends of joins, of which [`ENDS`] are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_contract::documents::{Generation, JoinEnd};
use sluice_contract::{Order, RunId, Verdict};
use sluice_engine::dataset::{DatasetPlan, SetKey};
use sluice_engine::feed::FeedName;

/// How many ends of joins an entry keeps, the newest.
const ENDS: usize = 20;

/// What is known of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetEntry {
    /// The dataset: the partition key of the table.
    pub dataset: FeedName,
    /// The set: the sort key of the table.
    pub set: SetKey,
    /// How often the entry was stored. See [`Datasets::put`](super::Datasets::put).
    pub version: u64,
    /// The number of the generation: how often the files of the set have changed.
    pub generation: u64,
    /// The state of this generation.
    pub state: SetState,
    /// When the first of its files was uploaded: RFC 3339, UTC.
    pub arrival: String,
    /// When Sluice first heard of the set: RFC 3339, UTC.
    pub created_at: String,
    /// When its files changed last: RFC 3339, UTC.
    pub changed_at: String,
    /// The files that are there, by member.
    pub slots: BTreeMap<String, Slot>,
    /// The members that are not there.
    pub missing: Vec<String>,
    /// Repairs of files of the set, also of those that are in no slot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<RepairRun>,
    /// For a member, the newest run that filled no slot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, RunNote>,
    /// The attempt at the join of this generation, from 1.
    pub attempt: u32,
    /// When that attempt was begun: RFC 3339, UTC.
    #[serde(default)]
    pub attempt_at: String,
    /// The generation whose files may be put into the inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<u64>,
    /// Whether people were told what is missing.
    #[serde(default)]
    pub told: bool,
    /// How joins of the set ended, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<JoinEnding>,
}

/// The state of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SetState {
    /// Members are missing.
    Waiting,
    /// It is complete, and is being joined.
    Joining,
    /// Its joined file was put into the inbox.
    Published,
    /// It has too many orphans: nothing was published.
    Stopped,
    /// Its joins failed.
    Failed,
}

impl SetState {
    /// The name, as the table has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Joining => "JOINING",
            Self::Published => "PUBLISHED",
            Self::Stopped => "STOPPED",
            Self::Failed => "FAILED",
        }
    }
}

/// The base run of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The run whose winners are joined.
    pub base: RunId,
    /// The run that filled the slot: the base run itself, or a later one that was skipped because it has the same content.
    pub by: RunId,
    /// The order of that run.
    pub order: Order,
    /// The name of its file.
    pub file: String,
}

/// A repair of a file of the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairRun {
    /// The member.
    pub member: String,
    /// The run whose rejects it repairs; for a repair of a repair, the first one.
    pub root: RunId,
    /// The repair.
    pub run: RunId,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
}

/// A run that filled no slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNote {
    /// The run.
    pub run: RunId,
    /// How it ended.
    pub verdict: Verdict,
    /// Its order.
    pub order: Order,
    /// The name of its file.
    pub file: String,
}

/// How a join ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinEnding {
    /// The generation.
    pub generation: u64,
    /// How it ended.
    pub end: JoinEnd,
    /// When: RFC 3339, UTC.
    pub at: String,
    /// The joined records.
    pub joined: u64,
    /// The orphans.
    pub orphans: u64,
}

/// A run of a member that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The run.
    pub run: RunId,
    /// Its order.
    pub order: Order,
    /// The name of its file.
    pub file: String,
    /// What it means for the slot.
    pub filled: Filled,
}

/// What a run that has ended means for the slot of its member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filled {
    /// The slot is filled with this run: itself, or the one whose content it repeats.
    Base(RunId),
    /// It is added to the base run that it repairs.
    Repair {
        /// That run.
        root: RunId,
        /// When the repair began.
        started_at: String,
    },
    /// It fills no slot, because of how it ended.
    Nothing(Verdict),
}

impl SetEntry {
    /// The entry of a set of which nothing is there yet.
    #[must_use]
    pub fn new(plan: &DatasetPlan, set: &SetKey, arrival: &str, now: &str) -> Self {
        Self {
            dataset: plan.name.clone(),
            set: set.clone(),
            version: 0,
            generation: 0,
            state: SetState::Waiting,
            arrival: arrival.to_owned(),
            created_at: now.to_owned(),
            changed_at: now.to_owned(),
            slots: BTreeMap::new(),
            missing: plan.names().map(str::to_owned).collect(),
            repairs: Vec::new(),
            notes: BTreeMap::new(),
            attempt: 0,
            attempt_at: String::new(),
            claimed: None,
            told: false,
            ends: Vec::new(),
        }
    }

    /// The current generation.
    #[must_use]
    pub fn current(&self) -> Generation {
        Generation { dataset: self.dataset.clone(), set: self.set.clone(), generation: self.generation }
    }

    /// The runs of a member: the base run, and then its repairs in the order in which they began.
    #[must_use]
    pub fn runs(&self, member: &str) -> Vec<RunId> {
        let Some(slot) = self.slots.get(member) else { return Vec::new() };
        let mut repairs: Vec<&RepairRun> =
            self.repairs.iter().filter(|repair| repair.member == member && repair.root == slot.base).collect();
        repairs.sort_by(|a, b| (&a.started_at, &a.run).cmp(&(&b.started_at, &b.run)));
        std::iter::once(&slot.base).chain(repairs.into_iter().map(|repair| &repair.run)).cloned().collect()
    }

    /// Takes the end of a run of a member. Returns whether the entry is another one now. Every change of the runs of a member begins the
    /// next generation. The result does not depend on the order in which runs are taken, nor on how often.
    pub fn take(&mut self, plan: &DatasetPlan, member: &str, ended: &Ended, now: &str) -> bool {
        let before = self.clone();
        match &ended.filled {
            Filled::Base(base) => {
                let is_newer = self.slots.get(member).is_none_or(|slot| slot.order < ended.order);
                if is_newer {
                    let Ended { run, order, file, .. } = ended.clone();
                    self.slots.insert(member.to_owned(), Slot { base: base.clone(), by: run, order, file });
                }
                self.notes.retain(|of, note| of != member || note.order > ended.order);
            }
            Filled::Repair { root, started_at } => {
                if !self.repairs.iter().any(|repair| repair.run == ended.run) {
                    self.repairs.push(RepairRun {
                        member: member.to_owned(),
                        root: root.clone(),
                        run: ended.run.clone(),
                        started_at: started_at.clone(),
                    });
                    self.repairs.sort_by(|a, b| a.run.cmp(&b.run));
                }
            }
            Filled::Nothing(verdict) => {
                let newest = self.notes.get(member).map(|note| &note.order);
                let of_slot = self.slots.get(member).map(|slot| &slot.order);
                if newest.max(of_slot).is_none_or(|order| *order <= ended.order) {
                    let Ended { run, order, file, .. } = ended.clone();
                    self.notes.insert(member.to_owned(), RunNote { run, verdict: *verdict, order, file });
                }
            }
        }
        if plan.names().any(|member| self.runs(member) != before.runs(member)) {
            self.generation += 1;
            now.clone_into(&mut self.changed_at);
            self.missing = plan.names().filter(|name| !self.slots.contains_key(*name)).map(str::to_owned).collect();
            self.state = if self.missing.is_empty() { SetState::Joining } else { SetState::Waiting };
            self.attempt = u32::from(self.missing.is_empty());
            now.clone_into(&mut self.attempt_at);
        }
        *self != before
    }

    /// Begins another attempt at the join of the current generation, if this attempt is the last one. Returns whether the entry changed.
    pub fn try_again(&mut self, generation: u64, attempt: u32, now: &str) -> bool {
        let is_it = self.state == SetState::Joining && (self.generation, self.attempt) == (generation, attempt);
        if is_it {
            self.attempt += 1;
            now.clone_into(&mut self.attempt_at);
        }
        is_it
    }

    /// Lets a generation put its files into the inbox, if it is the current one. Returns whether the entry changed.
    pub fn claim(&mut self, generation: u64) -> bool {
        let may = self.generation == generation && self.claimed != Some(generation);
        if may {
            self.claimed = Some(generation);
        }
        may
    }

    /// Records how the join of a generation ended. The first end of a generation stays. Returns whether the entry changed.
    pub fn end(&mut self, ending: &JoinEnding) -> bool {
        if self.ends.iter().any(|known| known.generation == ending.generation) {
            return false;
        }
        self.ends.push(ending.clone());
        let surplus = self.ends.len().saturating_sub(ENDS);
        self.ends.drain(..surplus);
        if self.generation == ending.generation {
            self.state = match ending.end {
                JoinEnd::Published => SetState::Published,
                JoinEnd::Stopped => SetState::Stopped,
                JoinEnd::Failed => SetState::Failed,
                JoinEnd::Superseded => self.state,
            };
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "
dataset: d
set: {fromFileName: '_([0-9]+)'}
members: {a: {feed: fa, key: id}, b: {feed: fb, parent: a, by: id}}
into: [t]
";
    const NOW: &str = "2026-11-21T02:33:00Z";

    fn run(feed: &str, number: u32) -> RunId {
        format!("{feed}-{number:024x}").parse().unwrap()
    }

    /// An end of a run that was uploaded at this second.
    fn ended(feed: &str, second: u32, filled: impl Fn(RunId) -> Filled) -> Ended {
        let run = run(feed, second);
        let order = Order::new(&format!("2026-11-21T02:33:{second:02}Z"), "", &run);
        Ended { filled: filled(run.clone()), run, order, file: format!("{feed}_{second}.csv") }
    }

    fn repair(feed: &str, second: u32, of: u32) -> Ended {
        let mut repair = ended(feed, second, |_| Filled::Repair { root: run(feed, of), started_at: NOW.to_owned() });
        repair.order = Order::new(&format!("2026-11-21T02:33:{of:02}Z"), "", &run(feed, of));
        repair
    }

    fn taken(ends: &[(&str, Ended)]) -> SetEntry {
        let plan = DatasetPlan::from_yaml(YAML).unwrap();
        let mut entry = SetEntry::new(&plan, &"1".parse().unwrap(), NOW, NOW);
        for (member, ended) in ends {
            entry.take(&plan, member, ended, NOW);
            // Whoever takes a run twice changes nothing.
            assert!(!entry.take(&plan, member, ended, NOW), "{ended:?}");
        }
        entry
    }

    #[test]
    fn every_change_of_the_runs_begins_a_generation_and_nothing_else_does() {
        let (base, nothing) = (Filled::Base, |verdict| move |_| Filled::Nothing(verdict));
        let skipped = |of: u32| move |_| Filled::Base(run("fa", of));
        for (ends, generation, state, runs) in [
            (vec![("a", ended("fa", 1, base))], 1, SetState::Waiting, vec![1]),
            (vec![("a", ended("fa", 1, base)), ("b", ended("fb", 2, base))], 2, SetState::Joining, vec![1]),
            (vec![("a", ended("fa", 1, base)), ("a", ended("fa", 3, base))], 2, SetState::Waiting, vec![3]),
            // An older file that comes late.
            (vec![("a", ended("fa", 3, base)), ("a", ended("fa", 1, base))], 1, SetState::Waiting, vec![3]),
            // The same content again.
            (vec![("a", ended("fa", 1, base)), ("a", ended("fa", 2, skipped(1)))], 1, SetState::Waiting, vec![1]),
            (vec![("a", ended("fa", 2, skipped(1)))], 1, SetState::Waiting, vec![1]),
            (vec![("a", ended("fa", 1, nothing(Verdict::Rejected)))], 0, SetState::Waiting, vec![]),
            (vec![("a", ended("fa", 1, base)), ("a", repair("fa", 5, 1))], 2, SetState::Waiting, vec![1, 5]),
            (vec![("a", repair("fa", 5, 1)), ("a", ended("fa", 1, base))], 1, SetState::Waiting, vec![1, 5]),
            // A later base run has no repairs.
            (
                vec![("a", ended("fa", 1, base)), ("a", repair("fa", 5, 1)), ("a", ended("fa", 6, base))],
                3,
                SetState::Waiting,
                vec![6],
            ),
            (vec![("a", ended("fa", 6, base)), ("a", repair("fa", 5, 1))], 1, SetState::Waiting, vec![6]),
        ] {
            let entry = taken(&ends);
            let runs: Vec<RunId> = runs.into_iter().map(|number| run("fa", number)).collect();
            assert_eq!((entry.generation, entry.state, entry.runs("a")), (generation, state, runs), "{ends:?}");
        }
    }

    #[test]
    fn the_order_in_which_runs_are_taken_does_not_matter() {
        let base = Filled::Base;
        let ends = [
            ended("fa", 1, base),
            ended("fa", 2, base),
            ended("fa", 3, |_| Filled::Base(run("fa", 1))),
            repair("fa", 5, 1),
            repair("fa", 6, 2),
            ended("fa", 4, |_| Filled::Nothing(Verdict::Rejected)),
        ];
        let expected = ([run("fa", 1), run("fa", 5)].to_vec(), Some(Verdict::Rejected));
        let mut order = [0, 1, 2, 3, 4, 5];
        // All orders, by Heap's algorithm.
        let mut counters = [0; 6];
        let (mut at, mut seen) = (0, 1);
        let check = |order: [usize; 6]| {
            let entry = taken(&order.map(|at| ("a", ends[at].clone())));
            let note = entry.notes.get("a").map(|note| note.verdict);
            assert_eq!((entry.runs("a"), note), expected, "{order:?}");
        };
        check(order);
        while at < 6 {
            if counters[at] < at {
                order.swap(if at % 2 == 0 { 0 } else { counters[at] }, at);
                check(order);
                seen += 1;
                counters[at] += 1;
                at = 0;
            } else {
                counters[at] = 0;
                at += 1;
            }
        }
        assert_eq!(seen, 720);
    }

    #[test]
    fn only_the_current_generation_is_claimed_and_ends_once() {
        let both = [("a", ended("fa", 1, Filled::Base)), ("b", ended("fb", 2, Filled::Base))];
        let mut entry = taken(&both);
        assert!(!entry.claim(1) && entry.claim(2) && !entry.claim(2));
        assert_eq!(entry.claimed, Some(2));
        assert!(entry.try_again(2, 1, NOW) && !entry.try_again(2, 1, NOW));
        let ending = |generation, end| JoinEnding { generation, end, at: NOW.to_owned(), joined: 1, orphans: 0 };
        assert!(entry.end(&ending(1, JoinEnd::Superseded)));
        assert_eq!(entry.state, SetState::Joining);
        assert!(entry.end(&ending(2, JoinEnd::Published)) && !entry.end(&ending(2, JoinEnd::Failed)));
        assert_eq!(entry.state, SetState::Published);
        for generation in 3..100 {
            assert!(entry.end(&ending(generation, JoinEnd::Superseded)));
        }
        assert_eq!((entry.ends.len(), entry.ends[19].generation), (ENDS, 99));
    }
}
