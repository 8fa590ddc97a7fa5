//! The workflows of GitHub: what they run, with which rights, and from where their actions come; and what a release has.
//!
//! `make workflows` checks them with zizmor.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use sluice_tests::{python, read, root};

const WORKFLOWS: [&str; 3] = ["check", "deploy", "release"];
/// The rights that a job may have, beside reading what it checks out.
const RIGHTS: [(&str, &[&str]); 3] = [
    ("check", &[]),
    ("deploy", &["id-token: write"]),
    ("release", &["attestations: write", "contents: write", "id-token: write"]),
];

fn workflow(name: &str) -> String {
    read(&format!(".github/workflows/{name}.yml"))
}

/// Programs that stand in for those that would compile, or speak to AWS.
pub(crate) fn programs() -> PathBuf {
    root().join("tests/static/programs")
}

/// The search path with these programs before all others.
pub(crate) fn programs_first() -> String {
    format!("{}:{}", programs().display(), std::env::var("PATH").unwrap())
}

fn release(arguments: &[&str]) -> Output {
    Command::new(python()).arg(root().join("tools/release.py")).args(arguments).output().unwrap()
}

/// The recipe of a target of the Makefile, with its first line.
fn recipe(target: &str) -> String {
    let make = read("Makefile");
    let recipe = make.split(&format!("\n{target}:")).nth(1).unwrap_or_else(|| panic!("there is no make {target}"));
    recipe.split("\n\n").next().unwrap().to_owned()
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    let mut seen = 0;
    for name in WORKFLOWS {
        for line in workflow(name).lines() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            let (action, version) =
                action.split_once(" # v").unwrap_or_else(|| panic!("{name}: which version is {action}?"));
            let (_, commit) = action.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.chars().all(|digit| digit.is_ascii_hexdigit()), "{name}: {action}");
            assert!(version.split('.').count() == 3, "{name}: {version}");
            seen += 1;
        }
    }
    assert!(seen > 6, "{seen}");
    // No other file starts anything on GitHub.
    let folder = fs::read_dir(root().join(".github/workflows")).unwrap();
    assert_eq!(folder.count(), WORKFLOWS.len());
}

#[test]
fn a_job_has_only_the_rights_that_it_needs_and_no_secret() {
    for (name, allowed) in RIGHTS {
        let text = workflow(name);
        assert!(text.contains("\npermissions: {}\n"), "{name}: a job without permissions of its own has none");
        assert!(!text.contains("secrets."), "{name}: GitHub proves by OIDC who asks");
        assert!(!text.contains("pull_request_target") && !text.contains("zizmor: ignore"), "{name}");
        assert!(text.contains("persist-credentials: false"), "{name}");
        let rights = text.lines().filter_map(|line| line.trim().split_once(": write").map(|(right, _)| right));
        for right in rights {
            assert!(allowed.contains(&format!("{right}: write").as_str()), "{name}: {right}");
        }
    }
}

#[test]
fn the_workflows_run_what_a_laptop_runs() {
    assert!(workflow("check").contains("- run: .ci/run\n") && read(".ci/run").contains("make test"));
    assert!(workflow("release").contains("- run: make release\n"));
    let deploy = workflow("deploy");
    let (prepare, execute) = deploy.split_once("\n  execute:\n").unwrap();
    assert!(prepare.contains("make deploy PREPARE=1") && !prepare.contains("execute-change-set"), "{prepare}");
    assert!(execute.contains("needs: prepare") && execute.contains("environment: production"), "{execute}");
    assert!(execute.contains("CHANGE_SET: ${{ needs.prepare.outputs.change-set }}"), "{execute}");
    // What is piped into `tee` must fail its step.
    for name in WORKFLOWS {
        assert!(workflow(name).contains("\ndefaults:\n  run:\n    shell: bash\n"), "{name}");
    }
}

#[test]
fn the_check_of_the_workflows_is_a_part_of_the_tests() {
    assert!(recipe("check").contains(" workflows "));
    let workflows = recipe("workflows");
    assert!(
        workflows.contains("zizmor --offline --quiet --pedantic --strict-collection .github/workflows"),
        "{workflows}"
    );
    for word in ["min-severity", "no-exit-codes", "config", "||", "\t-"] {
        assert!(!workflows.contains(word), "{word} in {workflows}");
    }
    assert!(read("tools/requirements/check.txt").lines().any(|line| line.starts_with("zizmor==")));
    for file in ["zizmor.yml", "zizmor.yaml", ".github/zizmor.yml", ".github/zizmor.yaml"] {
        assert!(!root().join(file).exists(), "{file} hides findings");
    }
}

#[test]
fn an_update_is_undone_by_alarms_that_the_stack_has() {
    let tool = read("tools/deploy.py");
    let alarms = tool.split("for alarm in (").nth(1).unwrap().split(')').next().unwrap();
    let template = read("template.yaml");
    let alarms: Vec<&str> = alarms.split(", ").map(|alarm| alarm.trim_matches('"')).collect();
    assert!(alarms.len() >= 2, "{alarms:?}");
    for alarm in alarms {
        assert!(template.contains(&format!("AlarmName: !Sub \"${{AWS::StackName}}-{alarm}\"")), "{alarm}");
    }
}

#[test]
fn a_release_has_the_version_of_the_workspace_and_its_notes() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(String::from_utf8(release(&["version"]).stdout).unwrap().trim(), version);
    let notes = release(&["notes"]);
    assert_eq!(notes.status.success(), read("CHANGELOG.md").contains(&format!("\n## [{version}]")), "{notes:?}");
}

#[test]
fn a_release_has_the_cli_its_wheel_and_a_stack_that_deploys_without_a_build() {
    let desk = tempfile::tempdir().unwrap();
    let path = |name: &str| desk.path().join(name);
    fs::create_dir_all(path("build/PinFunction")).unwrap();
    fs::write(path("build/PinFunction/bootstrap"), "pin").unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let built = Command::new(python())
        .arg(root().join("tools/release.py"))
        .args(["build", "arm64"])
        .env("PATH", programs_first())
        .env("SLUICE_DIST", path("dist"))
        .env("SLUICE_BUILD", path("build"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{built:?}");
    let mut files: Vec<String> =
        fs::read_dir(path("dist")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let expected = [
        format!("sluice-{version}-arm64-linux.tar.gz"),
        format!("sluice-{version}-arm64.cdx.json"),
        format!("sluice-stack-{version}-arm64.tar.gz"),
        format!("sluice_cli-{version}-py3-none-manylinux_2_17_aarch64.whl"),
    ];
    assert_eq!(files, expected);
    let names = |archive: &str| {
        let listed = Command::new("tar").arg("-tzf").arg(path("dist").join(archive)).output().unwrap();
        String::from_utf8(listed.stdout).unwrap()
    };
    assert!(names(&expected[0]).contains(&format!("sluice-{version}-arm64/sluice\n")));
    let stack = names(&expected[2]);
    // Where `tools/deploy.py` and the built template look for them.
    for file in [
        ".aws-sam/build/PinFunction/bootstrap",
        "statemachine/main-orchestrator.asl.json",
        "template.yaml",
        "tools/deploy.py",
        "feeds/products.yaml",
    ] {
        assert!(stack.contains(&format!("sluice-stack-{version}/{file}\n")), "{file} in {stack}");
    }
    assert!(!stack.contains("__pycache__"), "{stack}");
}

#[test]
fn a_release_lists_what_its_binaries_are_made_of() {
    let listed = release(&["parts", "arm64"]);
    assert!(listed.status.success(), "{listed:?}");
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&listed["bomFormat"], &listed["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    let parts = listed["components"].as_array().unwrap();
    let has = |name: &str| parts.iter().any(|part| part["name"] == name);
    for name in ["sluice-cli", "sluice-import", "sluice-engine", "aws-sdk-s3", "ring"] {
        assert!(has(name), "{name}");
    }
    for name in ["sluice-tests", "sluice-benches", "proptest", "criterion"] {
        assert!(!has(name), "{name} does not ship");
    }
    for part in parts {
        let ours = part["name"].as_str().unwrap().starts_with("sluice-");
        assert!(ours || part["hashes"][0]["content"].as_str().is_some_and(|sum| sum.len() == 64), "{part}");
        assert!(part["licenses"][0]["expression"].is_string(), "{part}");
    }
}

/// maturin takes version and description from Cargo.toml, and packs the binary. `make wheel` does that with the unoptimised binary,
/// and the workflow `release` with the one that ships. Both install the wheel without network, and run it.
#[test]
fn the_wheel_is_the_cli() {
    let project = read("crates/cli/pyproject.toml");
    assert!(project.contains("bindings = \"bin\"") && project.contains("dynamic = [\"version\", "), "{project}");
    assert!(
        read("crates/cli/Cargo.toml").contains("name = \"sluice-cli\"") && project.contains("name = \"sluice-cli\"")
    );
    let release = workflow("release");
    assert!(release.contains("pip install --no-index dist/*.whl") && release.contains("sluice --version"), "{release}");
    assert!(recipe("check").contains(" wheel ") && recipe("wheel").contains("\tpython tools/release.py wheel"));
}
