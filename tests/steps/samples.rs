//! The sample files give exactly the numbers of their generator, whatever the chunks.

use std::collections::BTreeMap;

use serde::Deserialize;
use sluice_contract::{Verdict, keys};

use crate::world::World;

#[derive(Deserialize)]
struct Expected {
    read: u64,
    imported: u64,
    duplicate: u64,
    rejected: u64,
    by_code: BTreeMap<String, u64>,
    #[serde(default)]
    winners: BTreeMap<String, u64>,
}

async fn sample(feed: &str, yaml: &str, csv: &[u8], expected: &str) {
    let expected: Expected = serde_json::from_str(expected).unwrap();
    let mut outputs = Vec::new();
    for chunk_bytes in [4 * 1024, 64 * 1024, 64 * 1024 * 1024] {
        let mut world = World::new();
        world.chunk_bytes = chunk_bytes;
        world.feed(feed, yaml);
        let (run, verdict) = world.import_file(&format!("inbox/{feed}/sample.csv"), csv).await;
        let document = world.tally(&run);
        assert_eq!(verdict, Verdict::Imported, "{:?}", document.reasons);
        let tally = document.tally;
        assert_eq!(
            (tally.read, tally.imported, tally.duplicate, tally.rejected),
            (expected.read, expected.imported, expected.duplicate, expected.rejected)
        );
        assert_eq!(document.by_code, expected.by_code);
        assert_eq!(world.sink.items(feed).len() as u64, expected.imported);
        let imported = world.output(&run, keys::IMPORTED_CSV);
        for (key, record) in &expected.winners {
            assert!(imported.contains(&format!("\n{record},{key},")), "record {record} wins the key {key}");
        }
        outputs.push((imported, world.output(&run, keys::REJECTS_CSV)));
    }
    assert!(outputs.iter().all(|other| *other == outputs[0]), "outputs do not depend on the chunks");
}

#[tokio::test]
async fn products() {
    let csv = include_bytes!("../../examples/products.csv");
    let expected = include_str!("../../examples/products.expected.json");
    sample("products", include_str!("../../feeds/products.yaml"), csv, expected).await;
}

#[tokio::test]
async fn sales() {
    let csv = include_bytes!("../../examples/sales.csv");
    let expected = include_str!("../../examples/sales.expected.json");
    sample("sales", include_str!("../../feeds/sales.yaml"), csv, expected).await;
}
