//! Finds feeds of which no file came for longer than they say.
//!
//! The wait of a feed begins when its last file came, or when a sweep first saw that the feed expects files. A document keeps it, so a
//! sweep reads only the runs that began since then. It keeps, too, whether the operators were told of this wait.

use jiff::Timestamp;
use sluice_contract::documents::{Wait, WaitsDocument};
use sluice_contract::{Verdict, keys};
use sluice_engine::feed::Every;
use sluice_engine::report::Late;
use sluice_platform::Fault;
use sluice_platform::clock::rfc3339;
use sluice_platform::documents::{find_json, put_json};
use sluice_platform::feeds::{expecting, is_late};
use sluice_platform::ledger::{RunEntry, RunFilter, RunStage};
use sluice_platform::mail::{Letter, deliver};
use sluice_platform::metrics::{self, Unit};

use crate::{Deps, Done, LATE_FEEDS, Sweep};

impl Sweep<'_> {
    /// Looks since when each feed that expects files has waited for one, and tells the operators once of each wait that is too long.
    /// Returns whether it came to the end.
    pub(crate) async fn feeds(&mut self) -> Result<bool, Fault> {
        if self.out_of_time() {
            return Ok(false);
        }
        let deps = self.deps;
        let objects = &*deps.intake.objects;
        let expecting = expecting(objects).await?;
        let before = find_json::<WaitsDocument>(objects, keys::WAITS).await?.unwrap_or_default();
        let mut after = before.clone();
        after.feeds.retain(|feed, _| expecting.iter().any(|(name, _)| name == feed));
        let mut complete = true;
        for (feed, every) in &expecting {
            if self.out_of_time() {
                complete = false;
                break;
            }
            let now = (deps.intake.clock)();
            let done = look(deps, feed, *every, before.feeds.get(feed), now).await.map(|wait| {
                let done = if is_late(&wait, *every, now) { Done::Late } else { Done::Nothing };
                after.feeds.insert(feed.clone(), wait);
                done
            });
            self.note(&format!("feed {feed}"), done);
        }
        if after != before {
            put_json(objects, keys::WAITS, &after).await?;
        }
        if complete && !expecting.is_empty() {
            metrics::emit(&[], &[(LATE_FEEDS, Unit::Count, self.answer.late)]);
        }
        Ok(complete)
    }
}

/// The wait of a feed now. If it is too long and the operators were not told yet, this tells them.
async fn look(deps: &Deps, feed: &str, every: Every, known: Option<&Wait>, now: Timestamp) -> Result<Wait, Fault> {
    let Some(known) = known else { return Ok(Wait { since: rfc3339(now), file: None, told: false }) };
    let wait = newest(deps, feed, known).await?;
    if !is_late(&wait, every, now) {
        return Ok(Wait { told: false, ..wait });
    }
    let told = wait.told || tell(deps, feed, every, &wait).await;
    Ok(Wait { told, ..wait })
}

/// The wait since the newest file of a feed, if one came since the known wait began; else the known wait.
async fn newest(deps: &Deps, feed: &str, known: &Wait) -> Result<Wait, Fault> {
    let filter = RunFilter { feed: Some(feed), since: Some(&known.since) };
    let mut wait = known.clone();
    let mut from = None;
    loop {
        let page = deps.search.runs(filter, from.as_deref()).await?;
        for run in page.runs {
            if is_file(&run) && run.started_at > wait.since {
                wait = Wait { since: run.started_at, file: Some(run.upload.key), told: false };
            }
        }
        from = page.next;
        if from.is_none() {
            return Ok(wait);
        }
    }
}

/// Whether a run means that a file of its feed came: it is no repair, no rerun and no dry run, and the file was not refused.
fn is_file(run: &RunEntry) -> bool {
    let was_taken = match &run.conclusion {
        Some(conclusion) => conclusion.verdict != Verdict::Refused,
        None => run.stage > RunStage::Registered,
    };
    was_taken && run.origin.is_upload() && !keys::is_dry_run(&run.upload.key)
}

/// Sends the operators a mail about a feed that is late. Returns whether that is done: after a transient error, the next sweep tries
/// again. What refuses a mail for good is in the log, and the alarm does not depend on it.
async fn tell(deps: &Deps, feed: &str, every: Every, wait: &Wait) -> bool {
    let Wait { since, file, .. } = wait.clone();
    let last = file.as_deref().unwrap_or("none");
    tracing::warn!(feed, since, last, "the feed is late: it has waited for a file for more than {every}");
    let late = Late { feed: feed.to_owned(), every, since, file };
    let letter = Letter { subject: late.subject(), text: late.text(), html: late.html() };
    let notifier = &deps.intake.notifier;
    deliver(&*notifier.mailer, &notifier.operators, &[], &letter).await.transient.is_none()
}
