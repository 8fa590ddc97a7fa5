//! What a sink must do.

use sluice_contract::{Order, RunId};

use sluice_engine::sink::{DynamoDb, SinkRules};

use super::run;
use crate::sink::{Attribute, Item, KeyField, Sink, Stamp, Target, Written};

/// The table that the suite writes to: it has the key `id` (a text), `line` (a number).
#[must_use]
pub fn target() -> Target {
    let key = |name: &str, number| KeyField { name: name.to_owned(), number };
    Target { table: "contract-suite".to_owned(), key: vec![key("id", false), key("line", true)] }
}

/// What every sink must do whose table [`target`] is there, empty.
///
/// # Panics
/// Where it does not.
pub async fn sink(sink: &dyn Sink) {
    assert_eq!(sink.check(&target()).await.unwrap(), [""; 0]);
    in_order(sink).await;
    out_of_order(sink).await;
    keys_are_apart(sink).await;
    what_is_no_item(sink).await;
}

/// What every sink must do, beyond [`sink`], that has fixed tables and of them only [`target`].
///
/// # Panics
/// Where it does not.
pub async fn sink_with_tables(sink: &dyn Sink) {
    let missing = Target { table: "contract-suite-missing".to_owned(), ..target() };
    let mut other_key = target();
    other_key.key.truncate(1);
    let mut other_type = target();
    other_type.key[0].number = true;
    for wrong in [missing, other_key, other_type] {
        let problems = sink.check(&wrong).await.unwrap();
        assert_eq!(problems.len(), 1, "{wrong:?}: {problems:?}");
    }
}

/// Each write twice, because a step may be killed after any of them: the answer is the same.
async fn write(sink: &dyn Sink, item: &Item, run: &RunId, order: &Order) -> Written {
    let stamp = Stamp { run, order };
    let first = sink.write(&target(), item, &stamp).await.unwrap();
    let second = sink.write(&target(), item, &stamp).await.unwrap();
    assert_eq!(first, second, "a repeated write has the same answer");
    first
}

async fn in_order(sink: &dyn Sink) {
    let (first, second, third) = (run(1), run(2), run(3));
    let order = |run| Order::new("2026-11-21T02:33:00Z", "", run);
    let item = |size: Option<&str>| item("in order", "1", size);
    assert_eq!(write(sink, &item(Some("L")), &first, &order(&first)).await, Written::Imported);
    assert_eq!(write(sink, &item(Some("L")), &second, &order(&second)).await, Written::Unchanged);
    assert_eq!(write(sink, &item(None), &third, &order(&third)).await, Written::Imported);
}

async fn out_of_order(sink: &dyn Sink) {
    let (early, late) = (run(9), run(1));
    let (early_order, late_order) =
        (Order::new("2026-11-21T02:33:00Z", "", &early), Order::new("2026-11-21T02:33:01Z", "", &late));
    let item = item("out of order", "1", Some("L"));
    assert_eq!(write(sink, &item, &late, &late_order).await, Written::Imported);
    assert_eq!(write(sink, &item, &early, &early_order).await, Written::Stale);
    assert_eq!(write(sink, &item, &late, &late_order).await, Written::Imported, "what was stale left no trace");
}

async fn keys_are_apart(sink: &dyn Sink) {
    let run = run(1);
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    for (id, line) in [("a", "1"), ("a", "2"), ("a", "-1"), ("a", "0.1"), ("b", "1"), ("ü \"quoted\"\n", "1e20")] {
        assert_eq!(write(sink, &item(id, line, None), &run, &order).await, Written::Imported, "{id} {line}");
    }
}

async fn what_is_no_item(sink: &dyn Sink) {
    let run = run(1);
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let mut keyless = item("no key", "1", None);
    keyless.fields[1].1 = None;
    for refused in [keyless, item("", "1", None)] {
        let written = write(sink, &refused, &run, &order).await;
        assert!(matches!(written, Written::Refused(_)), "{refused:?}: {written:?}");
    }
}

/// As deep as DynamoDB takes it: the text inside is the 32nd level.
fn nested(size: &str) -> Attribute {
    let json = format!(
        r#"{{"{size}": {{"a.b": [0.1000000000000000000000000000000000001, -1e125, "", null, true, [], {{}}]}}, "deep": {}"{size}"{}}}"#,
        "[".repeat(30),
        "]".repeat(30)
    );
    Attribute::json(&DynamoDb, &json, DynamoDb.limits().levels).unwrap()
}

pub(super) fn item(id: &str, line: &str, size: Option<&str>) -> Item {
    let text = |text: &str| Attribute::Text(text.to_owned());
    let fields = vec![
        ("id".to_owned(), Some(text(id))),
        ("line".to_owned(), Some(Attribute::Number(line.to_owned()))),
        // A reserved word, a name with a dot, a number beyond f64 and a truth value.
        ("size".to_owned(), size.map(text)),
        ("price.net".to_owned(), Some(Attribute::Number("0.1000000000000000000000000000000000001".to_owned()))),
        ("active".to_owned(), Some(Attribute::Bool(true))),
        // A nested record: every kind of value inside, deep, and numbers beyond f64 there too.
        ("nested".to_owned(), size.map(nested)),
    ];
    Item { fields, hash: format!("{id}/{line}/{size:?}") }
}
