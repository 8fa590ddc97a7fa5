//! `sluice show` and `sluice follow`: how a run stands, and how it ended.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use jiff::Timestamp;
use sluice_contract::{RunId, keys};
use sluice_engine::feed::FeedName;
use sluice_platform::documents::read_all;
use sluice_platform::ledger::{Attempt, Ledger, MailState, RunEntry};
use sluice_platform::{Fault, World};

use crate::args::{FollowArgs, ShowArgs};
use crate::ending::{Ending, refused};
use crate::place::{Deployed, Place, report};
use crate::print;
use crate::runs::age;
use crate::screen::say;

/// Shows how a run stands, or how it ended.
pub async fn show(args: &ShowArgs) -> anyhow::Result<Ending> {
    let place = Place::look(&args.place).await?;
    let world = place.world();
    let entry = known(&*world.ledger(), &args.run).await?;
    for attempt in &entry.earlier {
        say(&earlier(&args.run, attempt));
    }
    match &entry.conclusion {
        None => say(&under_way(&entry, (world.clock())())),
        Some(conclusion) => {
            say(&print::ending(&entry, conclusion, report(&*world.objects(), &entry).await?.as_ref()));
            match (&place, &entry.mail) {
                (Place::Folder(lasting), Some(MailState::Sent(id))) => {
                    say(&format!("The mail that would be sent is {}.", lasting.local.outbox.text(id).display()));
                }
                (_, mail) => say(&print::mail(mail.as_ref())),
            }
        }
    }
    if args.open {
        open(&page(&place, &entry).await?)?;
    }
    Ok(Ending::Good)
}

/// Follows a run of a stack to its end.
pub async fn follow(args: &FollowArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(&args.stack).await?;
    let entry = known(&*deployed.world.ledger(), &args.run).await?;
    let execution = entry.execution.unwrap_or_else(|| args.run.execution(1));
    deployed.follow(&args.run, &execution).await
}

/// The entry of a run, which must be in the ledger.
pub async fn known(ledger: &dyn Ledger, run: &RunId) -> anyhow::Result<RunEntry> {
    let entry = ledger.get(run).await?;
    entry.ok_or_else(|| refused(format!("there is no run {run} here; sluice runs lists the runs that there are")))
}

/// How an attempt ended that another one has followed.
fn earlier(run: &RunId, attempt: &Attempt) -> String {
    let number = run.attempt(&attempt.execution);
    match &attempt.conclusion {
        Some(conclusion) => format!("Attempt {number} ended {} at {}.", conclusion.verdict, conclusion.at),
        None => format!("Attempt {number} ended without a report."),
    }
}

/// How far a run has come that has not ended.
fn under_way(entry: &RunEntry, now: Timestamp) -> String {
    let RunEntry { run_id, stage, stage_at, upload, .. } = entry;
    format!(
        "{}: the run has not ended. Its attempt {} came to the stage {} {} ago, at {stage_at}.\n\
         To see it through: sluice follow {run_id}",
        print::printable(keys::file_name(&upload.key)),
        entry.attempt(),
        stage.as_str(),
        age(stage_at, now),
    )
}

/// The page of a run's report, as a file on this machine.
async fn page(place: &Place, entry: &RunEntry) -> anyhow::Result<PathBuf> {
    let none = || refused(format!("the run {} has no page; a page is written when a run has ended", entry.run_id));
    // The folder of a refused file need not be the name of a feed.
    let feed = entry.feed.parse::<FeedName>().map_err(|_| none())?;
    let key = keys::output(&feed, &entry.run_id, keys::REPORT_HTML);
    match place {
        Place::Folder(lasting) => {
            let path = lasting.local.objects.path(&key)?;
            if path.is_file() { Ok(path) } else { Err(none()) }
        }
        Place::Stack(deployed) => {
            let html = match read_all(&*deployed.world.objects(), &key, None).await {
                Ok(html) => html,
                Err(Fault::Missing { .. }) => return Err(none()),
                Err(fault) => return Err(fault.into()),
            };
            // Only this user can read it, and it stays: a browser may read it at any time.
            let file = tempfile::Builder::new().prefix(&format!("{}-", entry.run_id)).suffix(".html").tempfile();
            let (_, path) = file.and_then(|file| file.keep().map_err(Into::into)).context("making a temporary file")?;
            std::fs::write(&path, html).with_context(|| format!("writing {}", path.display()))?;
            Ok(path)
        }
    }
}

/// The program that opens a page where `BROWSER` names none.
const DEFAULT_BROWSER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Opens a page.
fn open(page: &Path) -> anyhow::Result<()> {
    say(&format!("The page is {}.", page.display()));
    let browser = std::env::var_os("BROWSER").filter(|browser| !browser.is_empty());
    let browser = browser.unwrap_or_else(|| DEFAULT_BROWSER.into());
    let name = browser.to_string_lossy().into_owned();
    let ended = Command::new(&browser).arg(page).status().with_context(|| {
        format!("starting the browser {name:?}; BROWSER can name another program, or open the page yourself")
    })?;
    if !ended.success() {
        bail!("the browser {name:?} ended with {ended}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sluice_contract::documents::{Origin, Upload};
    use sluice_platform::ledger::{MemoryLedger, RunStage};

    use super::*;

    fn entry() -> RunEntry {
        let upload = Upload {
            bucket: "inbox".to_owned(),
            key: "inbox/products/a.csv".to_owned(),
            version_id: "v1".to_owned(),
            etag: String::new(),
            bytes: 0,
            last_modified: String::new(),
            sequencer: String::new(),
        };
        let run = "products-0123456789abcdef01234567".parse().unwrap();
        RunEntry {
            stage: RunStage::Split,
            ..RunEntry::new(run, "products", upload, Origin::Upload, "2026-11-21T08:00:00Z")
        }
    }

    #[test]
    fn a_run_that_has_not_ended_says_how_far_it_came() {
        let first = entry();
        let second = first.taken_by(&first.run_id.execution(1), "").taken_by(&first.run_id.execution(2), "");
        let second = RunEntry { stage: RunStage::Split, stage_at: first.stage_at.clone(), ..second };
        let told = under_way(&second, "2026-11-21T08:03:00Z".parse().unwrap());
        assert!(
            told.starts_with("a.csv: the run has not ended. Its attempt 2 came to the stage SPLIT 3m ago"),
            "{told}"
        );
        assert!(told.ends_with("sluice follow products-0123456789abcdef01234567"), "{told}");
        assert_eq!(earlier(&first.run_id, &second.earlier[0]), "Attempt 1 ended without a report.");
    }

    #[tokio::test]
    async fn a_run_that_is_not_there_is_refused() {
        let error = known(&MemoryLedger::new(), &entry().run_id).await.unwrap_err();
        assert_eq!(Ending::of_error(&error), Ending::Refused);
        assert!(error.to_string().contains("sluice runs"), "{error}");
    }
}
