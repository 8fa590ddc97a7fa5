use sluice_platform::objects::MemoryObjects;
use tempfile::TempDir;

use super::*;

/// A feed that rejects the names in a file beside it.
fn feed(name: &str) -> String {
    format!(
        "version: 1\nname: {name}\nschema: {{fields: [{{name: id, constraints: {{required: true}}}}, {{name: name}}]}}\n\
         validate: {{rules: [{{prohibited: {{fields: [name], file: terms.txt}}}}]}}\n\
         import: {{table: {name}, key: [id]}}\n"
    )
}

/// A feed in a folder, with its terms beside it.
fn written(terms: &str) -> (TempDir, Feed, FeedName) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("shop.yaml");
    std::fs::write(&path, feed("shop")).unwrap();
    std::fs::write(folder.path().join("terms.txt"), terms).unwrap();
    let feed = Feed::read(&path).unwrap();
    (folder, feed, "shop".parse().unwrap())
}

async fn compared(objects: &MemoryObjects, feed: &Feed, name: &FeedName) -> Vec<Change> {
    changes(objects, files(feed, name).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_feed_comes_after_the_files_that_it_names_and_only_what_differs_is_written() {
    let (_folder, feed, name) = written("ivory\n");
    let objects = MemoryObjects::new();
    let changes = compared(&objects, &feed, &name).await;
    let texts: Vec<String> = changes.iter().map(|change| change.text(false)).collect();
    assert_eq!(texts, ["feeds/terms.txt: new", "feeds/shop.yaml: new"]);
    put(&objects, &changes).await.unwrap();
    assert_eq!(feeds::load(&objects, &name).await.unwrap().compile().err(), None);

    objects.insert("feeds/terms.txt", "ivory\nfur\n");
    let changes = compared(&objects, &feed, &name).await;
    assert_eq!(changes[1].text(true), "feeds/shop.yaml: unchanged");
    assert_eq!(
        changes[0].text(true),
        "feeds/terms.txt: changed\n--- feeds/terms.txt (in the stack)\n+++ feeds/terms.txt (here)\n@@ -1,2 +1 @@\n ivory\n-fur"
    );
    put(&objects, &changes).await.unwrap();
    let changes = compared(&objects, &feed, &name).await;
    assert!(changes.iter().all(|change| change.before == Before::Same), "{changes:?}");
}

#[tokio::test]
async fn a_file_that_would_break_another_feed_is_turned_down() {
    let (_folder, pushed, name) = written("");
    let objects = MemoryObjects::new();
    for other in ["market", "shop"] {
        objects.insert(&format!("feeds/{other}.yaml"), feed(other));
    }
    objects.insert("feeds/broken.yaml", feed("another"));
    objects.insert("feeds/terms.txt", "ivory\n");
    // Without a term the rule is an error.
    let changes = compared(&objects, &pushed, &name).await;
    let broken = broken_by(&objects, &name, &changes).await.unwrap();
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert!(broken[0].starts_with("the feed market names feeds/terms.txt too"), "{broken:?}");

    let (_folder, pushed, name) = written("ivory\nfur\n");
    let changes = compared(&objects, &pushed, &name).await;
    assert_eq!(broken_by(&objects, &name, &changes).await.unwrap(), Vec::<String>::new());
}

#[test]
fn a_file_that_no_function_would_read_is_turned_down() {
    let (folder, mut feed, name) = written("ivory\n");
    std::fs::write(folder.path().join("terms.txt"), b"caf\xE9").unwrap();
    let error = files(&feed, &name).unwrap_err();
    assert!(error.to_string().contains("is not UTF-8 at byte 3"), "{error}");
    assert_eq!(Ending::of_error(&error), Ending::Refused);
    feed.path = folder.path().join("gone.yaml");
    feed.files = sluice_engine::feed::FeedFiles::default();
    assert_eq!(Ending::of_error(&files(&feed, &name).unwrap_err()), Ending::Failed);
}
