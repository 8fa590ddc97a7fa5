//! Gives up rejects, and tells people.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::documents::RetryDocument;
use sluice_contract::keys;
use sluice_contract::steps::{RetryDone, RetryLot};
use sluice_engine::feed::{FeedName, once};
use sluice_engine::report::Exhausted;
use sluice_platform::documents::{find_json, put_json_once, read_json};
use sluice_platform::mail::Mail;
use sluice_platform::rejects::Block;
use sluice_platform::{Fault, chain};

use crate::collect::EXHAUST;
use crate::{Deps, feed};

/// Conditional writes that are under way at once.
const IN_FLIGHT: usize = 32;

/// Gives up the rejects of a lot. Those that were closed in the meantime are left alone.
pub(crate) async fn exhaust(deps: &Deps, lot: &RetryLot) -> Result<RetryDone, Fault> {
    let run = &lot.run_id;
    let document: RetryDocument = read_json(&*deps.objects, &keys::retry_lot(run, lot.at, EXHAUST)).await?;
    let give_up = async |record: u64| {
        let given_up = deps.rejects.exhaust(run, record).await?;
        Ok::<_, Fault>(given_up.then_some(record))
    };
    let records = document.rejects.iter().map(|due| due.record);
    let given_up = stream::iter(records).map(give_up).buffer_unordered(IN_FLIGHT).try_collect::<Vec<_>>().await?;
    let given_up: BTreeSet<u64> = given_up.into_iter().flatten().collect();
    let done = RetryDone { run_id: run.clone(), offered: 0, upload: None, exhausted: given_up.len() as u64 };
    // The same rejects may have been found by two executions: they are named by what they are, and not by when.
    let (Some(first), Some(last)) = (given_up.first(), given_up.last()) else { return Ok(done) };
    let told = keys::retry_told(run, *first, *last, done.exhausted);
    if document.told && find_json::<String>(&*deps.objects, &told).await?.is_none() {
        let id = tell(deps, &document, &given_up).await?;
        put_json_once(&*deps.objects, &told, &id).await?;
    }
    Ok(done)
}

/// Sends the mail; answers its id, or why it could not be sent.
async fn tell(deps: &Deps, lot: &RetryDocument, given_up: &BTreeSet<u64>) -> Result<String, Fault> {
    let to = once(deps.operators.iter().chain(&feed::recipients(deps, &lot.feed).await?));
    if to.is_empty() {
        return Ok("nobody to tell".to_owned());
    }
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
        by_code: by_code(deps, lot, given_up).await?,
        location,
    };
    let mail = Mail { to, subject: exhausted.subject(), text: exhausted.text(), html: exhausted.html() };
    match deps.mailer.send(&mail).await {
        Ok(id) => Ok(id),
        Err(fault @ (Fault::Transient { .. } | Fault::Throttled { .. })) => Err(fault),
        Err(fault) => {
            let reason = chain(&fault);
            tracing::error!(reason, run_id = lot.run_id.as_str(), "the mail about exhausted rejects could not be sent");
            Ok(reason)
        }
    }
}

/// How many of them have each code.
async fn by_code(deps: &Deps, lot: &RetryDocument, given_up: &BTreeSet<u64>) -> Result<BTreeMap<String, u64>, Fault> {
    let mut by_code = BTreeMap::new();
    for block in given_up.iter().map(|record| Block::of(*record)).collect::<BTreeSet<_>>() {
        for entry in deps.rejects.list(&lot.run_id, block).await? {
            if given_up.contains(&entry.record) {
                let rejecting = entry.problems.iter().filter(|problem| !problem.is_warning());
                for code in rejecting.map(|problem| problem.code).collect::<BTreeSet<_>>() {
                    *by_code.entry(code.as_str().to_owned()).or_default() += 1;
                }
            }
        }
    }
    Ok(by_code)
}
