//! Whatever fails, wherever, however often: the run is resumed, and what comes out is what the oracle says.
//!
//! [`table`] tries every stage with every fault at every position, [`random`] several at once in files that nobody has
//! written. Each case has a world of its own in memory, whose backends fail as the case says; [`orchestrator`] calls
//! the steps in the order of the state machines. What must come out is worked out by `tests/oracle/oracle.py`, a program in another
//! language that shares nothing with Sluice, and compared in [`compare`].
//!
//! A case that fails is told with a line that runs it alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod case;
mod compare;
mod delivery;
mod oracle;
mod orchestrator;
mod random;
mod refusing;
mod retries;
mod run;
mod scenario;
mod table;
mod world;
