//! Works on a run in a lasting folder, until it ends or Ctrl-C interrupts it.

use anyhow::Context;
use sluice_contract::{RunId, Verdict};
use sluice_platform::World;
use sluice_platform::ledger::{MailState, RunEntry};

use crate::cores::Cores;
use crate::ending::Ending;
use crate::interrupt::unless_interrupted;
use crate::local::{Lasting, Leftovers};
use crate::place::{name_folder, report};
use crate::print;
use crate::progress::Reached;
use crate::run::{Limits, execute};
use crate::screen::{Screen, say};

/// The work on a run.
pub struct Work<'a> {
    /// The folder.
    pub lasting: &'a Lasting,
    /// The run.
    pub run: &'a RunId,
    /// How its file is cut into chunks.
    pub limits: Limits,
    /// Whether to keep the intermediate files.
    pub keep: bool,
}

impl Work<'_> {
    /// Runs an execution, and prints the result. After Ctrl-C, prints how far the run came and how to resume it.
    pub async fn see_through(&self, execution: &str, screen: &dyn Screen) -> anyhow::Result<Ending> {
        let Self { lasting, run, limits, .. } = self;
        let leftovers = (!self.keep).then(|| Leftovers::new(&lasting.local.objects, run));
        let cores = Cores::new(lasting.local.steps(*limits), screen).removing(leftovers);
        let done = unless_interrupted(execute(&lasting.local, &cores, run, execution)).await;
        screen.clear();
        match done {
            Some(done) => done?,
            None if self.entry().await?.conclusion.is_none() => return self.interrupted().await,
            // Ctrl-C came when the run had just ended.
            None => {}
        }
        self.print_result().await
    }

    /// Prints how the run ended.
    pub async fn print_result(&self) -> anyhow::Result<Ending> {
        let Self { lasting, run, .. } = self;
        let local = &lasting.local;
        let entry = self.entry().await?;
        let conclusion = entry.conclusion.as_ref().context("the ledger has no conclusion")?;
        let report = report(&local.objects, &entry).await?;
        say(&name_folder(&print::ending(&entry, conclusion, report.as_ref()), local.folder()));
        // If the feed cannot be read, its table is unknown.
        if let Ok(loaded) = local.runs().load(run).await {
            say(&local.target_sentence(&loaded.plan, run));
        }
        if let Some(MailState::Sent(ids)) = &entry.mail {
            say(&format!("The mail that would be sent is {}.", local.outbox.first(ids).display()));
        }
        if !matches!(conclusion.verdict, Verdict::Failed | Verdict::Inconsistent) {
            lasting.tidy(run, self.keep)?;
        }
        for other in lasting.unfinished(run).await? {
            say(&format!("Another run here has not ended: {}", self.resume(&other)));
        }
        Ok(Ending::of(conclusion.verdict, conclusion.tally.as_ref(), report.and_then(|report| report.would).as_ref()))
    }

    /// Prints how far the run came, and how to resume it.
    async fn interrupted(&self) -> anyhow::Result<Ending> {
        let reached = Reached::find(&self.lasting.local.objects, self.run).await?;
        say(&format!("\nInterrupted. {}", reached.sentence()));
        say(&format!("To go on where it stopped: {}", self.resume(self.run)));
        Ok(Ending::Interrupted)
    }

    /// The command that resumes a run.
    fn resume(&self, run: &RunId) -> String {
        name_folder(&format!("sluice resume {run}"), self.lasting.local.folder())
    }

    async fn entry(&self) -> anyhow::Result<RunEntry> {
        self.lasting.local.ledger().get(self.run).await?.context("the run is not in the ledger")
    }
}
