//! The house: which way imports point, and how small a main is.

use std::fs;

use sluice_tests::{read, root};

/// The workspace crates that a crate may depend on.
fn allowed(package: &str) -> &'static [&'static str] {
    match package {
        "engine" => &[],
        "contract" => &["sluice-engine"],
        "platform" => &["sluice-engine", "sluice-contract"],
        // A refused file is told as every other run is.
        "lambdas/intake" => &["sluice-engine", "sluice-contract", "sluice-platform", "sluice-report"],
        // It does what intake does, and what report does of a run that failed.
        "lambdas/sweep" => &["sluice-engine", "sluice-contract", "sluice-platform", "sluice-intake", "sluice-report"],
        _ => &["sluice-engine", "sluice-contract", "sluice-platform"],
    }
}

fn dependencies(manifest: &str) -> Vec<String> {
    let table = manifest.split("\n[dependencies]\n").nth(1).unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    let names = table.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| !name.is_empty() && !name.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn imports_point_one_way() {
    let lambdas = fs::read_dir(root().join("crates/lambdas")).unwrap();
    let lambdas = lambdas.map(|entry| entry.unwrap().path()).filter(|path| path.join("Cargo.toml").exists());
    let mut packages: Vec<String> =
        lambdas.map(|path| format!("lambdas/{}", path.file_name().unwrap().to_str().unwrap())).collect();
    assert_eq!(packages.len(), 11);
    packages.extend(["engine", "contract", "platform"].map(str::to_owned));
    for package in packages {
        let found = dependencies(&read(&format!("crates/{package}/Cargo.toml")));
        assert!(!found.is_empty());
        for name in found.iter().filter(|name| name.starts_with("sluice-")) {
            assert!(allowed(&package).contains(&name.as_str()), "{package} must not know of {name}");
        }
    }
}

#[test]
fn the_engine_knows_neither_aws_nor_async_nor_a_clock() {
    let found = dependencies(&read("crates/engine/Cargo.toml"));
    for name in found {
        let world = ["aws", "tokio", "futures", "async", "lambda", "tracing", "reqwest", "hyper"];
        assert!(!world.iter().any(|part| name.starts_with(part)), "the engine must not know of {name}");
    }
}

#[test]
fn every_main_is_short() {
    for entry in fs::read_dir(root().join("crates/lambdas")).unwrap() {
        let main = entry.unwrap().path().join("src/main.rs");
        if main.exists() {
            let lines = fs::read_to_string(&main).unwrap().lines().count();
            assert!(lines <= 50, "{} has {lines} lines", main.display());
        }
    }
}
