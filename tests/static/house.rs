//! The structure of the workspace: which crates may depend on which, and how small a `main` is.

use std::fs;

use sluice_tests::{read, root};

/// The workspace crates on which a crate may depend.
fn allowed(package: &str) -> &'static [&'static str] {
    match package {
        "engine" => &[],
        "contract" => &["sluice-engine"],
        "platform" => &["sluice-engine", "sluice-contract"],
        "mongodb" => &["sluice-engine", "sluice-platform"],
        // A refused file is reported like any other run.
        "lambdas/intake" => &["sluice-engine", "sluice-contract", "sluice-platform", "sluice-report"],
        // It does the work of intake, and the reporting of failed runs.
        "lambdas/sweep" => {
            &["sluice-dataset", "sluice-engine", "sluice-contract", "sluice-platform", "sluice-intake", "sluice-report"]
        }
        // It is `import` with a driver.
        "lambdas/import-mongodb" => {
            &["sluice-engine", "sluice-contract", "sluice-platform", "sluice-import", "sluice-mongodb"]
        }
        "pipeline" => &[
            "sluice-contract",
            "sluice-dataset",
            "sluice-gate",
            "sluice-import",
            "sluice-intake",
            "sluice-merge",
            "sluice-pin",
            "sluice-platform",
            "sluice-report",
            "sluice-restructure",
            "sluice-retry",
            "sluice-split",
            "sluice-summarise",
            "sluice-sweep",
            "sluice-validate",
        ],
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
    assert_eq!(packages.len(), 14);
    packages.extend(["engine", "contract", "platform", "mongodb", "pipeline"].map(str::to_owned));
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

/// The files below a folder, by their paths from the root, with their texts.
fn sources(folder: &str) -> Vec<(String, String)> {
    let (mut folders, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(path) = folders.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The limits of a sink are in one file of the engine, so that another sink is another file.
#[test]
fn the_engine_knows_no_sink_but_in_its_rules() {
    let facts = ["dynamo", "mongo", "400 * 1024", "409_600", "38 digits", "300 operators", "update expression"];
    let files = sources("crates/engine/src");
    assert!(files.len() > 200, "{}", files.len());
    for (name, text) in files.iter().filter(|(name, _)| !name.starts_with("crates/engine/src/sink")) {
        let text = text.to_lowercase();
        let found: Vec<&str> = facts.into_iter().filter(|fact| text.contains(fact)).collect();
        assert!(found.is_empty(), "{name} knows what a sink can hold: {found:?}");
    }
}

#[test]
fn one_place_opens_the_sinks_of_a_stack() {
    let opens = |(name, text): (String, String)| {
        (text.contains("DynamoSink::new(") && !name.ends_with("/tests.rs")).then_some(name)
    };
    let found: Vec<String> = sources("crates").into_iter().filter_map(opens).collect();
    assert_eq!(found, ["crates/platform/src/sink/open.rs"]);
}

/// The driver of MongoDB is large. Only its own crate names it, and of the functions only one depends on that crate.
#[test]
fn only_one_crate_has_the_driver_of_mongodb() {
    let manifests = || sources("crates").into_iter().filter(|(name, _)| name.ends_with("/Cargo.toml"));
    let naming = |dependency: &str| -> Vec<String> {
        let names =
            |(name, text): (String, String)| dependencies(&text).iter().any(|has| has == dependency).then_some(name);
        manifests().filter_map(names).collect()
    };
    assert_eq!(naming("mongodb"), ["crates/mongodb/Cargo.toml"]);
    assert_eq!(naming("sluice-mongodb"), ["crates/lambdas/import-mongodb/Cargo.toml"]);
}

#[test]
fn every_main_is_short() {
    for entry in fs::read_dir(root().join("crates/lambdas")).unwrap() {
        let main = entry.unwrap().path().join("src/main.rs");
        if main.exists() {
            let lines = fs::read_to_string(&main).unwrap().lines().count();
            assert!(lines <= 20, "{} has {lines} lines", main.display());
        }
    }
}

/// So `sluice --version`, each line of a log and each report name the same version.
#[test]
fn every_crate_has_the_version_of_the_workspace() {
    let manifests: Vec<(String, String)> =
        sources("crates").into_iter().filter(|(name, _)| name.ends_with("/Cargo.toml")).collect();
    assert!(manifests.len() > 15, "{manifests:?}");
    for (name, text) in manifests {
        assert!(text.contains("\nversion.workspace = true\n"), "{name} has a version of its own");
    }
}

/// A dependency of a manifest with the features that the manifest itself switches on.
type Dependency = (String, Vec<String>);

/// The dependencies of one table of a manifest.
fn with_features(manifest: &str, table: &str) -> Vec<Dependency> {
    let lines = manifest.split(&format!("\n[{table}]\n")).nth(1).unwrap_or_default();
    let lines = lines.split("\n[").next().unwrap_or_default().lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let features = line.split("features = [").nth(1).unwrap_or_default().split(']').next().unwrap_or_default();
            let features = features.split(',').map(|name| name.trim().trim_matches('"').to_owned());
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            (name.to_owned(), features.filter(|name| !name.is_empty()).collect())
        })
        .collect()
}

/// The dependencies that tests of a member need and that neither the member nor `sluice-tests` always has.
fn only_with_tests(member: &str, tests: &str) -> Vec<Dependency> {
    let always = [with_features(member, "dependencies"), with_features(tests, "dependencies")].concat();
    let covered = |(name, features): &Dependency| {
        always.iter().any(|(other, others)| other == name && features.iter().all(|feature| others.contains(feature)))
    };
    with_features(member, "dev-dependencies").into_iter().filter(|dependency| !covered(dependency)).collect()
}

/// With other features, the tests would compile the AWS SDK again after `make binaries`.
#[test]
fn tests_switch_on_no_feature_that_the_binaries_are_built_without() {
    let tests = read("tests/Cargo.toml");
    let lambdas = fs::read_dir(root().join("crates/lambdas")).unwrap().map(|entry| entry.unwrap().path());
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let members = lambdas.chain(crates).chain(["benches", "tests"].map(|name| root().join(name)));
    let manifests = members.map(|member| member.join("Cargo.toml")).filter(|manifest| manifest.exists());
    let mut seen = 0;
    for manifest in manifests {
        let found = only_with_tests(&fs::read_to_string(&manifest).unwrap(), &tests);
        assert!(found.is_empty(), "{}: {found:?} belongs among the dependencies of sluice-tests", manifest.display());
        seen += 1;
    }
    assert!(seen > 15, "{seen} manifests");
}

#[test]
fn a_feature_that_only_tests_switch_on_is_found() {
    let tests = "\n[dependencies]\ncsv.workspace = true\ntokio = { workspace = true, features = [\"process\"] }\n";
    let member = "\n[dependencies]\nserde.workspace = true\n\n[dev-dependencies]\nserde.workspace = true\ncsv.workspace = true\n\
                  proptest.workspace = true\ntokio = { workspace = true, features = [\"process\", \"test-util\"] }\n";
    let names: Vec<_> = only_with_tests(member, tests).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["proptest", "tokio"]);
}
