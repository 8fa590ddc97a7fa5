//! The whole, on local AWS: see `make e2e`.
//!
//! The tests change settings of the one stack that they share, so they run one after another
//! (`--test-threads=1`), and each leaves the settings as it found them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod backends;
mod emulator;
mod endings;
mod failures;
mod imports;
