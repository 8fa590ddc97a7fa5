//! `template.yaml` as a stack: expanded by the serverless transform, with all intrinsic functions resolved.
//!
//! It supports exactly the functions and attributes that the template uses and panics on any other, because a
//! test over unresolved text would prove nothing.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

/// The account of stacks in these tests.
pub const ACCOUNT: &str = "111122223333";
/// The region of stacks in these tests.
pub const REGION: &str = "eu-central-1";

/// A stack, as AWS would create it.
#[derive(Debug)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its resources by logical id, without those whose condition is false.
    pub resources: BTreeMap<String, Resource>,
    /// Its outputs, by name.
    pub outputs: BTreeMap<String, Value>,
}

/// A resource of a stack.
#[derive(Debug)]
pub struct Resource {
    /// `AWS::…::…`
    pub kind: String,
    /// Its properties, resolved.
    pub properties: Value,
    /// The resource in the expanded template, with deletion policies and the like.
    pub raw: Value,
}

impl Stack {
    /// The stack with this name and these parameters. Everything optional is included.
    #[must_use]
    pub fn new(name: &str, parameters: &[(&str, &str)]) -> Self {
        let template = expanded();
        let resolver = Resolver::new(template, name, parameters);
        let resources = template["Resources"].as_object().unwrap();
        let resources = resources
            .iter()
            .filter(|(_, raw)| raw.get("Condition").is_none_or(|condition| resolver.holds(condition.as_str().unwrap())))
            .map(|(id, raw)| {
                let properties = resolver.resolve(&raw["Properties"]).unwrap_or_default();
                let kind = raw["Type"].as_str().unwrap().to_owned();
                (id.clone(), Resource { kind, properties, raw: raw.clone() })
            })
            .collect();
        let outputs = template["Outputs"].as_object().unwrap();
        let outputs =
            outputs.iter().map(|(name, output)| (name.clone(), resolver.resolve(&output["Value"]).unwrap())).collect();
        Self { name: name.to_owned(), resources, outputs }
    }

    /// The stack for most tests, with everything optional.
    #[must_use]
    pub fn example() -> Self {
        let everything = [
            ("Sender", "sluice@example.com"),
            ("AlarmEmail", "alarms@example.com"),
            ("SampleTables", "true"),
            ("ImportReservedConcurrency", "2"),
        ];
        Self::new("sluice", &everything)
    }

    /// The resources of a kind, with their logical ids.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Resource)> {
        self.resources.iter().filter(move |(_, resource)| resource.kind == kind)
    }

    /// What the role with this ARN may do: its own policies and the managed ones of the stack.
    #[must_use]
    pub fn statements_of_role(&self, arn: &str) -> Vec<Value> {
        let id = arn.rsplit('/').next().unwrap();
        let role = &self.resources[id].properties;
        let mut documents: Vec<&Value> =
            list(&role["Policies"]).iter().map(|policy| &policy["PolicyDocument"]).collect();
        for managed in list(&role["ManagedPolicyArns"]) {
            let id = managed.as_str().unwrap().rsplit('/').next().unwrap();
            let policy = self.resources.get(id).unwrap_or_else(|| panic!("{managed} is not a policy of this stack"));
            documents.push(&policy.properties["PolicyDocument"]);
        }
        documents.into_iter().flat_map(|document| list(&document["Statement"]).to_vec()).collect()
    }
}

/// The expanded template, unresolved.
#[must_use]
pub fn expanded() -> &'static Value {
    static EXPANDED: OnceLock<Value> = OnceLock::new();
    EXPANDED.get_or_init(|| {
        let script = crate::root().join("tools/expand_template.py");
        let ran = Command::new(crate::python()).arg(script).output().expect("python runs");
        assert!(ran.status.success(), "expanding template.yaml failed:\n{}", String::from_utf8_lossy(&ran.stderr));
        serde_json::from_slice(&ran.stdout).expect("the expanded template is JSON")
    })
}

/// A list, a single value as a list of one, or nothing.
#[must_use]
pub fn list(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// The texts of a list, or of a single value.
#[must_use]
pub fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(|text| text.as_str().unwrap_or_else(|| panic!("{text} is not text")).to_owned()).collect()
}

struct Resolver<'a> {
    template: &'a Value,
    values: BTreeMap<String, Value>,
}

impl<'a> Resolver<'a> {
    fn new(template: &'a Value, stack: &str, parameters: &[(&str, &str)]) -> Self {
        let mut values = BTreeMap::from(
            [
                ("AWS::StackName", stack),
                ("AWS::AccountId", ACCOUNT),
                ("AWS::Region", REGION),
                ("AWS::Partition", "aws"),
            ]
            .map(|(name, value)| (name.to_owned(), json!(value))),
        );
        for (name, parameter) in template["Parameters"].as_object().unwrap() {
            if let Some(default) = parameter.get("Default") {
                values.insert(name.clone(), json!(text(default)));
            }
        }
        for (name, value) in parameters {
            assert!(template["Parameters"].get(name).is_some(), "the template has no parameter {name}");
            values.insert((*name).to_owned(), json!(value));
        }
        Self { template, values }
    }

    /// The value, or `None` if it stands for nothing.
    fn resolve(&self, value: &Value) -> Option<Value> {
        Some(match value {
            Value::Array(items) => Value::Array(items.iter().filter_map(|item| self.resolve(item)).collect()),
            Value::Object(fields) => match function(fields) {
                Some(("Ref", argument)) if argument == "AWS::NoValue" => return None,
                Some(("Ref", argument)) => self.reference(argument.as_str().unwrap()),
                Some(("Fn::GetAtt", argument)) => self.attribute(&texts(argument)),
                Some(("Fn::Sub", argument)) => json!(self.substitute(argument.as_str().unwrap())),
                Some(("Fn::If", argument)) => {
                    let holds = self.holds(argument[0].as_str().unwrap());
                    return self.resolve(&argument[if holds { 1 } else { 2 }]);
                }
                Some(("Fn::Split", argument)) => {
                    let whole = text(&self.resolve(&argument[1]).unwrap());
                    json!(whole.split(argument[0].as_str().unwrap()).collect::<Vec<_>>())
                }
                Some(("Fn::FindInMap", argument)) => {
                    let keys: Vec<String> =
                        list(argument).iter().map(|key| text(&self.resolve(key).unwrap())).collect();
                    let [map, row, column] = &keys[..] else { panic!("{argument}") };
                    let value = &self.template["Mappings"][map][row][column];
                    assert!(!value.is_null(), "no {keys:?} in the mappings");
                    json!(text(value))
                }
                Some((name, _)) => panic!("the tests do not know {name}"),
                None => {
                    let fields = fields.iter().filter_map(|(name, value)| Some((name.clone(), self.resolve(value)?)));
                    Value::Object(fields.collect())
                }
            },
            plain => plain.clone(),
        })
    }

    fn holds(&self, condition: &str) -> bool {
        self.test(&self.template["Conditions"][condition])
    }

    fn test(&self, condition: &Value) -> bool {
        match function(condition.as_object().unwrap()) {
            Some(("Fn::Not", argument)) => !self.test(&argument[0]),
            Some(("Fn::And", argument)) => list(argument).iter().all(|one| self.test(one)),
            Some(("Fn::Equals", argument)) => {
                text(&self.resolve(&argument[0]).unwrap()) == text(&self.resolve(&argument[1]).unwrap())
            }
            other => panic!("the tests do not know the condition {other:?}"),
        }
    }

    fn reference(&self, name: &str) -> Value {
        if let Some(value) = self.values.get(name) {
            return value.clone();
        }
        match self.template["Resources"][name]["Type"].as_str() {
            Some("AWS::StepFunctions::StateMachine" | "AWS::SNS::Topic" | "AWS::IAM::ManagedPolicy") => {
                self.attribute(&[name.to_owned(), "Arn".to_owned()])
            }
            Some("AWS::SQS::Queue") => json!(format!("https://sqs/{}", self.name_of(name))),
            // AWS chooses their ids.
            Some("AWS::ApplicationAutoScaling::ScalableTarget" | "AWS::Backup::BackupPlan") => json!(name),
            Some(_) => json!(self.name_of(name)),
            None => panic!("{name} is neither a parameter nor a resource"),
        }
    }

    fn attribute(&self, path: &[String]) -> Value {
        let [id, attribute] = path else { panic!("{path:?}") };
        let kind =
            self.template["Resources"][id.as_str()]["Type"].as_str().unwrap_or_else(|| panic!("no resource {id}"));
        if matches!((kind, attribute.as_str()), ("AWS::SQS::Queue", "QueueName")) {
            return json!(self.name_of(id));
        }
        assert_eq!(attribute, "Arn", "the tests do not know {id}.{attribute}");
        let here = |service: &str, resource: String| format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}");
        let name = || self.name_of(id);
        json!(match kind {
            "AWS::S3::Bucket" => format!("arn:aws:s3:::{}", name()),
            "AWS::DynamoDB::Table" => here("dynamodb", format!("table/{}", name())),
            "AWS::Events::Rule" => here("events", format!("rule/{}", name())),
            "AWS::IAM::ManagedPolicy" => format!("arn:aws:iam::{ACCOUNT}:policy/{id}"),
            "AWS::IAM::Role" => format!("arn:aws:iam::{ACCOUNT}:role/{id}"),
            "AWS::Lambda::Function" => here("lambda", format!("function:{}", name())),
            "AWS::Logs::LogGroup" => here("logs", format!("log-group:{}:*", name())),
            "AWS::SNS::Topic" => here("sns", name()),
            "AWS::SQS::Queue" => here("sqs", name()),
            "AWS::StepFunctions::StateMachine" => here("states", format!("stateMachine:{}", name())),
            _ => panic!("the tests do not know the ARN of {kind}"),
        })
    }

    /// The physical name of a resource.
    fn name_of(&self, id: &str) -> String {
        let resource = &self.template["Resources"][id];
        let property = physical_name(resource["Type"].as_str().unwrap());
        let name = &resource["Properties"][property];
        assert!(!name.is_null(), "{id} has no {property}: a reference to it cannot be resolved here");
        text(&self.resolve(name).unwrap())
    }

    fn substitute(&self, template: &str) -> String {
        replace_variables(template, |name| match name.split_once('.') {
            Some((id, attribute)) => text(&self.attribute(&[id.to_owned(), attribute.to_owned()])),
            None => text(&self.reference(name)),
        })
    }
}

/// The property with the physical name of a resource of this kind.
#[must_use]
pub fn physical_name(kind: &str) -> &'static str {
    match kind {
        "AWS::Backup::BackupVault" => "BackupVaultName",
        "AWS::CloudWatch::Alarm" => "AlarmName",
        "AWS::CloudWatch::Dashboard" => "DashboardName",
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::Events::Rule" | "AWS::Logs::QueryDefinition" => "Name",
        "AWS::IAM::ManagedPolicy" => "ManagedPolicyName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::Lambda::Function" => "FunctionName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::S3::Bucket" => "BucketName",
        "AWS::SNS::Topic" => "TopicName",
        "AWS::SQS::Queue" => "QueueName",
        "AWS::StepFunctions::StateMachine" => "StateMachineName",
        _ => "",
    }
}

/// Replaces each `${name}`.
pub fn replace_variables(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut parts = template.split("${");
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or_else(|| panic!("unclosed ${{ in {template}"));
        replaced.push_str(&value(name));
        replaced.push_str(rest);
    }
    replaced
}

/// The intrinsic function that an object represents.
fn function(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = fields.iter().next().filter(|_| fields.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name, argument))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
