//! `tools/deploy.py` on local AWS: a change set to approve, and data that outlives its stack.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sluice_tests::local_aws::LocalAws;
use sluice_tests::{python, root};

/// A stack beside that of the other tests.
const STACK: &str = "kept";
const ACCOUNT: &str = "000000000000";
const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of local AWS, with a build beside that of the other tests' stack: the same template, with functions of a few
/// bytes, because nothing calls them.
fn desk() -> PathBuf {
    let desk = PathBuf::from(std::env::var("LOCAL_AWS_DIR").unwrap());
    let (full, light) = (desk.join("build"), desk.join("light"));
    fs::create_dir_all(&light).unwrap();
    fs::copy(full.join("template.yaml"), light.join("template.yaml")).unwrap();
    for entry in fs::read_dir(full).unwrap().map(Result::unwrap) {
        if entry.path().join("bootstrap").exists() {
            // The head of an ELF file for x86_64.
            let mut binary = b"\x7fELF".to_vec();
            binary.resize(20, 0);
            binary[18] = 0x3e;
            fs::create_dir_all(light.join(entry.file_name())).unwrap();
            fs::write(light.join(entry.file_name()).join("bootstrap"), binary).unwrap();
        }
    }
    let answers = "name = kept\nregion = us-east-1\n\n[parameters]\nSender = a@example.com\nOperators =\nSampleTables = false\n\
         Dashboard = false\n";
    fs::write(desk.join("deployment.ini"), format!("[stack]\n{answers}")).unwrap();
    desk
}

/// What the tool prints to standard output.
fn tool(desk: &Path, arguments: &[&str]) -> String {
    let tools = python().parent().unwrap().display().to_string();
    let ran = Command::new(python())
        .arg(root().join("tools/deploy.py"))
        .args(arguments)
        .env("PATH", format!("{tools}:{}", std::env::var("PATH").unwrap()))
        .env("SLUICE_BUILD", desk.join("light"))
        .env("SLUICE_DEPLOYMENT", desk.join("deployment.ini"))
        .env("SAM_CLI_TELEMETRY", "0")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}

/// The status of the stack; `None` if there is no such stack.
async fn status(aws: &LocalAws) -> Option<String> {
    let stacks = aws.call("cloudformation", "describe_stacks", &json!({})).await;
    let ours = stacks["Stacks"].as_array().unwrap().iter().find(|stack| stack["StackName"] == STACK)?;
    ours["StackStatus"].as_str().filter(|status| *status != "DELETE_COMPLETE").map(str::to_owned)
}

/// The status of the stack when nothing changes any more.
async fn settled(aws: &LocalAws) -> Option<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = status(aws).await?;
        if !status.ends_with("_IN_PROGRESS") {
            return Some(status);
        }
        assert!(Instant::now() < deadline, "{status}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The physical names of the stack's resources, by their logical ids.
async fn resources(aws: &LocalAws) -> BTreeMap<String, String> {
    let found = aws.call("cloudformation", "describe_stack_resources", &json!({ "StackName": STACK })).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let resources = found["StackResources"].as_array().unwrap().iter();
    resources.map(|one| (text(&one["LogicalResourceId"]), text(&one["PhysicalResourceId"]))).collect()
}

#[tokio::test]
async fn a_deleted_stack_can_be_deployed_again_with_its_data() {
    let aws = LocalAws::from_env().await;
    let desk = desk();
    let [data, inbox, outbound] =
        ["data", "inbox", "out"].map(|bucket| format!("{STACK}-{bucket}-{ACCOUNT}-us-east-1"));

    // A change set changes nothing until somebody executes it.
    let change_set = tool(&desk, &["prepare"]);
    assert!(
        change_set.starts_with("arn:aws:cloudformation:us-east-1:") && change_set.lines().count() == 1,
        "{change_set}"
    );
    assert_eq!(status(&aws).await.as_deref(), Some("REVIEW_IN_PROGRESS"));
    aws.call("cloudformation", "execute_change_set", &json!({ "ChangeSetName": change_set.trim() })).await;
    assert_eq!(settled(&aws).await.as_deref(), Some("CREATE_COMPLETE"));
    let object = json!({ "Bucket": data, "Key": "archive/a.csv", "Body": "id\n1\n" });
    aws.call("s3", "put_object", &object).await;

    aws.call("cloudformation", "delete_stack", &json!({ "StackName": STACK })).await;
    assert_eq!(settled(&aws).await, None);

    // As the tool says.
    tool(&desk, &["retained", ACCOUNT]);
    let file = |name: &str| fs::read_to_string(desk.join(".local/retained").join(name)).unwrap();
    let json = |name: &str| -> Value { serde_json::from_str(&file(name)).unwrap() };
    let import = json!({
        "StackName": STACK, "ChangeSetName": "import", "ChangeSetType": "IMPORT", "TemplateBody": file("template.json"),
        "Parameters": json("parameters.json"), "ResourcesToImport": json("resources.json"),
    });
    aws.call("cloudformation", "create_change_set", &import).await;
    let execute = json!({ "StackName": STACK, "ChangeSetName": "import" });
    aws.call("cloudformation", "execute_change_set", &execute).await;
    assert_eq!(settled(&aws).await.as_deref(), Some("IMPORT_COMPLETE"));
    let imported = resources(&aws).await;
    let tables = ["datasets", "messages", "rejects", "runs"].map(|table| format!("{STACK}-{table}"));
    let names = [data.clone(), inbox.clone(), outbound.clone()].into_iter().chain(tables.clone());
    assert_eq!(imported.into_values().collect::<BTreeSet<_>>(), names.collect(), "an import only imports");

    tool(&desk, &["deploy"]);
    assert_eq!(settled(&aws).await.as_deref(), Some("UPDATE_COMPLETE"));
    let deployed = resources(&aws).await;
    assert_eq!((&deployed["DataBucket"], &deployed["PinFunction"]), (&data, &format!("{STACK}-pin")));
    let kept = aws.call("s3", "head_object", &json!({ "Bucket": data, "Key": "archive/a.csv" })).await;
    assert_eq!(kept["ContentLength"], 5, "{kept}");

    aws.call("cloudformation", "delete_stack", &json!({ "StackName": STACK })).await;
    assert_eq!(settled(&aws).await, None);
    aws.call("s3", "delete_object", &json!({ "Bucket": data, "Key": "archive/a.csv" })).await;
    for bucket in [&data, &inbox, &outbound] {
        aws.call("s3", "delete_bucket", &json!({ "Bucket": bucket })).await;
    }
    for table in tables {
        aws.call("dynamodb", "delete_table", &json!({ "TableName": table })).await;
    }
}
