//! The contract suite: tests of what every backend of a port must do. A new backend is one more call.
//!
//! This crate runs the suite over backends in memory and in files; the end-to-end tests run it over local AWS. Each
//! function needs an empty backend of its own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panicking")]

mod datasets;
mod executions;
mod inbox;
mod ledger;
mod objects;
mod outbound;
mod references;
mod rejects;
mod sink;
#[cfg(test)]
mod tests;

use sluice_contract::RunId;

pub use datasets::{datasets, joins};
pub use executions::executions;
pub use inbox::{Removal, inbox};
pub use ledger::{ledger, run_search};
pub use objects::{objects, pieces};
pub use outbound::{ReadOutbound, outbound, outbound_with_foreign};
pub use references::references;
pub use rejects::rejects;
pub use sink::{sink, sink_into, sink_with_deletions, sink_with_modes, sink_with_tables, target};

use crate::events::{Events, RunEnded};
use crate::mail::{Mail, Mailer};

/// The id of a run of the suite.
fn run(number: u32) -> RunId {
    format!("contract-suite-{number:024x}").parse().expect("a feed name and 24 digits")
}

/// Tests a mailer: it must accept the same mail any number of times, and return a message id. The recipient is
/// `people@example.com`.
///
/// # Panics
/// If it does not.
pub async fn mailer(mailer: &dyn Mailer) {
    let mail = Mail {
        to: vec!["people@example.com".to_owned()],
        subject: "IMPORTED: products.csv – 3 of 3".to_owned(),
        text: "All is well.\n".to_owned(),
        html: "<p>All is well.</p>\n".to_owned(),
    };
    let first = mailer.send(&mail).await.expect("a mail can be sent");
    let second = mailer.send(&mail).await.expect("a mail can be sent again");
    assert!(!first.is_empty() && !second.is_empty(), "a mail that was sent has an id");
}

/// Tests an event bus: it must accept the same event any number of times.
///
/// # Panics
/// If it does not.
pub async fn events(events: &dyn Events) {
    let event = RunEnded {
        version: 1,
        run_id: run(1),
        feed: "contract-suite".to_owned(),
        upload: "inbox/contract-suite/a.csv".to_owned(),
        verdict: sluice_contract::Verdict::Imported,
        dry_run: false,
        mailed: true,
        unsent: false,
        tally: None,
        omitted: sluice_engine::Omitted::default(),
        output: None,
    };
    events.publish(&event).await.expect("an event can be published");
    events.publish(&event).await.expect("an event can be published again");
}
