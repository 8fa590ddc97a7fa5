//! Puts rejects into the inbox again, as they came.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::documents::{DueRecord, RetryDocument};
use sluice_contract::keys;
use sluice_contract::steps::{RetryDone, RetryLot};
use sluice_engine::feed::{FeedName, RetryPlan};
use sluice_engine::record::{Record, Rows};
use sluice_engine::reject::{ATTEMPT, Place};
use sluice_engine::repair::Sheet;
use sluice_platform::Fault;
use sluice_platform::documents::read_json;
use sluice_platform::objects::{ContentType, ObjectWriter};
use sluice_platform::records::Records;

use crate::Deps;
use crate::collect::OFFER;

/// Conditional writes that are under way at the same time.
const IN_FLIGHT: usize = 32;
/// Rows are written in pieces of this size, in bytes.
const FLUSH_BYTES: usize = 256 * 1024;

/// Offers the rejects of a lot.
pub(crate) async fn offer(deps: &Deps, lot: &RetryLot) -> Result<RetryDone, Fault> {
    let run = &lot.run_id;
    let document: RetryDocument = read_json(&*deps.objects, &keys::retry_lot(run, lot.at, OFFER)).await?;
    let done = |offered, upload| RetryDone { run_id: run.clone(), offered, upload, exhausted: 0 };
    let Ok(feed) = document.feed.parse::<FeedName>() else { return Ok(done(0, None)) };
    let claimed = claim(deps, &document).await?;
    if claimed.is_empty() {
        return Ok(done(0, None));
    }
    let key = keys::retry_upload(&feed, run, lot.at);
    let file = Offered::write(deps, &document, &feed, &key, &claimed).await?;
    if file.rows == 0 {
        return Ok(done(0, None));
    }
    if !is_offered(deps, lot, &key).await? {
        file.object.finish().await?;
    }
    Ok(done(file.rows, Some(key)))
}

/// Whether an earlier call has put the file of a lot into the inbox. The file is there, or pin wrote a mark before it moved the file
/// out.
async fn is_offered(deps: &Deps, lot: &RetryLot, key: &str) -> Result<bool, Fault> {
    let is_there = deps.inbox.head(key).await?.is_some();
    Ok(is_there || deps.objects.head(&keys::retry_taken(&lot.run_id, lot.at)).await?.is_some())
}

/// Claims the rejects of a lot that are still open and not claimed by another lot, for their next attempt. Returns the attempt of each
/// claimed record; a repeated call returns the same.
async fn claim(deps: &Deps, lot: &RetryDocument) -> Result<BTreeMap<u64, u32>, Fault> {
    let claim = async |due: &DueRecord| {
        let attempt = due.attempts.saturating_add(1);
        let until = lot.at.saturating_add(RetryPlan::wait(attempt));
        let is_ours = deps.rejects.postpone(&lot.run_id, due.record, attempt, until).await?;
        Ok::<_, Fault>(is_ours.then_some((due.record, attempt)))
    };
    let claims = stream::iter(&lot.rejects).map(claim).buffer_unordered(IN_FLIGHT);
    Ok(claims.try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
}

/// A file of rejects that is not complete, and so not visible in the inbox yet.
struct Offered {
    object: Box<dyn ObjectWriter>,
    rows: u64,
}

impl Offered {
    /// Writes the rows of the claimed records from the run's `rejects.csv`, each with the number of its attempt. Records that were rejected
    /// together are only retried together: if not all of them are claimed, they stay due.
    async fn write(
        deps: &Deps,
        lot: &RetryDocument,
        feed: &FeedName,
        key: &str,
        attempts: &BTreeMap<u64, u32>,
    ) -> Result<Self, Fault> {
        let from = keys::output(feed, &lot.run_id, keys::REJECTS_CSV);
        let mut records = Records::canonical(&*deps.objects, &from).await?;
        let header = records.advance().await?;
        let sheet = Sheet::of(records.record().iter()).filter(|_| header);
        let corrupt = || Fault::Corrupt { what: from.clone(), found: "it has not the columns of rejects".to_owned() };
        let sheet = sheet.ok_or_else(corrupt)?;
        let mut rows = Rows::default();
        row(&mut rows, &records.record(), ATTEMPT);
        let mut file = Self { object: deps.inbox.create(key, ContentType::Csv).await?, rows: 0 };
        let (mut together, mut of_item) = (Rows::default(), 0);
        while records.advance().await? {
            let record = records.record();
            let number = sheet.record_of(lot.run_id.as_str(), &record);
            let attempt = number.and_then(|number| attempts.get(&number));
            let Place { at, of, .. } = sheet.place(&record).unwrap_or(Place::ALONE);
            if at == 1 {
                together.clear();
                of_item = 0;
            }
            if let Some(attempt) = attempt {
                row(&mut together, &record, &attempt.to_string());
                of_item += 1;
            }
            if at == of && of_item == of {
                rows.append(&together);
                file.rows += of;
            }
            if rows.as_bytes().len() >= FLUSH_BYTES {
                file.object.write(rows.as_bytes()).await?;
                rows.clear();
            }
        }
        file.object.write(rows.as_bytes()).await?;
        Ok(file)
    }
}

/// Writes a row with one more cell.
fn row(rows: &mut Rows, record: &Record<'_>, last: &str) {
    for cell in record.iter() {
        rows.cell(cell);
    }
    rows.cell(last);
    rows.end();
}
