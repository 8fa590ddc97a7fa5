//! A sensitive value appears only in the data itself: the source, the rows made from it, and the source's columns in reject files, which
//! people must repair.

use sluice_contract::{Verdict, keys};
use sluice_engine::Code;

use crate::world::World;

/// Parts of every cell, and of nothing else. They are long enough that no random id contains one by chance.
const SECRETS: [&str; 2] = ["S3CR", "735551927364"];

const FEED: &str = "
version: 1
name: people
restructure:
  born: {from: born, date: '%d.%m.%Y'}
  mirror: {from: token}
schema:
  fields:
    - {name: id, sensitive: true, constraints: {required: true}}
    - {name: salary, type: number, sensitive: true, constraints: {minimum: 10, maximum: 7355519273640}}
    - {name: account, type: number, sensitive: true}
    - {name: age, type: integer, sensitive: true}
    - {name: born, type: date, sensitive: true}
    - {name: token, sensitive: true, constraints: {pattern: 'S3CR-[a-z]+', maxLength: 12}}
    - {name: badge, sensitive: true, constraints: {unique: true}}
    - {name: note, sensitive: true}
    - {name: mirror, constraints: {maxLength: 12}}
validate:
  rules:
    - prohibited: {fields: [note, mirror], terms: [ivory]}
    - range: {field: salary, maximum: 735551927364}
import: {table: people, key: [id], duplicates: reject}
report: {recipients: [hr@example.com]}
";

const HEADER: &str = "id,salary,account,age,born,token,badge,note";

/// A file that is broken in every way, and the codes of its problems.
fn broken() -> (Vec<u8>, Vec<Code>) {
    let long = "735551927364".repeat(9);
    let rows = [
        "S3CR-good,735551927364,735551927364,735551927364,01.02.2000,S3CR-token,S3CR-a,S3CR",
        "S3CR-b,S3CR,S3CR,S3CR,S3CR,S3CR-token,,",
        "S3CR-c,735551927364000,,,,S3CR-TOKEN,,",
        "S3CR-d,,,,,S3CR-tokentoken,,S3CR ivory",
        "S3CR-e,7355519273640,,,,,,",
        "S3CR-f,,,,,,S3CR-badge,",
        "S3CR-g,,,,,,S3CR-badge,",
        "S3CR-h,,,,,,,",
        "S3CR-h,,,,,,,",
        &format!("S3CR-i,,{long},,,,,"),
        "S3CR-j,S3CR,735551927364,S3CR,S3CR,S3CR,S3CR,S3CR,S3CR",
        "S3CR-k,S3CR",
        ",735551927364,,,,,,S3CR",
    ];
    let mut file = format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes();
    file.extend_from_slice(b"S3CR-l,,,,,,,S3CR\xFF\n");
    let codes = [
        Code::ConstraintError,
        Code::DuplicateKey,
        Code::EncodingError,
        Code::ExtraCell,
        Code::MissingCell,
        Code::Prohibited,
        Code::Range,
        Code::SinkRefused,
        Code::TypeError,
        Code::UniqueError,
    ];
    (file, codes.into())
}

fn assert_clean(what: &str, text: &str) {
    for secret in SECRETS {
        // The constraints of the feed may appear: they are no values.
        let text = text.replace("S3CR-[a-z]+", "").replace("7355519273640", "");
        assert!(!text.contains(secret), "{secret} in {what}: {text}");
    }
}

/// Sluice's own columns of a CSV object. All of them must exist, or the test would prove nothing.
fn ours(bytes: &[u8], columns: &[&str]) -> String {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.byte_headers().unwrap().clone();
    let at: Vec<usize> =
        columns.iter().map(|name| header.iter().position(|label| label == name.as_bytes()).unwrap()).collect();
    let mut text = String::new();
    for record in reader.byte_records() {
        let record = record.unwrap();
        for column in &at {
            text.push_str(&format!("{}\n", String::from_utf8_lossy(&record[*column])));
        }
    }
    text
}

/// Checks everything that a run wrote, except the data itself.
fn assert_nothing_is_shown(world: &World) {
    let mut looked_at = 0;
    for key in world.objects.keys("") {
        let bytes = world.objects.bytes(&key).unwrap();
        let is = |part: &str| key.contains(part);
        // The feed may hold anything; the others are the data itself.
        if ["archive/", "feeds/", "/valid/", "/settled/", "imported", "run.json"].iter().any(|part| is(part)) {
            continue;
        }
        let text = if key.ends_with("/source.json") {
            // It has a copy of run.json, which has the feed.
            let mut document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert!(document.as_object_mut().unwrap().remove("run").is_some());
            document.to_string()
        } else if is("/restructured/") {
            ours(&bytes, &["_problems"])
        } else if is("source.json") {
            // All but the run, which has the feed.
            let mut document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            document.as_object_mut().unwrap().remove("run").unwrap();
            document.to_string()
        } else if is("/rejected/") || is(keys::REJECTS_CSV) {
            ours(&bytes, &["_run", "_record", "_line", "_errors"])
        } else {
            String::from_utf8_lossy(&bytes).into_owned()
        };
        looked_at += 1;
        assert_clean(&key, &text);
    }
    assert!(looked_at > 4, "{looked_at}");
    for mail in world.mailer.sent() {
        assert_clean("the mail", &format!("{mail:?}"));
    }
    assert_clean("the events", &format!("{:?}", world.events.published()));
    assert_clean("the ledger", &format!("{:?}", world.ledger.entries()));
}

#[tokio::test]
async fn a_sensitive_value_is_shown_nowhere_however_the_file_is_broken() {
    for (chunk_bytes, key) in [(64, "inbox/people/a.csv"), (100_000, "inbox/people/dry-run/a.csv")] {
        let mut world = World::new();
        world.chunk_bytes = chunk_bytes;
        world.feed("people", FEED);
        let (file, codes) = broken();
        let (run, _) = world.import_file(key, file).await;
        let document = world.tally(&run);
        assert!(document.tally.adds_up());
        let found: Vec<&str> = document.by_code.keys().map(String::as_str).collect();
        assert_eq!(found, codes.iter().map(|code| code.as_str()).collect::<Vec<_>>());

        assert_nothing_is_shown(&world);
        let listed = world.rejects.of(&run);
        assert_clean("the index of rejects", &format!("{listed:?}"));
        assert_eq!(listed.len() as u64, document.tally.rejected);
        // The data itself must keep the values.
        assert!(world.output(&run, keys::REJECTS_CSV).contains("S3CR-TOKEN"));
        let sunk = format!("{:?}", world.sink.items("people"));
        assert_eq!(sunk.contains("S3CR-good"), document.verdict == Verdict::Imported);
    }
}

#[tokio::test]
async fn messages_about_a_sensitive_field_name_it_and_what_is_expected() {
    let world = World::new();
    world.feed("people", FEED);
    let (run, _) = world.import_file("inbox/people/a.csv", format!("{HEADER}\n,S3CR,,,,,,\n")).await;
    let errors = ours(world.output(&run, keys::REJECTS_CSV).as_bytes(), &["_errors"]);
    assert_eq!(
        errors,
        "[constraint-error] id: is empty, but a value is required; [type-error] salary: a value is not the number, \
         date or other type that is expected; expected type number, maximum 7355519273640, minimum 10; the value is not \
         shown, because it is sensitive\n"
    );
}

#[tokio::test]
async fn a_file_without_a_header_shows_no_value_as_a_label() {
    let world = World::new();
    world.feed("people", FEED);
    let (run, verdict) =
        world.import_file("inbox/people/a.csv", "S3CR-1,735551927364,S3CR,S3CR-2\nS3CR-2,735551927364,,\n").await;
    assert_eq!(verdict, Verdict::Rejected);
    assert!(world.tally(&run).reasons.iter().any(|reason| reason.code == Code::MissingLabel));
    assert_nothing_is_shown(&world);
}
