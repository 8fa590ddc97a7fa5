//! Support for the tests of the whole project.
//!
//! [`template`] is the deployed template with everything filled in, [`definition`] the state machines as
//! deployed, [`local_aws`] a running stack to control, [`mongod`] a running MongoDB server, and [`permissions`] lists for each function what it
//! needs and what it must not do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "this crate is tests"
)]

pub mod definition;
pub mod local_aws;
pub mod mongod;
pub mod permissions;
pub mod template;

use std::path::{Path, PathBuf};

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The Python of the project's own tools.
#[must_use]
pub fn python() -> PathBuf {
    let python = root().join(".local/venv/bin/python");
    assert!(python.exists(), "{} is missing: make venv", python.display());
    python
}

/// A file of the repository.
#[must_use]
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
