//! A sink in DynamoDB: one conditional write per winner.

mod check;
mod refusal;
mod update;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use self::update::Update;
use super::{Attribute, BatchLimits, Item, Sink, Stamp, Target, Written};
use crate::Fault;
use crate::aws::attributes::Attributes;
use crate::aws::{Aws, AwsRequest, NoThrottlingRetry, fault};

/// The run that wrote an item last.
const RUN: &str = "_run";
/// The order of that run.
const ORDER: &str = "_order";
/// The hash of the content that it wrote.
const HASH: &str = "_hash";
/// The hash that the item had before.
const WAS: &str = "_was";

/// Tables in DynamoDB. Their names begin with a prefix that feeds do not mention.
#[derive(Clone, Debug)]
pub struct DynamoSink {
    client: Client,
    prefix: String,
}

impl DynamoSink {
    /// The tables whose names begin with this prefix.
    #[must_use]
    pub fn new(aws: &Aws, table_prefix: &str) -> Self {
        Self { client: aws.dynamodb_with_classifier(NoThrottlingRetry), prefix: table_prefix.to_owned() }
    }

    fn table(&self, target: &Target) -> String {
        format!("{}{}", self.prefix, target.name)
    }
}

#[async_trait]
impl Sink for DynamoSink {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        let table = self.table(target);
        match self.client.describe_table().table_name(&table).send().await {
            Ok(answer) => Ok(check::problems(&table, answer.table(), &target.key)),
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                Ok(vec![format!("The table {table:?} does not exist.")])
            }
            Err(error) => Err(fault(AwsRequest { verb: "look at", to: &format!("table {table}") }, &error)),
        }
    }

    /// Each conditional write is a request of its own, because `BatchWriteItem` takes no conditions, and transactions
    /// cost twice as much.
    fn batch(&self) -> BatchLimits {
        BatchLimits::ONE
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        for item in items {
            written.push(self.update(target, item, stamp).await?);
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

impl DynamoSink {
    /// Writes an item.
    async fn update(&self, target: &Target, item: &Item<'_>, stamp: &Stamp<'_>) -> Result<Written, Fault> {
        let table = self.table(target);
        let update = match Update::of(target, item, stamp) {
            Ok(update) => update,
            Err(refusal) => return Ok(Written::Refused(refusal)),
        };
        let written = self
            .client
            .update_item()
            .table_name(&table)
            .set_key(Some(update.key))
            .update_expression(update.expression)
            .condition_expression(update.condition)
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let request = AwsRequest { verb: "write to", to: &format!("table {table}") };
        let error = match written {
            Ok(answer) => return Ok(written_over(answer.attributes.as_ref(), &item.hash.to_string())),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => match refused.item() {
                Some(old) => Ok(decided_by(old, stamp)),
                None => Err(Fault::Corrupt {
                    what: format!("the refusal to write to table {table}"),
                    found: "it comes without the item that is there".to_owned(),
                }),
            },
            Some(refused) => match refusal::of(refused.code(), refused.message()) {
                Some(written) => Ok(written),
                None => Err(fault(request, &error)),
            },
            None => Err(fault(request, &error)),
        }
    }
}

/// The result of a write, by the hash that the item had before.
fn written_over(item: Option<&Attributes>, hash: &str) -> Written {
    if item.and_then(|item| text(item, WAS)) == Some(hash) { Written::Unchanged } else { Written::Imported }
}

/// The result of a refused write, by the existing item.
fn decided_by(old: &Attributes, stamp: &Stamp<'_>) -> Written {
    if text(old, RUN) != Some(stamp.run.as_str()) {
        return Written::Stale;
    }
    // An earlier attempt of the same run wrote the item, so the answer is the same as then.
    text(old, HASH).map_or(Written::Imported, |hash| written_over(Some(old), hash))
}

fn text<'a>(item: &'a Attributes, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
}

fn attribute(value: &Attribute<'_>) -> AttributeValue {
    match value {
        Attribute::Text(text) | Attribute::Date(text) => AttributeValue::S(text.clone().into_owned()),
        Attribute::Number(number) | Attribute::Integer(number) => AttributeValue::N(number.clone().into_owned()),
        Attribute::Bool(value) => AttributeValue::Bool(*value),
        Attribute::Null => AttributeValue::Null(true),
        Attribute::List(elements) => AttributeValue::L(elements.iter().map(attribute).collect()),
        Attribute::Map(members) => {
            AttributeValue::M(members.iter().map(|(name, value)| (name.clone(), attribute(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests;
