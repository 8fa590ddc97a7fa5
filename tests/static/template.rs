//! The template: least privilege, encryption, no lost failures, and room for two stacks.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sluice_tests::template::{Resource, Stack, expanded, list, physical_name, texts};

/// Why an action may be allowed on `*`.
const NO_RESOURCE_TO_NAME: [(&str, &str); 3] = [
    ("logs:", "AWS knows no resources for the actions of log delivery"),
    ("xray:", "AWS knows no resources for the actions of X-Ray"),
    ("ses:SendEmail", "SES asks for identities of sender and recipients; a condition fixes the sender"),
];

/// Every role's statements, with the role's logical id.
fn statements(stack: &Stack) -> Vec<(String, Value)> {
    let roles = stack.of_kind("AWS::IAM::Role");
    let of_roles =
        roles.flat_map(|(id, _)| stack.statements_of_role(id).into_iter().map(|statement| (id.clone(), statement)));
    let policies = stack.of_kind("AWS::IAM::ManagedPolicy");
    let of_policies = policies.flat_map(|(id, policy)| {
        list(&policy.properties["PolicyDocument"]["Statement"]).iter().map(|statement| (id.clone(), statement.clone()))
    });
    of_roles.chain(of_policies).collect()
}

#[test]
fn no_role_may_do_any_action_at_all() {
    for (id, statement) in statements(&Stack::example()) {
        assert_eq!(statement["Effect"], "Allow", "{id}");
        for field in ["NotAction", "NotResource"] {
            assert!(statement.get(field).is_none(), "{id}: {field}");
        }
        for action in texts(&statement["Action"]) {
            assert!(!action.contains('*'), "{id}: {action}");
        }
    }
}

#[test]
fn a_resource_is_named_wherever_a_name_can_stand() {
    for (id, statement) in statements(&Stack::example()) {
        for resource in texts(&statement["Resource"]) {
            if resource != "*" {
                // Resources are limited to a prefix of a bucket, a table name prefix, or executions of one
                // machine.
                let named = resource.splitn(6, ':').nth(5).unwrap();
                let fixed = named.split('*').next().unwrap();
                assert!(
                    fixed.contains("sluice-")
                        || fixed.ends_with("log-group:/aws/lambda/sluice:")
                        || fixed.ends_with("secret:sluice/connections/")
                        || fixed.contains("event-bus/default")
                        || fixed.contains("rule/StepFunctions"),
                    "{id}: {resource}"
                );
                continue;
            }
            for action in texts(&statement["Action"]) {
                let reason = NO_RESOURCE_TO_NAME.iter().find(|(prefix, _)| action.starts_with(prefix));
                assert!(reason.is_some(), "{id}: {action} on every resource");
                if action.starts_with("ses:") {
                    let sender = &statement["Condition"]["StringEqualsIfExists"]["ses:FromAddress"];
                    assert_eq!(sender, "sluice@example.com", "{id}");
                }
            }
        }
    }
}

#[test]
fn producers_may_put_into_the_inbox_and_nothing_else() {
    let stack = Stack::example();
    let policy = &stack.resources["ProducerPolicy"].properties["PolicyDocument"]["Statement"];
    let inbox = stack.resources["InboxBucket"].properties["BucketName"].as_str().unwrap();
    for statement in list(policy) {
        assert_eq!(texts(&statement["Resource"]), [format!("arn:aws:s3:::{inbox}/inbox/*")]);
        let allowed = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];
        assert_eq!(texts(&statement["Action"]), allowed);
    }
}

#[test]
fn only_import_may_write_to_the_targets() {
    for (id, statement) in statements(&Stack::example()) {
        for resource in texts(&statement["Resource"]).iter().filter(|resource| resource.contains("-target-")) {
            let looks = ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"];
            let expected: &[&str] = match (id.as_str(), resource.contains(":sqs:")) {
                ("ImportRole", false) => &["dynamodb:PutItem", "dynamodb:UpdateItem"],
                ("ImportRole", true) if texts(&statement["Action"]).len() == 1 => &["sqs:SendMessage"],
                ("ValidateRole" | "GateRole", false) => &["dynamodb:BatchGetItem"],
                (_, false) => &["dynamodb:DescribeTable"],
                (_, true) => &looks,
            };
            assert_eq!(texts(&statement["Action"]), expected, "{id}");
        }
    }
}

/// What was sent is not sent again. So a message must outlive a consumer that fails over a weekend and longer, and one that cannot be
/// handled must not disappear. SQS counts the age of a message in a dead-letter queue from when it was sent to the first queue, except
/// for FIFO queues:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>.
#[test]
fn a_queue_that_feeds_may_name_loses_no_message_soon() {
    const DAY: u64 = 24 * 60 * 60;
    let stack = Stack::new("sluice", &[("Sender", "a@example.com"), ("SampleTables", "true")]);
    let days = |queue: &Resource| queue.properties["MessageRetentionPeriod"].as_u64().unwrap() / DAY;
    let mut seen = 0;
    for (id, resource) in stack.of_kind("AWS::SQS::Queue") {
        if !resource.properties["QueueName"].as_str().unwrap().starts_with("sluice-target-") {
            continue;
        }
        let redrive = &resource.properties["RedrivePolicy"];
        let (dead_id, dead) = queue(&stack, redrive["deadLetterTargetArn"].as_str().unwrap());
        assert!((3..=10).contains(&redrive["maxReceiveCount"].as_u64().unwrap()), "{id}");
        assert_eq!(
            dead.properties.get("FifoQueue"),
            resource.properties.get("FifoQueue"),
            "{id}: SQS wants the same kind"
        );
        assert_eq!(dead.properties["MaximumMessageSize"], resource.properties["MaximumMessageSize"], "{id}");
        assert_eq!(dead.properties["SqsManagedSseEnabled"], true, "{dead_id}");
        let name = dead.properties["QueueName"].as_str().unwrap();
        assert!(!name.starts_with("sluice-target-"), "{dead_id}: a feed could name it");
        assert!(days(resource) >= 7, "{id}");
        assert_eq!(days(dead), 14, "{dead_id}: the longest that SQS has, and longer than {id}");
        seen += 1;
    }
    assert_eq!(seen, 1);
}

#[test]
fn only_pin_may_delete_and_only_from_the_inbox() {
    let stack = Stack::example();
    let inbox = stack.resources["InboxBucket"].properties["BucketName"].as_str().unwrap();
    for (id, statement) in statements(&stack) {
        if texts(&statement["Action"]).iter().any(|action| action.starts_with("s3:Delete")) {
            assert_eq!(id, "PinRole");
            assert_eq!(texts(&statement["Resource"]), [format!("arn:aws:s3:::{inbox}/inbox/*")]);
        }
    }
}

#[test]
fn buckets_are_encrypted_closed_and_reached_by_tls_only() {
    let stack = Stack::example();
    for (id, bucket) in stack.of_kind("AWS::S3::Bucket") {
        let properties = &bucket.properties;
        assert!(!list(&properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]).is_empty(), "{id}");
        for block in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
            assert_eq!(properties["PublicAccessBlockConfiguration"][block], true, "{id}: {block}");
        }
        let name = properties["BucketName"].as_str().unwrap();
        let mut policies = stack.of_kind("AWS::S3::BucketPolicy");
        let (_, policy) =
            policies.find(|(_, policy)| policy.properties["Bucket"] == name).unwrap_or_else(|| panic!("{id}"));
        let statements = list(&policy.properties["PolicyDocument"]["Statement"]);
        let arn = format!("arn:aws:s3:::{name}");
        let tls_only = statements.iter().any(|statement| {
            (&statement["Effect"], &statement["Principal"], &statement["Action"])
                == (&"Deny".into(), &"*".into(), &"s3:*".into())
                && texts(&statement["Resource"]) == [arn.clone(), format!("{arn}/*")]
                && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
        });
        assert!(tls_only, "{id}");
        let rules = list(&properties["LifecycleConfiguration"]["Rules"]);
        assert!(rules.iter().any(|rule| rule.get("AbortIncompleteMultipartUpload").is_some()), "{id}");
    }
}

#[test]
fn the_inbox_is_versioned_and_sends_events_about_uploads() {
    let stack = Stack::example();
    let inbox = &stack.resources["InboxBucket"].properties;
    assert_eq!(inbox["VersioningConfiguration"]["Status"], "Enabled");
    assert_eq!(inbox["NotificationConfiguration"]["EventBridgeConfiguration"]["EventBridgeEnabled"], true);
}

#[test]
fn tables_are_encrypted_recoverable_and_paid_by_use() {
    for (id, table) in Stack::example().of_kind("AWS::DynamoDB::Table") {
        let properties = &table.properties;
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{id}");
        assert_eq!(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true, "{id}");
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{id}");
    }
}

#[test]
fn provisioned_tables_scale_with_all_their_indexes() {
    let parameters = [("Sender", "a@example.com"), ("TableCapacity", "5"), ("TableMaxCapacity", "200")];
    let stack = Stack::new("sluice", &parameters);
    let units = json!({ "ReadCapacityUnits": "5", "WriteCapacityUnits": "5" });
    let mut expected = BTreeSet::new();
    for id in ["RunsTable", "RejectsTable"] {
        let table = &stack.resources[id].properties;
        assert_eq!((&table["BillingMode"], &table["ProvisionedThroughput"]), (&"PROVISIONED".into(), &units), "{id}");
        let name = table["TableName"].as_str().unwrap();
        let mut scaled = vec![("table", format!("table/{name}"))];
        for index in list(&table["GlobalSecondaryIndexes"]) {
            assert_eq!(index["ProvisionedThroughput"], units, "{id}: {}", index["IndexName"]);
            scaled.push(("index", format!("table/{name}/index/{}", index["IndexName"].as_str().unwrap())));
        }
        for (kind, resource) in scaled {
            expected
                .extend(["Read", "Write"].map(|of| (resource.clone(), format!("dynamodb:{kind}:{of}CapacityUnits"))));
        }
    }
    let mut found = BTreeSet::new();
    for (id, target) in stack.of_kind("AWS::ApplicationAutoScaling::ScalableTarget") {
        let target = &target.properties;
        assert_eq!((&target["MinCapacity"], &target["MaxCapacity"]), (&"5".into(), &"200".into()), "{id}");
        let dimension = target["ScalableDimension"].as_str().unwrap();
        let mut policies = stack.of_kind("AWS::ApplicationAutoScaling::ScalingPolicy");
        let (_, policy) = policies.find(|(_, policy)| policy.properties["ScalingTargetId"] == id.as_str()).unwrap();
        let tracked = &policy.properties["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"];
        let of = if dimension.contains("Read") { "Read" } else { "Write" };
        assert_eq!(tracked["PredefinedMetricType"], format!("DynamoDB{of}CapacityUtilization"), "{id}");
        found.insert((target["ResourceId"].as_str().unwrap().to_owned(), dimension.to_owned()));
    }
    assert_eq!(found, expected);
    assert_eq!(Stack::example().of_kind("AWS::ApplicationAutoScaling::ScalableTarget").count(), 0);
}

#[test]
fn deleting_the_stack_loses_no_data() {
    let stack = Stack::example();
    for id in ["InboxBucket", "DataBucket", "OutboundBucket", "RunsTable", "RejectsTable"] {
        let raw = &stack.resources[id].raw;
        assert_eq!(raw["DeletionPolicy"], "RetainExceptOnCreate", "{id}");
        assert_eq!(raw["UpdateReplacePolicy"], "Retain", "{id}");
    }
}

#[test]
fn every_function_logs_to_the_group_of_its_stack_alone_and_has_a_trace_and_its_time() {
    let stack = Stack::example();
    assert_retained(&stack, "/aws/lambda/sluice");
    let functions: Vec<_> = stack.of_kind("AWS::Lambda::Function").collect();
    assert_eq!(functions.len(), 14);
    for (id, function) in functions {
        let properties = &function.properties;
        assert_eq!(properties["TracingConfig"]["Mode"], "Active", "{id}");
        assert_eq!(properties["LoggingConfig"]["LogFormat"], "JSON", "{id}");
        assert!(properties["Timeout"].as_u64().unwrap() <= 900, "{id}");
        assert_eq!(
            (&properties["Runtime"], &properties["Handler"]),
            (&"provided.al2023".into(), &"bootstrap".into()),
            "{id}"
        );
        assert_eq!(properties["LoggingConfig"]["LogGroup"], "/aws/lambda/sluice", "{id}");
        // A role created by the transform could write to any log group.
        let may = stack.statements_of_role(properties["Role"].as_str().unwrap());
        let writes = |statement: &&Value| texts(&statement["Action"]).iter().any(|action| action.starts_with("logs:"));
        let groups: Vec<String> = may.iter().filter(writes).flat_map(|s| texts(&s["Resource"])).collect();
        assert_eq!(groups.len(), 1, "{id}: {groups:?}");
        assert!(groups[0].ends_with(":log-group:/aws/lambda/sluice:*"), "{id}: {groups:?}");
    }
}

#[test]
fn every_machine_logs_to_the_group_of_its_stack_and_has_a_trace_and_logs_no_data() {
    let stack = Stack::example();
    assert_retained(&stack, "/aws/vendedlogs/states/sluice");
    for (id, machine) in stack.of_kind("AWS::StepFunctions::StateMachine") {
        let logging = &machine.properties["LoggingConfiguration"];
        assert_eq!(machine.properties["TracingConfiguration"]["Enabled"], true, "{id}");
        assert_eq!(logging["IncludeExecutionData"], false, "{id}");
        let arn = logging["Destinations"][0]["CloudWatchLogsLogGroup"]["LogGroupArn"].as_str().unwrap();
        assert!(arn.ends_with(":log-group:/aws/vendedlogs/states/sluice:*"), "{id}: {arn}");
    }
}

fn assert_retained(stack: &Stack, group: &str) {
    let (_, group) = stack
        .of_kind("AWS::Logs::LogGroup")
        .find(|(_, candidate)| candidate.properties["LogGroupName"] == group)
        .unwrap_or_else(|| panic!("there is no log group {group}"));
    assert!(!group.properties["RetentionInDays"].is_null());
}

#[test]
fn what_eventbridge_cannot_deliver_ends_in_a_queue() {
    let stack = Stack::example();
    let rules = || stack.of_kind("AWS::Events::Rule");
    let targets = || rules().flat_map(|(_, rule)| list(&rule.properties["Targets"]));
    let of_queue = |arn: &str| targets().filter(|target| target["DeadLetterConfig"]["Arn"] == arn).count();
    for (id, rule) in stack.of_kind("AWS::Events::Rule") {
        for target in list(&rule.properties["Targets"]) {
            let (queue_id, queue) =
                queue(&stack, target["DeadLetterConfig"]["Arn"].as_str().unwrap_or_else(|| panic!("{id}")));
            // The rule may send to the queue, and only rules with this queue may.
            let url = format!("https://sqs/{}", queue.properties["QueueName"].as_str().unwrap());
            let mut policies = stack.of_kind("AWS::SQS::QueuePolicy");
            let policy = policies.find(|(_, policy)| texts(&policy.properties["Queues"]) == [url.clone()]);
            let statement = &policy.unwrap_or_else(|| panic!("{queue_id} has no policy")).1.properties["PolicyDocument"]
                ["Statement"][0];
            assert_eq!(statement["Principal"]["Service"], "events.amazonaws.com", "{queue_id}");
            let arns = texts(&statement["Condition"]["ArnEquals"]["aws:SourceArn"]);
            let is = |arn: &String| arn.ends_with(rule.properties["Name"].as_str().unwrap());
            assert!(arns.iter().any(is), "{queue_id}: {arns:?}");
            assert_eq!(arns.len(), of_queue(target["DeadLetterConfig"]["Arn"].as_str().unwrap()), "{queue_id}");
        }
    }
}

#[test]
fn a_failed_asynchronous_call_ends_in_a_queue() {
    let stack = Stack::example();
    let rules = stack.of_kind("AWS::Events::Rule");
    let called: BTreeSet<String> = rules
        .flat_map(|(_, rule)| list(&rule.properties["Targets"]))
        .map(|target| target["Arn"].as_str().unwrap())
        .filter(|arn| arn.contains(":function:"))
        .map(|arn| arn.rsplit(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        called,
        BTreeSet::from(["sluice-dataset", "sluice-intake", "sluice-report", "sluice-sweep"].map(str::to_owned))
    );
    for function in called {
        let mut configs = stack.of_kind("AWS::Lambda::EventInvokeConfig");
        let (id, config) = configs
            .find(|(_, config)| config.properties["FunctionName"] == function.as_str())
            .unwrap_or_else(|| panic!("what {function} fails would be dropped"));
        assert_eq!(config.properties["MaximumRetryAttempts"], 2, "{id}");
        let arn = config.properties["DestinationConfig"]["OnFailure"]["Destination"].as_str().unwrap();
        queue(&stack, arn);
        // Lambda sends in the name of the function.
        let mut functions = stack.of_kind("AWS::Lambda::Function");
        let (_, function) =
            functions.find(|(_, candidate)| candidate.properties["FunctionName"] == function.as_str()).unwrap();
        let statements = stack.statements_of_role(function.properties["Role"].as_str().unwrap());
        let may =
            statements.iter().any(|s| texts(&s["Action"]) == ["sqs:SendMessage"] && texts(&s["Resource"]) == [arn]);
        assert!(may, "{id}");
    }
}

#[test]
fn each_rule_may_call_its_function_or_machine_and_only_this_one() {
    let stack = Stack::example();
    for (id, rule) in stack.of_kind("AWS::Events::Rule") {
        for target in list(&rule.properties["Targets"]) {
            if let Some(role) = target["RoleArn"].as_str() {
                let statements = stack.statements_of_role(role);
                assert_eq!(statements.len(), 1, "{id}");
                assert_eq!(texts(&statements[0]["Action"]), ["states:StartExecution"], "{id}");
                assert_eq!(texts(&statements[0]["Resource"]), [target["Arn"].as_str().unwrap()], "{id}");
                continue;
            }
            if target["Arn"].as_str().unwrap().contains(":sns:") {
                continue;
            }
            let allowed = stack.of_kind("AWS::Lambda::Permission").any(|(_, permission)| {
                let permission = &permission.properties;
                target["Arn"].as_str().unwrap().ends_with(&format!(":{}", permission["FunctionName"].as_str().unwrap()))
                    && permission["Principal"] == "events.amazonaws.com"
                    && permission["SourceArn"].as_str().unwrap().ends_with(rule.properties["Name"].as_str().unwrap())
            });
            assert!(allowed, "{id}");
        }
    }
}

#[test]
fn every_queue_is_encrypted_and_watched() {
    // Without the sample queues, which others read.
    let stack = Stack::new("sluice", &[("Sender", "sluice@example.com")]);
    let queues: Vec<_> = stack.of_kind("AWS::SQS::Queue").collect();
    assert_eq!(queues.len(), 2, "one for events that were not delivered, one for calls that failed");
    for (id, queue) in queues {
        assert_eq!(queue.properties["SqsManagedSseEnabled"], true, "{id}");
        let name = &queue.properties["QueueName"];
        let alarm = stack.of_kind("AWS::CloudWatch::Alarm").find(|(_, alarm)| {
            let alarm = &alarm.properties;
            alarm["MetricName"] == "ApproximateNumberOfMessagesVisible" && &alarm["Dimensions"][0]["Value"] == name
        });
        let (_, alarm) = alarm.unwrap_or_else(|| panic!("nobody watches {id}"));
        assert_eq!(alarm.properties["Threshold"], 0, "{id}");
        assert_eq!(alarm.properties["ComparisonOperator"], "GreaterThanThreshold", "{id}");
        assert_eq!(list(&alarm.properties["AlarmActions"]).len(), 1, "{id}");
        let says = alarm.properties["AlarmDescription"].as_str().unwrap();
        assert!(says.contains("Remove the cause"), "{id}: {says}");
        assert!(says.len() <= 1024, "{id}: CloudWatch takes no longer description");
    }
}

/// R11: alarms and failed executions reach operators even if mails fail.
#[test]
fn operators_are_notified_of_every_alarm_and_every_failed_execution() {
    for stack in [Stack::example(), Stack::new("sluice", &[("Sender", "a@example.com")])] {
        let topic = stack.outputs["OperatorsTopic"].clone();
        for (id, alarm) in stack.of_kind("AWS::CloudWatch::Alarm") {
            assert_eq!(list(&alarm.properties["AlarmActions"]), std::slice::from_ref(&topic), "{id}");
        }
        let rule = &stack.resources["OperatorsRule"].properties;
        assert_eq!(rule["EventPattern"], stack.resources["RunFailedRule"].properties["EventPattern"]);
        assert_eq!(rule["Targets"][0]["Arn"], topic);
        let unheard = &stack.resources["UnheardRule"].properties;
        assert_eq!(unheard["Targets"][0]["Arn"], topic);
        // Only these services may publish; of alarms, only those of the stack.
        let policy = &stack.resources["OperatorsTopicPolicy"].properties;
        assert_eq!(texts(&policy["Topics"]), texts(&topic));
        let mut allowed = BTreeSet::new();
        for statement in list(&policy["PolicyDocument"]["Statement"]) {
            assert_eq!((&statement["Action"], &statement["Resource"]), (&"sns:Publish".into(), &topic));
            if statement["Effect"] == "Allow" {
                let services = texts(&statement["Principal"]["Service"]);
                if services == ["events.amazonaws.com"] {
                    // EventBridge cannot publish under a condition, nor should its target have a role:
                    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
                    assert!(statement.get("Condition").is_none(), "{statement}");
                } else {
                    let source = statement["Condition"].to_string();
                    assert!(source.contains("aws:SourceArn") && source.contains("sluice-"), "{source}");
                }
                allowed.extend(services);
            }
        }
        assert_eq!(allowed, BTreeSet::from(["cloudwatch.amazonaws.com", "events.amazonaws.com"].map(str::to_owned)));
        let subscribed = stack.of_kind("AWS::SNS::Subscription").count();
        assert_eq!(
            subscribed,
            usize::from(stack.resources.contains_key("SampleProductsTable")),
            "AlarmEmail is optional"
        );
    }
}

#[test]
fn a_rule_that_publishes_has_no_role() {
    let stack = Stack::example();
    let rules = stack.of_kind("AWS::Events::Rule").flat_map(|(_, rule)| list(&rule.properties["Targets"]));
    let topics: Vec<&Value> = rules.filter(|target| target["Arn"].as_str().unwrap().contains(":sns:")).collect();
    assert_eq!(topics.len(), 4);
    for target in topics {
        assert!(target.get("RoleArn").is_none(), "the topic's policy lets EventBridge publish: {target}");
    }
}

/// R11: an alarm is silent about a second failure while it is still in ALARM because of the first. A rule is not.
#[test]
fn operators_get_a_message_of_each_failed_execution_whatever_the_alarms_say() {
    let stack = Stack::example();
    let topic = &stack.outputs["OperatorsTopic"];
    let machines = sluice_tests::definition::Machine::all(&stack);
    // A chunk is a part of a run, whose end says what became of it.
    let started_alone: Vec<_> = machines.iter().filter(|machine| machine.name != "chunk-processor").collect();
    assert_eq!(started_alone.len(), 3);
    for machine in started_alone {
        let told = stack.of_kind("AWS::Events::Rule").filter(|(_, rule)| {
            let detail = &rule.properties["EventPattern"]["detail"];
            list(&rule.properties["Targets"]).iter().any(|target| &target["Arn"] == topic)
                && list(&detail["stateMachineArn"]).contains(&machine.arn.clone().into())
                && texts(&detail["status"]) == ["FAILED", "TIMED_OUT", "ABORTED"]
        });
        assert_eq!(told.count(), 1, "{}", machine.name);
    }
}

#[test]
fn the_sweep_comes_every_few_minutes_and_is_done_before_the_next() {
    let stack = Stack::example();
    let rule = &stack.resources["SweepRule"].properties;
    assert_eq!(rule["ScheduleExpression"], "rate(5 minutes)");
    let sweep = &stack.resources["SweepFunction"].properties;
    assert!(rule["Targets"][0]["Arn"].as_str().unwrap().ends_with(sweep["FunctionName"].as_str().unwrap()));
    assert!(sweep["Timeout"].as_u64().unwrap() < 5 * 60);
}

fn queue<'a>(stack: &'a Stack, arn: &str) -> (&'a String, &'a Resource) {
    let name = arn.rsplit(':').next().unwrap();
    let mut queues = stack.of_kind("AWS::SQS::Queue");
    queues
        .find(|(_, queue)| queue.properties["QueueName"] == name)
        .unwrap_or_else(|| panic!("{arn} is not a queue of the stack"))
}

#[test]
fn two_stacks_can_stand_in_one_account() {
    let names = |stack: &str| -> BTreeSet<String> {
        let stack = Stack::new(
            stack,
            &[("Sender", "a@example.com"), ("SampleTables", "true"), ("AlarmEmail", "a@example.com")],
        );
        let named = stack.resources.values().filter_map(|resource| {
            let name = resource.properties.get(physical_name(&resource.kind))?.as_str()?;
            Some(format!("{} {name}", resource.kind))
        });
        named.collect()
    };
    let (one, other) = (names("sluice"), names("second"));
    assert!(one.len() > 30, "{one:?}");
    let both: Vec<_> = one.intersection(&other).collect();
    assert!(both.is_empty(), "{both:?}");
}

#[test]
fn a_new_account_can_take_the_defaults() {
    let stack = Stack::new("sluice", &[("Sender", "a@example.com")]);
    for (id, function) in stack.of_kind("AWS::Lambda::Function") {
        // It has ten concurrent executions, none of which can be reserved.
        assert!(function.properties.get("ReservedConcurrentExecutions").is_none(), "{id}");
    }
    for machine in sluice_tests::definition::Machine::all(&stack) {
        for map in machine.states().into_iter().filter(|state| state.kind() == "Map") {
            assert!(map.definition["MaxConcurrency"].as_u64().unwrap() <= 8, "{}", map.name);
        }
    }
    assert!(stack.of_kind("AWS::DynamoDB::Table").all(|(id, _)| !id.starts_with("Sample")));
    let reserved = Stack::new(
        "sluice",
        &[("Sender", "a@example.com"), ("ImportReservedConcurrency", "2"), ("CheckReservedConcurrency", "6")],
    );
    for (id, executions) in [("ImportFunction", "2"), ("RestructureFunction", "6"), ("ValidateFunction", "6")] {
        assert_eq!(reserved.resources[id].properties["ReservedConcurrentExecutions"], executions, "{id}");
    }
}

#[test]
fn every_parameter_is_described_and_used() {
    let template = expanded();
    let everything = format!("{}{}", template["Resources"], template["Conditions"]);
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        assert!(parameter["Description"].is_string(), "{name}");
        let used =
            [format!("{{\"Ref\":\"{name}\"}}"), format!("${{{name}}}")].iter().any(|use_| everything.contains(use_));
        assert!(used, "{name} is set by people and read by nobody");
    }
}

#[test]
fn the_outputs_name_what_people_need() {
    let stack = Stack::example();
    for name in [
        "InboxBucket",
        "DataBucket",
        "OutboundBucket",
        "RunsTable",
        "RejectsTable",
        "TargetTablePrefix",
        "MainStateMachineArn",
        "ChunkProcessorArn",
        "RetryRejectsArn",
        "DatasetsTable",
        "JoinArn",
        "OperatorsTopic",
        "ProducerPolicy",
    ] {
        assert!(stack.outputs[name].is_string(), "{name}");
    }
}

#[test]
fn nothing_that_ships_knows_of_local_aws() {
    let mut shipped = vec!["template.yaml".to_owned()];
    for folder in ["crates", "statemachine", "feeds"] {
        files_in(&sluice_tests::root().join(folder), &mut shipped);
    }
    assert!(shipped.len() > 50);
    for file in shipped {
        // A workbook is no text.
        let text = String::from_utf8_lossy(&std::fs::read(sluice_tests::root().join(&file)).unwrap()).to_lowercase();
        for word in ["ministack", "localstack", "localhost", "127.0.0.1", "4566", "000000000000"] {
            assert!(!has_word(&text, word), "{file} knows of {word}");
        }
    }
}

/// Whether a word occurs in a text, but not within a longer one, because digests are full of numbers.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let around = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        ![around.0, around.1].iter().flatten().any(char::is_ascii_alphanumeric)
    })
}

fn files_in(folder: &std::path::Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_in(&path, files);
        } else {
            files.push(path.strip_prefix(sluice_tests::root()).unwrap().to_str().unwrap().to_owned());
        }
    }
}
