//! Executions in Step Functions.

use async_trait::async_trait;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::ProvideErrorMetadata;
use aws_sdk_sfn::types::ExecutionStatus;
use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::RunId;
use sluice_contract::steps::RunInput;

use super::{Execution, Executions, FailedChild, FailedChildren, Started};
use crate::Fault;
use crate::aws::{Aws, AwsRequest, fault};

/// How many children are described at the same time. Step Functions takes a burst of 300 such requests, then 15 a
/// second.
const IN_FLIGHT: usize = 8;

/// The executions of a standard state machine.
#[derive(Clone, Debug)]
pub struct SfnExecutions {
    client: Client,
    state_machine_arn: String,
}

impl SfnExecutions {
    /// The executions of the state machine with this ARN.
    #[must_use]
    pub fn new(aws: &Aws, state_machine_arn: &str) -> Self {
        Self { client: aws.sfn(), state_machine_arn: state_machine_arn.to_owned() }
    }
}

impl SfnExecutions {
    /// A child that did not succeed.
    async fn child(&self, arn: &str) -> Result<FailedChild, Fault> {
        let to = format!("execution {arn}");
        let request = self.client.describe_execution().execution_arn(arn);
        let answer = request.send().await.map_err(|error| fault(AwsRequest { verb: "look at", to: &to }, &error))?;
        Ok(FailedChild {
            input: answer.input.unwrap_or_default(),
            status: answer.status.as_str().to_owned(),
            error: answer.error,
            cause: answer.cause,
        })
    }
}

#[async_trait]
impl Executions for SfnExecutions {
    /// Also returns `New` if the execution of this name is already running, because Step Functions answers an identical
    /// request like the first one. In both cases there is one execution.
    async fn start(&self, run: &RunId, attempt: u32) -> Result<Started, Fault> {
        let name = run.execution(attempt);
        let to = format!("execution {name}");
        let input = serde_json::to_string(&RunInput { run_id: run.clone() })
            .map_err(|error| Fault::Corrupt { what: to.clone(), found: error.to_string() })?;
        let request = self.client.start_execution().state_machine_arn(&self.state_machine_arn).name(name).input(input);
        match request.send().await {
            Ok(_) => Ok(Started::New),
            Err(error) if error.code() == Some("ExecutionAlreadyExists") => Ok(Started::Exists),
            Err(error) => Err(fault(AwsRequest { verb: "start", to: &to }, &error)),
        }
    }

    async fn describe(&self, execution_arn: &str) -> Result<Execution, Fault> {
        let to = format!("execution {execution_arn}");
        let answer = self
            .client
            .describe_execution()
            .execution_arn(execution_arn)
            .send()
            .await
            .map_err(|error| fault(AwsRequest { verb: "look at", to: &to }, &error))?;
        Ok(Execution { status: answer.status.as_str().to_owned(), error: answer.error, cause: answer.cause })
    }

    async fn failed_children(&self, execution_arn: &str, most: usize) -> Result<FailedChildren, Fault> {
        let to = format!("the Maps of execution {execution_arn}");
        let list = AwsRequest { verb: "list", to: &to };
        let mut maps = Vec::new();
        let mut pages = self.client.list_map_runs().execution_arn(execution_arn).into_paginator().items().send();
        while let Some(map) = pages.next().await {
            maps.push(map.map_err(|error| fault(list, &error))?.map_run_arn);
        }
        let (mut total, mut arns) = (0, Vec::new());
        for map in &maps {
            for status in [ExecutionStatus::Failed, ExecutionStatus::TimedOut] {
                let request = self.client.list_executions().map_run_arn(map).status_filter(status);
                let mut pages = request.into_paginator().items().send();
                while let Some(child) = pages.next().await {
                    total += 1;
                    let child = child.map_err(|error| fault(list, &error))?;
                    if arns.len() < most {
                        arns.push(child.execution_arn);
                    }
                }
            }
        }
        let children = stream::iter(arns).map(|arn| async move { self.child(&arn).await });
        Ok(FailedChildren { total, some: children.buffered(IN_FLIGHT).try_collect().await? })
    }

    fn arn(&self, name: &str) -> String {
        execution_arn(&self.state_machine_arn, name)
    }
}

/// The ARN of an execution: `arn:aws:states:<region>:<account>:execution:<machine>:<name>`. The machine's ARN may have
/// a version or an alias, which the ARNs of its executions do not have.
pub(crate) fn execution_arn(state_machine_arn: &str, name: &str) -> String {
    let machine: Vec<&str> = state_machine_arn.split(':').take(7).collect();
    format!("{}:{name}", machine.join(":").replacen(":stateMachine:", ":execution:", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_named_after_its_machine() {
        let expected = "arn:aws:states:eu-central-1:123456789012:execution:sluice-main:products-1";
        for machine in [
            "arn:aws:states:eu-central-1:123456789012:stateMachine:sluice-main",
            "arn:aws:states:eu-central-1:123456789012:stateMachine:sluice-main:live",
        ] {
            assert_eq!(execution_arn(machine, "products-1"), expected);
        }
    }
}
