//! The steps of the workflow in memory: what each does, what a repeated call changes, and the result of whole imports.
//! [`world::World`] stands in for the state machines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod batches;
mod calls;
mod causes;
mod contradictions;
mod datasets;
mod dry_run;
mod effects;
mod groups;
mod hostile;
mod import;
mod intake;
mod intermediates;
mod json;
mod late;
mod numbers;
mod omitted;
mod own_references;
mod pin;
mod quotes;
mod references;
mod refused;
mod repair;
mod report;
mod rerun;
mod resume;
mod retried;
mod retry;
mod retry_faults;
mod rules;
mod same_content;
mod samples;
mod sensitive;
mod settled;
mod shapes;
mod source;
mod split;
mod stray;
mod summaries;
mod sweep;
mod table;
mod throttling;
mod triggers;
mod unique;
mod waiting;
mod wide;
mod workbook;
mod world;
