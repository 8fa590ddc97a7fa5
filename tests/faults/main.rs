//! Injects faults into whole imports. Whatever fails, wherever and however often: the run is resumed, and its result is what the
//! oracle says.
//!
//! [`table`] tries every stage with every fault at every position, [`random`] several faults at once in generated files. Each case has
//! a world of its own in memory, whose backends fail as the case says. [`orchestrator`] calls the steps in the order of the state
//! machines. `tests/oracle/oracle.py`, a program in another language that shares no code with Sluice, computes the expected result, and
//! [`compare`] compares.
//!
//! For each failing case, the suite prints a command that runs it alone.

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
