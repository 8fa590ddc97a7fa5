//! The suite over backends in memory and in files.

use std::sync::Arc;

use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::datasets::{FileDatasets, MemoryDatasets};
use crate::events::MemoryEvents;
use crate::executions::MemoryExecutions;
use crate::faulty::*;
use crate::inbox::{FileInbox, FolderInbox, MemoryInbox};
use crate::joins::MemoryJoins;
use crate::ledger::{FileLedger, MemoryLedger};
use crate::mail::{MemoryMailer, Outbox};
use crate::objects::{FileObjects, MemoryObjects};
use crate::outbound::{FileOutbound, MemoryOutbound, Outbound};
use crate::references::{JsonLinesReferences, References};
use crate::rejects::{FileRejects, MemoryRejects};
use crate::sink::queue::{MemoryEntries, MemoryQueues};
use crate::sink::{JsonLinesSink, MemorySink, QueueSink, Sink};

/// One backend per line: the name of its test, the function of the suite, and how to make it in a folder of its own.
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
    datasets_in_memory: datasets(|_| MemoryDatasets::new());
    datasets_in_a_folder: datasets(|folder| FileDatasets::new(folder.path()));
    datasets_that_may_fail: datasets(|_| FaultyDatasets::new(Arc::new(MemoryDatasets::new()), &Faults::none()));
    joins_in_memory: joins(|_| MemoryJoins::new());
    joins_that_may_fail: joins(|_| FaultyJoins::new(Arc::new(MemoryJoins::new()), &Faults::none()));
    events_in_memory: events(|_| MemoryEvents::new());
    events_that_may_fail: events(|_| FaultyEvents::new(Arc::new(MemoryEvents::new()), &Faults::none()));
    executions_in_memory: executions(|_| MemoryExecutions::new());
    executions_that_may_fail:
        executions(|_| FaultyExecutions::new(Arc::new(MemoryExecutions::new()), &Faults::none()));
    ledger_in_a_folder: ledger(|folder| FileLedger::open(folder.path()).unwrap());
    ledger_in_memory: ledger(|_| MemoryLedger::new());
    ledger_that_may_fail: ledger(|_| FaultyLedger::new(Arc::new(MemoryLedger::new()), &Faults::none()));
    run_search_in_a_folder: run_search(|folder| FileLedger::open(folder.path()).unwrap());
    run_search_in_memory: run_search(|_| MemoryLedger::new());
    run_search_that_may_fail: run_search(|_| FaultyLedger::new(Arc::new(MemoryLedger::new()), &Faults::none()));
    mailer_in_memory: mailer(|_| MemoryMailer::new());
    mailer_in_a_folder: mailer(|folder| Outbox::open(folder.path()).unwrap());
    mailer_that_may_fail: mailer(|_| FaultyMailer::new(Arc::new(MemoryMailer::new()), &Faults::none()));
    objects_in_memory: objects(|_| MemoryObjects::new());
    objects_in_a_folder: objects(|folder| FileObjects::open(folder.path()).unwrap());
    objects_that_may_fail: objects(|_| FaultyObjects::new(Arc::new(MemoryObjects::new()), &Faults::none()));
    rejects_in_a_folder: rejects(|folder| FileRejects::new(folder.path()));
    rejects_in_memory: rejects(|_| MemoryRejects::new());
    rejects_that_may_fail: rejects(|_| FaultyRejects::new(Arc::new(MemoryRejects::new()), &Faults::none()));
    sink_in_memory_with_everything: everything(|_| MemorySink::new());
    sink_in_a_folder_with_everything: everything(|folder| JsonLinesSink::open(folder.path()).unwrap());
    sink_that_lasts_with_everything: everything(|folder| JsonLinesSink::lasting(folder.path()).unwrap());
    sink_that_is_opened_for_each_write_with_everything: everything(|folder| Reopened(folder.path().to_owned()));
    sink_in_memory: sink(|_| MemorySink::new());
    sink_in_a_folder: sink(|folder| JsonLinesSink::open(folder.path()).unwrap());
    sink_that_lasts: sink(|folder| JsonLinesSink::lasting(folder.path()).unwrap());
    sink_that_is_opened_for_each_write: sink(|folder| Reopened(folder.path().to_owned()));
    sink_that_may_fail: sink(|_| FaultySink::new(Arc::new(MemorySink::new()), &Faults::none()));
    queues_in_memory: sink(|_| queues());
    tables_in_memory: sink_with_tables(|_| MemorySink::with_tables(vec![target()]));
}

/// What a sink of tables does.
async fn everything(backend: &dyn Sink) {
    sink_with_modes(backend, &target()).await;
    sink_with_deletions(backend, &target()).await;
}

/// Queues and their entries in memory.
fn queues() -> QueueSink {
    let queues = MemoryQueues::new(1 << 20, |_| None);
    QueueSink::new(Arc::new(MemoryEntries::new()), Arc::new(queues))
}

#[tokio::test]
async fn fifo_queues_in_memory() {
    sink_into(&queues(), &crate::sink::Target { name: "contract-suite.fifo".to_owned(), ..target() }).await;
}

/// A lasting sink that is opened again for each write, as by a process of its own.
struct Reopened(std::path::PathBuf);

#[async_trait::async_trait]
impl Sink for Reopened {
    async fn check(&self, target: &crate::sink::Target) -> Result<Vec<String>, crate::Fault> {
        JsonLinesSink::lasting(&self.0)?.check(target).await
    }

    fn batch(&self) -> crate::sink::BatchLimits {
        crate::sink::BatchLimits::LOCKED
    }

    async fn write(
        &self,
        target: &crate::sink::Target,
        items: &[crate::sink::Item<'_>],
        stamp: &crate::sink::Stamp<'_>,
        written: &mut Vec<crate::sink::Written>,
    ) -> Result<(), crate::Fault> {
        let sink = JsonLinesSink::lasting(&self.0)?;
        sink.write(target, items, stamp, written).await?;
        sink.flush().await?;
        sink.compact()
    }

    async fn flush(&self) -> Result<(), crate::Fault> {
        Ok(())
    }
}

#[tokio::test]
async fn references_to_tables_that_last() {
    let folder = tempfile::tempdir().unwrap();
    references(&JsonLinesReferences::lasting(folder.path()), &JsonLinesSink::lasting(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn inbox_in_a_folder() {
    use crate::inbox::Inbox;
    use crate::objects::Objects;
    let folder = tempfile::tempdir().unwrap();
    let archive = FileObjects::open(folder.path().join("objects")).unwrap();
    let backend = FolderInbox::new(&archive, crate::clock::system);
    let uploads = [Bytes::from("the newest"), Bytes::from("newer"), Bytes::from("old")];
    let file = folder.path().join("a.csv");
    for (index, upload) in uploads.iter().rev().enumerate() {
        std::fs::write(&file, upload).unwrap();
        let uploaded = match index {
            0 => backend.upload_stream(&**upload, KEY).await.unwrap(),
            _ => backend.upload(&file, KEY).await.unwrap(),
        };
        assert_eq!(uploaded, backend.versions(KEY).await.unwrap()[0]);
    }
    // The upload is a copy, so a change of the file does not change it.
    std::fs::write(&file, "changed").unwrap();
    let newest = backend.versions(KEY).await.unwrap()[0].clone();
    backend.upload(&file, "inbox/other feed/dry-run/x.csv").await.unwrap();
    inbox(&backend, &archive, KEY, &uploads, Removal::Real).await;

    // The archive copy stays when the upload is removed.
    backend.archive(&newest, "archive/a.csv").await.unwrap();
    backend.remove(KEY, &newest.version_id).await.unwrap();
    assert_eq!(archive.head("archive/a.csv").await.unwrap().map(|found| found.bytes), Some(10));
    let gone = backend.upload(&folder.path().join("no such file"), KEY).await;
    assert!(matches!(gone, Err(crate::Fault::Missing { .. })), "{gone:?}");
}

#[tokio::test]
async fn references_in_memory() {
    let tables = MemorySink::new();
    references(&tables, &tables).await;
}

#[tokio::test]
async fn references_to_the_tables_of_all_runs() {
    let folder = tempfile::tempdir().unwrap();
    let run = |feed: &str| JsonLinesSink::open(folder.path().join(feed).join("a-run")).unwrap();
    references(&JsonLinesReferences::of_runs(folder.path()), &run("products")).await;
    // Another run wrote another item of the same table. A table without a file has no items.
    let key = |id: &str| vec![id.to_owned(), "7".to_owned()];
    let (of, order) = (super::run(2), sluice_contract::Order::new("2026-11-21T02:33:00Z", "", &super::run(2)));
    let stamp = crate::sink::Stamp { run: &of, order: &order };
    let other = run("others");
    other.write(&target(), &[super::sink::item("of another run", "7", None)], &stamp, &mut Vec::new()).await.unwrap();
    other.flush().await.unwrap();
    let tables = JsonLinesReferences::of_runs(folder.path());
    assert_eq!(tables.existing(&target(), &[key("of another run"), key("referenced")]).await.unwrap(), [true, true]);
    let missing = crate::sink::Target { name: "missing".to_owned(), ..target() };
    assert_eq!(tables.existing(&missing, &[key("referenced")]).await.unwrap(), [false]);
    let nowhere = JsonLinesReferences::of_runs(folder.path().join("nowhere"));
    assert_eq!(nowhere.existing(&target(), &[key("referenced")]).await.unwrap(), [false]);
}

const KEY: &str = "inbox/products/a.csv";

#[tokio::test]
async fn inbox_in_memory() {
    uploads_in_memory(|inbox| Arc::new(inbox)).await;
}

#[tokio::test]
async fn inbox_that_may_fail() {
    uploads_in_memory(|inbox| Arc::new(FaultyInbox::new(Arc::new(inbox), &Faults::none()))).await;
}

/// Reads a file of the outbound bucket in a folder.
fn in_folder(folder: &TempDir) -> impl Fn(String) -> futures::future::BoxFuture<'static, Option<Bytes>> + Sync {
    let folder = folder.path().join("outbound");
    move |key| {
        let file = folder.join(key);
        Box::pin(async move { std::fs::read(file).ok().map(Bytes::from) })
    }
}

#[tokio::test]
async fn outbound_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = FileObjects::open(folder.path().join("objects")).unwrap();
    let backend = FileOutbound::new(&data, &folder.path().join("outbound"));
    let read = in_folder(&folder);
    outbound(&backend, &data, &read).await;
    std::fs::write(folder.path().join("outbound/suite/foreign.csv"), "foreign").unwrap();
    outbound_with_foreign(&backend, &data, &read, "suite/foreign.csv").await;
}

#[tokio::test]
async fn outbound_in_memory() {
    delivered_in_memory(|outbound| Arc::new(outbound)).await;
}

#[tokio::test]
async fn outbound_that_may_fail() {
    delivered_in_memory(|outbound| Arc::new(FaultyOutbound::new(Arc::new(outbound), &Faults::none()))).await;
}

async fn delivered_in_memory(make: fn(MemoryOutbound) -> Arc<dyn Outbound>) {
    let data = MemoryObjects::new();
    let backend = MemoryOutbound::new(&data);
    let files = backend.clone();
    let read = move |key: String| -> futures::future::BoxFuture<'static, Option<Bytes>> {
        let found = files.files().remove(&key).map(Bytes::from);
        Box::pin(async move { found })
    };
    outbound(&*make(backend), &data, &read).await;
}

async fn uploads_in_memory(make: fn(MemoryInbox) -> Arc<dyn crate::inbox::Inbox>) {
    let archive = MemoryObjects::new();
    let uploads = [Bytes::from("the newest"), Bytes::from("newer"), Bytes::from("old")];
    let backend = MemoryInbox::new(&archive);
    for upload in uploads.iter().rev() {
        backend.upload(KEY, "2026-11-21T02:33:00Z", upload.clone());
    }
    inbox(&*make(backend), &archive, KEY, &uploads, Removal::Real).await;
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
    use crate::objects::{ContentType, Existing, Objects};
    let folder = tempfile::tempdir().unwrap();
    let backend = FileObjects::open(folder.path().join("objects")).unwrap();
    objects(&backend).await;
    let unfinished = folder.path().join("objects/.unfinished");
    assert_eq!(std::fs::read_dir(unfinished).unwrap().count(), 0);
    for key in ["", "../outside", "/outside", "a/../../outside", "folder/"] {
        assert!(backend.put(key, ContentType::Csv, Bytes::new(), Existing::Replace).await.is_err(), "{key}");
    }
}
