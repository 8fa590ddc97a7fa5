//! The contract of references.

use sluice_contract::Order;

use super::run;
use super::sink::{deletion, item, target};
use crate::references::References;
use crate::sink::{Sink, Stamp};

/// More keys than DynamoDB takes at once.
const ITEMS: usize = 130;

/// Tests a backend of references. The table [`target`] must exist, and `sink` must write to it.
///
/// # Panics
/// If it does not.
pub async fn references(references: &dyn References, sink: &dyn Sink) {
    let run = run(1);
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let stamp = Stamp { run: &run, order: &order };
    for line in 0..ITEMS {
        sink.write(&target(), &[item("referenced", &line.to_string(), None)], &stamp, &mut Vec::new()).await.unwrap();
    }
    sink.write(&target(), &[item("a \"b\"\nü", "-1500", None)], &stamp, &mut Vec::new()).await.unwrap();
    // The mark of a deleted item is no item.
    sink.write(&target(), &[item("deleted", "1", None)], &stamp, &mut Vec::new()).await.unwrap();
    let later = super::run(2);
    let order = Order::new("2026-11-21T02:33:00Z", "", &later);
    let gone = [deletion("deleted", None), deletion("never there", None)];
    let stamp = Stamp { run: &later, order: &order };
    for item in gone {
        sink.write(&target(), &[item], &stamp, &mut Vec::new()).await.unwrap();
    }
    sink.flush().await.unwrap();

    let key = |id: &str, line: &str| vec![id.to_owned(), line.to_owned()];
    let many: Vec<_> = (0..2 * ITEMS).map(|line| key("referenced", &line.to_string())).collect();
    let expected: Vec<bool> = (0..2 * ITEMS).map(|line| line < ITEMS).collect();
    for _ in 0..2 {
        assert_eq!(references.existing(&target(), &many).await.unwrap(), expected);
    }
    let few = [
        key("no such text", "1"),
        key("referenced", "1"),
        key("a \"b\"\nü", "-1500"),
        key("referenced", "0.5"),
        key("Referenced", "1"),
        key("deleted", "1"),
        key("never there", "1"),
    ];
    let found = references.existing(&target(), &few).await.unwrap();
    assert_eq!(found, [false, true, true, false, false, false, false]);
    assert_eq!(references.existing(&target(), &[]).await.unwrap(), [false; 0]);
}
