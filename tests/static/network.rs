//! Functions in a VPC, and outside of one.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sluice_tests::read;
use sluice_tests::template::{Stack, expanded, list, texts};

/// What Lambda needs for the network interfaces of a function:
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html>.
const INTERFACES: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

fn in_vpc() -> Stack {
    Stack::new(
        "sluice",
        &[
            ("Sender", "a@example.com"),
            ("SubnetIds", "subnet-0a,subnet-0b"),
            ("SecurityGroupIds", "sg-01"),
            ("KmsKeyArn", "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ],
    )
}

fn of_ec2(statement: &Value) -> bool {
    texts(&statement["Action"]).iter().any(|action| action.starts_with("ec2:"))
}

#[test]
fn every_function_is_in_the_vpc_that_is_named_and_only_lambda_may_make_its_interfaces() {
    let stack = in_vpc();
    for (id, function) in stack.of_kind("AWS::Lambda::Function") {
        let expected = json!({ "SubnetIds": ["subnet-0a", "subnet-0b"], "SecurityGroupIds": ["sg-01"] });
        assert_eq!(function.properties["VpcConfig"], expected, "{id}");
        let statements = stack.statements_of_role(function.properties["Role"].as_str().unwrap());
        let of_ec2: Vec<&Value> = statements.iter().filter(|statement| of_ec2(statement)).collect();
        let [statement] = of_ec2[..] else { panic!("{id}: {of_ec2:?}") };
        assert_eq!(texts(&statement["Action"]), INTERFACES, "{id}");
        // Calls of the code carry this key.
        assert_eq!(statement["Condition"], json!({ "Null": { "lambda:SourceFunctionArn": "true" } }), "{id}");
    }
}

#[test]
fn without_subnets_there_is_no_vpc_and_no_permission_for_one() {
    let stack = Stack::example();
    for (id, function) in stack.of_kind("AWS::Lambda::Function") {
        assert!(function.properties.get("VpcConfig").is_none(), "{id}");
        let statements = stack.statements_of_role(function.properties["Role"].as_str().unwrap());
        assert!(!statements.iter().any(of_ec2), "{id}");
    }
    let rule = &expanded()["Rules"]["VpcIsWhole"]["Assertions"][0];
    assert_eq!(rule["AssertDescription"], "SubnetIds and SecurityGroupIds go together.");
}

/// A server of MongoDB may be in a network where nothing else of Sluice is.
#[test]
fn the_function_with_the_driver_of_mongodb_can_be_in_a_vpc_of_its_own() {
    let of = |subnets: &str, groups: &str| {
        let parameters = [("Sender", "a@example.com"), ("SubnetIds", subnets), ("SecurityGroupIds", groups)];
        let own = [("MongodbSubnetIds", "subnet-0c"), ("MongodbSecurityGroupIds", "sg-02")];
        Stack::new("sluice", &[&parameters[..], &own].concat())
    };
    for (subnets, groups) in [("", ""), ("subnet-0a", "sg-01")] {
        let stack = of(subnets, groups);
        for (id, function) in stack.of_kind("AWS::Lambda::Function") {
            let is_own = id == "ImportMongodbFunction";
            let expected = json!({ "SubnetIds": ["subnet-0c"], "SecurityGroupIds": ["sg-02"] });
            assert_eq!(function.properties.get("VpcConfig") == Some(&expected), is_own, "{id}");
            let statements = stack.statements_of_role(function.properties["Role"].as_str().unwrap());
            let of_ec2 = statements.iter().filter(|statement| of_ec2(statement)).count();
            assert_eq!(of_ec2, usize::from(is_own || !subnets.is_empty()), "{id}");
        }
    }
    let rule = &expanded()["Rules"]["MongodbVpcIsWhole"]["Assertions"][0];
    assert_eq!(rule["AssertDescription"], "MongodbSubnetIds and MongodbSecurityGroupIds go together.");
}

/// The page says of each service that a function may use how it is reached.
#[test]
fn the_page_names_the_endpoint_of_every_service_that_the_functions_use() {
    let stack = in_vpc();
    let mut used = BTreeSet::new();
    for (_, function) in stack.of_kind("AWS::Lambda::Function") {
        for statement in stack.statements_of_role(function.properties["Role"].as_str().unwrap()) {
            let services = texts(&statement["Action"]);
            used.extend(services.iter().map(|action| action.split_once(':').unwrap().0.to_owned()));
        }
    }
    let page = read("docs/network.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(":`"));
    let named: BTreeSet<String> = rows.map(|(service, _)| service.to_owned()).collect();
    assert_eq!(named, used);
    assert!(
        list(&expanded()["Parameters"]["SubnetIds"]["Description"])[0].as_str().unwrap().contains("docs/network.md")
    );
}
