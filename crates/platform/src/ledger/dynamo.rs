//! A ledger in DynamoDB.

mod search;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use sluice_contract::RunId;
use sluice_contract::documents::Usage;

use super::{Conclusion, Ledger, MailState, Registered, RunEntry, RunStage};
use crate::Fault;
use crate::aws::attributes::{Attributes, from_item, to_item, to_value};
use crate::aws::{Aws, AwsRequest, fault};

/// Condition: the run is in the ledger.
const KNOWN: &str = "attribute_exists(run_id)";

/// Condition: the run is in the ledger, and no next attempt is to resume it.
const ENDS: &str = "attribute_exists(run_id) AND attribute_not_exists(conclusion.#next)";

/// Condition: the run is in the ledger, and has no conclusion.
const OPEN: &str = "attribute_exists(run_id) AND attribute_not_exists(conclusion)";

/// Records when a run reached a stage, unless that is recorded.
const TIME: &str = "#times.#stage = if_not_exists(#times.#stage, :at)";

/// The attribute that only open runs have ([`RunEntry::is_open`]), all with the same value. It puts them into the index
/// of open runs.
const OPEN_ATTRIBUTE: &str = "open";
const OPEN_VALUE: &str = "yes";

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

    /// Adds a delivery to a known run.
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
            .map_err(|error| fault(AwsRequest { verb: "count a delivery of", to: &what }, &error))?;
        from_item(&what, counted.attributes.unwrap_or_default())
    }

    fn update(&self, run: &RunId) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).key("run_id", AttributeValue::S(run.to_string()))
    }

    /// Sends a conditional write. If its condition does not hold, returns the existing entry.
    async fn write(&self, run: &RunId, request: UpdateItemFluentBuilder) -> Result<Outcome, Fault> {
        let request = request
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match request.send().await {
            Ok(written) => return Ok(Outcome::Written(written.attributes.unwrap_or_default())),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => match refused.item() {
                Some(entry) => Ok(Outcome::Refused(entry.clone())),
                None => Err(Fault::Missing { what: address(run) }),
            },
            _ => Err(fault(AwsRequest { verb: "change", to: &address(run) }, &error)),
        }
    }
}

/// A text as an attribute.
fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Adds the condition that this execution holds the run; `None` means that nobody holds it.
fn held_by(request: UpdateItemFluentBuilder, condition: &str, holder: Option<&str>) -> UpdateItemFluentBuilder {
    let request = request.expression_attribute_names("#execution", "execution");
    match holder {
        None => request.condition_expression(format!("{condition} AND attribute_not_exists(#execution)")),
        Some(holder) => request
            .condition_expression(format!("{condition} AND #execution = :holder"))
            .expression_attribute_values(":holder", text(holder)),
    }
}

/// The result of a conditional write.
enum Outcome {
    /// It was written: the new entry.
    Written(Attributes),
    /// Its condition did not hold: the existing entry.
    Refused(Attributes),
}

/// The name of a run's entry in messages.
fn address(run: &RunId) -> String {
    format!("run {run} in the ledger")
}

#[async_trait]
impl Ledger for DynamoLedger {
    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault> {
        let what = address(&entry.run_id);
        let mut item = to_item(&what, &RunEntry { deliveries: 1, ..entry.clone() })?;
        item.insert(OPEN_ATTRIBUTE.to_owned(), text(OPEN_VALUE));
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
            Err(error) => Err(fault(AwsRequest { verb: "enter", to: &what }, &error)),
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
            .map_err(|error| fault(AwsRequest { verb: "read", to: &what }, &error))?;
        found.item.map(|item| from_item(&what, item)).transpose()
    }

    async fn fence(&self, read: &RunEntry, execution: &str, at: &str) -> Result<Option<RunEntry>, Fault> {
        let (run, what) = (&read.run_id, address(&read.run_id));
        let taken = read.taken_by(execution, at);
        let mail = if read.mail.is_some() { "attribute_exists(mail)" } else { "attribute_not_exists(mail)" };
        let (condition, concluded) = match &read.conclusion {
            None => (format!("{OPEN} AND {mail}"), None),
            Some(conclusion) => (
                format!("{KNOWN} AND conclusion.verdict = :verdict AND conclusion.#at = :ended AND {mail}"),
                Some(conclusion),
            ),
        };
        // The first execution may claim the run before intake has noted its usage, and must not overwrite it.
        let usage = if taken.usage == read.usage { "if_not_exists(#usage, :usage)" } else { ":usage" };
        let mut request = held_by(self.update(run), &condition, read.execution.as_deref())
            .update_expression(format!(
                "SET #execution = :execution, stage = :stage, stage_at = :at, #times = :times, #usage = {usage}, \
                 #earlier = :earlier, #open = :open REMOVE conclusion, mail"
            ))
            .expression_attribute_names("#times", "times")
            .expression_attribute_names("#usage", "usage")
            .expression_attribute_names("#earlier", "earlier")
            .expression_attribute_names("#open", OPEN_ATTRIBUTE)
            .expression_attribute_values(":execution", text(execution))
            .expression_attribute_values(":stage", text(taken.stage.as_str()))
            .expression_attribute_values(":at", text(at))
            .expression_attribute_values(":times", to_value(&what, &taken.times)?)
            .expression_attribute_values(":usage", to_value(&what, &taken.usage)?)
            .expression_attribute_values(":earlier", to_value(&what, &taken.earlier)?)
            .expression_attribute_values(":open", text(OPEN_VALUE));
        if let Some(conclusion) = concluded {
            request = request
                .expression_attribute_names("#at", "at")
                .expression_attribute_values(":verdict", text(&conclusion.verdict.to_string()))
                .expression_attribute_values(":ended", text(&conclusion.at));
        }
        Ok(match self.write(run, request).await? {
            Outcome::Written(entry) => Some(from_item(&what, entry)?),
            Outcome::Refused(_) => None,
        })
    }

    async fn advance(&self, run: &RunId, stage: RunStage, at: &str, usage: &Usage) -> Result<(), Fault> {
        let used = (*usage != Usage::default()).then(|| to_value("the usage of a run", usage)).transpose()?;
        let note = if used.is_some() { format!("{TIME}, #usage.#stage = :usage") } else { TIME.to_owned() };
        let request = || {
            let request = self
                .update(run)
                .expression_attribute_names("#times", "times")
                .expression_attribute_names("#stage", stage.as_str())
                .expression_attribute_values(":at", text(at));
            match &used {
                Some(used) => request
                    .expression_attribute_names("#usage", "usage")
                    .expression_attribute_values(":usage", used.clone()),
                None => request,
            }
        };
        let before: Vec<RunStage> = RunStage::ALL.into_iter().filter(|other| *other < stage).collect();
        let names = before.iter().map(|stage| format!(":{}", stage.as_str())).collect::<Vec<_>>().join(", ");
        let mut goes_on = request()
            .update_expression(format!("SET stage = :stage, stage_at = :at, {note}"))
            .condition_expression(format!("{OPEN} AND stage IN ({names})"))
            .expression_attribute_values(":stage", text(stage.as_str()));
        for stage in before {
            goes_on = goes_on.expression_attribute_values(format!(":{}", stage.as_str()), text(stage.as_str()));
        }
        if let Outcome::Refused(_) = self.write(run, goes_on).await? {
            // The run is already at a later stage. Or it has ended, and this write is refused too.
            let late = request().update_expression(format!("SET {note}")).condition_expression(OPEN);
            self.write(run, late).await?;
        }
        Ok(())
    }

    async fn conclude(&self, run: &RunId, holder: Option<&str>, conclusion: &Conclusion) -> Result<bool, Fault> {
        let request = held_by(self.update(run), OPEN, holder)
            .update_expression("SET conclusion = :conclusion")
            .expression_attribute_values(":conclusion", to_value("the conclusion of a run", conclusion)?);
        match self.write(run, request).await? {
            Outcome::Written(_) => Ok(true),
            Outcome::Refused(entry) => {
                let entry: RunEntry = from_item(&address(run), entry)?;
                Ok(entry.execution.as_deref() == holder && entry.conclusion.as_ref() == Some(conclusion))
            }
        }
    }

    async fn mailed(&self, run: &RunId, holder: Option<&str>, mail: &MailState) -> Result<(), Fault> {
        let mail = to_value("the mail of a run", mail)?;
        let record_mail = |condition: &str, update: &str| {
            held_by(self.update(run), condition, holder)
                .update_expression(update)
                .expression_attribute_values(":mail", mail.clone())
        };
        let closes = record_mail(ENDS, "SET mail = :mail REMOVE #open")
            .expression_attribute_names("#next", "next")
            .expression_attribute_names("#open", OPEN_ATTRIBUTE);
        if let Outcome::Refused(_) = self.write(run, closes).await? {
            // A next attempt is to resume the run, which stays open until then. Or another execution holds the run, and
            // this write is refused too.
            self.write(run, record_mail(KNOWN, "SET mail = :mail")).await?;
        }
        Ok(())
    }

    async fn set_content(&self, run: &RunId, content: Option<&str>, same_as: Option<&RunId>) -> Result<(), Fault> {
        let parts = [("content", content.map(str::to_owned)), ("same_content_as", same_as.map(ToString::to_string))];
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut request = self.update(run).condition_expression(KNOWN);
        for (name, value) in parts {
            request = request.expression_attribute_names(format!("#{name}"), name);
            match value {
                Some(value) => {
                    set.push(format!("#{name} = :{name}"));
                    request = request.expression_attribute_values(format!(":{name}"), AttributeValue::S(value));
                }
                None => remove.push(format!("#{name}")),
            }
        }
        let clauses = [("SET", set), ("REMOVE", remove)].into_iter().filter(|(_, parts)| !parts.is_empty());
        let expression: Vec<String> = clauses.map(|(clause, parts)| format!("{clause} {}", parts.join(", "))).collect();
        self.write(run, request.update_expression(expression.join(" "))).await.map(drop)
    }
}
