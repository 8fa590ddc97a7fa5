//! A deployed stack and its parts.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::Output;
use sluice_platform::Settings;
use sluice_platform::aws::AwsFailure;

/// How often the stack is requested. It is the first request of every command, so a missing network should
/// show quickly.
const ATTEMPTS: u32 = 2;

/// The parts of a stack that an import needs, from the outputs of its template.
#[derive(Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Where uploads go.
    pub inbox_bucket: String,
    /// Where outputs are written.
    pub data_bucket: String,
    /// The ledger.
    pub runs_table: String,
    /// The index of rejects.
    pub rejects_table: String,
    /// The prefix of target table names.
    pub target_table_prefix: String,
    /// The main orchestrator.
    pub main_state_machine_arn: String,
    /// The state machine that retries rejects; missing in stacks of earlier releases.
    pub retry_rejects_arn: Option<String>,
    /// Its status, such as `CREATE_COMPLETE`.
    pub status: String,
    /// Its parameters.
    pub parameters: HashMap<String, String>,
}

/// Why the parts of a stack could not be found.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// No region is configured.
    #[error("no AWS region is set")]
    NoRegion,
    /// There is no such stack in the region.
    #[error("there is no stack {name:?} in the region {region} of the account that the credentials belong to")]
    Unknown {
        /// The stack.
        name: String,
        /// The region.
        region: String,
    },
    /// CloudFormation did not answer, or refused to.
    #[error("failed to ask CloudFormation in {region} for the stack {name:?}")]
    NotReadable {
        /// The stack.
        name: String,
        /// The region.
        region: String,
        /// The error of CloudFormation, or of the request.
        source: AwsFailure,
    },
    /// It is not a stack of Sluice.
    #[error("the stack {name:?} has no output {output}: is it a stack of Sluice?")]
    NoOutput {
        /// The stack.
        name: String,
        /// The output that is missing.
        output: &'static str,
    },
}

impl StackError {
    /// What to do about it, unless the underlying AWS error says so.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::NoRegion => {
                Some("Set AWS_REGION, such as eu-central-1, or use --region, or give the profile a region.")
            }
            Self::Unknown { .. } | Self::NoOutput { .. } => Some(
                "Name the stack with --stack or SLUICE_STACK, its region with --region or AWS_REGION and its account with --profile or \
                 AWS_PROFILE. The stacks of a region: aws cloudformation describe-stacks --query 'Stacks[].StackName'",
            ),
            Self::NotReadable { .. } => None,
        }
    }
}

impl Stack {
    /// Queries CloudFormation.
    pub async fn find(config: &SdkConfig, name: &str) -> Result<Self, StackError> {
        let region = config.region().ok_or(StackError::NoRegion)?.to_string();
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
        let client = Client::from_conf(Builder::from(config).retry_config(retries).build());
        let answer = client.describe_stacks().stack_name(name).send().await.map_err(|error| {
            let name = name.to_owned();
            // CloudFormation has no error code of its own for a missing stack.
            if error.code() == Some("ValidationError") && error.message().is_some_and(|text| text.contains("not exist"))
            {
                StackError::Unknown { name, region }
            } else {
                StackError::NotReadable { name, region, source: AwsFailure::of(&error) }
            }
        })?;
        let stack = answer.stacks.unwrap_or_default().into_iter().next();
        let (outputs, parameters, status) =
            stack.map(|stack| (stack.outputs, stack.parameters, stack.stack_status)).unwrap_or_default();
        let parameters = parameters.unwrap_or_default().into_iter();
        Ok(Self {
            status: status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
            parameters: parameters.filter_map(|one| Some((one.parameter_key?, one.parameter_value?))).collect(),
            ..Self::from_outputs(name, outputs.unwrap_or_default().into_iter())?
        })
    }

    fn from_outputs(name: &str, outputs: impl Iterator<Item = Output>) -> Result<Self, StackError> {
        let mut values: HashMap<String, String> =
            outputs.filter_map(|output| Some((output.output_key?, output.output_value?))).collect();
        let retry_rejects_arn = values.remove("RetryRejectsArn");
        let mut take = |output| values.remove(output).ok_or(StackError::NoOutput { name: name.to_owned(), output });
        Ok(Self {
            name: name.to_owned(),
            inbox_bucket: take("InboxBucket")?,
            data_bucket: take("DataBucket")?,
            runs_table: take("RunsTable")?,
            rejects_table: take("RejectsTable")?,
            target_table_prefix: take("TargetTablePrefix")?,
            main_state_machine_arn: take("MainStateMachineArn")?,
            retry_rejects_arn,
            status: String::new(),
            parameters: HashMap::new(),
        })
    }

    /// The table that knows what was sent to queues. It has the name of the stack, so that older stacks need no output.
    pub fn messages_table(&self) -> String {
        format!("{}-messages", self.name)
    }

    /// The table of sets of datasets. It has the name of the stack, so that older stacks need no output.
    pub fn datasets_table(&self) -> String {
        format!("{}-datasets", self.name)
    }

    /// With what the names of the secrets of its connections begin.
    pub fn connections_prefix(&self) -> String {
        format!("{}/connections/", self.name)
    }

    /// The settings of a function of this stack that commands need.
    pub fn settings(&self) -> Settings {
        Settings::from_pairs([
            ("DATA_BUCKET", &*self.data_bucket),
            ("INBOX_BUCKET", &*self.inbox_bucket),
            ("MAIN_STATE_MACHINE_ARN", &*self.main_state_machine_arn),
            ("MESSAGES_TABLE", &*self.messages_table()),
            ("IMPORT_MONGODB_FUNCTION", &*format!("{}-import-mongodb", self.name)),
            ("REJECTS_TABLE", &*self.rejects_table),
            ("RUNS_TABLE", &*self.runs_table),
            ("TARGET_TABLE_PREFIX", &*self.target_table_prefix),
        ])
    }

    /// The ARN of the execution with this name, which is the run's.
    pub fn execution_arn(&self, name: &str) -> String {
        format!("{}:{name}", self.main_state_machine_arn.replacen(":stateMachine:", ":execution:", 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(names: &[&str]) -> Vec<Output> {
        let arn = "arn:aws:states:eu-central-1:1:stateMachine:main";
        names.iter().map(|name| Output::builder().output_key(*name).output_value(arn).build()).collect()
    }

    #[test]
    fn the_execution_of_a_run_has_its_name() {
        let outputs = outputs(&[
            "InboxBucket",
            "DataBucket",
            "RunsTable",
            "RejectsTable",
            "TargetTablePrefix",
            "MainStateMachineArn",
            "Other",
        ]);
        let stack = Stack::from_outputs("sluice", outputs.into_iter()).unwrap();
        assert_eq!(
            stack.execution_arn("products-0123456789abcdef01234567"),
            "arn:aws:states:eu-central-1:1:execution:main:products-0123456789abcdef01234567"
        );
    }

    #[test]
    fn another_stack_is_reported_by_the_output_that_it_lacks() {
        let error = Stack::from_outputs("blog", outputs(&["InboxBucket", "DataBucket"]).into_iter()).unwrap_err();
        assert_eq!(error.to_string(), "the stack \"blog\" has no output RunsTable: is it a stack of Sluice?");
    }
}
