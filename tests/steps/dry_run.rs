//! A dry run goes through all steps, writes nothing to the table, and says so in every report.

use sluice_contract::documents::{GateDocument, RunDocument};
use sluice_contract::{Verdict, keys};
use sluice_engine::report::Report;

use crate::world::{FEED, World};

const KEY: &str = "inbox/prices/dry-run/a.csv";
const FILE: &str = "id,price\n1,1\n2,x\n1,3\n4,4\n5,5,5\n6,6\n";

#[tokio::test]
async fn a_dry_run_that_passes_writes_nothing_and_reports_what_an_import_would_do() {
    let world = World::new();
    let (run, verdict) = world.import_file(KEY, FILE).await;
    assert_eq!(verdict, Verdict::Passed);
    assert!(world.sink.items("prices").is_empty());
    assert!(world.objects.bytes(&world.document::<RunDocument>(&keys::run_document(&run)).archive).is_some());
    let gate: GateDocument = world.document(&keys::gate(&run));
    assert!(gate.dry_run && !gate.go && gate.reasons.is_empty());

    let tally = world.tally(&run).tally;
    assert!(tally.adds_up());
    assert_eq!((tally.read, tally.rejected, tally.withheld), (6, 2, 4));
    let report: Report = serde_json::from_str(&world.output(&run, keys::REPORT_JSON)).unwrap();
    let would = report.would.unwrap();
    assert!(report.dry_run);
    assert_eq!((would.imported, would.duplicate, would.rejected), (3, 1, 0));
    assert_eq!(world.output(&run, keys::REJECTS_CSV).lines().count(), 3);

    let mail = &world.mailer.sent()[0];
    assert_eq!(mail.subject, "Dry run, nothing written: PASSED, 3 to import, 2 rejected: prices: a.csv");
    let sentence = "This was a dry run: nothing was written to the table. The file as a whole passes the check: 3 records would \
                    have been imported, 1 dropped because another record of the file has the same key, 2 rejected as \
                    invalid.";
    let page = world.output(&run, keys::REPORT_HTML);
    for shown in [&mail.text, &mail.html, &page] {
        assert!(shown.contains(sentence), "{shown}");
    }
    let event = &world.events.published()[0];
    assert_eq!((event.verdict, event.dry_run), (Verdict::Passed, true));
    assert_eq!(world.entry(&run).await.conclusion.unwrap().verdict, Verdict::Passed);

    // The same file without dry run: another run, with the predicted numbers.
    let (run, verdict) = world.import_file("inbox/prices/a.csv", FILE).await;
    assert_eq!(verdict, Verdict::Imported);
    let tally = world.tally(&run).tally;
    assert_eq!((tally.imported, tally.duplicate, tally.rejected), (3, 1, 2));
    assert!(!world.events.published()[1].dry_run);
}

#[tokio::test]
async fn a_dry_run_that_the_gate_would_stop_is_rejected_and_says_that_it_was_one() {
    let world = World::new();
    world.feed("prices", &format!("{FEED}validate: {{limits: {{maxRejects: 1}}}}\n"));
    let (run, verdict) = world.import_file(KEY, FILE).await;
    assert_eq!(verdict, Verdict::Rejected);
    assert_eq!(world.tally(&run).would, None);
    assert_eq!(world.tally(&run).reasons.len(), 1);
    let mail = &world.mailer.sent()[0];
    assert_eq!(mail.subject, "Dry run, nothing written: REJECTED, 2 of 6 rejected: prices: a.csv");
    assert!(mail.text.contains("nothing of it would have been imported"), "{}", mail.text);
}

#[tokio::test]
async fn a_dry_run_that_is_refused_says_that_it_was_one() {
    let world = World::new();
    let upload = world.upload("inbox/unknown/dry-run/a.csv", "id\n1\n");
    assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Refused);
    assert_eq!(world.mailer.sent()[0].subject, "Dry run, nothing written: REFUSED: a.csv");
}

#[tokio::test]
async fn only_the_folder_dry_run_directly_below_the_feed_makes_a_dry_run() {
    let world = World::new();
    let (_, verdict) = world.import_file("inbox/prices/dry-run/2026/a.csv", "id,price\n1,1\n").await;
    assert_eq!(verdict, Verdict::Passed);
    let (_, verdict) = world.import_file("inbox/prices/2026/dry-run/a.csv", "id,price\n1,1\n").await;
    assert_eq!(verdict, Verdict::Imported);
}
