//! Rules that require keys in other tables.

use sluice_contract::{Phase, Verdict, keys};
use sluice_engine::Code;
use sluice_platform::sink::{KeyField, Manner, MemorySink, SinkKind, Target};

use crate::world::World;

const PRODUCTS: &str = "
version: 1
name: products
schema: {fields: [{name: id, constraints: {required: true}}]}
import: {table: products, key: [id]}
";

fn orders(rule: &str) -> String {
    format!(
        "
version: 1
name: orders
schema:
  fields:
    - {{name: id, constraints: {{required: true}}}}
    - {{name: sku}}
    - {{name: price, type: number}}
validate: {{rules: [reference: {rule}]}}
import: {{table: orders, key: [id]}}
report: {{recipients: [shop@example.com]}}
"
    )
}

const RULE: &str = "{field: sku, table: products, key: id}";
const ORDERS: &str = "inbox/orders/a.csv";

async fn world(feed: &str) -> World {
    let world = World::new();
    world.feed("products", PRODUCTS);
    world.feed("orders", feed);
    world.import_file("inbox/products/p.csv", "id\nA\nB\n").await;
    world
}

#[tokio::test]
async fn a_record_whose_key_is_not_there_is_rejected_with_everything_else_that_is_wrong() {
    let world = world(&orders(RULE)).await;
    let (run, verdict) = world.import_file(ORDERS, "id,sku,price\n1,A,1\n2,X,2\n3,,3\n4,Y,four\n5,B,5\n6,X,6\n").await;
    assert_eq!(verdict, Verdict::Imported);
    let document = world.tally(&run);
    assert_eq!((document.tally.imported, document.tally.rejected), (3, 3));
    assert_eq!(document.by_code["reference-missing"], 3);
    let imported = world.output(&run, keys::IMPORTED_CSV);
    assert!(imported.contains("\n1,1,A,1\n") && imported.contains("\n3,3,,3\n"), "{imported}");
    let rejects = world.rejects.of(&run);
    let codes: Vec<Vec<Code>> =
        rejects.iter().map(|entry| entry.problems.iter().map(|problem| problem.code).collect()).collect();
    let missing = Code::ReferenceMissing;
    assert_eq!(codes, [vec![missing], vec![Code::TypeError, missing], vec![missing]]);
    let problem = &rejects[0].problems[0];
    assert_eq!(problem.message, "the table \"products\" has no item whose id is \"X\"");
    assert_eq!((problem.field.as_deref(), problem.column.as_deref()), (Some("sku"), Some("sku")));
    let rejects = world.output(&run, keys::REJECTS_CSV);
    assert!(rejects.contains("[reference-missing] sku: the table"), "{rejects}");
}

#[tokio::test]
async fn a_warning_is_imported_and_one_that_stops_the_file_stops_it() {
    let file = "id,sku,price\n1,X,1\n2,A,2\n";
    let warned = world(&orders("{field: sku, table: products, key: id, severity: warn}")).await;
    let (run, verdict) = warned.import_file(ORDERS, file).await;
    assert_eq!((verdict, warned.tally(&run).tally.imported), (Verdict::Imported, 2));
    let stopped = world(&orders("{field: sku, table: products, key: id, severity: abort}")).await;
    let (_, verdict) = stopped.import_file(ORDERS, file).await;
    assert_eq!((verdict, stopped.sink.items("orders").len()), (Verdict::Rejected, 0));
}

#[tokio::test]
async fn a_sensitive_key_is_never_shown() {
    let feed = orders(RULE).replace("{name: sku}", "{name: sku, sensitive: true}");
    let world = world(&feed).await;
    let (run, _) = world.import_file(ORDERS, "id,sku,price\n1,SECRET-7,1\n").await;
    let problem = &world.rejects.of(&run)[0].problems[0];
    assert!(problem.code == Code::ReferenceMissing && problem.value.is_none(), "{problem:?}");
    assert!(!problem.message.contains("SECRET"), "{problem:?}");
    let mail = world.mailer.sent().pop().unwrap();
    assert!(!mail.text.contains("SECRET") && !mail.html.contains("SECRET"), "{}", mail.text);
}

/// The lookups of a killed step are lost with it. The outcome has the result of the last call, and only that.
#[tokio::test]
async fn a_key_that_comes_while_a_chunk_is_checked_again_is_found() {
    let world = world(&orders(RULE)).await;
    let upload = world.upload(ORDERS, "id,sku,price\n1,C,1\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    let chunk = world.chunks(&run)[0];
    world.objects.remove(&keys::outcome(&run, Phase::Check, chunk.chunk));
    world.import_file("inbox/products/q.csv", "id\nC\n").await;
    world.check(&run, &split, chunk).await;
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    assert_eq!((world.tally(&run).tally.imported, world.tally(&run).tally.rejected), (1, 0));
}

#[tokio::test]
async fn a_file_is_refused_where_a_table_is_missing_that_it_refers_to() {
    let target = |table: &str, number| {
        let key = vec![KeyField { name: "id".to_owned(), number }];
        Target { sink: SinkKind::Table, name: table.to_owned(), key, via: None, manner: Manner::default() }
    };
    for (tables, says) in [
        (vec![target("orders", false)], "The table \"products\" does not exist. (A rule \"reference\" needs it.)"),
        (
            vec![target("orders", false), target("products", true)],
            "The key of the table \"products\" is not the feed's. (A",
        ),
    ] {
        let mut world = World::new();
        world.sink = MemorySink::with_tables(tables);
        world.feed(
            "orders",
            &orders(&format!("{RULE}}}, {{reference: {RULE}"))
                .replace("rules: [reference", "rules: [{reference")
                .replace("key: id}]", "key: id}}]"),
        );
        let upload = world.upload(ORDERS, "id,sku,price\n1,X,1\n");
        let answer = world.deliver(&upload, true).await;
        assert_eq!(answer.done, sluice_intake::Done::Refused);
        let conclusion = world.entry(&answer.run_id.unwrap()).await.conclusion.unwrap();
        let reasons: Vec<&str> = conclusion.reasons.iter().map(|reason| reason.message.as_str()).collect();
        assert!(reasons.len() == 1 && reasons[0].starts_with(says), "{reasons:?}");
        assert_eq!(conclusion.reasons[0].code, Code::InvalidTarget);
    }
}
