//! How each answer of `DynamoDB` is handled.

use serde_json::json;
use sluice_contract::{ErrorName, Order, RunId};
use sluice_engine::spec::Mode;

use super::*;
use crate::aws::scripted::{Answer, Scripted};
use crate::sink::{ContentHash, Deletion, ItemField, KeyField, Manner, SinkKind};

const RUN: &str = "products-000000000000000000000002";
const EARLIER: &str = "products-000000000000000000000001";
const OTHER: &str = "products-000000000000000000000003";
/// The hash of the item.
const H: &str = "000000000000000000000000000000aa";
const ORDER: &str = "2026-11-21T02:33:00Z";

/// The answer to a successful write; the item had this hash before.
fn written(was: &str) -> Answer {
    Answer::Response(200, json!({"Attributes": {"_was": {"S": was}, "_hash": {"S": H}}}).to_string())
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let code = format!("com.amazonaws.dynamodb.v20120810#{code}");
    Answer::Response(status, json!({"__type": code, "message": message}).to_string())
}

/// The answer to a refused write: this run wrote the existing item, which had this hash before.
fn refused_by(run: &str, was: &str) -> Answer {
    let item = json!({
        "id": {"S": "1"}, "_run": {"S": run}, "_order": {"S": order(run)}, "_hash": {"S": H},
        "_was": {"S": was},
    });
    refused(&item)
}

/// The order of a run.
fn order(run: &str) -> String {
    Order::new(ORDER, "", &run.parse().unwrap()).as_str().to_owned()
}

/// The answer to a write whose condition does not hold for this item.
fn refused(item: &serde_json::Value) -> Answer {
    let code = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    let body = json!({"__type": code, "message": "The conditional request failed", "Item": item});
    Answer::Response(400, body.to_string())
}

/// Writes an item, and returns the result and the number of requests.
async fn write(answers: &[Answer]) -> (Result<Written, ErrorName>, usize) {
    write_in(Manner::default(), None, answers).await
}

async fn write_in(
    manner: Manner,
    deletion: Option<Deletion>,
    answers: &[Answer],
) -> (Result<Written, ErrorName>, usize) {
    write_item(manner, deletion, Vec::new(), answers).await
}

/// The number of fields of a wide record.
const WIDE: usize = 400;

async fn write_item(
    manner: Manner,
    deletion: Option<Deletion>,
    more: Vec<ItemField<'_>>,
    answers: &[Answer],
) -> (Result<Written, ErrorName>, usize) {
    let service = Scripted::new(answers);
    let sink = DynamoSink::new(&service.aws().await, "stack-");
    let run: RunId = RUN.parse().unwrap();
    let order = Order::new(ORDER, "", &run);
    let key = vec![KeyField { name: "id".to_owned(), number: false }];
    let target = Target { sink: SinkKind::Table, name: "products".to_owned(), key, via: None, manner };
    let mut fields = vec![("id", Some(Attribute::Text("1".into())))];
    fields.extend(more);
    let item = Item { record: 1, fields: fields.into(), hash: ContentHash::from(0xaa), deletion };
    let mut written = Vec::new();
    let answer = sink.write(&target, &[item], &Stamp { run: &run, order: &order }, &mut written).await;
    assert_eq!(written.len(), usize::from(answer.is_ok()), "an item that failed has no answer");
    (answer.map(|()| written.remove(0)).map_err(|fault| fault.name()), service.requests().len())
}

#[tokio::test]
async fn every_answer_is_handled_as_what_it_is() {
    let too_large = "Item size to update has exceeded the maximum allowed size";
    let about_one = "One or more parameter values are not valid. Something is wrong with this item";
    let about_all = "Invalid UpdateExpression: Syntax error; token: \"<EOF>\"";
    for (name, answers, expected) in [
        ("new", vec![written("none")], Ok(Written::Imported)),
        ("other content", vec![written("g")], Ok(Written::Imported)),
        ("the same content", vec![written(H)], Ok(Written::Unchanged)),
        ("refused by its own run, which wrote it", vec![refused_by(RUN, "none")], Ok(Written::Imported)),
        ("refused by its own run, which found it so", vec![refused_by(RUN, H)], Ok(Written::Unchanged)),
        ("refused by another run", vec![refused_by(OTHER, H)], Ok(Written::Stale)),
        ("too large", vec![error(400, "ValidationException", too_large)], Ok(Written::TooLarge(too_large.into()))),
        ("one item", vec![error(400, "ValidationException", about_one)], Ok(Written::Refused(about_one.into()))),
        ("every item", vec![error(400, "ValidationException", about_all)], Err(ErrorName::Misconfigured)),
        ("no table", vec![error(400, "ResourceNotFoundException", "no")], Err(ErrorName::Misconfigured)),
        ("not permitted", vec![error(400, "AccessDeniedException", "no")], Err(ErrorName::Misconfigured)),
        (
            "throttled: returned at once",
            vec![error(400, "ProvisionedThroughputExceededException", "slow down")],
            Err(ErrorName::Throttled),
        ),
        ("throttled", vec![error(400, "ThrottlingException", "slow down")], Err(ErrorName::Throttled)),
        (
            "a failure that passes",
            vec![error(500, "InternalServerError", "oh"), written("none")],
            Ok(Written::Imported),
        ),
        ("an answer that is lost", vec![Answer::Lost, refused_by(RUN, "none")], Ok(Written::Imported)),
        ("an answer that is lost, of the same", vec![Answer::Lost, refused_by(RUN, H)], Ok(Written::Unchanged)),
        ("a request that is lost", vec![Answer::Lost, written("none")], Ok(Written::Imported)),
    ] {
        assert_eq!(write(&answers).await, (expected, answers.len()), "{name}");
    }
}

#[tokio::test]
async fn an_item_of_the_same_order_but_of_another_run_is_stale() {
    // A repair has the order of its parent, so it does not overwrite what the parent wrote.
    let item = json!({"id": {"S": "1"}, "_run": {"S": OTHER}, "_order": {"S": order(RUN)}, "_hash": {"S": "g"}});
    assert_eq!(write(&[refused(&item)]).await, (Ok(Written::Stale), 1));
}

/// The answer to a write whose condition does not hold because there is no item.
fn refused_by_nothing() -> Answer {
    let code = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    Answer::Response(400, json!({"__type": code, "message": "The conditional request failed"}).to_string())
}

/// The mark of an item that this run deleted.
fn marked_by(run: &str) -> serde_json::Value {
    json!({
        "id": {"S": "1"}, "_run": {"S": run}, "_order": {"S": order(run)}, "_hash": {"S": H}, "_was": {"S": "g"},
        "_deleted": {"BOOL": true},
    })
}

/// An item that another program wrote.
fn foreign() -> serde_json::Value {
    json!({"id": {"S": "1"}, "colour": {"S": "red"}})
}

#[tokio::test]
async fn a_mode_leaves_alone_what_the_table_says() {
    let earlier = || refused_by(EARLIER, "none");
    for (name, mode, answer, expected) in [
        ("a new item", Mode::InsertOnly, written("none"), Written::Imported),
        ("an item that is there", Mode::InsertOnly, earlier(), Written::Left),
        ("an item of another program", Mode::InsertOnly, refused(&foreign()), Written::Left),
        ("an item of a later run", Mode::InsertOnly, refused_by(OTHER, "g"), Written::Stale),
        ("its own item", Mode::InsertOnly, refused_by(RUN, "none"), Written::Imported),
        ("no item", Mode::UpdateOnly, refused_by_nothing(), Written::Left),
        ("a mark", Mode::UpdateOnly, refused(&marked_by(EARLIER)), Written::Left),
        ("a mark of a later run", Mode::UpdateOnly, refused(&marked_by(OTHER)), Written::Stale),
        ("its own item, which was the same", Mode::UpdateOnly, refused_by(RUN, H), Written::Unchanged),
    ] {
        let manner = Manner { mode, ..Manner::default() };
        assert_eq!(write_in(manner, None, &[answer]).await, (Ok(expected), 1), "{name} in {mode:?}");
    }
}

/// A wide record is put if there is no item. Otherwise an update changes what differs, or a put all of it.
#[tokio::test]
async fn a_wide_record_is_written_in_one_request_whatever_is_there() {
    let done = || Answer::Response(200, "{}".to_owned());
    let stored = |run: &str, same: usize| {
        let fields = (0..WIDE).map(|at| (format!("f{at}"), json!({"S": if at < same { "x" } else { "y" }})));
        let own = [("_run", run.to_owned()), ("_order", order(run)), ("_hash", "g".to_owned()), ("id", "1".to_owned())];
        let own = own.map(|(name, text)| (name.to_owned(), json!({"S": text})));
        refused(&fields.chain(own).collect::<serde_json::Map<_, _>>().into())
    };
    for (name, answers, expected) in [
        ("nothing", vec![done()], Ok(Written::Imported)),
        ("an item that differs a little", vec![stored(EARLIER, WIDE - 1), done()], Ok(Written::Imported)),
        ("an item that differs a lot", vec![stored(EARLIER, 0), done()], Ok(Written::Imported)),
        ("its own item", vec![stored(RUN, WIDE)], Ok(Written::Imported)),
        ("its own item, after a lost answer", vec![Answer::Lost, stored(RUN, WIDE)], Ok(Written::Imported)),
        ("a later item", vec![stored(OTHER, 0)], Ok(Written::Stale)),
        ("an item that is overtaken", vec![stored(EARLIER, 0), stored(OTHER, 0)], Ok(Written::Stale)),
        (
            "too much",
            vec![error(400, "ValidationException", "Item size has exceeded the maximum allowed size")],
            Ok(Written::TooLarge("Item size has exceeded the maximum allowed size".into())),
        ),
        ("an item that always changes", vec![stored(EARLIER, 0); 8], Err(ErrorName::Transient)),
    ] {
        let names: Vec<String> = (0..WIDE).map(|at| format!("f{at}")).collect();
        let wide = names.iter().map(|name| (name.as_str(), Some(Attribute::Text("x".into())))).collect();
        let written = write_item(Manner::default(), None, wide, &answers).await;
        assert_eq!(written, (expected, answers.len()), "{name}");
    }
}

#[tokio::test]
async fn a_deletion_replaces_what_it_has_seen_and_nothing_else() {
    let done = || Answer::Response(200, "{}".to_owned());
    let earlier = || refused_by(EARLIER, "none");
    for (name, mode, answers, expected) in [
        ("nothing", Mode::Upsert, vec![done()], Ok(Written::Deleted)),
        ("an item", Mode::Upsert, vec![earlier(), done()], Ok(Written::Deleted)),
        ("an item of another program", Mode::Upsert, vec![refused(&foreign()), done()], Ok(Written::Deleted)),
        ("a mark", Mode::Upsert, vec![refused(&marked_by(EARLIER)), done()], Ok(Written::Deleted)),
        ("its own mark", Mode::Upsert, vec![refused(&marked_by(RUN))], Ok(Written::Deleted)),
        (
            "its own mark, after a lost answer",
            Mode::Upsert,
            vec![earlier(), Answer::Lost, refused(&marked_by(RUN))],
            Ok(Written::Deleted),
        ),
        ("an item of a later run", Mode::Upsert, vec![refused_by(OTHER, "g")], Ok(Written::Stale)),
        ("an item that is overtaken", Mode::Upsert, vec![earlier(), refused_by(OTHER, "g")], Ok(Written::Stale)),
        ("an item that vanishes", Mode::Upsert, vec![earlier(), refused_by_nothing(), done()], Ok(Written::Deleted)),
        ("nothing that may be changed", Mode::UpdateOnly, vec![refused_by_nothing()], Ok(Written::Left)),
        ("a mark that may be changed", Mode::UpdateOnly, vec![refused(&marked_by(EARLIER))], Ok(Written::Left)),
        ("an item that may be changed", Mode::UpdateOnly, vec![earlier(), done()], Ok(Written::Deleted)),
        ("an item that always changes", Mode::Upsert, vec![earlier(); 8], Err(ErrorName::Transient)),
    ] {
        let manner = Manner { mode, ..Manner::default() };
        let deletion = Some(Deletion { expires: Some(1_800_000_000) });
        assert_eq!(write_in(manner, deletion, &answers).await, (expected, answers.len()), "{name}");
    }
}
