//! Sends the report of a run: mail to people, and an event to programs.

use std::sync::Arc;

use sluice_contract::RunId;
use sluice_contract::documents::Usage;
use sluice_engine::report::{Report, mail_html, subject, text};
use sluice_platform::events::{Events, RunEnded};
use sluice_platform::ledger::MailState;
use sluice_platform::links::Links;
use sluice_platform::mail::{Letter, Mailer, deliver};
use sluice_platform::{Fault, World};

use crate::compose::output_prefix;

/// Sends mail to people and an event to programs, at least once; repeats are identical.
#[derive(Clone)]
pub struct Notifier {
    /// Sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Publishes events.
    pub events: Arc<dyn Events>,
    /// Addresses that get the mail of every run.
    pub operators: Vec<String>,
    /// Makes the links in the mail.
    pub links: Links,
}

/// A report and its recipients.
pub struct Notification {
    /// The report.
    pub report: Report,
    /// Addresses that get the mail, beside the operators.
    pub recipients: Vec<String>,
    /// The subject of the mail, with its placeholders.
    pub subject: String,
    /// The usage of the run, if it was added up.
    pub usage: Option<Usage>,
}

impl Notifier {
    /// Takes mail, events and operators from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized)) -> Self {
        Self { mailer: world.mailer(), events: world.events(), operators: world.operators(), links: Links::new(world) }
    }

    /// Sends the mail and the event about the end of a run. A mail that cannot be sent is no error: the returned state says why, and
    /// the ledger keeps it.
    ///
    /// # Errors
    /// If the event could not be published.
    pub async fn send(&self, run: &RunId, notification: &Notification) -> Result<MailState, Fault> {
        let Notification { report, recipients, subject: pattern, .. } = notification;
        let letter = Letter { subject: subject(report, pattern), text: text(report), html: mail_html(report) };
        let mail = MailState::of(&deliver(&*self.mailer, &self.operators, recipients, &letter).await);
        let event = RunEnded {
            version: 1,
            run_id: run.clone(),
            feed: report.feed.clone(),
            upload: report.file.clone(),
            verdict: report.verdict,
            dry_run: report.dry_run,
            mailed: mail.reached_somebody(),
            unsent: mail.failed().is_some(),
            tally: report.tally,
            omitted: report.omitted.clone(),
            output: output_prefix(report, run),
        };
        self.events.publish(&event).await?;
        Ok(mail)
    }
}
