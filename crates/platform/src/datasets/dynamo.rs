//! A table of sets in DynamoDB.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use sluice_engine::dataset::SetKey;
use sluice_engine::feed::FeedName;

use super::{Datasets, SetEntry, SetPage};
use crate::Fault;
use crate::aws::attributes::{from_item, to_item};
use crate::aws::{Aws, AwsRequest, fault};

/// The names of the keys of the table; both are attributes of an entry.
const DATASET: &str = "dataset";
const SET: &str = "set";

/// The table of sets: an item per set, an attribute per field of [`SetEntry`].
#[derive(Clone, Debug)]
pub struct DynamoDatasets {
    client: Client,
    table: String,
}

impl DynamoDatasets {
    /// The sets in this table.
    #[must_use]
    pub fn new(aws: &Aws, table: &str) -> Self {
        Self { client: aws.dynamodb(), table: table.to_owned() }
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn address(dataset: &FeedName, set: &str) -> String {
    format!("the set {set} of the dataset {dataset}")
}

#[async_trait]
impl Datasets for DynamoDatasets {
    async fn get(&self, dataset: &FeedName, set: &SetKey) -> Result<Option<SetEntry>, Fault> {
        let what = address(dataset, set.as_str());
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(DATASET, text(dataset.as_str()))
            .key(SET, text(set.as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| fault(AwsRequest { verb: "read", to: &what }, &error))?;
        found.item.map(|item| from_item(&what, item)).transpose()
    }

    async fn put(&self, entry: &SetEntry) -> Result<bool, Fault> {
        let what = address(&entry.dataset, entry.set.as_str());
        let item = to_item(&what, &SetEntry { version: entry.version + 1, ..entry.clone() })?;
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let request = match entry.version {
            0 => request
                .condition_expression("attribute_not_exists(#dataset)")
                .expression_attribute_names("#dataset", DATASET),
            version => request
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":version", AttributeValue::N(version.to_string())),
        };
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(fault(AwsRequest { verb: "change", to: &what }, &error)),
        }
    }

    async fn page(&self, dataset: &FeedName, from: Option<&str>) -> Result<SetPage, Fault> {
        let what = address(dataset, "*");
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#dataset = :dataset")
            .expression_attribute_names("#dataset", DATASET)
            .expression_attribute_values(":dataset", text(dataset.as_str()));
        if let Some(from) = from {
            request = request.exclusive_start_key(DATASET, text(dataset.as_str())).exclusive_start_key(SET, text(from));
        }
        let page = request.send().await.map_err(|error| fault(AwsRequest { verb: "list", to: &what }, &error))?;
        let sets = page.items.unwrap_or_default().into_iter().map(|item| from_item(&what, item));
        let next = page.last_evaluated_key.and_then(|key| key.get(SET).and_then(|set| set.as_s().ok()).cloned());
        Ok(SetPage { sets: sets.collect::<Result<_, _>>()?, next })
    }
}
