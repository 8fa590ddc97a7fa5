//! Executions in Step Functions.

use async_trait::async_trait;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::ProvideErrorMetadata;
use sluice_contract::documents::Generation;
use sluice_contract::keys;

use super::Joins;
use crate::Fault;
use crate::aws::{Aws, AwsRequest, fault};
use crate::executions::{Execution, Started, execution_arn};

/// The executions of a standard state machine.
#[derive(Clone, Debug)]
pub struct SfnJoins {
    client: Client,
    state_machine_arn: String,
}

impl SfnJoins {
    /// The executions of the state machine with this ARN.
    #[must_use]
    pub fn new(aws: &Aws, state_machine_arn: &str) -> Self {
        Self { client: aws.sfn(), state_machine_arn: state_machine_arn.to_owned() }
    }
}

#[async_trait]
impl Joins for SfnJoins {
    /// Also returns `New` if the execution of this name is already running, because Step Functions answers an identical request like
    /// the first one.
    async fn start(&self, of: &Generation, attempt: u32) -> Result<Started, Fault> {
        let name = keys::join_execution(of, attempt);
        let to = format!("execution {name}");
        let input =
            serde_json::to_string(of).map_err(|error| Fault::Corrupt { what: to.clone(), found: error.to_string() })?;
        let request = self.client.start_execution().state_machine_arn(&self.state_machine_arn).name(name).input(input);
        match request.send().await {
            Ok(_) => Ok(Started::New),
            Err(error) if error.code() == Some("ExecutionAlreadyExists") => Ok(Started::Exists),
            Err(error) => Err(fault(AwsRequest { verb: "start", to: &to }, &error)),
        }
    }

    async fn describe(&self, of: &Generation, attempt: u32) -> Result<Option<Execution>, Fault> {
        let arn = execution_arn(&self.state_machine_arn, &keys::join_execution(of, attempt));
        let to = format!("execution {arn}");
        let request = self.client.describe_execution().execution_arn(&arn);
        match request.send().await {
            Ok(answer) => Ok(Some(Execution {
                status: answer.status.as_str().to_owned(),
                error: answer.error,
                cause: answer.cause,
            })),
            Err(error) => match fault(AwsRequest { verb: "look at", to: &to }, &error) {
                Fault::Missing { .. } => Ok(None),
                fault => Err(fault),
            },
        }
    }
}
