//! End-to-end tests on local AWS: see `make e2e`.
//!
//! The tests change settings of a shared stack, so they run one after another (`--test-threads=1`), and each
//! restores the settings.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod backends;
mod chaos;
mod cli;
mod collections;
mod datasets;
mod deployment;
mod emulator;
mod endings;
mod failures;
mod hostile;
mod imports;
mod lost;
mod messages;
mod permissions;
mod repairs;
mod restore;
mod resume;
mod shapes;
mod soak;
mod summaries;
