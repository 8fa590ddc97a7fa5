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

use crate::args::{FollowArgs, PlaceArgs, ShowArgs};
use crate::ending::{Ending, refused};
use crate::place::{Deployed, Place, name_place, report};
use crate::print;
use crate::runs::age;
use crate::screen::say;

/// Shows how a run stands, or how it ended.
pub async fn show(args: &ShowArgs) -> anyhow::Result<Ending> {
    let place = Place::look(&args.place).await?;
    let world = place.world();
    let entry = world.ledger().get(&args.run).await?;
    let entry = entry.ok_or_else(|| refused(name_place(&missing(&args.run), &args.place)))?;
    for attempt in &entry.earlier {
        say(&earlier(&args.run, attempt));
    }
    match &entry.conclusion {
        None => say(&under_way(&entry, &args.place, (world.clock())())),
        Some(conclusion) => {
            let report = report(&*world.objects(), &entry).await?;
            say(&name_place(&print::ending(&entry, conclusion, report.as_ref()), &args.place));
            match (&place, &entry.mail) {
                (Place::Folder(lasting), Some(MailState::Sent(ids))) => {
                    say(&format!("The mail that would be sent is {}.", lasting.local.outbox.first(ids).display()));
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

/// The entry of a run of a stack. It is an error if the ledger has none.
pub async fn known(ledger: &dyn Ledger, run: &RunId) -> anyhow::Result<RunEntry> {
    let entry = ledger.get(run).await?;
    entry.ok_or_else(|| refused(missing(run)))
}

fn missing(run: &RunId) -> String {
    format!("there is no run {run} here; to list the runs: sluice runs")
}

/// Describes how an earlier attempt ended.
fn earlier(run: &RunId, attempt: &Attempt) -> String {
    let number = run.attempt(&attempt.execution);
    match &attempt.conclusion {
        Some(conclusion) => format!("Attempt {number} ended {} at {}.", conclusion.verdict, conclusion.at),
        None => format!("Attempt {number} ended without a report."),
    }
}

/// Describes how far a run has come that has not ended.
fn under_way(entry: &RunEntry, place: &PlaceArgs, now: Timestamp) -> String {
    let RunEntry { run_id, stage, stage_at, upload, .. } = entry;
    let next = match place.into {
        None => format!("To follow it to its end: sluice follow {run_id}"),
        Some(_) => name_place(&format!("If no process works on it, continue it: sluice resume {run_id}"), place),
    };
    format!(
        "{}: the run has not ended. Its attempt {} reached the stage {} {} ago, at {stage_at}.\n{next}",
        print::printable(keys::file_name(&upload.key)),
        entry.attempt(),
        stage.as_str(),
        age(stage_at, now),
    )
}

/// Writes the page of a run's report to a file on this machine, if it is not in one already.
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
            // Only this user can read the file. It is kept, because a browser may read it later.
            let file = tempfile::Builder::new().prefix(&format!("{}-", entry.run_id)).suffix(".html").tempfile();
            let (_, path) = file.and_then(|file| file.keep().map_err(Into::into)).context("making a temporary file")?;
            std::fs::write(&path, html).with_context(|| format!("writing {}", path.display()))?;
            Ok(path)
        }
    }
}

/// The program that opens a page, unless `BROWSER` names another one.
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
    use crate::args::AccountArgs;

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
        for (into, next) in [
            (None, "sluice follow products-0123456789abcdef01234567"),
            (Some("shop"), "sluice resume products-0123456789abcdef01234567 --into 'shop'"),
        ] {
            let account = AccountArgs { profile: None, region: None };
            let place = PlaceArgs { into: into.map(PathBuf::from), stack: None, account };
            let text = under_way(&second, &place, "2026-11-21T08:03:00Z".parse().unwrap());
            let begins = "a.csv: the run has not ended. Its attempt 2 reached the stage SPLIT 3m ago";
            assert!(text.starts_with(begins) && text.ends_with(next), "{text}");
        }
        assert_eq!(earlier(&first.run_id, &second.earlier[0]), "Attempt 1 ended without a report.");
    }

    #[tokio::test]
    async fn a_run_that_is_not_there_is_refused() {
        let error = known(&MemoryLedger::new(), &entry().run_id).await.unwrap_err();
        assert_eq!(Ending::of_error(&error), Ending::Refused);
        assert!(error.to_string().contains("sluice runs"), "{error}");
    }
}
