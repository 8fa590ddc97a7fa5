//! A sink in DynamoDB: one conditional write per winner. What depends on the item that is there, a deletion or a very wide record, takes a
//! second one if there is one.

mod check;
mod put;
mod refusal;
mod update;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use sluice_engine::spec::{Empty, Mode};

use self::put::Put;
use self::update::{MAX_ATTRIBUTES, Update};
use super::decision::result;
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
/// Set in an item that was deleted.
pub(crate) const DELETED: &str = "_deleted";
/// When the table may forget that, in seconds since 1970.
pub const EXPIRES: &str = "_expires";
/// The value of `_was` if there was no item before.
const NOTHING: &str = "none";
/// How often an item is written that other runs change meanwhile.
const RACES: u32 = 8;

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
            let keeps = target.manner.empty == Empty::Keep;
            let count = item.fields.iter().filter(|(_, value)| value.is_some() || !keeps).count();
            let is_plain = item.deletion.is_none() && count <= MAX_ATTRIBUTES + target.key.len();
            written.push(if is_plain {
                self.update(target, item, stamp).await?
            } else {
                Box::pin(self.replace(target, item, stamp)).await?
            });
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// How a conditional write ended.
enum Ended {
    /// It took effect. What an update has written; nothing for a put.
    Written(Option<Attributes>),
    /// Its condition does not hold: the item that is there, if there is one.
    Refused(Option<Attributes>),
    /// It is refused because of its content.
    Answered(Written),
}

impl DynamoSink {
    /// Writes an item with one update.
    async fn update(&self, target: &Target, item: &Item<'_>, stamp: &Stamp<'_>) -> Result<Written, Fault> {
        let table = self.table(target);
        let update = match Update::of(target, item, stamp) {
            Ok(update) => update,
            Err(refusal) => return Ok(Written::Refused(refusal)),
        };
        match self.send_update(&table, update).await? {
            Ended::Written(written) => Ok(written_over(written.as_ref(), &item.hash.to_string())),
            Ended::Answered(written) => Ok(written),
            Ended::Refused(old) => decided_by(old.as_ref(), target.manner.mode, stamp).ok_or_else(|| Fault::Corrupt {
                what: format!("the refusal to write to table {table}"),
                found: "it comes without the reason, or without the item that is there".to_owned(),
            }),
        }
    }

    /// Writes an item that depends on what is there: the mark of a deleted one, or a record that is too wide for one update. The first
    /// request goes out as if there was no item, and its refusal says what is there.
    #[inline(never)]
    async fn replace(&self, target: &Target, item: &Item<'_>, stamp: &Stamp<'_>) -> Result<Written, Fault> {
        let table = self.table(target);
        let mut seen: Option<Attributes> = None;
        for _ in 0..RACES {
            let old = seen.as_ref();
            let changes = match (old, item.deletion) {
                (Some(old), None) => Update::of_changes(target, item, stamp, old),
                _ => Ok(None),
            };
            let request = match (changes, item.deletion) {
                (Ok(Some(update)), _) => Ok(Request::Update(update)),
                (Ok(None), Some(deletion)) => Put::mark(target, item, deletion, stamp, old).map(Request::Put),
                (Ok(None), None) => Put::whole(target, item, stamp, old).map(Request::Put),
                (Err(refusal), _) => Err(refusal),
            };
            let ended = match request {
                Ok(Request::Update(update)) => self.send_update(&table, update).await?,
                Ok(Request::Put(put)) => self.send_put(&table, put).await?,
                Err(refusal) => return Ok(Written::Refused(refusal)),
            };
            seen = match ended {
                Ended::Written(_) => {
                    let is_same = old.and_then(|old| text(old, HASH)) == Some(&item.hash.to_string());
                    return Ok(result(is_same, item.deletion.is_some()));
                }
                Ended::Answered(written) => return Ok(written),
                Ended::Refused(old) => old,
            };
            if let Some(answer) = decided_by(seen.as_ref(), target.manner.mode, stamp) {
                return Ok(answer);
            }
        }
        let what = format!("replace an item of table {table}");
        Err(Fault::Transient { what, source: "others change it at the same time".into() })
    }

    async fn send_update(&self, table: &str, update: Update) -> Result<Ended, Fault> {
        let sent = self
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(update.key))
            .update_expression(update.expression)
            .condition_expression(update.condition)
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match sent {
            Ok(answer) => return Ok(Ended::Written(answer.attributes)),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => Ok(Ended::Refused(refused.item.clone())),
            _ => refusal_of(table, &error).map(Ended::Answered),
        }
    }

    async fn send_put(&self, table: &str, Put { item, condition }: Put) -> Result<Ended, Fault> {
        let values = Some(condition.values).filter(|values| !values.is_empty());
        let sent = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression(condition.text)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = sent else { return Ok(Ended::Written(None)) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => Ok(Ended::Refused(refused.item.clone())),
            _ => refusal_of(table, &error).map(Ended::Answered),
        }
    }
}

/// A conditional write.
enum Request {
    Update(Update),
    Put(Put),
}

/// What a failed request says of its item, or the fault if it says nothing.
fn refusal_of<E>(table: &str, error: &SdkError<E, HttpResponse>) -> Result<Written, Fault>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let refused = error.as_service_error().and_then(|refused| refusal::of(refused.code(), refused.message()));
    match refused {
        Some(written) => Ok(written),
        None => Err(fault(AwsRequest { verb: "write to", to: &format!("table {table}") }, error)),
    }
}

/// The result of a write, by the hash that the item had before.
fn written_over(item: Option<&Attributes>, hash: &str) -> Written {
    result(item.and_then(|item| text(item, WAS)) == Some(hash), false)
}

/// The result of a refused write, by the existing item; `None` if it is to be written.
fn decided_by(old: Option<&Attributes>, mode: Mode, stamp: &Stamp<'_>) -> Option<Written> {
    let is_deleted = old.is_some_and(|old| old.contains_key(DELETED));
    if let Some(old) = old {
        if text(old, RUN) == Some(stamp.run.as_str()) {
            // An earlier attempt of the same run wrote the item, so the answer is the same as then.
            let hash = text(old, HASH);
            return Some(result(hash.is_some() && text(old, WAS) == hash, is_deleted));
        }
        // Sluice writes no order that is not a text, so nobody knows what such an item is.
        let is_earlier =
            old.get(ORDER).is_none_or(|order| order.as_s().is_ok_and(|order| **order < *stamp.order.as_str()));
        if !is_earlier {
            return Some(Written::Stale);
        }
    }
    mode.leaves(old.is_some() && !is_deleted).then_some(Written::Left)
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
