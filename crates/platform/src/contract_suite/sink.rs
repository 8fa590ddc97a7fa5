//! The contract of a sink.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::slice::from_ref;

use sluice_contract::{Order, RunId};

use sluice_engine::sink::{DynamoDb, SinkRules};
use sluice_engine::spec::{Empty, Mode};

use super::run;
use crate::sink::{
    Attribute, ContentHash, Deletion, Item, ItemField, KeyField, Manner, Sink, SinkKind, Stamp, Target, Written,
};

/// The number of fields of a wide item: more than an update expression of DynamoDB holds.
const WIDE: usize = 1_000;

/// The table that the suite writes to. Its key is `id` (a text) and `line` (a number).
#[must_use]
pub fn target() -> Target {
    let key = |name: &str, number| KeyField { name: name.to_owned(), number };
    Target {
        sink: SinkKind::Table,
        name: "contract-suite".to_owned(),
        key: vec![key("id", false), key("line", true)],
        via: None,
        manner: Manner::default(),
    }
}

/// Tests a sink. Its table [`target`] must exist and be empty.
///
/// # Panics
/// If it does not.
pub async fn sink(sink: &dyn Sink) {
    sink_into(sink, &target()).await;
}

/// Tests a sink with a target of another name. The target must be empty.
///
/// # Panics
/// If it does not.
pub async fn sink_into(sink: &dyn Sink, target: &Target) {
    assert_eq!(sink.check(target).await.unwrap(), [""; 0]);
    let to = To { sink, target };
    in_order(to).await;
    out_of_order(to).await;
    keys_are_apart(to).await;
    what_is_not_an_item(to).await;
    batches(to).await;
    a_key_twice(to).await;
    wide(to).await;
    nothing_at_all(to).await;
    sink.flush().await.unwrap();
}

/// Where the suite writes.
#[derive(Clone, Copy)]
struct To<'a> {
    sink: &'a dyn Sink,
    target: &'a Target,
}

/// Tests, in addition to [`sink`], a sink with fixed tables, of which only [`target`] exists.
///
/// # Panics
/// If it does not.
pub async fn sink_with_tables(sink: &dyn Sink) {
    let missing = Target { name: "contract-suite-missing".to_owned(), ..target() };
    let mut other_key = target();
    other_key.key.truncate(1);
    let mut other_type = target();
    other_type.key[0].number = true;
    for wrong in [missing, other_key, other_type] {
        let problems = sink.check(&wrong).await.unwrap();
        assert_eq!(problems.len(), 1, "{wrong:?}: {problems:?}");
    }
}

/// Tests, in addition to [`sink_into`], that a sink adds and changes items as the mode of a feed says. A queue has no modes.
///
/// # Panics
/// If it does not.
pub async fn sink_with_modes(sink: &dyn Sink, target: &Target) {
    let of = |mode, empty| Target { manner: Manner { mode, empty }, ..target.clone() };
    let [upsert, insert, update] =
        [Mode::Upsert, Mode::InsertOnly, Mode::UpdateOnly].map(|mode| of(mode, Empty::Remove));
    let [upsert, insert, update] = [&upsert, &insert, &update].map(|target| To { sink, target });
    let runs = [1, 2, 3].map(run);
    let [first, second, third] = runs.each_ref().map(|run| (run, Order::new("2026-11-21T02:33:00Z", "", run)));
    for (id, to, run, size, expected) in [
        ("insert", insert, &second, "L", Written::Imported),
        ("insert", insert, &third, "L", Written::Left),
        ("insert", insert, &third, "XL", Written::Left),
        ("insert", insert, &first, "XL", Written::Stale),
        ("insert", insert, &second, "L", Written::Imported),
        ("update", update, &first, "L", Written::Left),
        ("update", upsert, &first, "L", Written::Imported),
        ("update", update, &second, "L", Written::Unchanged),
        ("update", update, &first, "XL", Written::Stale),
        ("update", update, &third, "XL", Written::Imported),
        ("update", insert, &second, "L", Written::Stale),
    ] {
        let written = write(to, &item(id, "1", Some(size)), run.0, &run.1).await;
        assert_eq!(written, expected, "{id} {size} by {} in {:?}", run.0, to.target.manner.mode);
    }
    // A batch has all of it at once.
    let mixed: Vec<Item<'_>> = ["insert", "mixed"].iter().map(|id| item(id, "1", Some("S"))).collect();
    for (to, expected) in
        [(update, [Written::Imported, Written::Left]), (insert, [Written::Imported, Written::Imported])]
    {
        assert_eq!(write_all(to, &mixed, third.0, &third.1).await, expected, "{:?}", to.target.manner.mode);
    }
    let keep = of(Mode::Upsert, Empty::Keep);
    let keep = To { sink, target: &keep };
    for (run, size, expected) in [
        (&first, Some("L"), Written::Imported),
        (&second, None, Written::Imported),
        (&third, None, Written::Unchanged),
        (&first, Some("XL"), Written::Stale),
    ] {
        assert_eq!(write(keep, &item("keep", "1", size), run.0, &run.1).await, expected, "{size:?} by {}", run.0);
    }
}

/// Tests, in addition to [`sink_with_modes`], that a sink of tables deletes items.
///
/// # Panics
/// If it does not.
pub async fn sink_with_deletions(sink: &dyn Sink, target: &Target) {
    let of = |mode| Target { manner: Manner { mode, ..Manner::default() }, ..target.clone() };
    let [upsert, insert, update] = [Mode::Upsert, Mode::InsertOnly, Mode::UpdateOnly].map(of);
    let [upsert, insert, update] = [&upsert, &insert, &update].map(|target| To { sink, target });
    let runs = [1, 2, 3, 4].map(run);
    let [first, second, third, fourth] = runs.each_ref().map(|run| (run, Order::new("2026-11-21T02:33:00Z", "", run)));
    let (is, gone) = (|id| item(id, "1", Some("L")), deletion);
    for (item, to, run, expected) in [
        (gone("a", None), upsert, &second, Written::Deleted),
        (is("a"), upsert, &first, Written::Stale),
        (is("a"), update, &third, Written::Left),
        (is("a"), insert, &third, Written::Imported),
        (gone("a", None), upsert, &second, Written::Stale),
        (gone("a", Some(1_800_000_000)), upsert, &fourth, Written::Deleted),
        (is("b"), upsert, &first, Written::Imported),
        (gone("b", Some(1_800_000_000)), upsert, &second, Written::Deleted),
        (gone("b", None), upsert, &third, Written::Deleted),
        (is("b"), upsert, &second, Written::Stale),
        (is("b"), upsert, &fourth, Written::Imported),
        (gone("c", None), update, &first, Written::Left),
        (is("c"), upsert, &first, Written::Imported),
        (gone("c", None), update, &second, Written::Deleted),
        (gone("c", None), update, &third, Written::Left),
    ] {
        assert_eq!(write(to, &item, run.0, &run.1).await, expected, "{item:?} by {}", run.0);
    }
    let mut keyless = gone("d", None);
    keyless.fields.to_mut()[1].1 = None;
    assert!(matches!(write(upsert, &keyless, first.0, &first.1).await, Written::Refused(_)));
}

/// Writes items in batches as large as the sink takes, and each batch twice, because a step may be killed after any
/// write. The results of the second write must be the same.
async fn write_all(To { sink, target }: To<'_>, items: &[Item<'_>], run: &RunId, order: &Order) -> Vec<Written> {
    let stamp = Stamp { run, order };
    let limits = sink.batch();
    assert!(limits.items > 0 && limits.bytes > 0, "{limits:?}");
    let mut all = Vec::new();
    for batch in items.chunks(limits.items) {
        let before = all.len();
        // The sink appends to the results that are already there.
        sink.write(target, batch, &stamp, &mut all).await.unwrap();
        let mut again = Vec::new();
        sink.write(target, batch, &stamp, &mut again).await.unwrap();
        assert_eq!(all[before..], again, "a repeated write has the same answers");
    }
    assert_eq!(all.len(), items.len(), "one answer for each item");
    all
}

async fn write(to: To<'_>, item: &Item<'_>, run: &RunId, order: &Order) -> Written {
    write_all(to, from_ref(item), run, order).await.remove(0)
}

async fn in_order(to: To<'_>) {
    let (first, second, third) = (run(1), run(2), run(3));
    let order = |run| Order::new("2026-11-21T02:33:00Z", "", run);
    let item = |size: Option<&str>| item("in order", "1", size);
    assert_eq!(write(to, &item(Some("L")), &first, &order(&first)).await, Written::Imported);
    assert_eq!(write(to, &item(Some("L")), &second, &order(&second)).await, Written::Unchanged);
    assert_eq!(write(to, &item(None), &third, &order(&third)).await, Written::Imported);
}

async fn out_of_order(to: To<'_>) {
    let (early, late) = (run(9), run(1));
    let (early_order, late_order) =
        (Order::new("2026-11-21T02:33:00Z", "", &early), Order::new("2026-11-21T02:33:01Z", "", &late));
    let item = item("out of order", "1", Some("L"));
    assert_eq!(write(to, &item, &late, &late_order).await, Written::Imported);
    assert_eq!(write(to, &item, &early, &early_order).await, Written::Stale);
    assert_eq!(write(to, &item, &late, &late_order).await, Written::Imported, "what was stale left no trace");
}

async fn keys_are_apart(to: To<'_>) {
    let run = run(1);
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    for (id, line) in [("a", "1"), ("a", "2"), ("a", "-1"), ("a", "0.1"), ("b", "1"), ("ü \"quoted\"\n", "1e20")] {
        assert_eq!(write(to, &item(id, line, None), &run, &order).await, Written::Imported, "{id} {line}");
    }
}

async fn what_is_not_an_item(to: To<'_>) {
    let run = run(1);
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let mut keyless = item("no key", "1", None);
    keyless.fields.to_mut()[1].1 = None;
    for refused in [keyless, item("", "1", None)] {
        let written = write(to, &refused, &run, &order).await;
        assert!(matches!(written, Written::Refused(_)), "{refused:?}: {written:?}");
    }
}

/// Each item of a batch has a result of its own, in the order of the items. A refused item does not stop the others.
async fn batches(to: To<'_>) {
    let (first, second) = (run(1), run(2));
    let order = |run| Order::new("2026-11-21T02:33:00Z", "", run);
    let mut items: Vec<Item<'_>> =
        (0..25).map(|line| item("batch", &line.to_string(), (line % 2 == 0).then_some("L"))).collect();
    let imported = write_all(to, &items, &first, &order(&first)).await;
    assert!(imported.iter().all(|written| *written == Written::Imported), "{imported:?}");
    for line in [3, 4] {
        items[line] = item("batch", &line.to_string(), Some("XL"));
    }
    // This item has no key.
    items[7].fields.to_mut()[1].1 = None;
    let answers = write_all(to, &items, &second, &order(&second)).await;
    for (line, written) in answers.iter().enumerate() {
        match line {
            3 | 4 => assert_eq!(*written, Written::Imported, "{line}"),
            7 => assert!(matches!(written, Written::Refused(_)), "{line}: {written:?}"),
            _ => assert_eq!(*written, Written::Unchanged, "{line}"),
        }
    }
    let late = write_all(to, &items[..2], &first, &order(&first)).await;
    assert_eq!(late, [Written::Stale, Written::Stale]);
}

/// A key that is twice in a batch is handled like two writes one after the other. A run writes an item only once, so
/// the first one decides, and both have its result.
async fn a_key_twice(to: To<'_>) {
    let (first, second) = (run(1), run(2));
    let order = |run| Order::new("2026-11-21T02:33:00Z", "", run);
    let twice = [item("twice", "1", Some("L")), item("twice", "2", None), item("twice", "1", Some("XL"))];
    let written = write_all(to, &twice, &first, &order(&first)).await;
    assert_eq!(written, [Written::Imported, Written::Imported, Written::Imported]);
    let written = write_all(to, &twice[..2], &second, &order(&second)).await;
    assert_eq!(written, [Written::Unchanged, Written::Unchanged], "the first one was kept");
}

/// An item may have any number of fields.
async fn wide(to: To<'_>) {
    let runs = [1, 2, 3, 4, 5].map(run);
    let orders = runs.each_ref().map(|run| Order::new("2026-11-21T02:33:00Z", "", run));
    let names: Vec<String> = (0..WIDE).map(|field| format!("f{field}")).collect();
    let item = |value: &dyn Fn(usize) -> Option<String>| {
        let text = |text: String| Attribute::Text(text.into());
        let key = [("id", Some(text("wide".to_owned()))), ("line", Some(Attribute::Number("1".into())))];
        let others = names.iter().enumerate().map(|(at, name)| (name.as_str(), value(at).map(text)));
        let fields: Vec<ItemField<'_>> = key.into_iter().chain(others).collect();
        let mut hasher = DefaultHasher::new();
        (0..WIDE).map(value).for_each(|value| value.hash(&mut hasher));
        Item { record: 1, fields: fields.into(), hash: ContentHash::from(u128::from(hasher.finish())), deletion: None }
    };
    let every = |text: &'static str| move |_: usize| Some(text.to_owned());
    let (few, some) =
        (|at| Some(if at == 7 { "b" } else { "a" }.to_owned()), |at| (at % 3 == 0).then(|| "c".to_owned()));
    for (at, item, expected) in [
        (0, item(&every("a")), Written::Imported),
        (1, item(&every("a")), Written::Unchanged),
        (2, item(&few), Written::Imported),
        (4, item(&some), Written::Imported),
        (3, item(&every("d")), Written::Stale),
        (4, item(&some), Written::Imported),
    ] {
        assert_eq!(write(to, &item, &runs[at], &orders[at]).await, expected, "by run {at}");
    }
}

async fn nothing_at_all(to: To<'_>) {
    let run = run(1);
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let mut written = Vec::new();
    to.sink.write(to.target, &[], &Stamp { run: &run, order: &order }, &mut written).await.unwrap();
    assert_eq!(written, []);
}

/// A value nested as deeply as DynamoDB takes: the innermost text is the 32nd level.
fn nested(size: &str) -> Attribute<'static> {
    let json = format!(
        r#"{{"{size}": {{"a.b": [0.1000000000000000000000000000000001, -1e125, "", null, true, [], {{}}]}}, "deep": {}"{size}"{}}}"#,
        "[".repeat(30),
        "]".repeat(30)
    );
    Attribute::json(&DynamoDb, &json, DynamoDb.limits().levels).unwrap()
}

/// The deletion of an item.
pub(super) fn deletion(id: &str, expires: Option<i64>) -> Item<'static> {
    let fields = item(id, "1", None).fields.into_owned();
    let of_key = |(name, value): ItemField<'static>| (name, value.filter(|_| ["id", "line"].contains(&name)));
    let fields: Vec<_> = fields.into_iter().map(of_key).collect();
    let (hash, deletion) = (ContentHash::of_deletion(), Some(Deletion { expires }));
    Item { record: 1, fields: fields.into(), hash, deletion }
}

pub(super) fn item(id: &str, line: &str, size: Option<&str>) -> Item<'static> {
    let text = |text: &str| Attribute::Text(text.to_owned().into());
    let fields = vec![
        ("id", Some(text(id))),
        ("line", Some(Attribute::Number(line.to_owned().into()))),
        // A reserved word as a name, a name with a dot, a number beyond f64, and a boolean.
        ("size", size.map(text)),
        ("price.net", Some(Attribute::Number("0.1000000000000000000000000000000001".into()))),
        ("active", Some(Attribute::Bool(true))),
        // A deeply nested record with every kind of value, and with numbers beyond f64.
        ("nested", size.map(nested)),
    ];
    let mut hasher = DefaultHasher::new();
    (id, line, size).hash(&mut hasher);
    Item { record: 1, fields: fields.into(), hash: ContentHash::from(u128::from(hasher.finish())), deletion: None }
}
