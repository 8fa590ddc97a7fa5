//! The whole, on local AWS: see `make e2e`.
//!
//! The tests change settings of the one stack that they share, so they run one after another
//! (`--test-threads=1`), and each leaves the settings as it found them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod backends;
mod chaos;
mod emulator;
mod endings;
mod failures;
mod hostile;
mod imports;
mod lost;
mod permissions;
mod repairs;
mod resume;
mod soak;
