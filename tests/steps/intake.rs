//! `intake`: one upload is one run, and a file that cannot be imported is refused and reported.

use sluice_contract::Verdict;
use sluice_engine::Code;
use sluice_platform::inbox::Inbox;
use sluice_platform::sink::{Manner, MemorySink, SinkKind, Target};

use crate::world::World;

const KEY: &str = "inbox/prices/a.csv";

#[tokio::test]
async fn the_same_upload_delivered_twice_is_one_run() {
    let world = World::new();
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let first = world.deliver(&upload, true).await;
    let second = world.deliver(&upload, true).await;
    let third = world.deliver(&upload, false).await;
    assert_eq!(
        [first.done, second.done, third.done],
        [sluice_intake::Done::Started, sluice_intake::Done::Known, sluice_intake::Done::Known]
    );
    assert_eq!(first.run_id, third.run_id);
    assert_eq!(world.executions.started().len(), 1);
    assert_eq!(world.entry(&first.run_id.unwrap()).await.deliveries, 3);
}

#[tokio::test]
async fn a_delivery_after_the_run_has_ended_changes_nothing_but_the_count() {
    let world = World::new();
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.run(&run).await;
    let before = world.entry(&run).await;
    assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Known);
    let after = world.entry(&run).await;
    assert_eq!((after.deliveries, after.conclusion), (2, before.conclusion));
    assert_eq!(world.mailer.sent().len(), 1);
    // An event without a version finds no version in the inbox any more.
    assert_eq!(world.deliver(&upload, false).await.done, sluice_intake::Done::Ignored);
}

#[tokio::test]
async fn an_event_without_a_version_means_the_version_with_its_content() {
    let world = World::new();
    let older = world.upload(KEY, "id,price\n1,2\n");
    let newer = world.upload(KEY, "id,price\n1,3\n");
    let of_older = world.deliver(&older, false).await.run_id.unwrap();
    let of_newer = world.deliver(&newer, false).await.run_id.unwrap();
    assert_eq!(world.entry(&of_older).await.upload.version_id, older.version_id);
    assert_eq!(world.entry(&of_newer).await.upload.version_id, newer.version_id);
}

#[tokio::test]
async fn two_uploads_of_the_same_content_are_two_runs_also_without_versions() {
    let world = World::new();
    let uploads = [world.upload(KEY, "id,price\n1,2\n"), world.upload(KEY, "id,price\n1,2\n")];
    for upload in &uploads {
        assert_eq!(world.deliver(upload, false).await.done, sluice_intake::Done::Started);
    }
    assert_eq!(world.deliver(&uploads[0], false).await.done, sluice_intake::Done::Known);
    let versions: Vec<_> = world.ledger.entries().into_iter().map(|entry| entry.upload.version_id).collect();
    assert_eq!(versions.len(), 2, "{versions:?}");
}

#[tokio::test]
async fn what_is_not_an_upload_of_ours_is_ignored() {
    let world = World::new();
    let upload = world.upload(KEY, "x");
    let deps = sluice_intake::Deps { inbox_bucket: "another".to_owned(), ..world.intake() };
    let event = sluice_intake::ObjectCreated::of(crate::world::INBOX, &upload);
    assert_eq!(sluice_intake::run(&deps, event).await.unwrap().done, sluice_intake::Done::Ignored);
    assert!(world.ledger.entries().is_empty());
}

/// Uploads a file, and expects a refusal with these codes.
async fn refused(world: &World, key: &str, bytes: Vec<u8>, codes: &[Code]) {
    let upload = world.upload(key, bytes);
    let answer = world.deliver(&upload, true).await;
    assert_eq!(answer.done, sluice_intake::Done::Refused);
    let run = answer.run_id.unwrap();
    let conclusion = world.entry(&run).await.conclusion.unwrap();
    assert_eq!(conclusion.verdict, Verdict::Refused);
    assert_eq!(conclusion.reasons.iter().map(|reason| reason.code).collect::<Vec<_>>(), codes);
    assert!(world.executions.started().is_empty());
    assert!(world.inbox.head(key, &upload.version_id).await.unwrap().is_some(), "it stays in the inbox");
    let mails = world.mailer.sent();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.contains("REFUSED"), "{}", mails[0].subject);
    // One mail, however often the event comes.
    assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Known);
    assert_eq!(world.mailer.sent().len(), 1);
    assert_eq!(world.events.published().len(), 1);
}

#[tokio::test]
async fn a_file_of_an_unknown_feed_is_refused() {
    refused(&World::new(), "inbox/pirces/a.csv", b"x".to_vec(), &[Code::UnknownFeed]).await;
    refused(&World::new(), "inbox/Price List/a.csv", b"x".to_vec(), &[Code::UnknownFeed]).await;
}

#[tokio::test]
async fn a_broken_feed_is_reported_with_all_its_problems() {
    let world = World::new();
    world.feed("prices", "version: 2\nname: prices\nschema: {fields: []}\nimport: {table: p, key: [x]}\n");
    refused(&world, KEY, b"x".to_vec(), &[Code::InvalidFeed; 3]).await;
}

#[tokio::test]
async fn a_feed_under_another_name_is_refused() {
    let world = World::new();
    world.feed("orders", crate::world::FEED);
    refused(&world, "inbox/orders/a.csv", b"x".to_vec(), &[Code::InvalidFeed]).await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused() {
    refused(&World::new(), KEY, vec![b'x'; 1024 * 1024 + 1], &[Code::FileTooLarge]).await;
}

#[tokio::test]
async fn a_target_that_does_not_fit_is_refused_before_anything_is_read() {
    let mut world = World::new();
    world.sink = MemorySink::with_tables(vec![Target {
        sink: SinkKind::Table,
        name: "prices".into(),
        key: Vec::new(),
        via: None,
        manner: Manner::default(),
    }]);
    refused(&world, KEY, b"x".to_vec(), &[Code::InvalidTarget]).await;
}
