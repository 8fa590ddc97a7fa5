//! Entries in a table of DynamoDB.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure};

use super::entry::{Claim, Entries, Entry, Sent};
use crate::Fault;
use crate::aws::attributes::Attributes;
use crate::aws::{Aws, AwsRequest, NoThrottlingRetry, fault, misconfigured};

/// The key of the table: the name of the entry.
const ENTRY: &str = "entry";

/// Entries in a table. The names of its attributes are reserved words in expressions, except for those that begin with
/// `sent_`.
#[derive(Clone, Debug)]
pub struct DynamoEntries {
    /// Returns throttled writes at once.
    taking: Client,
    client: Client,
    table: String,
}

impl DynamoEntries {
    /// The entries in this table.
    #[must_use]
    pub fn new(aws: &Aws, table: &str) -> Self {
        let taking = aws.dynamodb_with_classifier(NoThrottlingRetry);
        Self { taking, client: aws.dynamodb(), table: table.to_owned() }
    }

    /// A conditional update of the entry of a claim.
    fn update(&self, client: &Client, claim: Claim<'_>, update: &str, condition: &str) -> UpdateItemFluentBuilder {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let mut request = client
            .update_item()
            .table_name(&self.table)
            .key(ENTRY, text(claim.entry))
            .update_expression(update)
            .condition_expression(condition);
        // DynamoDB refuses a name or a value that no expression uses.
        for (name, value) in [("run", claim.run), ("order", claim.order), ("hash", claim.hash)] {
            if [update, condition].iter().any(|expression| expression.contains(&format!("#{name}"))) {
                request = request.expression_attribute_names(format!("#{name}"), name);
            }
            if [update, condition].iter().any(|expression| expression.contains(&format!(":{name}"))) {
                request = request.expression_attribute_values(format!(":{name}"), text(value));
            }
        }
        request
    }

    /// Whether an update was made; `false` if its condition does not hold.
    async fn is_made(&self, update: UpdateItemFluentBuilder) -> Result<bool, Fault> {
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if condition_failed(&error) => Ok(false),
            Err(error) => Err(fault(AwsRequest { verb: "write to", to: &self.to() }, &error)),
        }
    }

    fn to(&self) -> String {
        format!("table {}", self.table)
    }

    fn entry(&self, item: &Attributes) -> Result<Entry, Fault> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let needed = |name: &str| {
            let found = format!("it has no {name}");
            text(name).ok_or_else(|| Fault::Corrupt { what: format!("an entry of table {}", self.table), found })
        };
        let sent = text("sent_hash").zip(text("sent_order")).map(|(hash, order)| Sent { hash, order });
        Ok(Entry { run: needed("run")?, order: needed("order")?, sent })
    }
}

fn condition_failed(error: &SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

#[async_trait]
impl Entries for DynamoEntries {
    async fn take(&self, claim: Claim<'_>) -> Result<Option<Entry>, Fault> {
        let update = "SET #run = :run, #order = :order, #hash = :hash REMOVE sent_hash, sent_order";
        let condition = "(attribute_not_exists(#order) OR #order < :order) \
                         AND (attribute_not_exists(sent_hash) OR sent_hash <> :hash)";
        let update = self
            .update(&self.taking, claim, update, condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = update.send().await else { return Ok(None) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => match refused.item() {
                Some(old) => self.entry(old).map(Some),
                None => Err(Fault::Corrupt {
                    what: format!("the refusal to write to table {}", self.table),
                    found: "it comes without the item that is there".to_owned(),
                }),
            },
            _ => Err(fault(AwsRequest { verb: "write to", to: &self.to() }, &error)),
        }
    }

    async fn keep(&self, claim: Claim<'_>) -> Result<bool, Fault> {
        let update = "SET #run = :run, #order = :order";
        self.is_made(self.update(&self.client, claim, update, "#order < :order AND sent_hash = :hash")).await
    }

    async fn read(&self, names: &[&str]) -> Result<Vec<Option<Entry>>, Fault> {
        let request = AwsRequest { verb: "read", to: &self.to() };
        let keys = names.iter().map(|name| HashMap::from([(ENTRY.to_owned(), AttributeValue::S((*name).to_owned()))]));
        let keys = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys.collect())).build();
        let keys = keys.map_err(|error| misconfigured(request, error))?;
        let answer = self.client.batch_get_item().request_items(&self.table, keys).send().await;
        let answer = answer.map_err(|error| fault(request, &error))?;
        if answer.unprocessed_keys.is_some_and(|left| !left.is_empty()) {
            return Err(Fault::Throttled {
                what: request.to_string(),
                source: "keys of a batch are unprocessed".into(),
            });
        }
        let mut found = HashMap::new();
        for item in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
            if let Some(AttributeValue::S(name)) = item.get(ENTRY) {
                found.insert(name.clone(), self.entry(&item)?);
            }
        }
        Ok(names.iter().map(|name| found.remove(*name)).collect())
    }

    async fn mark(&self, claim: Claim<'_>) -> Result<bool, Fault> {
        let update = "SET sent_hash = :hash, sent_order = :order";
        self.is_made(self.update(&self.client, claim, update, "#run = :run AND #order = :order")).await
    }
}
