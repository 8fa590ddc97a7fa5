//! What `make functions` checks in the binaries that it has built for AWS.

use std::process::Command;

use sluice_tests::{python, root};

/// The complaint of the check about a binary with these bytes, if it has one.
fn complaint(bytes: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("bootstrap");
    std::fs::write(&binary, bytes).unwrap();
    let script = root().join("tools/check_binaries.py");
    let checked = Command::new(python()).arg(script).arg("2.34").arg(&binary).output().unwrap();
    assert_eq!(checked.status.success(), checked.stderr.is_empty(), "{checked:?}");
    (!checked.status.success()).then(|| String::from_utf8(checked.stderr).unwrap())
}

#[test]
fn a_binary_that_would_not_start_on_amazon_linux_is_not_deployed() {
    let elf = |rest: &[u8]| [b"\x7fELF\0", rest].concat();
    assert_eq!(complaint(&elf(b"GLIBC_2.4\0GLIBC_2.34\0GLIBC_PRIVATE\0GLIBC_2.2.5\0")), None);
    let newer = complaint(&elf(b"GLIBC_2.4\0GLIBC_2.39\0")).unwrap();
    assert!(newer.contains("it needs glibc 2.39; Amazon Linux has 2.34"), "{newer}");
    assert!(complaint(b"#!/bin/sh GLIBC_2.4\0").unwrap().contains("not an ELF"));
    assert!(complaint(&elf(b"")).unwrap().contains("does not name a version of glibc"));
}

#[test]
fn a_binary_that_starts_slowly_is_not_deployed() {
    let mut binary = b"\x7fELF\0GLIBC_2.4\0".to_vec();
    binary.resize(18_000_000, 0);
    assert_eq!(complaint(&binary), None);
    binary.push(0);
    assert!(complaint(&binary).unwrap().contains("at most 18 are allowed"));
}
