//! Files, names and feeds that do harm, or look as if they did.
//!
//! None of them crashes a step, keeps it busy forever, injects markup into a report, or leaves a value in a log. Each is reported with a
//! reason, and good records beside it are imported.

mod bombs;
mod cells;
mod columns;
mod endless;
mod feeds;
mod names;

use std::io::Write;
use std::sync::{Arc, Mutex};

use sluice_contract::{RunId, Verdict, keys};

use crate::world::World;

/// The content of cells in hostile files, which must be in no log.
pub const CANARY: &str = "C4N4RY";

/// Runs a future, and returns everything that this thread logs meanwhile, at every level and of every target.
pub async fn logged<T>(work: impl Future<Output = T>) -> (T, String) {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _installed = tracing::subscriber::set_default(subscriber);
    tracing::trace!("the log is listened to");
    let done = work.await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("the log is listened to"));
    (done, text)
}

/// Imports a file whose cells hold the canary, and checks its logs and reports.
pub async fn import(world: &World, key: &str, bytes: impl Into<Vec<u8>>) -> (RunId, Verdict) {
    let ((run, verdict), log) = logged(Box::pin(world.import_file(key, bytes))).await;
    assert!(!log.contains(CANARY), "a value is in the log: {log}");
    assert!(world.tally(&run).tally.adds_up());
    shown(world, &run);
    (run, verdict)
}

/// Checks the reports of a run: they hold no markup and no lines but Sluice's own, and everything that must fit into one item or one
/// event does.
fn shown(world: &World, run: &RunId) {
    let mail = world.mailer.sent().pop().unwrap();
    let page = world.output(run, keys::REPORT_HTML);
    for (what, html) in [("the page", &page), ("the mail", &mail.html)] {
        for tag in ["<script", "<img", "<iframe", "<svg", "javascript:", "onerror=\"", "<b>fat"] {
            assert!(!html.to_lowercase().contains(tag), "{tag} in {what}: {html}");
        }
        assert!(!html.contains('\0') && !html.contains('\u{202e}'), "{what} has characters that disturb");
    }
    assert!(!mail.subject.contains(char::is_control), "{:?}", mail.subject);
    assert!(!mail.text.contains(|c: char| c.is_control() && c != '\n'), "{:?}", mail.text);
    for line in mail.text.lines() {
        assert!(!line.starts_with("Bcc:"), "{line}");
    }
    // DynamoDB takes items of up to 400 KB, EventBridge events of up to 256 KB. Mail programs cut mails above 100 KB.
    let entry = world.ledger.entries().into_iter().find(|entry| &entry.run_id == run).unwrap();
    let bytes = serde_json::to_vec(&entry).unwrap().len();
    assert!(bytes < 350_000, "the ledger's entry has {bytes} bytes");
    let event = world.events.published().pop().unwrap();
    let bytes = serde_json::to_vec(&event).unwrap().len();
    assert!(bytes < 10_000, "the event has {bytes} bytes");
    assert!(mail.text.len() + mail.html.len() < 100_000, "{} and {} bytes", mail.text.len(), mail.html.len());
}
