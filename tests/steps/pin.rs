//! `pin`: moves exactly the accepted version of a file.

use sluice_contract::{ErrorName, keys};
use sluice_platform::StepError;
use sluice_platform::inbox::Inbox;

use crate::world::World;

const KEY: &str = "inbox/prices/a.csv";

#[tokio::test]
async fn moves_the_version_and_leaves_a_newer_one() {
    let world = World::new();
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let run_id = world.deliver(&upload, true).await.run_id.unwrap();
    let newer = world.upload(KEY, "id,price\n1,3\n");
    let output = world.try_pin(&run_id, run_id.as_str()).await.unwrap();
    assert_eq!(world.objects.bytes(&output.source).unwrap(), "id,price\n1,2\n");
    assert_eq!(world.inbox.versions(KEY).await.unwrap(), [newer]);
    // A second call finds everything done.
    let document = world.objects.bytes(&keys::run_document(&run_id));
    assert_eq!(world.try_pin(&run_id, run_id.as_str()).await.unwrap(), output);
    assert_eq!(world.objects.bytes(&keys::run_document(&run_id)), document);
}

#[tokio::test]
async fn the_feed_is_fixed_when_the_run_begins() {
    let mut world = World::new();
    world.chunk_bytes = 1024;
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let run_id = world.deliver(&upload, true).await.run_id.unwrap();
    world.try_pin(&run_id, run_id.as_str()).await.unwrap();
    world.feed("prices", "broken");
    world.run(&run_id).await;
    assert_eq!(world.tally(&run_id).tally.imported, 1);
}

#[tokio::test]
async fn a_version_that_is_deleted_before_the_copy_is_reported() {
    let world = World::new();
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let run_id = world.deliver(&upload, true).await.run_id.unwrap();
    world.inbox.remove(KEY, &upload.version_id).await.unwrap();
    let error = world.try_pin(&run_id, run_id.as_str()).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::Incomplete);
}

#[tokio::test]
async fn a_run_that_nobody_registered_is_invalid_input() {
    let world = World::new();
    let run_id: sluice_contract::RunId = "prices-0123456789abcdef01234567".parse().unwrap();
    let error = world.try_pin(&run_id, run_id.as_str()).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidInput);
}
