//! Searches runs with the indexes of the table.

use async_trait::async_trait;
use sluice_contract::RunId;

use super::{DynamoLedger, OPEN_ATTRIBUTE, OPEN_VALUE, text};
use crate::Fault;
use crate::aws::attributes::{Attributes, from_item};
use crate::aws::{AwsRequest, fault};
use crate::ledger::search::SAME;
use crate::ledger::{OpenRuns, RunEntry, RunFilter, RunPage, RunSearch};

/// The sparse index of open runs, by the time at which they reached their stage.
const OPEN_RUNS: &str = "open-runs";

/// The sparse index of the contents of sources, by the time at which their runs were entered.
const BY_CONTENT: &str = "by-content";

/// The index of the runs of each feed, by the time at which they began.
const BY_FEED: &str = "by-feed";

/// How many open runs are on a page.
const PAGE: i32 = 100;

#[async_trait]
impl RunSearch for DynamoLedger {
    async fn open_runs(&self, before: &str, from: Option<&str>) -> Result<OpenRuns, Fault> {
        let what = "the open runs of the ledger";
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(OPEN_RUNS)
            .key_condition_expression("#open = :open AND stage_at < :before")
            .expression_attribute_names("#open", OPEN_ATTRIBUTE)
            .expression_attribute_values(":open", text(OPEN_VALUE))
            .expression_attribute_values(":before", text(before))
            .limit(PAGE)
            .set_exclusive_start_key(from.and_then(place))
            .send()
            .await
            .map_err(|error| fault(AwsRequest { verb: "list", to: what }, &error))?;
        let next = page.last_evaluated_key.as_ref().and_then(|key| {
            let [at, run] = ["stage_at", "run_id"].map(|name| key.get(name)?.as_s().ok());
            Some(format!("{} {}", at?, run?))
        });
        Ok(OpenRuns { runs: runs(what, page.items.unwrap_or_default())?, next })
    }

    async fn same_content(&self, content: &str, until: &str) -> Result<Vec<RunId>, Fault> {
        let what = "the runs of the ledger with the same content";
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_CONTENT)
            .key_condition_expression("#content = :content AND started_at <= :until")
            .expression_attribute_names("#content", "content")
            .expression_attribute_values(":content", text(content))
            .expression_attribute_values(":until", text(until))
            .scan_index_forward(false)
            .limit(i32::try_from(SAME).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| fault(AwsRequest { verb: "find", to: what }, &error))?;
        runs(what, page.items.unwrap_or_default())
    }

    async fn runs(&self, filter: RunFilter<'_>, from: Option<&str>) -> Result<RunPage, Fault> {
        match filter.feed {
            Some(feed) => self.of_feed(feed, filter.since, from).await,
            None => self.all(filter.since, from).await,
        }
    }
}

impl DynamoLedger {
    /// A page of the runs of a feed, from the index.
    async fn of_feed(&self, feed: &str, since: Option<&str>, from: Option<&str>) -> Result<RunPage, Fault> {
        let what = "the runs of a feed in the ledger";
        let condition = if since.is_some() { "#feed = :feed AND started_at >= :since" } else { "#feed = :feed" };
        let start = from.and_then(|from| from.split_once(' ')).map(|(at, run)| {
            let key = [("feed", feed), ("started_at", at), ("run_id", run)];
            Attributes::from(key.map(|(name, value)| (name.to_owned(), text(value))))
        });
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_FEED)
            .key_condition_expression(condition)
            .expression_attribute_names("#feed", "feed")
            .expression_attribute_values(":feed", text(feed))
            .set_exclusive_start_key(start);
        if let Some(since) = since {
            request = request.expression_attribute_values(":since", text(since));
        }
        let page = request.send().await.map_err(|error| fault(AwsRequest { verb: "list", to: what }, &error))?;
        let next = page.last_evaluated_key.as_ref().and_then(|key| {
            let [at, run] = ["started_at", "run_id"].map(|name| key.get(name)?.as_s().ok());
            Some(format!("{} {}", at?, run?))
        });
        Ok(RunPage { runs: entries(what, page.items)?, next })
    }

    /// A page of all runs, from the table itself.
    async fn all(&self, since: Option<&str>, from: Option<&str>) -> Result<RunPage, Fault> {
        let what = "the runs of the ledger";
        let start = from.map(|run| Attributes::from([("run_id".to_owned(), text(run))]));
        let mut request = self.client.scan().table_name(&self.table).set_exclusive_start_key(start);
        if let Some(since) = since {
            request =
                request.filter_expression("started_at >= :since").expression_attribute_values(":since", text(since));
        }
        let page = request.send().await.map_err(|error| fault(AwsRequest { verb: "list", to: what }, &error))?;
        let next = page.last_evaluated_key.as_ref().and_then(|key| key.get("run_id")?.as_s().ok().cloned());
        Ok(RunPage { runs: entries(what, page.items)?, next })
    }
}

/// The entries in these items.
fn entries(what: &str, items: Option<Vec<Attributes>>) -> Result<Vec<RunEntry>, Fault> {
    items.unwrap_or_default().into_iter().map(|item| from_item(what, item)).collect()
}

/// The key in the index after which a page begins.
fn place(from: &str) -> Option<Attributes> {
    let (at, run) = from.split_once(' ')?;
    let key = [(OPEN_ATTRIBUTE, OPEN_VALUE), ("stage_at", at), ("run_id", run)];
    Some(key.map(|(name, value)| (name.to_owned(), text(value))).into())
}

/// The runs of these entries of an index.
fn runs(what: &str, items: Vec<Attributes>) -> Result<Vec<RunId>, Fault> {
    let run = |item: Attributes| {
        let name = item.get("run_id").and_then(|name| name.as_s().ok()).map(String::as_str).unwrap_or_default();
        name.parse().map_err(|_| Fault::Corrupt { what: what.to_owned(), found: format!("{name:?} is not a run id") })
    };
    items.into_iter().map(run).collect()
}
