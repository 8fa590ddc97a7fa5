//! The settings that a function reads from its environment are exactly those that the template sets.

use std::collections::BTreeSet;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use serde_json::json;
use sluice_contract::documents::MAX_RECORD_BYTES;
use sluice_engine::record::MAX_RECORD;
use sluice_platform::world::AwsWorld;
use sluice_platform::{Aws, Settings};
use sluice_tests::read;
use sluice_tests::template::{Stack, expanded};

/// The settings that the telemetry of all functions reads.
const TELEMETRY: [&str; 2] = ["LOG_LEVEL", "METRICS_STACK"];

/// The settings of glibc's allocator, which the code does not read.
const ALLOCATOR: [&str; 3] = ["MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"];

/// What a function takes from the world, as in its `main.rs`.
type Take = fn(&AwsWorld);

/// Every function. Each line but the `drop` is that of the function's `main.rs`.
const FUNCTIONS: [(&str, Take); 14] = [
    ("dataset", |world| drop(sluice_dataset::Deps::new(world, world.config(sluice_dataset::Config::from_env)))),
    ("gate", |world| drop(sluice_gate::Deps::new(world))),
    ("import", |world| drop(sluice_import::Deps::new(world, world.config(sluice_import::Config::from_env)))),
    ("import-mongodb", |world| {
        drop(sluice_import_mongodb::Deps::new(
            world,
            world.connections(),
            world.config(sluice_import::Config::from_env),
        ));
    }),
    ("intake", |world| drop(sluice_intake::Deps::new(world, world.config(sluice_intake::Config::from_env)))),
    ("merge", |world| drop(sluice_merge::Deps::new(world))),
    ("pin", |world| drop(sluice_pin::Deps::new(world, world.config(sluice_pin::Config::from_env)))),
    ("report", |world| drop(sluice_report::Deps::new(world))),
    ("restructure", |world| drop(sluice_restructure::Deps::new(world))),
    ("retry", |world| drop(sluice_retry::Deps::new(world))),
    ("split", |world| drop(sluice_split::Deps::new(world, world.config(sluice_split::Config::from_env)))),
    ("summarise", |world| drop(sluice_summarise::Deps::new(world))),
    ("sweep", |world| drop(sluice_sweep::Deps::new(world, world.config(sluice_sweep::Config::from_env)))),
    ("validate", |world| drop(sluice_validate::Deps::new(world))),
];

/// The settings that are asked for when a function starts, apart from those that Lambda itself sets.
fn asked_for(take: Take) -> BTreeSet<String> {
    let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("eu-central-1"));
    let world = AwsWorld::new(Aws::new(config.build(), false), Settings::from_pairs([]));
    take(&world);
    world.asked().iter().filter(|name| !name.starts_with("AWS_")).map(|name| (*name).to_owned()).collect()
}

#[test]
fn every_function_has_the_settings_that_it_reads_and_no_others() {
    let stack = Stack::example();
    let functions: Vec<_> = stack.of_kind("AWS::Lambda::Function").collect();
    assert_eq!(functions.len(), FUNCTIONS.len());
    for (name, take) in FUNCTIONS {
        let main = read(&format!("crates/lambdas/{name}/src/main.rs"));
        let starts = [
            "Deps::new,",
            "|world| Deps::new(world, world.config(Config::from_env))",
            "|world| Deps::new(world, world.connections(), world.config(Config::from_env))",
        ];
        assert!(starts.iter().any(|start| main.contains(start)), "{name} starts otherwise than it is tried here");
        let id_of = |name: &str| format!("{}function", name.replace('-', ""));
        let (id, function) = functions.iter().find(|(id, _)| id.to_lowercase() == id_of(name)).unwrap();
        let mut asked = asked_for(take);
        assert!(!asked.is_empty());
        asked.extend(TELEMETRY.into_iter().chain(ALLOCATOR).map(str::to_owned));
        let set = function.properties["Environment"]["Variables"].as_object().unwrap();
        let set: BTreeSet<String> = set.keys().cloned().collect();
        assert_eq!(asked, set, "{id}");
    }
}

/// The metrics of two stacks do not merge: their first dimension is the stack.
#[test]
fn the_metrics_of_a_stack_carry_its_name() {
    for name in ["sluice", "second"] {
        let stack = Stack::new(name, &[("Sender", "a@example.com")]);
        for (id, function) in stack.of_kind("AWS::Lambda::Function") {
            assert_eq!(function.properties["Environment"]["Variables"]["METRICS_STACK"], name, "{id}");
        }
    }
    let code = read("crates/platform/src/metrics.rs");
    assert!(code.contains("const STACK: &str = \"METRICS_STACK\";"), "the code reads what the template sets");
}

#[test]
fn the_longest_record_is_that_of_the_code() {
    let parameter = &expanded()["Parameters"]["MaxRecordBytes"];
    let limits = [json!(MAX_RECORD_BYTES.start()), json!(MAX_RECORD), json!(MAX_RECORD_BYTES.end())];
    assert_eq!(limits, ["MinValue", "Default", "MaxValue"].map(|name| parameter[name].clone()));
}
