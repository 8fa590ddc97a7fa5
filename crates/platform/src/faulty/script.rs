//! What goes wrong, and when: the one place that every backend asks.

/// What a call does to the world, which decides in what ways it can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It asks, and changes nothing.
    Ask,
    /// It changes something that stays: a durable write.
    Change,
    /// It appends to an object of which nothing is to be seen yet.
    Part,
    /// It is the body of an object that is being read.
    Body,
}

/// A call of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortCall {
    /// What is asked for, such as `put an object`.
    pub operation: &'static str,
    /// What it does to the world.
    pub kind: Kind,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// It is made.
    #[default]
    Pass,
    /// It is refused, because there are too many: `Throttled`, and nothing is done.
    Throttle,
    /// The service fails, as with a 5xx: `Transient`, and nothing is done.
    Fail,
    /// It is made, and its answer is lost, as with a timeout: `Transient`.
    LoseAnswer,
    /// It breaks in the middle: half of the bytes are taken or given, then it is `Transient`. Of what a call would have
    /// changed as a whole, nothing is to be seen.
    Break,
    /// The process is killed before it is made.
    CrashBefore,
    /// The process is killed when it is made, before it goes on.
    CrashAfter,
    /// It is not made before [`super::Faults::release`]: who called is thought to be dead, and is not.
    StallBefore,
    /// It is made, and does not go on before [`super::Faults::release`].
    StallAfter,
}

/// What can go wrong with which calls, for tests that try everything. Functions that stall are not in it: whoever tries
/// them must say when they go on.
pub const FAULTS: [(Decision, Kind); 11] = [
    (Decision::Throttle, Kind::Ask),
    (Decision::Throttle, Kind::Change),
    (Decision::Fail, Kind::Ask),
    (Decision::Fail, Kind::Change),
    (Decision::LoseAnswer, Kind::Change),
    (Decision::Break, Kind::Part),
    (Decision::Break, Kind::Body),
    (Decision::Break, Kind::Change),
    (Decision::CrashBefore, Kind::Change),
    (Decision::CrashAfter, Kind::Change),
    (Decision::CrashAfter, Kind::Part),
];

/// Which calls a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// All that do this to the world, over all backends.
    Kind(Kind),
    /// All that ask for this.
    Operation(&'static str),
    /// All.
    Any,
}

/// Which of these calls, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// This one.
    Only(u64),
    /// This one and the next.
    Pair(u64),
    /// Every n-th; 1 is each.
    Every(u64),
}

/// That something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What.
    pub decision: Decision,
    /// With which calls.
    pub of: Of,
    /// With which of these.
    pub at: At,
}

/// The rules, and what was called since they were given.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Each rule with how many calls it has seen that it is about.
    rules: Vec<(Rule, u64)>,
    pub(super) calls: Vec<PortCall>,
}

impl Script {
    pub(super) fn new(rules: &[Rule]) -> Self {
        Self { rules: rules.iter().map(|rule| (*rule, 0)).collect(), calls: Vec::new() }
    }

    /// What becomes of a call: the first rule decides that has something against it. All of them count it.
    pub(super) fn check(&mut self, call: PortCall) -> Decision {
        self.calls.push(call);
        let mut decided = None;
        for (rule, seen) in &mut self.rules {
            if rule.of.is_about(call) {
                *seen += 1;
                decided = decided.or_else(|| rule.at.includes(*seen).then_some(rule.decision));
            }
        }
        decided.unwrap_or_default()
    }
}

impl Of {
    fn is_about(self, call: PortCall) -> bool {
        match self {
            Self::Kind(kind) => call.kind == kind,
            Self::Operation(operation) => call.operation == operation,
            Self::Any => true,
        }
    }
}

impl At {
    fn includes(self, number: u64) -> bool {
        match self {
            Self::Only(only) => number == only,
            Self::Pair(first) => number == first || number == first + 1,
            Self::Every(nth) => nth > 0 && number.is_multiple_of(nth),
        }
    }
}
