//! The suite over what lies in memory and in files.

use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::events::MemoryEvents;
use crate::executions::MemoryExecutions;
use crate::inbox::{FileInbox, MemoryInbox};
use crate::ledger::MemoryLedger;
use crate::mail::{MemoryMailer, Outbox};
use crate::objects::{FileObjects, MemoryObjects};
use crate::rejects::{FileRejects, MemoryRejects};
use crate::sink::{JsonLinesSink, MemorySink};

/// A backend per line: its test, the function of the suite, and how it is made in a folder of its own.
macro_rules! backends {
    ($($test:ident: $suite:ident($make:expr);)*) => {
        $(#[tokio::test]
        async fn $test() {
            let folder = tempfile::tempdir().unwrap();
            let make: fn(&TempDir) -> _ = $make;
            $suite(&make(&folder)).await;
        })*
    };
}

backends! {
    events_in_memory: events(|_| MemoryEvents::new());
    executions_in_memory: executions(|_| MemoryExecutions::new());
    ledger_in_memory: ledger(|_| MemoryLedger::new());
    mailer_in_memory: mailer(|_| MemoryMailer::new());
    mailer_in_a_folder: mailer(|folder| Outbox::open(folder.path()).unwrap());
    objects_in_memory: objects(|_| MemoryObjects::new());
    objects_in_a_folder: objects(|folder| FileObjects::open(folder.path()).unwrap());
    rejects_in_a_folder: rejects(|folder| FileRejects::new(folder.path()));
    rejects_in_memory: rejects(|_| MemoryRejects::new());
    sink_in_memory: sink(|_| MemorySink::new());
    sink_in_a_folder: sink(|folder| JsonLinesSink::open(folder.path()).unwrap());
    tables_in_memory: sink_with_tables(|_| MemorySink::with_tables(vec![target()]));
}

const KEY: &str = "inbox/products/a.csv";

#[tokio::test]
async fn inbox_in_memory() {
    let archive = MemoryObjects::new();
    let uploads = [Bytes::from("the newest"), Bytes::from("newer"), Bytes::from("old")];
    let backend = MemoryInbox::new(&archive);
    for upload in uploads.iter().rev() {
        backend.upload(KEY, "2026-11-21T02:33:00Z", upload.clone());
    }
    inbox(&backend, &archive, KEY, &uploads, Removal::Real).await;
}

#[tokio::test]
async fn inbox_of_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "the file").unwrap();
    let archive = FileObjects::open(folder.path().join("objects")).unwrap();
    let backend = FileInbox::new(&file, KEY, &archive);
    inbox(&backend, &archive, KEY, &[Bytes::from("the file")], Removal::None).await;
    assert!(file.exists());

    let version = backend.version().await.unwrap();
    std::fs::write(&file, "another file").unwrap();
    let archived = crate::inbox::Inbox::archive(&backend, &version, "gone.csv").await;
    assert!(matches!(archived, Err(crate::Fault::Missing { .. })), "a file that was changed is another version");
}

#[tokio::test]
async fn a_folder_holds_nothing_half_written_and_nothing_outside() {
    use crate::objects::{ContentType, Objects};
    let folder = tempfile::tempdir().unwrap();
    let backend = FileObjects::open(folder.path().join("objects")).unwrap();
    objects(&backend).await;
    let unfinished = folder.path().join("objects/.unfinished");
    assert_eq!(std::fs::read_dir(unfinished).unwrap().count(), 0);
    for key in ["", "../outside", "/outside", "a/../../outside", "folder/"] {
        assert!(backend.put(key, ContentType::Csv, Bytes::new()).await.is_err(), "{key}");
    }
}
