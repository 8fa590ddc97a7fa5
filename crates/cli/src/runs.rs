//! `sluice runs`: the runs of a stack, or of a folder on this machine.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use sluice_contract::{Tally, Verdict, keys};
use sluice_engine::display::{count, thousands};
use sluice_platform::clock::rfc3339;
use sluice_platform::ledger::{MailState, RunEntry, RunFilter, RunSearch, RunStage};

use crate::args::{Format, RunState, RunsArgs};
use crate::columns::Columns;
use crate::ending::Ending;
use crate::place::Place;
use crate::print::printable;
use crate::screen::say;

/// The time between two reads of the ledger. Without a feed, each reads the whole ledger.
const INTERVAL: Duration = Duration::from_secs(5);

/// Lists runs: once, or with `--watch` until Ctrl-C.
pub async fn runs(args: &RunsArgs) -> anyhow::Result<Ending> {
    let place = Place::look(&args.place).await?;
    let world = place.world();
    let (search, clock) = (world.search(), world.clock());
    let mut found = Found::find(&*search, args, clock()).await?;
    if args.format == Format::Json {
        for run in &found.runs {
            say(&serde_json::to_string(run)?);
        }
        return Ok(Ending::Good);
    }
    say(&found.text(clock()));
    if !args.watch {
        return Ok(Ending::Good);
    }
    let clears = std::io::stdout().is_terminal();
    loop {
        tokio::time::sleep(INTERVAL).await;
        let new = Found::find(&*search, args, clock()).await?;
        if clears {
            // Clears the screen, and begins at its top.
            let _ = write!(std::io::stdout(), "\x1b[2J\x1b[H");
        }
        if clears || new != found {
            say(&new.text(clock()));
        }
        found = new;
    }
}

/// The runs that match the arguments.
#[derive(Debug, PartialEq)]
struct Found {
    /// The latest of them, latest first.
    runs: Vec<ListedRun>,
    /// How many more there are.
    more: usize,
}

/// A run as it is listed.
#[derive(Debug, PartialEq, Serialize)]
struct ListedRun {
    run_id: String,
    feed: String,
    /// The key of the upload.
    file: String,
    started_at: String,
    attempt: u32,
    stage: RunStage,
    stage_at: String,
    verdict: Option<Verdict>,
    ended_at: Option<String>,
    tally: Option<Tally>,
    /// Whether Sluice continues the run by itself: it failed and is resumed, or its file waits for its feed.
    resumes: bool,
    /// `sent`, `partly`, `failed` or `no_recipients`; `None` until report has tried to send the mail.
    mail: Option<&'static str>,
    /// The run whose file it imports again, or whose rejects it repairs.
    parent: Option<String>,
    same_content_as: Option<String>,
}

impl Found {
    async fn find(search: &dyn RunSearch, args: &RunsArgs, now: Timestamp) -> anyhow::Result<Self> {
        let since = args.since.map(|since| rfc3339(since.time(now)));
        let filter = RunFilter { feed: args.feed.as_deref(), since: since.as_deref() };
        let (mut runs, mut from) = (Vec::new(), None);
        loop {
            let page = search.runs(filter, from.as_deref()).await?;
            let wanted = |entry: &&RunEntry| args.state.is_empty() || args.state.contains(&state(entry));
            runs.extend(page.runs.iter().filter(wanted).map(ListedRun::of));
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        runs.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.run_id.cmp(&b.run_id)));
        let more = runs.len().saturating_sub(args.limit());
        runs.truncate(args.limit());
        Ok(Self { runs, more })
    }

    fn text(&self, now: Timestamp) -> String {
        if self.runs.is_empty() {
            return "no run was found".to_owned();
        }
        let headings = ["AGE", "STATE", "READ", "IMPORTED", "UNCHANGED", "REJECTED", "FEED", "FILE", "RUN"];
        let mut table = Columns::new(headings);
        for run in &self.runs {
            table.row(run.row(now));
        }
        let more = match self.more {
            0 => String::new(),
            more => format!("\nand {}; --limit 0 lists all", count(more as u64, "earlier run")),
        };
        table.text() + &more
    }
}

impl ListedRun {
    fn of(entry: &RunEntry) -> Self {
        let conclusion = entry.conclusion.as_ref();
        Self {
            run_id: entry.run_id.to_string(),
            feed: entry.feed.clone(),
            file: entry.upload.key.clone(),
            started_at: entry.started_at.clone(),
            attempt: entry.attempt(),
            stage: entry.stage,
            stage_at: entry.stage_at.clone(),
            verdict: conclusion.map(|conclusion| conclusion.verdict),
            ended_at: conclusion.map(|conclusion| conclusion.at.clone()),
            tally: conclusion.and_then(|conclusion| conclusion.tally),
            resumes: conclusion.is_some_and(|conclusion| conclusion.next.is_some()),
            mail: entry.mail.as_ref().map(|mail| match mail {
                MailState::Sent(_) => "sent",
                MailState::Partly { .. } => "partly",
                MailState::Failed(_) => "failed",
                MailState::NoRecipients => "no_recipients",
            }),
            parent: entry.origin.parent().map(ToString::to_string),
            same_content_as: entry.same_content_as.as_ref().map(ToString::to_string),
        }
    }

    fn row(&self, now: Timestamp) -> [String; 9] {
        let state = match self.verdict {
            Some(Verdict::Refused) if self.resumes => "REFUSED, waits for its feed".to_owned(),
            Some(verdict) if self.resumes => format!("{verdict}, resumes"),
            Some(verdict) => verdict.to_string(),
            None => format!("open: {}", self.stage.as_str().to_lowercase()),
        };
        let number = |of: fn(&Tally) -> u64| self.tally.as_ref().map(|tally| thousands(of(tally))).unwrap_or_default();
        [
            age(&self.started_at, now),
            state,
            number(|tally| tally.read),
            number(|tally| tally.imported),
            number(|tally| tally.unchanged),
            number(|tally| tally.rejected),
            printable(&self.feed),
            printable(keys::file_name(&self.file)),
            self.run_id.clone(),
        ]
    }
}

/// The state of a run, as `--state` names it.
fn state(entry: &RunEntry) -> RunState {
    match entry.conclusion.as_ref().map(|conclusion| conclusion.verdict) {
        None => RunState::Open,
        Some(Verdict::Imported) => RunState::Imported,
        Some(Verdict::Passed) => RunState::Passed,
        Some(Verdict::Skipped) => RunState::Skipped,
        Some(Verdict::Rejected) => RunState::Rejected,
        Some(Verdict::Refused) => RunState::Refused,
        Some(Verdict::Inconsistent) => RunState::Inconsistent,
        Some(Verdict::Failed) => RunState::Failed,
    }
}

/// How long ago a time (RFC 3339) is, in its largest unit: `12s`, `3m`, `5h`, `2d`.
pub fn age(at: &str, now: Timestamp) -> String {
    let Ok(at) = at.parse::<Timestamp>() else { return String::new() };
    match (now.as_second() - at.as_second()).max(0) {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3_600 => format!("{}m", seconds / 60),
        seconds @ 3_600..86_400 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests;
