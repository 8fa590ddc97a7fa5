//! `sluice feed push`, `list` and `pull`.

use tempfile::TempDir;

use super::fake::{Answer, Buckets, FakeAws, Request};
use super::stdout;

const FEED: &str = "version: 1\nname: shop\nschema: shop.schema.json\nimport: {table: shop, key: [id]}\n";
const SCHEMA: &str = r#"{"fields": [{"name": "id", "constraints": {"required": true}}]}"#;

/// A stack with these buckets, and without a table.
fn stack(buckets: &Buckets) -> FakeAws {
    let buckets = buckets.clone();
    FakeAws::with_stack(move |request: &Request| -> Answer {
        if request.operation() == "DescribeTable" {
            return (400, r#"{"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}"#.to_owned());
        }
        buckets.answer(request)
    })
}

/// A folder with a feed.
fn folder(feed: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("shop.yaml"), feed).unwrap();
    std::fs::write(folder.path().join("shop.schema.json"), SCHEMA).unwrap();
    folder
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_feed_is_pushed_listed_and_pulled() {
    let (buckets, here) = (Buckets::default(), folder(FEED));
    let aws = stack(&buckets);
    let feed = path(&here, "shop.yaml");
    let said = stdout(&aws.sluice(&["feed", "push", &feed, "--dry-run"]), 0);
    assert!(said.contains("feeds/shop.yaml: new") && said.contains("nothing was written"), "{said}");
    assert_eq!(buckets.get("data/feeds/shop.yaml"), None, "a dry run writes nothing");

    let said = stdout(&aws.sluice(&["feed", "push", &feed]), 0);
    assert!(said.contains("The table \"target-shop\" does not exist."), "{said}");
    assert!(said.contains("what to do: sluice table create shop --stack sluice"), "{said}");
    assert_eq!(buckets.get("data/feeds/shop.yaml").as_deref(), Some(FEED));
    assert_eq!(buckets.get("data/feeds/shop.schema.json").as_deref(), Some(SCHEMA));
    let puts: Vec<String> =
        aws.requests().iter().filter(|request| request.method == "PUT").map(|request| request.object().1).collect();
    assert_eq!(puts, ["feeds/shop.schema.json", "feeds/shop.yaml"], "a feed comes after the files that it names");
    let said = stdout(&aws.sluice(&["feed", "push", &feed]), 0);
    assert!(said.starts_with("feeds/shop.schema.json: unchanged\nfeeds/shop.yaml: unchanged\n"), "{said}");

    buckets.put("data/feeds/market.yaml", "version: 2\n");
    let said = stdout(&aws.sluice(&["feed", "list"]), 0);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("FEED") && lines[1].contains("cannot be used"), "{said}");
    assert!(lines[2].starts_with("shop ") && lines[2].ends_with("can be used"), "{said}");
    let said = stdout(&aws.sluice(&["feed", "list", "--format", "json"]), 0);
    let feeds: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(feeds[1]["table"], "target-shop");

    let there = TempDir::new().unwrap();
    let out = path(&there, "feeds");
    stdout(&aws.sluice(&["feed", "pull", "shop", "--out", &out]), 0);
    assert_eq!(std::fs::read_to_string(path(&there, "feeds/shop.yaml")).unwrap(), FEED);
    assert_eq!(std::fs::read_to_string(path(&there, "feeds/shop.schema.json")).unwrap(), SCHEMA);
    let none = aws.sluice(&["feed", "pull", "nothing", "--out", &out]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("there is no feed \"nothing\""), "{none:?}");
    stdout(&none, 4);
}

#[test]
fn a_dry_run_shows_what_would_be_changed() {
    let (buckets, here) = (Buckets::default(), folder(FEED));
    buckets.put("data/feeds/shop.yaml", &FEED.replace("table: shop", "table: shops"));
    let said = stdout(&stack(&buckets).sluice(&["feed", "push", &path(&here, "shop.yaml"), "--dry-run"]), 0);
    for line in ["-import: {table: shops, key: [id]}", "+import: {table: shop, key: [id]}"] {
        assert!(said.lines().any(|shown| shown == line), "{said}");
    }
}

#[test]
fn a_feed_that_cannot_be_used_is_turned_down_before_anything_is_asked() {
    let (buckets, here) = (Buckets::default(), folder(&FEED.replace("[id]", "[idd]")));
    let aws = stack(&buckets);
    let said = stdout(&aws.sluice(&["feed", "push", &path(&here, "shop.yaml")]), 4);
    assert!(said.contains("did you mean \"id\"?") && said.contains("cannot be used: 1 error"), "{said}");
    assert!(aws.requests().is_empty());
}
