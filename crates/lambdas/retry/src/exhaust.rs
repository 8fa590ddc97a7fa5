//! Gives up rejects, and sends a mail about them.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::documents::RetryDocument;
use sluice_contract::keys;
use sluice_contract::steps::{RetryDone, RetryLot};
use sluice_engine::feed::FeedName;
use sluice_engine::report::Exhausted;
use sluice_platform::Fault;
use sluice_platform::documents::{find_json, put_json_once, read_json};
use sluice_platform::mail::{Letter, deliver};
use sluice_platform::rejects::{Block, RejectEntry, RejectState};

use crate::collect::EXHAUST;
use crate::{Deps, feed};

/// Conditional writes that are under way at the same time.
const IN_FLIGHT: usize = 32;

/// Gives up the rejects of a lot, except those that were closed in the meantime. The mail goes out before the rejects are marked
/// exhausted. If the call dies in between, they are still due, and the next one continues.
pub(crate) async fn exhaust(deps: &Deps, lot: &RetryLot) -> Result<RetryDone, Fault> {
    let run = &lot.run_id;
    let document: RetryDocument = read_json(&*deps.objects, &keys::retry_lot(run, lot.at, EXHAUST)).await?;
    let left = left(deps, &document).await?;
    // Two executions may have found the same rejects. The key of the mark names the rejects, so that only one mail goes out.
    if let (true, Some(first), Some(last)) = (document.told, left.first(), left.last()) {
        let mailed = keys::retry_told(run, first.record, last.record, left.len() as u64);
        if find_json::<String>(&*deps.objects, &mailed).await?.is_none() {
            let id = send_mail(deps, &document, &left).await?;
            put_json_once(&*deps.objects, &mailed, &id).await?;
        }
    }
    let give_up = async |entry: &RejectEntry| deps.rejects.exhaust(run, entry.record).await;
    let given_up = stream::iter(&left).map(give_up).buffer_unordered(IN_FLIGHT).try_collect::<Vec<_>>().await?;
    let exhausted = given_up.into_iter().filter(|given_up| *given_up).count() as u64;
    Ok(RetryDone { run_id: run.clone(), offered: 0, upload: None, exhausted })
}

/// The rejects of a lot that are not closed, by record. They include those that an earlier call has given up.
async fn left(deps: &Deps, lot: &RetryDocument) -> Result<Vec<RejectEntry>, Fault> {
    let records: BTreeSet<u64> = lot.rejects.iter().map(|due| due.record).collect();
    let mut left = Vec::new();
    for block in records.iter().map(|record| Block::of(*record)).collect::<BTreeSet<_>>() {
        let entries = deps.rejects.list(&lot.run_id, block).await?.into_iter();
        left.extend(entries.filter(|entry| entry.state != RejectState::Closed && records.contains(&entry.record)));
    }
    left.sort_unstable_by_key(|entry| entry.record);
    Ok(left)
}

/// Sends the mail. Returns its message ids, or who was not sent one and why.
async fn send_mail(deps: &Deps, lot: &RetryDocument, given_up: &[RejectEntry]) -> Result<String, Fault> {
    let recipients = feed::recipients(deps, &lot.feed).await?;
    let entry = deps.ledger.get(&lot.run_id).await?;
    let file = entry.map_or_else(|| lot.run_id.to_string(), |entry| keys::file_name(&entry.upload.key).to_owned());
    let location = lot.feed.parse::<FeedName>().map_or_else(
        |_| deps.location.clone(),
        |feed| format!("{}{}", deps.location, keys::output(&feed, &lot.run_id, keys::REJECTS_CSV)),
    );
    let exhausted = Exhausted {
        feed: lot.feed.clone(),
        run: lot.run_id.to_string(),
        file,
        records: given_up.len() as u64,
        attempts: lot.rejects.iter().map(|due| due.attempts).max().unwrap_or_default(),
        by_code: by_code(given_up),
        rows: deps.links.output(keys::REJECTS_CSV, location, None),
    };
    let letter = Letter { subject: exhausted.subject(), text: exhausted.text(), html: exhausted.html() };
    let delivery = deliver(&*deps.mailer, &deps.operators, &recipients, &letter).await;
    if delivery.recipients == 0 {
        return Ok("no recipients".to_owned());
    }
    let outcome = delivery.failure().unwrap_or_else(|| delivery.sent.join(", "));
    match delivery.transient {
        Some(fault) => Err(fault),
        None => Ok(outcome),
    }
}

/// The number of rejects under each code.
fn by_code(given_up: &[RejectEntry]) -> BTreeMap<String, u64> {
    let mut by_code = BTreeMap::new();
    for entry in given_up {
        let rejecting = entry.problems.iter().filter(|problem| !problem.is_warning());
        for code in rejecting.map(|problem| problem.code).collect::<BTreeSet<_>>() {
            *by_code.entry(code.as_str().to_owned()).or_default() += 1;
        }
    }
    by_code
}
