//! What happens to records and to the file when rules are broken, by the severity of the rule; and what the gate requires of the file
//! as a whole.

use sluice_contract::documents::GateDocument;
use sluice_contract::{Phase, Verdict, keys};
use sluice_engine::report::Report;
use sluice_engine::{Code, Findings};

use crate::world::World;

const KEY: &str = "inbox/prices/a.csv";
/// Nine records: the prices of 2, 4 and 8 are below 1, that of 6 is no number, and 7 has a cell too many.
const FILE: &str = "id,price\n1,1\n2,0.5\n3,3\n4,0.25\n5,5\n6,x\n7,7,7\n8,0\n9,9\n";

/// A world whose feed has this `validate` section.
fn world(validate: &str) -> World {
    let world = World::new();
    world.feed("prices", &format!("{}validate: {validate}\n", crate::world::FEED));
    world
}

fn counts(findings: &Findings) -> Vec<(Code, u64, Vec<u64>)> {
    let found = findings
        .iter()
        .map(|(code, finding)| (code, finding.records, finding.samples.iter().map(|sample| sample.record).collect()));
    found.collect()
}

#[tokio::test]
async fn a_record_with_a_warning_is_imported_and_reported() {
    let world = world("{rules: [range: {field: price, minimum: 1, severity: warn}]}");
    let (run, verdict) = world.import_file(KEY, FILE).await;
    assert_eq!(verdict, Verdict::Imported);
    let document = world.tally(&run);
    assert_eq!((document.tally.imported, document.tally.rejected), (7, 2));
    assert_eq!(counts(&document.warnings), [(Code::Range, 3, vec![2, 4, 8])]);
    assert!(!document.by_code.contains_key("range"), "{:?}", document.by_code);
    assert!(world.output(&run, keys::IMPORTED_CSV).contains("\n8,8,0\n"));
    assert!(!world.output(&run, keys::REJECTS_CSV).contains("range"));
    let report: Report = serde_json::from_str(&world.output(&run, keys::REPORT_JSON)).unwrap();
    assert_eq!(report.warnings, document.warnings);
    let mail = &world.mailer.sent()[0];
    let line = "record 4, line 5: price: 0.25 is below 1, the minimum of this rule";
    for text in [&mail.text, &mail.html, &world.output(&run, keys::REPORT_HTML)] {
        assert!(text.contains(line), "{text}");
    }
}

#[tokio::test]
async fn a_warning_stands_beside_what_rejects_a_record_and_is_not_counted() {
    let rules = "[range: {field: price, minimum: 1, severity: warn}, prohibited: {fields: [id], terms: ['8']}]";
    let world = world(&format!("{{rules: {rules}}}"));
    let (run, _) = world.import_file(KEY, FILE).await;
    assert_eq!(counts(&world.tally(&run).warnings), [(Code::Range, 2, vec![2, 4])]);
    let rejects = world.output(&run, keys::REJECTS_CSV);
    assert!(rejects.contains("[range, warning] price: 0 is below 1"), "{rejects}");
}

#[tokio::test]
async fn a_rule_that_stops_the_file_stops_it_before_anything_is_written() {
    for chunk_bytes in [1, 1 << 20] {
        let mut world = world("{rules: [range: {field: price, minimum: 1, severity: abort}]}");
        world.chunk_bytes = chunk_bytes;
        let (run, verdict) = world.import_file(KEY, FILE).await;
        assert_eq!(verdict, Verdict::Rejected);
        let document = world.tally(&run);
        assert!(document.tally.adds_up());
        assert_eq!((document.tally.withheld, document.tally.rejected), (4, 5));
        let reasons: Vec<_> = document.reasons.iter().map(ToString::to_string).collect();
        assert_eq!(
            reasons,
            ["[range] 3 records break a rule that stops the file, records 2, 4, 8; \
              record 2, line 3: price: 0.5 is below 1, the minimum of this rule"]
        );
        assert!(world.sink.items("prices").is_empty());
        assert!(world.output(&run, keys::REJECTS_CSV).contains("[range, stops the file] price: 0.5 is below 1"));
    }
}

#[tokio::test]
async fn a_rule_that_nobody_breaks_stops_nothing() {
    let world = world("{rules: [range: {field: price, maximum: 10, severity: abort}]}");
    let (run, verdict) = world.import_file(KEY, FILE).await;
    assert_eq!(verdict, Verdict::Imported);
    assert!(world.document::<GateDocument>(&keys::gate(&run)).aborted.is_empty());
}

#[tokio::test]
async fn limits_on_the_file_as_a_whole() {
    let (few, total) = (Code::TooFewRecords, Code::ControlTotal);
    for (limits, codes) in [
        ("{minRecords: 9}", &[][..]),
        ("{minRecords: 10}", &[few]),
        // The sum counts every price that could be read, valid or not. Record 7 has no fields, and record 6 no number.
        ("{totals: [{field: price, equals: 18.75}]}", &[]),
        ("{totals: [{field: price, equals: '18.750'}]}", &[]),
        ("{totals: [{field: price, equals: 25.75}]}", &[total]),
        ("{totals: [{field: price, equals: 18.75}, {field: price, equals: 0}], minRecords: 99}", &[few, total]),
    ] {
        for chunk_bytes in [1, 1 << 20] {
            let mut world = world(&format!("{{rules: [range: {{field: price, minimum: 1}}], limits: {limits}}}"));
            world.chunk_bytes = chunk_bytes;
            let (run, verdict) = world.import_file(KEY, FILE).await;
            let reasons: Vec<_> = world.tally(&run).reasons.iter().map(|reason| reason.code).collect();
            assert_eq!(reasons, codes, "{limits}");
            assert_eq!(verdict, if codes.is_empty() { Verdict::Imported } else { Verdict::Rejected });
            assert_eq!(world.sink.items("prices").is_empty(), !codes.is_empty());
        }
    }
}

#[tokio::test]
async fn a_control_total_is_compared_with_the_footer() {
    for (cell, expected) in
        [("18.750", None), ("18.5", Some("price: adds up to 18.75, but cell 2 of the footer says 18.5: 0.25 too much"))]
    {
        let world = World::new();
        let source = "source: {footer: {marker: END}}";
        let limits = "{limits: {totals: [{field: price, footerCell: 2}]}}";
        world.feed("prices", &format!("{}{source}\nvalidate: {limits}\n", crate::world::FEED));
        let (run, verdict) = world.import_file(KEY, format!("{FILE}END,{cell}\n")).await;
        assert_eq!(verdict == Verdict::Imported, expected.is_none());
        let reasons = world.document::<GateDocument>(&keys::gate(&run)).reasons;
        let reason = reasons.first().map(|reason| reason.to_string().replace("[control-total] ", ""));
        assert_eq!(reason.as_deref(), expected);
    }
}

#[tokio::test]
async fn sums_that_are_missing_make_the_run_inconsistent() {
    let world = world("{limits: {totals: [{field: price, equals: 18.75}]}}");
    let upload = world.upload(KEY, FILE);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.until_checked(&run).await;
    let key = keys::outcome(&run, Phase::Check, world.chunks(&run)[1].chunk);
    let mut outcome: serde_json::Value = world.document(&key);
    outcome.as_object_mut().unwrap().remove("totals").unwrap();
    world.objects.insert(&key, serde_json::to_vec(&outcome).unwrap());
    assert!(!world.gate(&run).await);
    let gate: GateDocument = world.document(&keys::gate(&run));
    assert_eq!(gate.contradictions, ["chunk 2: there are 0 sums, but the feed has 1 control totals"]);
}
