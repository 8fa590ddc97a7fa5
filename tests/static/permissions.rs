//! The permissions of a state machine's role are exactly what its definition needs.
//!
//! Local AWS does not check these roles, so only this test would notice an error before the first run on AWS.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sluice_contract::{RunId, keys};
use sluice_tests::definition::{Machine, State};
use sluice_tests::template::{ACCOUNT, REGION, Stack, list, texts};

/// An action and its resource.
type Permission = (String, String);

/// A separate service delivers the logs of a state machine; its actions support no resources:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy>.
const LOG_DELIVERY: [&str; 8] = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
];

/// The actions of X-Ray support none either:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html>.
const TRACING: [&str; 4] =
    ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"];

/// What a machine needs, according to its definition, logging and tracing.
fn needed(machine: &Machine, stack: &Stack) -> BTreeSet<Permission> {
    let mut needed = BTreeSet::new();
    let mut need = |actions: &[&str], resource: &str| {
        needed.extend(actions.iter().map(|action| ((*action).to_owned(), resource.to_owned())));
    };
    for state in machine.states() {
        match (state.kind(), state.resource()) {
            ("Task", resource) if state.calls_function() => need(&["lambda:InvokeFunction"], resource),
            ("Task", "arn:aws:states:::states:startExecution.sync:2") => {
                let started = state.definition["Parameters"]["StateMachineArn"].as_str().unwrap();
                need(&["states:StartExecution"], started);
                // To wait for it, stop it, and receive its end: a rule that Step Functions manages.
                need(&["states:DescribeExecution", "states:StopExecution"], &executions(started));
                let rule = "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule";
                let rule = format!("arn:aws:events:{REGION}:{ACCOUNT}:{rule}");
                need(&["events:PutTargets", "events:PutRule", "events:DescribeRule"], &rule);
            }
            ("Task", other) => panic!("{}: the tests do not know {other}", state.name),
            ("Map", _) if state.definition["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE" => {}
            ("Map", _) => {
                // Its children are executions of the same machine.
                need(&["states:StartExecution"], &machine.arn);
                need(&["states:DescribeExecution", "states:StopExecution"], &executions(&machine.arn));
                need(&["s3:GetObject"], &items(&state, stack));
                let written =
                    ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"];
                need(&written, &map_results(&state));
            }
            _ => {}
        }
    }
    if machine.properties["LoggingConfiguration"]["Level"] != "OFF" {
        need(&LOG_DELIVERY, "*");
    }
    if machine.properties["TracingConfiguration"]["Enabled"] == true {
        need(&TRACING, "*");
    }
    needed
}

fn executions(machine: &str) -> String {
    format!("{}:*", machine.replace(":stateMachine:", ":execution:"))
}

/// The objects that a Map may read: `split` names them with the contract's keys.
fn items(map: &State<'_>, stack: &Stack) -> String {
    let parameters = &map.definition["ItemReader"]["Parameters"];
    let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
    let key = match parameters["Key.$"].as_str() {
        Some("$.split.manifest.key") => keys::manifest(&run),
        Some("$.split.scan.key") => keys::scan(&run),
        other => panic!("{}: the tests do not know {other:?}", map.name),
    };
    let data = &stack.resources["DataBucket"].properties["BucketName"].as_str().unwrap();
    format!("arn:aws:s3:::{data}/{}", key.replace(run.as_str(), "*"))
}

/// The prefix of a Map's results, up to the part that is filled in at run time.
fn map_results(map: &State<'_>) -> String {
    let parameters = &map.definition["ResultWriter"]["Parameters"];
    let prefix = parameters["Prefix.$"].as_str().unwrap();
    let fixed = prefix.strip_prefix("States.Format('").and_then(|rest| rest.split_once('{')).expect("a format").0;
    format!("arn:aws:s3:::{}/{fixed}*", parameters["Bucket"].as_str().unwrap())
}

/// What a role may do.
fn granted(role: &str, stack: &Stack) -> BTreeSet<Permission> {
    let mut granted = BTreeSet::new();
    for statement in stack.statements_of_role(role) {
        assert_eq!(statement["Effect"], "Allow");
        assert_eq!(statement.get("Condition"), None::<&Value>);
        for action in texts(&statement["Action"]) {
            granted.extend(texts(&statement["Resource"]).into_iter().map(|resource| (action.clone(), resource)));
        }
    }
    granted
}

#[test]
fn the_role_of_each_machine_may_do_what_its_definition_needs_and_nothing_more() {
    let stack = Stack::example();
    for machine in Machine::all(&stack) {
        let (needed, granted) = (needed(&machine, &stack), granted(&machine.role, &stack));
        let missing: Vec<_> = needed.difference(&granted).collect();
        let surplus: Vec<_> = granted.difference(&needed).collect();
        assert!(missing.is_empty(), "{}: its role lacks {missing:#?}", machine.name);
        assert!(surplus.is_empty(), "{}: its role has, and does not need, {surplus:#?}", machine.name);
    }
}

#[test]
fn no_two_machines_and_no_two_functions_share_a_role() {
    let stack = Stack::example();
    let mut roles = BTreeSet::new();
    let machines = Machine::all(&stack).into_iter().map(|machine| machine.role);
    let functions = stack.of_kind("AWS::Lambda::Function");
    for role in machines.chain(functions.map(|(_, function)| function.properties["Role"].as_str().unwrap().to_owned()))
    {
        assert!(roles.insert(role.clone()), "{role}");
    }
}

#[test]
fn each_role_can_be_taken_on_by_one_service_alone_and_for_this_stack_alone() {
    let stack = Stack::example();
    for (id, role) in stack.of_kind("AWS::IAM::Role") {
        let statements = list(&role.properties["AssumeRolePolicyDocument"]["Statement"]);
        assert_eq!(statements.len(), 1, "{id}");
        let service = statements[0]["Principal"]["Service"].as_str().unwrap();
        let is_of = |role: &str| role.ends_with(&format!("/{id}"));
        let of_machine = Machine::all(&stack).iter().any(|machine| is_of(&machine.role));
        let of_rule = stack.of_kind("AWS::Events::Rule").find(|(_, rule)| {
            list(&rule.properties["Targets"]).iter().any(|target| target["RoleArn"].as_str().is_some_and(is_of))
        });
        let condition = &statements[0]["Condition"];
        let from = |operator: &str, arn: String| json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT }, operator: { "aws:SourceArn": arn } });
        match of_rule {
            _ if of_machine => {
                assert_eq!(service, "states.amazonaws.com", "{id}");
                // All machines of the stack, and their Maps.
                let machines = format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{}-*", stack.name);
                assert_eq!(condition, &from("ArnLike", machines), "{id}");
            }
            Some((_, rule)) => {
                assert_eq!(service, "events.amazonaws.com", "{id}");
                let name = rule.properties["Name"].as_str().unwrap();
                let rule = format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}");
                assert_eq!(condition, &from("ArnEquals", rule), "{id}");
            }
            // Nobody can pass a role to a function of another account, and Lambda documents no source of its own calls.
            None => {
                assert_eq!(service, "lambda.amazonaws.com", "{id}");
                assert!(condition.is_null(), "{id}");
            }
        }
    }
    for machine in Machine::all(&stack) {
        assert!(machine.arn.contains(&format!(":stateMachine:{}-", stack.name)), "{}", machine.arn);
    }
}
