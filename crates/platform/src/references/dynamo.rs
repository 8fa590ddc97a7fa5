//! References into tables of DynamoDB.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use super::{References, fields};
use crate::Fault;
use crate::aws::attributes::Attributes;
use crate::aws::{Aws, AwsRequest, fault, jitter, misconfigured};
use crate::sink::key::key_of;
use crate::sink::{Attribute, DELETED, ItemField, Target};

/// The number of keys that `BatchGetItem` takes at once.
const BATCH: usize = 100;

/// How often the unprocessed rest of a batch is sent again before the table counts as throttled. The pauses double from
/// 50 ms up to 5 s: 10 attempts take at most some 20 s.
const ATTEMPTS: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Tables in DynamoDB. Their names begin with a prefix that feeds do not mention.
///
/// Reads are strongly consistent, although they cost twice as much: somebody may upload a file as soon as the mail
/// about another import arrives, and it must find what that import wrote. Only keys are returned, but AWS charges for
/// the size of the items.
#[derive(Clone, Debug)]
pub struct DynamoReferences {
    client: Client,
    prefix: String,
}

impl DynamoReferences {
    /// The tables whose names begin with this prefix.
    #[must_use]
    pub fn new(aws: &Aws, table_prefix: &str) -> Self {
        Self { client: aws.dynamodb(), prefix: table_prefix.to_owned() }
    }

    /// The keys of a batch that exist. Repeats the request until no key is unprocessed.
    async fn found(&self, table: &str, batch: KeysAndAttributes) -> Result<Vec<Attributes>, Fault> {
        let what = format!("table {table}");
        let request = AwsRequest { verb: "look up keys in", to: &what };
        let mut left = HashMap::from([(table.to_owned(), batch)]);
        let mut found = Vec::new();
        for attempt in 0..ATTEMPTS {
            let answer = self.client.batch_get_item().set_request_items(Some(left)).send().await;
            let answer = answer.map_err(|error| fault(request, &error))?;
            found.extend(answer.responses.unwrap_or_default().into_values().flatten());
            left = answer.unprocessed_keys.unwrap_or_default();
            if left.is_empty() {
                return Ok(found);
            }
            tokio::time::sleep(jitter(LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.pow(attempt)))).await;
        }
        let count: usize = left.values().map(|keys| keys.keys().len()).sum();
        Err(Fault::Throttled {
            what: request.to_string(),
            source: format!("{count} of a batch are still unprocessed after {ATTEMPTS} attempts").into(),
        })
    }
}

#[async_trait]
impl References for DynamoReferences {
    async fn existing(&self, target: &Target, keys: &[Vec<String>]) -> Result<Vec<bool>, Fault> {
        let table = format!("{}{}", self.prefix, target.name);
        let mut found = HashSet::new();
        for batch in keys.chunks(BATCH) {
            let batch = batch_of(target, batch);
            let batch =
                batch.map_err(|error| misconfigured(AwsRequest { verb: "look up keys in", to: &table }, error))?;
            let items = self.found(&table, batch).await?;
            // The mark of a deleted item is no item.
            let items = items.iter().filter(|item| !item.contains_key(DELETED));
            found.extend(items.filter_map(|item| key_of(target, &named(target, item)).ok()));
        }
        let is_found = |key: &Vec<String>| key_of(target, &fields(target, key)).is_ok_and(|key| found.contains(&key));
        Ok(keys.iter().map(is_found).collect())
    }
}

/// A request for keys, without the other attributes of their items. Attribute names may be reserved words, so they are
/// placeholders.
fn batch_of(target: &Target, keys: &[Vec<String>]) -> Result<KeysAndAttributes, aws_sdk_dynamodb::error::BuildError> {
    let mut request = KeysAndAttributes::builder().consistent_read(true);
    for key in keys {
        let value = |number: bool, text: &String| {
            if number { AttributeValue::N(text.clone()) } else { AttributeValue::S(text.clone()) }
        };
        let key = target.key.iter().zip(key).map(|(of, text)| (of.name.clone(), value(of.number, text)));
        request = request.keys(key.collect());
    }
    let mut names = vec!["#deleted".to_owned()];
    request = request.expression_attribute_names("#deleted", DELETED);
    for (at, of) in target.key.iter().enumerate() {
        let name = format!("#k{at}");
        request = request.expression_attribute_names(&name, &of.name);
        names.push(name);
    }
    request.projection_expression(names.join(", ")).build()
}

/// The key fields of an item that the table returned.
fn named<'a>(target: &'a Target, item: &'a Attributes) -> Vec<ItemField<'a>> {
    let field = |of: &'a crate::sink::KeyField| {
        let value = match item.get(&of.name) {
            Some(AttributeValue::S(text)) => Some(Attribute::Text(text.into())),
            Some(AttributeValue::N(number)) => Some(Attribute::Number(number.into())),
            _ => None,
        };
        (of.name.as_str(), value)
    };
    target.key.iter().map(field).collect()
}
