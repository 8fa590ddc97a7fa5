//! Handles files in the inbox that no run imports: their event was lost, or intake died before it started the run.

use futures::{StreamExt, stream};
use sluice_contract::documents::{SweepDocument, Version};
use sluice_contract::{Verdict, keys};
use sluice_intake::{ObjectCreated, run_of};
use sluice_platform::Fault;
use sluice_platform::documents::{find_json, put_json};
use sluice_platform::inbox::{InboxPlace, UploadVersion};
use sluice_platform::ledger::{RunEntry, RunStage};

use crate::{Deps, Done, IN_FLIGHT, Sweep};

impl Sweep<'_> {
    /// Offers intake every version that has been in the inbox for a while and has no run, or one that was never started. Returns
    /// whether it came to the end; if not, it has saved its place.
    pub(crate) async fn uploads(&mut self) -> Result<bool, Fault> {
        let (deps, settled) = (self.deps, self.settled());
        let mut from = place(deps).await?;
        let began = from.clone();
        loop {
            if self.out_of_time() {
                keep(deps, from).await?;
                return Ok(false);
            }
            let page = deps.intake.inbox.page(from.as_ref()).await?;
            let settled = page.versions.into_iter().filter(|version| version.last_modified < settled);
            let offers = stream::iter(settled).map(async |version| {
                let done = offer(deps, &version).await;
                (format!("version {} of {}", version.version_id, version.key), done)
            });
            let done: Vec<_> = offers.buffer_unordered(IN_FLIGHT).collect().await;
            for (what, done) in done {
                self.note(&what, done);
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        if began.is_some() {
            keep(deps, None).await?;
        }
        Ok(true)
    }
}

/// Offers a version to intake, unless its run is on its way or has ended.
async fn offer(deps: &Deps, version: &UploadVersion) -> Result<Done, sluice_intake::Error> {
    let bucket = &deps.intake.inbox_bucket;
    if keys::is_folder(&version.key, version.bytes) {
        return Ok(Done::Nothing);
    }
    let run = run_of(bucket, &version.key, &version.version_id);
    let entry = deps.intake.ledger.get(&run).await?;
    if entry.as_ref().is_some_and(|entry| !waits(entry)) {
        return Ok(Done::Nothing);
    }
    sluice_intake::run(&deps.intake, ObjectCreated::of(bucket, version)).await?;
    Ok(Done::Offered)
}

/// Whether intake has something left to do: to start the run, or to send the mail about a refused file.
fn waits(entry: &RunEntry) -> bool {
    match &entry.conclusion {
        Some(conclusion) => conclusion.verdict == Verdict::Refused && entry.mail.is_none(),
        None => entry.stage == RunStage::Registered && entry.execution.is_none(),
    }
}

/// The place at which the previous sweep ran out of time.
async fn place(deps: &Deps) -> Result<Option<InboxPlace>, Fault> {
    let document: Option<SweepDocument> = find_json(&*deps.intake.objects, keys::SWEEP).await?;
    Ok(document.and_then(|SweepDocument { key, version_id, .. }| Some(InboxPlace { key: key?, version_id })))
}

/// Saves the place at which the next sweep begins.
async fn keep(deps: &Deps, from: Option<InboxPlace>) -> Result<(), Fault> {
    let (key, version_id) = from.map_or((None, None), |from| (Some(from.key), from.version_id));
    put_json(&*deps.intake.objects, keys::SWEEP, &SweepDocument { version: Version, key, version_id }).await
}
