//! A ledger in DynamoDB.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use sluice_contract::RunId;

use super::{Conclusion, Ledger, MailState, Registered, RunEntry, RunStage};
use crate::Fault;
use crate::aws::attributes::{Attributes, from_item, to_item, to_value};
use crate::aws::{Aws, Call, fault};

/// That the run is in the ledger.
const KNOWN: &str = "attribute_exists(run_id)";

/// The table of runs: an item per run, an attribute per field of [`RunEntry`].
#[derive(Clone, Debug)]
pub struct DynamoLedger {
    client: Client,
    table: String,
}

impl DynamoLedger {
    /// The ledger in this table.
    #[must_use]
    pub fn new(aws: &Aws, table: &str) -> Self {
        Self { client: aws.dynamodb(), table: table.to_owned() }
    }

    /// Adds a delivery to a run that is known.
    async fn count_delivery(&self, run: &RunId) -> Result<RunEntry, Fault> {
        let what = address(run);
        let counted = self
            .update(run)
            .update_expression("ADD deliveries :one")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .condition_expression(KNOWN)
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| fault(Call { verb: "count a delivery of", to: &what }, &error))?;
        from_item(&what, counted.attributes.unwrap_or_default())
    }

    fn update(&self, run: &RunId) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).key("run_id", AttributeValue::S(run.to_string()))
    }

    /// Sends a conditional write. Where its condition does not hold, answers the entry that is there.
    async fn write(&self, run: &RunId, request: UpdateItemFluentBuilder) -> Result<Outcome, Fault> {
        let request = request.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(Outcome::Written) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => match refused.item() {
                Some(entry) => Ok(Outcome::Refused(entry.clone())),
                None => Err(Fault::Missing { what: address(run) }),
            },
            _ => Err(fault(Call { verb: "change", to: &address(run) }, &error)),
        }
    }
}

/// What became of a conditional write.
enum Outcome {
    Written,
    Refused(Attributes),
}

/// How a run is called where it is spoken of.
fn address(run: &RunId) -> String {
    format!("run {run} in the ledger")
}

#[async_trait]
impl Ledger for DynamoLedger {
    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault> {
        let what = address(&entry.run_id);
        let item = to_item(&what, &RunEntry { deliveries: 1, ..entry.clone() })?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(run_id)");
        match put.send().await {
            Ok(_) => Ok(Registered::New),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => {
                Ok(Registered::Known(Box::new(self.count_delivery(&entry.run_id).await?)))
            }
            Err(error) => Err(fault(Call { verb: "enter", to: &what }, &error)),
        }
    }

    async fn get(&self, run: &RunId) -> Result<Option<RunEntry>, Fault> {
        let what = address(run);
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("run_id", AttributeValue::S(run.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| fault(Call { verb: "read", to: &what }, &error))?;
        found.item.map(|item| from_item(&what, item)).transpose()
    }

    async fn advance(&self, run: &RunId, stage: RunStage, at: &str) -> Result<(), Fault> {
        let request = self
            .update(run)
            .update_expression("SET stage = :stage, stage_at = :at")
            .condition_expression(format!("{KNOWN} AND attribute_not_exists(conclusion)"))
            .expression_attribute_values(":stage", to_value("the stage of a run", &stage)?)
            .expression_attribute_values(":at", AttributeValue::S(at.to_owned()));
        // Refused with an entry means that it has its conclusion: it is left as it is.
        self.write(run, request).await.map(drop)
    }

    async fn conclude(&self, run: &RunId, conclusion: &Conclusion) -> Result<bool, Fault> {
        let request = self
            .update(run)
            .update_expression("SET conclusion = :conclusion")
            .condition_expression(format!("{KNOWN} AND attribute_not_exists(conclusion)"))
            .expression_attribute_values(":conclusion", to_value("the conclusion of a run", conclusion)?);
        match self.write(run, request).await? {
            Outcome::Written => Ok(true),
            Outcome::Refused(entry) => {
                let entry: RunEntry = from_item(&address(run), entry)?;
                Ok(entry.conclusion.as_ref() == Some(conclusion))
            }
        }
    }

    async fn mailed(&self, run: &RunId, mail: &MailState) -> Result<(), Fault> {
        let request = self
            .update(run)
            .update_expression("SET mail = :mail")
            .condition_expression(KNOWN)
            .expression_attribute_values(":mail", to_value("the mail of a run", mail)?);
        self.write(run, request).await.map(drop)
    }
}
