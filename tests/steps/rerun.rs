//! Reruns: the archived source of a run, imported again.

use sluice_contract::documents::{Origin, RunDocument};
use sluice_contract::{ErrorName, Verdict, keys};
use sluice_intake::rerun::Error;
use sluice_platform::StepError;
use sluice_platform::inbox::Inbox;
use sluice_platform::ledger::{Ledger, MemoryLedger, RunEntry};
use sluice_platform::sink::MemorySink;
use sluice_sweep::Tick;

use crate::world::{FEED, World, later};

const KEY: &str = "inbox/prices/a.csv";

fn value(world: &World, id: &str) -> String {
    let items = world.sink.items("prices");
    format!("{:?}", items.iter().find(|item| format!("{item:?}").contains(&format!("{id:?}"))))
}

#[tokio::test]
async fn a_rerun_imports_the_archived_source_by_the_feed_as_it_is_now() {
    let mut world = World::new();
    let (parent, verdict) = world.import_file(KEY, "id,price\na,0\nb,2\n").await;
    assert_eq!((verdict, world.tally(&parent).tally.imported), (Verdict::Imported, 2));
    let newer = world.upload(KEY, "id,price\nc,3\n");
    world.feed("prices", &FEED.replace("type: number", "type: number, constraints: {minimum: 1}"));
    world.clock = later;

    let sink = MemorySink::new();
    let run = world.rerun(&sink).begin(&parent).await.unwrap();
    assert_ne!(run, parent);
    assert_eq!(world.rerun(&sink).begin(&parent).await.unwrap(), run, "the same second is the same rerun");
    assert_eq!(world.run(&run).await, Verdict::Imported);
    let tally = world.tally(&run).tally;
    assert_eq!((tally.unchanged, tally.rejected), (1, 1), "the feed is the new one, and what was there is the same");

    let [was, is] = [&parent, &run].map(|run| world.document::<RunDocument>(&keys::run_document(run)));
    assert_eq!(was.archive, is.archive, "it is read where it lies");
    assert!(is.order > was.order && is.order.as_str().starts_with(was.order.as_str()));
    assert_eq!(world.inbox.versions(KEY).await.unwrap(), [newer], "nothing is taken from the inbox");

    // A rerun can have a rerun as well, which reads the same archived source.
    world.clock = || later() + jiff::SignedDuration::from_secs(1);
    let again = world.rerun(&sink).begin(&run).await.unwrap();
    assert_eq!(world.run(&again).await, Verdict::Imported);
    let third = world.document::<RunDocument>(&keys::run_document(&again));
    assert_eq!((third.archive, third.order > is.order), (was.archive, true));
}

/// R6: the order of a rerun is right after its parent, not after later uploads.
#[tokio::test]
async fn a_rerun_does_not_overwrite_what_a_later_upload_has_written() {
    let mut world = World::new();
    let (monday, _) = world.import_file(KEY, "id,price\na,1\nb,1\n").await;
    let (_, verdict) = world.import_file(KEY, "id,price\na,2\n").await;
    assert_eq!(verdict, Verdict::Imported);
    let tuesdays = value(&world, "a");
    world.clock = later;
    let run = world.rerun(&MemorySink::new()).begin(&monday).await.unwrap();
    assert_eq!(world.run(&run).await, Verdict::Imported);
    let tally = world.tally(&run).tally;
    assert_eq!((tally.stale, tally.unchanged), (1, 1));
    assert_eq!(value(&world, "a"), tuesdays);
}

#[tokio::test]
async fn what_cannot_be_imported_once_more_says_why() {
    let world = World::new();
    let sink = MemorySink::new();
    let begin = async |run: &sluice_contract::RunId| world.rerun(&sink).begin(run).await.unwrap_err();
    assert!(matches!(begin(&"prices-0123456789abcdef01234567".parse().unwrap()).await, Error::Unknown(_)));

    let upload = world.upload(KEY, "id,price\na,1\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    assert!(matches!(begin(&run).await, Error::NotEnded(_)), "while it works");
    world.run(&run).await;
    world.feed("prices", "version: 1\nname: prices\n");
    let broken = begin(&run).await;
    assert!(matches!(&broken, Error::NotImportable { problems, .. } if !problems.is_empty()), "{broken}");
    world.feed("prices", FEED);
    let closed = MemorySink::with_tables(Vec::new());
    let no_table = world.rerun(&closed).begin(&run).await.unwrap_err();
    assert!(matches!(&no_table, Error::NotImportable { .. }), "{no_table}");

    let refused = world.upload("inbox/a.csv", "x");
    let refused = world.deliver(&refused, true).await.run_id.unwrap();
    assert!(begin(&refused).await.to_string().contains("still in the inbox"));
    let waits = world.upload("inbox/pirces/a.csv", "x");
    let waits = world.deliver(&waits, true).await.run_id.unwrap();
    assert!(begin(&waits).await.to_string().contains("goes on by itself"));

    // This run failed before its file was archived.
    let gone = world.upload("inbox/prices/b.csv", "id,price\n");
    let gone = world.deliver(&gone, true).await.run_id.unwrap();
    world.run_report(world.failed(gone.as_str(), "FAILED")).await;
    assert!(matches!(begin(&gone).await, Error::NoSource { .. }));
    assert_eq!(world.executions.started().len(), 2, "none of this has started anything");
}

#[tokio::test]
async fn an_archive_that_is_not_what_it_was_is_not_imported() {
    for (content, name) in [("id,price\na,9\n", ErrorName::Corrupt), ("id,price\n", ErrorName::Incomplete)] {
        let mut world = World::new();
        let (parent, _) = world.import_file(KEY, "id,price\na,1\n").await;
        world.clock = later;
        let run = world.rerun(&MemorySink::new()).begin(&parent).await.unwrap();
        let archive = world.document::<RunDocument>(&keys::run_document(&parent)).archive;
        world.objects.insert(&archive, content);
        let error = world.try_pin(&run, run.as_str()).await.unwrap_err();
        assert_eq!(error.name(), name, "{error}");
    }
}

#[tokio::test]
async fn a_rerun_that_was_entered_and_not_started_is_started_by_the_sweep() {
    let mut world = World::new();
    let (parent, _) = world.import_file(KEY, "id,price\na,1\n").await;
    let run = world.rerun(&MemorySink::new()).begin(&parent).await.unwrap();
    // As if killed before the start: the ledger has only the registered run.
    world.executions.forget(run.as_str());
    let [was, is] = [world.entry(&parent).await, world.entry(&run).await];
    let new = |entry: &RunEntry, origin| {
        RunEntry::new(entry.run_id.clone(), &entry.feed, entry.upload.clone(), origin, &entry.started_at)
    };
    world.ledger = MemoryLedger::new();
    world.ledger.register(&new(&was, Origin::Upload)).await.unwrap();
    world.ledger.register(&new(&is, is.origin.clone())).await.unwrap();
    assert!(world.ledger.conclude(&parent, None, &was.conclusion.unwrap()).await.unwrap());
    world.ledger.mailed(&parent, None, &was.mail.unwrap()).await.unwrap();
    world.clock = later;
    let deadline = sluice_platform::runtime::Deadline::none();
    let swept = sluice_sweep::run(&world.sweep(), Tick {}, deadline).await.unwrap();
    assert_eq!((swept.started, swept.offered, swept.told), (1, 0, 0));
    assert_eq!(world.run(&run).await, Verdict::Imported);
    let swept = sluice_sweep::run(&world.sweep(), Tick {}, deadline).await.unwrap();
    assert_eq!(swept.started, 0);
}
