//! The same content under another name or version is reported, and skipped if the feed says so.

use sluice_contract::documents::Manifest;
use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::Code;
use sluice_platform::sink::MemorySink;

use crate::world::{FEED, World, later};

const FILE: &str = "id,price\n1,2\n2,3\n";

fn skipping() -> World {
    let world = World::new();
    world.feed("prices", &FEED.replace("schema:", "source: {sameContent: skip}\nschema:"));
    world
}

/// The earlier run with the same content that a run names, in ledger, manifest, notes and mail alike.
async fn earlier_run(world: &World, run: &RunId) -> Option<RunId> {
    let entry = world.entry(run).await;
    let manifest: Manifest = world.document(&keys::manifest(run));
    let note = manifest.notes.iter().find(|note| note.code == Code::SameContent);
    let same = entry.same_content_as;
    assert_eq!((&manifest.same_content_as, note.is_some()), (&same, same.is_some()));
    let mail = world.mailer.sent().into_iter().find(|mail| mail.text.contains(run.as_str())).unwrap();
    assert_eq!(mail.text.contains("Same content as: "), same.is_some(), "{}", mail.text);
    if let Some(same) = &same {
        assert!(note.unwrap().message.contains(same.as_str()), "{note:?}");
        assert!(mail.text.contains(same.as_str()), "{}", mail.text);
    }
    same
}

#[tokio::test]
async fn the_same_content_is_reported_and_imported() {
    let world = World::new();
    let (first, _) = world.import_file("inbox/prices/monday.csv", FILE).await;
    assert_eq!(earlier_run(&world, &first).await, None);
    let (other, _) = world.import_file("inbox/prices/other.csv", "id,price\n1,2\n2,4\n").await;
    assert_eq!(earlier_run(&world, &other).await, None);
    for key in ["inbox/prices/tuesday.csv", "inbox/prices/monday.csv"] {
        let (again, verdict) = world.import_file(key, FILE).await;
        assert_eq!(verdict, Verdict::Imported);
        assert!(earlier_run(&world, &again).await.is_some(), "{key}");
        assert_eq!(world.tally(&again).tally.read, 2);
    }
    // Files of another feed do not count.
    world.feed("orders", &FEED.replace("name: prices", "name: orders"));
    let (orders, _) = world.import_file("inbox/orders/monday.csv", FILE).await;
    assert_eq!(earlier_run(&world, &orders).await, None);
}

#[tokio::test]
async fn where_the_feed_says_so_the_same_content_is_skipped() {
    for one_pass_bytes in [1, 1000] {
        let mut world = skipping();
        world.one_pass_bytes = one_pass_bytes;
        let (first, verdict) = world.import_file("inbox/prices/monday.csv", FILE).await;
        assert_eq!(verdict, Verdict::Imported);
        let written = world.sink.items("prices");

        let (again, verdict) = world.import_file("inbox/prices/tuesday.csv", FILE).await;
        assert_eq!(verdict, Verdict::Skipped);
        assert_eq!(earlier_run(&world, &again).await, Some(first.clone()));
        let tally = world.tally(&again);
        assert_eq!((tally.tally.read, tally.chunks, tally.reasons.len()), (0, 0, 0));
        assert_eq!(world.sink.items("prices"), written, "nothing is written");
        assert!(world.objects.keys(&format!("runs/{again}/restructured/")).is_empty(), "nothing is checked");
        assert_eq!(world.entry(&again).await.conclusion.unwrap().verdict, Verdict::Skipped);
        assert_eq!(world.events.published().pop().unwrap().verdict, Verdict::Skipped);
        let mail = world.mailer.sent().pop().unwrap();
        assert!(mail.subject.starts_with("SKIPPED"), "{}", mail.subject);
        assert!(mail.text.contains("exactly the same content"), "{}", mail.text);
        assert!(mail.text.contains(&format!("sluice rerun {first}")), "{}", mail.text);

        // A rerun has the content of its parent on purpose.
        world.clock = later;
        let rerun = world.rerun(&MemorySink::new()).begin(&first).await.unwrap();
        assert_eq!(world.run(&rerun).await, Verdict::Imported);
        assert_eq!(earlier_run(&world, &rerun).await, None);
    }
}

#[tokio::test]
async fn only_what_was_imported_is_enough() {
    let world = skipping();
    // Neither a dry run nor a failed run imports anything.
    let (dry, verdict) = world.import_file("inbox/prices/dry-run/a.csv", FILE).await;
    assert_eq!((verdict, world.entry(&dry).await.content), (Verdict::Passed, None));
    let upload = world.upload("inbox/prices/failed.csv", FILE);
    let failed = world.deliver(&upload, true).await.run_id.unwrap();
    world.until_split(&failed).await;
    world.run_report(world.failed(failed.as_str(), "FAILED")).await;
    assert_eq!(earlier_run(&world, &failed).await, None, "a dry run is not found");

    let (run, verdict) = world.import_file("inbox/prices/a.csv", FILE).await;
    assert_eq!(verdict, Verdict::Imported);
    assert_eq!(earlier_run(&world, &run).await, Some(failed), "it is named, but was not imported");
    // A dry run names the earlier run, and checks the file nevertheless.
    let (dry, verdict) = world.import_file("inbox/prices/dry-run/b.csv", FILE).await;
    assert_eq!((verdict, earlier_run(&world, &dry).await), (Verdict::Passed, Some(run.clone())));
    // Of several earlier runs, the imported one counts.
    let (last, verdict) = world.import_file("inbox/prices/c.csv", FILE).await;
    assert_eq!((verdict, earlier_run(&world, &last).await), (Verdict::Skipped, Some(run)));
}

/// The manifest is written once, and later runs do not change it.
#[tokio::test]
async fn a_repeated_split_gives_the_same_answer() {
    let world = skipping();
    let first = world.upload("inbox/prices/a.csv", FILE);
    let first = world.deliver(&first, true).await.run_id.unwrap();
    let again = world.upload("inbox/prices/b.csv", FILE);
    let again = world.deliver(&again, true).await.run_id.unwrap();
    let split = world.until_split(&again).await;
    let manifest = world.objects.bytes(&keys::manifest(&again)).unwrap();
    assert_eq!(world.run(&first).await, Verdict::Imported);
    assert_eq!(sluice_split::plan(&world.split(), &again, 1).await.unwrap(), split);
    assert_eq!(world.objects.bytes(&keys::manifest(&again)).unwrap(), manifest);
    assert_eq!(world.run(&again).await, Verdict::Imported);
}
