//! The steps of the workflow over memory: what each does, what a repeat changes, and what the whole
//! makes of a file. [`world::World`] stands in for the state machines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod dry_run;
mod import;
mod intake;
mod numbers;
mod pin;
mod rules;
mod samples;
mod sensitive;
mod source;
mod split;
mod throttling;
mod told;
mod unique;
mod world;
