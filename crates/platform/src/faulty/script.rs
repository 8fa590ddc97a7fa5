//! The script of a test: what goes wrong, and when.

/// What a call does to the world. The ways in which it can fail depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It reads, and changes nothing.
    Ask,
    /// It makes a durable change.
    Change,
    /// It appends to an object that is not visible yet.
    Part,
    /// It reads the body of an object.
    Body,
}

/// A call of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortCall {
    /// The operation, such as `put an object`.
    pub operation: &'static str,
    /// What it does to the world.
    pub kind: Kind,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// The call is made.
    #[default]
    Pass,
    /// The service asks to slow down: `Throttled`, and nothing is done.
    Throttle,
    /// The service fails, as with a 5xx: `Transient`, and nothing is done.
    Fail,
    /// The call is made, and its answer is lost, as with a timeout: `Transient`.
    LoseAnswer,
    /// The call breaks in the middle: half of the bytes are written or read, then it is `Transient`. A change that is
    /// made as a whole is not visible.
    Break,
    /// The process is killed before the call is made.
    CrashBefore,
    /// The process is killed after the call is made, before it continues.
    CrashAfter,
    /// The call is not made before [`super::Faults::release`]: its caller seems dead, but still runs.
    StallBefore,
    /// The call is made, and its caller does not continue before [`super::Faults::release`].
    StallAfter,
}

/// Which faults can happen to which kinds of calls, for tests that try all of them. Stalls are not in it, because a
/// test must decide when a stalled call continues.
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

/// The calls that a rule applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// All calls of this kind, of all backends.
    Kind(Kind),
    /// All calls of this operation.
    Operation(&'static str),
    /// All calls.
    Any,
}

/// Which of these calls fail, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// This one.
    Only(u64),
    /// This one and the next one.
    Pair(u64),
    /// Every n-th call; 1 means each.
    Every(u64),
}

/// A rule by which something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What goes wrong.
    pub decision: Decision,
    /// The calls that are counted.
    pub of: Of,
    /// Which of these calls fail.
    pub at: At,
}

/// The rules, and the calls since the rules were set.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Each rule, with the number of calls that it applied to so far.
    rules: Vec<(Rule, u64)>,
    pub(super) calls: Vec<PortCall>,
}

impl Script {
    pub(super) fn new(rules: &[Rule]) -> Self {
        Self { rules: rules.iter().map(|rule| (*rule, 0)).collect(), calls: Vec::new() }
    }

    /// Counts a call, and decides what happens to it. The first matching rule decides, and every rule counts.
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
