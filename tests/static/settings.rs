//! What a function reads from its environment is what the template sets, for every function.

use std::collections::BTreeSet;

use serde_json::json;
use sluice_contract::documents::MAX_RECORD_BYTES;
use sluice_engine::record::MAX_RECORD;
use sluice_tests::read;
use sluice_tests::template::{Stack, expanded};

/// What the telemetry of all functions reads.
const TELEMETRY: [&str; 3] = ["LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"];

/// The settings that a `main.rs` asks for, apart from those that Lambda itself sets.
fn asked_for(main: &str) -> BTreeSet<String> {
    let calls = main.split("settings.").skip(1);
    let names = calls.filter_map(|call| call.split_once("(\"")?.1.split('"').next());
    let names = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
    names.filter(|name| !name.starts_with("AWS_")).map(str::to_owned).collect()
}

#[test]
fn every_function_has_the_settings_that_it_reads_and_no_others() {
    let stack = Stack::example();
    let functions: Vec<_> = stack.of_kind("AWS::Lambda::Function").collect();
    assert_eq!(functions.len(), 11);
    for (id, function) in functions {
        let name = id.strip_suffix("Function").unwrap().to_lowercase();
        let mut asked = asked_for(&read(&format!("crates/lambdas/{name}/src/main.rs")));
        assert!(!asked.is_empty());
        asked.extend(TELEMETRY.map(str::to_owned));
        let set = function.properties["Environment"]["Variables"].as_object().unwrap();
        let set: BTreeSet<String> = set.keys().cloned().collect();
        assert_eq!(asked, set, "{id}");
    }
}

#[test]
fn the_longest_record_is_that_of_the_code() {
    let parameter = &expanded()["Parameters"]["MaxRecordBytes"];
    let limits = [json!(MAX_RECORD_BYTES.start()), json!(MAX_RECORD), json!(MAX_RECORD_BYTES.end())];
    assert_eq!(limits, ["MinValue", "Default", "MaxValue"].map(|name| parameter[name].clone()));
}
