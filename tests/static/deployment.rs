//! `make deploy` without AWS: what make runs, what tools/deploy.py asks, and what it hands to the SAM CLI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use sluice_tests::template::{ACCOUNT, REGION, Stack, expanded, physical_name};
use sluice_tests::{python, read, root};
use tempfile::TempDir;

use crate::workflows::{programs, programs_first};

const ANSWERS: &str = "[stack]\nname = acme\nregion = eu-central-1\n\n[parameters]\nSender = imports@example.com\n\
    Operators = a@example.com, b@example.com\nSampleTables = false\n";
/// The longest region of those that AWS had in November 2026, and others.
const REGIONS: [&str; 5] = ["us-east-1", "eu-central-1", "ap-southeast-7", "us-gov-west-1", "eusc-de-east-1"];
/// The longest names that AWS allows, by kind, as botocore's service models have them.
const LONGEST: [(&str, usize); 12] = [
    ("AWS::Backup::BackupVault", 50),
    ("AWS::CloudWatch::Alarm", 255),
    ("AWS::CloudWatch::Dashboard", 255),
    ("AWS::DynamoDB::Table", 255),
    ("AWS::Events::Rule", 64),
    ("AWS::Lambda::Function", 64),
    ("AWS::Logs::LogGroup", 512),
    ("AWS::Logs::QueryDefinition", 255),
    ("AWS::S3::Bucket", 63),
    ("AWS::SNS::Topic", 256),
    ("AWS::SQS::Queue", 80),
    ("AWS::StepFunctions::StateMachine", 80),
];

/// A folder with answers and with functions that `sam build` has built. `sam` only prints its arguments.
struct Desk(TempDir);

impl Desk {
    fn new(answers: &str) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        if !answers.is_empty() {
            fs::write(desk.file(), answers).unwrap();
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self) -> PathBuf {
        self.path("deployment.ini")
    }

    /// Puts a function into the build folder, as an ELF file for this machine (`e_machine`).
    fn build(&self, function: &str, machine: u8) {
        let folder = self.path("build").join(function);
        fs::create_dir_all(&folder).unwrap();
        let mut binary = b"\x7fELF".to_vec();
        binary.resize(20, 0);
        binary[18] = machine;
        fs::write(folder.join("bootstrap"), binary).unwrap();
    }

    /// A command that knows of no answers but those of this folder.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for name in
            ["ARCH", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PREPARE", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"]
        {
            command.env_remove(name);
        }
        for name in ["SLUICE_STACK", "SLUICE_SENDER", "SLUICE_OPERATORS", "SLUICE_SAMPLE_TABLES"] {
            command.env_remove(name);
        }
        command
            .env("PATH", programs_first())
            .env("SLUICE_DEPLOYMENT", self.file())
            .env("SLUICE_BUILD", self.path("build"));
        // No profile of the person who runs the tests.
        command.env("AWS_CONFIG_FILE", self.path("none")).stdin(Stdio::null());
        command
    }

    fn tool(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&python());
        command.arg(root().join("tools/deploy.py")).args(arguments);
        command
    }

    /// What `make -n` would run.
    fn make(&self, arguments: &[&str]) -> String {
        let mut make = self.command(Path::new("make"));
        let ran = make.current_dir(root()).arg("-n").arg("deploy").args(arguments).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    }

    /// What a person sees who answers with these lines at a terminal.
    fn talk(&self, lines: &str) -> Output {
        let input = self.path("lines");
        fs::write(&input, lines).unwrap();
        let mut command = self.command(&python());
        let terminal = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
        command.args(["-c", terminal]).arg(python()).arg(root().join("tools/deploy.py"));
        command.args(["ask", "--architecture", "x86_64"]).stdin(fs::File::open(input).unwrap()).output().unwrap()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The parameters in the arguments of `sam deploy`, as the SAM CLI itself reads them.
fn overrides(arguments: &str) -> Value {
    let overrides = arguments.lines().skip_while(|line| *line != "--parameter-overrides").skip(1);
    let script = "import json, sys\nfrom samcli.cli.types import CfnParameterOverridesType\n\
        print(json.dumps(CfnParameterOverridesType().convert(tuple(sys.argv[1:]), None, None)))";
    let read = Command::new(python()).args(["-c", script]).args(overrides).output().unwrap();
    assert!(read.status.success(), "{read:?}");
    serde_json::from_slice(&read.stdout).unwrap()
}

#[test]
fn make_deploy_builds_for_the_architecture_that_is_asked_for() {
    let of_x86 = format!("{ANSWERS}Architecture = x86_64\n");
    for (answers, argument, architecture, target) in [
        ("", None, "arm64", "aarch64-unknown-linux-gnu.2.34"),
        ("", Some("ARCH=x86_64"), "x86_64", "x86_64-unknown-linux-gnu.2.34"),
        (ANSWERS, None, "arm64", "aarch64-unknown-linux-gnu.2.34"),
        (of_x86.as_str(), None, "x86_64", "x86_64-unknown-linux-gnu.2.34"),
        (of_x86.as_str(), Some("ARCH=arm64"), "arm64", "aarch64-unknown-linux-gnu.2.34"),
    ] {
        let made = Desk::new(answers).make(argument.as_slice());
        let lines: Vec<&str> = made.lines().collect();
        let at = |wanted: &str| {
            lines.iter().position(|line| line.contains(wanted)).unwrap_or_else(|| panic!("{wanted} in {made}"))
        };
        let asked = at(&format!("tools/deploy.py ask --architecture {architecture}"));
        let compiled = at(&format!("cargo lambda build --quiet --profile deploy --target {target}"));
        let built = at(&format!("ARCH={architecture} sam build --parameter-overrides Architecture={architecture}"));
        let deployed = at("tools/deploy.py deploy");
        assert!(asked < compiled && compiled < built && built < deployed, "{made}");
        assert!(!made.contains("sam deploy"), "only the tool deploys: {made}");
    }
    assert!(Desk::new("").make(&["PREPARE=1"]).contains("tools/deploy.py prepare"));
}

#[test]
fn the_stack_is_deployed_for_the_processor_of_its_binaries() {
    // What the answers say of it does not matter: the binaries know.
    for (machine, architecture, other) in [(0x3e, "x86_64", "arm64"), (0xb7, "arm64", "x86_64")] {
        let answers = ANSWERS.replace("name = acme", "name = acme\nrole = arn:aws:iam::111122223333:role/deploys");
        let desk = Desk::new(&format!("{answers}Architecture = {other}\nLogLevel = debug\n"));
        desk.build("PinFunction", machine);
        desk.build("SplitFunction", machine);
        let ran = desk.tool(&["deploy"]).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        let arguments = String::from_utf8(ran.stderr).unwrap();
        let arguments = arguments.split("\n\nOnce the stack").next().unwrap();
        assert!(arguments.starts_with("deploy\n"), "{arguments}");
        for pair in [
            "--stack-name\nacme\n",
            "--region\neu-central-1\n",
            "\n--no-confirm-changeset\n",
            "--role-arn\narn:aws:iam::111122223333:role/deploys\n",
        ] {
            assert!(arguments.contains(pair), "{arguments}");
        }
        let expected = json!({
            "Sender": "imports@example.com", "Operators": "a@example.com, b@example.com", "SampleTables": "false",
            "Architecture": architecture, "LogLevel": "debug",
        });
        assert_eq!(overrides(arguments), expected);
    }
}

#[test]
fn functions_for_two_processors_are_not_deployed() {
    let desk = Desk::new(ANSWERS);
    let nothing = desk.tool(&["deploy"]).output().unwrap();
    assert!(!nothing.status.success() && said(&nothing).contains("nothing in"), "{nothing:?}");
    desk.build("PinFunction", 0x3e);
    desk.build("SplitFunction", 0xb7);
    let mixed = desk.tool(&["deploy"]).output().unwrap();
    assert!(!mixed.status.success() && said(&mixed).contains("not built for one architecture"), "{mixed:?}");
    desk.build("SplitFunction", 0x08);
    assert!(said(&desk.tool(&["deploy"]).output().unwrap()).contains("not a binary for x86_64 or arm64"));
}

#[test]
fn a_person_is_asked_once_and_every_answer_is_checked() {
    let desk = Desk::new("");
    let lines =
        "Frankfurt\neu-central-1\nAcme\nacme\nsomebody\nimports@example.com\nops@example.com, it\n\nyes\ntrue\n";
    let talked = desk.talk(lines);
    let heard = said(&talked);
    assert!(talked.status.success(), "{heard}");
    for mistake in [
        "a region is written like eu-central-1",
        "lower-case letters",
        "a bare address",
        "not an address: it",
        "answer true or false",
    ] {
        assert!(heard.contains(mistake), "{mistake:?} in {heard}");
    }
    assert!(heard.contains("Without files the stack costs about $"), "{heard}");
    let written = fs::read_to_string(desk.file()).unwrap();
    for line in
        ["name = acme", "region = eu-central-1", "Sender = imports@example.com", "Operators =", "SampleTables = true"]
    {
        assert!(written.lines().any(|is| is == line), "{line:?} in {written}");
    }
    assert!(written.contains("Architecture = x86_64"), "what was built first is built again: {written}");

    let again = desk.talk("");
    assert!(again.status.success(), "{again:?}");
    assert_eq!(said(&again).trim_end(), "deploying the stack acme to eu-central-1");
    assert_eq!(fs::read_to_string(desk.file()).unwrap(), written);
}

#[test]
fn a_new_answer_leaves_what_a_person_has_written_into_the_file() {
    let written = "# Ours.\n[stack]\nname = acme\nregion = eu-central-1\nrole = arn:aws:iam::111122223333:role/deploys\n\n\
        [parameters]\nSender = imports@example.com\n# While we look for a fault.\nLogLevel = debug\n";
    let desk = Desk::new(written);
    let talked = desk.talk("\ntrue\n");
    assert!(talked.status.success(), "{talked:?}");
    let now = fs::read_to_string(desk.file()).unwrap();
    let (head, rest) = written.split_once("[parameters]\n").unwrap();
    assert_eq!(now, format!("{head}[parameters]\nOperators =\nSampleTables = true\nArchitecture = x86_64\n{rest}"));
}

#[test]
fn without_a_terminal_the_answers_come_from_the_file_or_the_environment() {
    let desk = Desk::new("");
    let failed = desk.tool(&["ask"]).output().unwrap();
    let heard = said(&failed);
    assert!(!failed.status.success() && !desk.file().exists(), "{heard}");
    for name in ["region", "AWS_REGION", "name", "SLUICE_STACK", "Sender", "SLUICE_SENDER", "SLUICE_SAMPLE_TABLES"] {
        assert!(heard.contains(name), "{name} in {heard}");
    }

    let environment = [
        ("AWS_REGION", "eu-west-1"),
        ("SLUICE_STACK", "acme"),
        ("SLUICE_SENDER", "a@example.com"),
        ("SLUICE_SAMPLE_TABLES", "true"),
    ];
    let answered = desk.tool(&["ask"]).envs(environment).output().unwrap();
    assert!(answered.status.success(), "{answered:?}");
    desk.build("PinFunction", 0xb7);
    let deployed = said(&desk.tool(&["deploy"]).envs(environment).output().unwrap());
    assert!(deployed.contains("--region\neu-west-1\n"), "{deployed}");

    // What the file says counts more than a variable that happens to be set.
    let desk = Desk::new(ANSWERS);
    let answered = desk.tool(&["ask"]).envs(environment).output().unwrap();
    assert!(said(&answered).contains("deploying the stack acme to eu-central-1"), "{answered:?}");
}

#[test]
fn a_parameter_that_the_template_does_not_have_is_a_mistake() {
    let desk = Desk::new(&format!("{ANSWERS}LogLevle = debug\n"));
    let failed = desk.tool(&["ask"]).output().unwrap();
    assert!(!failed.status.success() && said(&failed).contains("has no parameter LogLevle"), "{failed:?}");
    for parameter in expanded()["Parameters"].as_object().unwrap().keys() {
        let value = match parameter.as_str() {
            "Sender" | "Operators" | "SampleTables" => continue,
            _ => format!("{ANSWERS}{parameter} = 1\n"),
        };
        let known = Desk::new(&value).tool(&["ask"]).output().unwrap();
        assert!(known.status.success(), "{parameter}: {known:?}");
    }
}

/// Whether the tool accepts a name of a stack in a region.
fn accepts(stack: &str, region: &str) -> bool {
    let answers = ANSWERS.replace("name = acme", &format!("name = {stack}"));
    let asked = Desk::new(&answers.replace("eu-central-1", region)).tool(&["ask"]).output().unwrap();
    asked.status.success()
}

#[test]
fn every_resource_of_a_stack_with_an_accepted_name_has_a_name_that_aws_accepts() {
    for wrong in ["Acme", "acme_1", "1acme", "acme-", "acme--1", "xn--a", "sthree-a", "amzn-s3-demo-a"] {
        assert!(!accepts(wrong, REGION), "{wrong}");
    }
    for region in REGIONS {
        let (account, longest) = (ACCOUNT.len(), 63 - "-inbox-".len() - 1 - region.len());
        let name = "a".repeat(longest - account);
        assert!(accepts(&name, region), "{name} in {region}");
        assert!(!accepts(&format!("{name}a"), region), "{name}a in {region}");
    }
    // us-east-1 is as short as a region gets, so no name is longer than here.
    let name = "a".repeat(34);
    assert!(accepts(&name, "us-east-1"));
    let email = "a@example.com";
    let given = [("Sender", email), ("SampleTables", "true"), ("AlarmEmail", email), ("BackupDays", "35")];
    let stack = Stack::new(&name, &given);
    let mut seen = 0;
    for (id, resource) in &stack.resources {
        let property = physical_name(&resource.kind);
        let Some(given) = resource.properties.get(property).and_then(Value::as_str) else { continue };
        let Some((_, longest)) = LONGEST.iter().find(|(kind, _)| *kind == resource.kind) else {
            panic!("how long may the name of {id} be, a {}?", resource.kind)
        };
        // A bucket's name also has the region, which the name of the stack above leaves no room for.
        let given = given.replace(REGION, "us-east-1");
        assert!(given.len() <= *longest, "{id}: {given} has {} characters", given.len());
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn what_a_deleted_stack_leaves_can_be_imported_by_a_new_one() {
    for (days, kept) in [("0", 7), ("35", 8)] {
        let desk = Desk::new(&format!("{ANSWERS}BackupDays = {days}\n"));
        let ran = desk.tool(&["retained", ACCOUNT]).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        let json = |name: &str| -> Value {
            serde_json::from_str(&fs::read_to_string(desk.path(".local/retained").join(name)).unwrap()).unwrap()
        };
        let (template, identifiers) = (json("template.json"), json("resources.json"));
        let stack = Stack::new("acme", &[("Sender", "imports@example.com"), ("BackupDays", days)]);
        let left =
            stack.resources.iter().filter(|(_, resource)| resource.raw["DeletionPolicy"] == "RetainExceptOnCreate");
        let mut expected: Vec<(String, String)> = left
            .map(|(id, resource)| {
                (id.clone(), resource.properties[physical_name(&resource.kind)].as_str().unwrap().to_owned())
            })
            .collect();
        expected.sort();
        assert_eq!(expected.len(), kept, "{expected:?}");
        let mut found: Vec<(String, String)> = identifiers
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let name = one["ResourceIdentifier"].as_object().unwrap().values().next().unwrap();
                (one["LogicalResourceId"].as_str().unwrap().to_owned(), name.as_str().unwrap().to_owned())
            })
            .collect();
        found.sort();
        assert_eq!(found, expected);
        // An import can only import, and CloudFormation must not delete what it fails to import.
        let resources = template["Resources"].as_object().unwrap();
        assert_eq!(resources.len(), expected.len());
        assert!(resources.values().all(|resource| resource["DeletionPolicy"] == "Retain"), "{template}");
        assert!(template.get("Outputs").is_none() && template.get("Transform").is_none());
    }
}

#[test]
fn the_region_of_a_profile_is_not_hidden() {
    let make = read("Makefile");
    assert!(
        !make.contains("AWS_DEFAULT_REGION") && !make.contains("AWS_REGION"),
        "make overrides the profile's region"
    );
    assert!(make.contains("\tsam validate --lint --region us-east-1\n"), "sam validate needs some region");
}

/// The page sets small chunks for its sample file, and at its end the defaults again.
#[test]
fn the_smoke_test_sets_parameters_that_exist_and_sets_them_back() {
    let page = read("docs/first-deployment.md");
    let mut blocks = page.split("```ini\n").skip(1).map(|block| block.split("```").next().unwrap().lines());
    let parameters = &expanded()["Parameters"];
    for line in blocks.next().unwrap() {
        let (name, _) = line.split_once(" = ").unwrap();
        assert!(parameters.get(name).is_some(), "there is no parameter {name}");
    }
    let mut back = 0;
    for line in blocks.next().unwrap() {
        let (name, value) = line.split_once(" = ").unwrap();
        assert_eq!(parameters[name]["Default"].to_string(), value, "{name}");
        back += 1;
    }
    assert_eq!(back, 2);
}

#[test]
fn the_standing_costs_count_the_schedules_of_the_template() {
    let stack = Stack::example();
    assert_eq!(stack.resources["SweepRule"].properties["ScheduleExpression"], "rate(5 minutes)");
    assert_eq!(stack.resources["RetrySchedule"].properties["ScheduleExpression"], "rate(15 minutes)");
    assert!(read("tools/deploy.py").contains("sweeps, retries = 30 * 24 * 12, 30 * 24 * 4"));
}

/// A distribution's Rust has the target of its own machine only.
#[test]
fn without_rustup_the_build_says_what_is_missing() {
    let desk = Desk::new("");
    let make = Command::new("sh").args(["-c", "command -v make"]).output().unwrap();
    let make = String::from_utf8(make.stdout).unwrap();
    let mut build = desk.command(Path::new(make.trim()));
    build
        .current_dir(root())
        .args(["-C", "crates/lambdas", "functions", "ARCH=arm64"])
        .env("PATH", programs().join("without-rustup"));
    let failed = build.output().unwrap();
    assert!(!failed.status.success() && said(&failed).contains("no rustup to add this target"), "{failed:?}");
}
