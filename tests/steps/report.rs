//! `report`: a run is reported once, however often the step is called, and a failure is reported, too.

use sluice_contract::steps::{ExecutionFailure, ReportInput};
use sluice_contract::{ChunkNo, Phase, Verdict, keys};
use sluice_platform::Deadline;
use sluice_platform::executions::{Execution, Executions};
use sluice_platform::ledger::MailState;
use sluice_sweep::Tick;

use crate::world::{World, later};

const KEY: &str = "inbox/prices/a.csv";

fn failed(world: &World, name: &str) -> ReportInput {
    let execution = Execution {
        status: "FAILED".into(),
        error: Some("Incomplete".into()),
        cause: Some("1 of 2 chunks were not checked to the end: chunk 2".into()),
    };
    world.executions.set(name, execution);
    let execution_arn = world.executions.arn(name);
    ReportInput {
        execution: name.to_owned(),
        failure: Some(ExecutionFailure { status: "FAILED".into(), execution_arn }),
    }
}

#[tokio::test]
async fn a_failed_execution_is_reported_once_with_what_to_do() {
    let world = World::new();
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.until_checked(&run).await;
    for _ in 0..2 {
        assert_eq!(world.run_report(failed(&world, run.as_str())).await, Verdict::Failed);
    }
    assert_eq!(world.entry(&run).await.conclusion.unwrap().verdict, Verdict::Failed);
    let mails = world.mailer.sent();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["ops@example.com"]);
    assert!(mails[0].text.contains("chunk 2"), "{}", mails[0].text);
    assert!(mails[0].text.contains("sluice resume"), "{}", mails[0].text);
    assert_eq!(world.events.published()[0].verdict, Verdict::Failed);
}

#[tokio::test]
async fn a_failure_before_pin_is_reported() {
    let world = World::new();
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    assert_eq!(world.run_report(failed(&world, run.as_str())).await, Verdict::Failed);
    assert!(world.mailer.sent()[0].text.contains("still in the inbox"));
}

#[tokio::test]
async fn a_failure_is_reported_even_if_the_documents_of_the_run_are_damaged() {
    for damaged in [keys::run_document, keys::source_document, keys::tally] {
        for (what, by_sweep) in [("{", false), ("{}", true)] {
            let mut world = World::new();
            let (run, _) = world.import_file(KEY, "id,price\n1,2\n").await;
            let mut entry = world.entry(&run).await;
            (entry.conclusion, entry.mail) = (None, None);
            world.ledger.insert(entry);
            world.objects.insert(&damaged(&run), what);
            if by_sweep {
                world.executions.end(run.as_str(), "ABORTED");
                world.clock = later;
                let swept = sluice_sweep::run(&world.sweep(), Tick {}, Deadline::none()).await.unwrap();
                assert_eq!(swept.told, 1);
            } else {
                assert_eq!(world.run_report(failed(&world, run.as_str())).await, Verdict::Failed);
            }
            let mail = world.mailer.sent().pop().unwrap();
            assert!(mail.subject.starts_with("FAILED"), "{}: {}", damaged(&run), mail.subject);
            assert!(mail.text.contains("sluice resume"), "{}", mail.text);
        }
    }
}

#[tokio::test]
async fn a_chunk_that_nobody_came_to_before_the_run_was_stopped_has_no_cause_of_failure() {
    for (is_stopped, expected) in [(false, true), (true, false)] {
        let world = World::new();
        let (run, _) = world.import_file(KEY, "id,price\n1,2\n").await;
        let mut entry = world.entry(&run).await;
        (entry.conclusion, entry.mail) = (None, None);
        world.ledger.insert(entry);
        world.objects.remove(&keys::outcome(&run, Phase::Import, ChunkNo(1)));
        let input = if is_stopped { world.failed(run.as_str(), "ABORTED") } else { failed(&world, run.as_str()) };
        assert_eq!(world.run_report(input).await, Verdict::Failed);
        let mail = world.mailer.sent().pop().unwrap();
        assert_eq!(mail.text.contains("Why chunks failed"), expected, "{}", mail.text);
    }
}

#[tokio::test]
async fn an_execution_that_fails_after_it_has_reported_changes_nothing() {
    let world = World::new();
    let (run, verdict) = world.import_file(KEY, "id,price\n1,2\n").await;
    assert_eq!(world.run_report(failed(&world, run.as_str())).await, verdict);
    assert_eq!(world.entry(&run).await.conclusion.unwrap().verdict, Verdict::Imported);
    assert_eq!((world.mailer.sent().len(), world.events.published().len()), (1, 1));
}

#[tokio::test]
async fn a_report_that_was_killed_before_its_mail_is_repeated_the_same() {
    let world = World::new();
    let (run, _) = world.import_file(KEY, "id,price\n1,x\n").await;
    let mail = world.mailer.sent().pop().unwrap();
    assert!(matches!(world.entry(&run).await.mail, Some(MailState::Sent(_))));
    // Nothing is sent again once the ledger has noted the mail.
    world.run_report(ReportInput { execution: run.to_string(), failure: None }).await;
    assert_eq!(world.mailer.sent(), [mail]);
}

/// The recipients of each message, from this one on. The messages of a run are sent in this order.
fn recipients(world: &World, from: usize) -> Vec<String> {
    world.mailer.sent()[from..].iter().map(|mail| mail.to.join(" ")).collect()
}

#[tokio::test]
async fn each_verdict_has_its_recipients_and_each_gets_one_mail() {
    let on = "imported: [all@x.de], rejects: [fix@x.de, SHOP@example.com], passed: [dry@x.de], rejected: [no@x.de], \
              refused: [never@x.de], failed: [ops@example.com, broken@x.de]";
    let feed = crate::world::FEED.replace("ops@example.com]", &format!("shop@example.com], on: {{{on}}}"));
    for (key, file, expected) in [
        (KEY, "id,price\n1,2\n", "shop@example.com all@x.de"),
        (KEY, "id,price\n1,x\n", "shop@example.com all@x.de fix@x.de"),
        ("inbox/prices/dry-run/a.csv", "id,price\n1,x\n", "shop@example.com dry@x.de"),
        (KEY, "id\n1\n", "shop@example.com no@x.de"),
    ] {
        let world = World::new();
        world.feed("prices", &feed);
        world.import_file(key, file).await;
        assert_eq!(recipients(&world, 0), ["ops@example.com", expected], "{file:?}");
        let [first, second] = &world.mailer.sent()[..] else { panic!("two messages") };
        assert_eq!((&first.subject, &first.text, &first.html), (&second.subject, &second.text, &second.html));
    }

    let mut world = World::new();
    world.feed("prices", &feed);
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.until_checked(&run).await;
    world.run_report(failed(&world, run.as_str())).await;
    assert_eq!(recipients(&world, 0), ["ops@example.com", "shop@example.com broken@x.de"]);

    world.sink = sluice_platform::sink::MemorySink::with_tables(Vec::new());
    let upload = world.upload(KEY, "id,price\n1,2\n");
    assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Refused);
    assert_eq!(recipients(&world, 2), ["ops@example.com", "shop@example.com never@x.de"]);
}

/// SES refuses a message if one of its addresses is bad.
#[tokio::test]
async fn a_refused_address_is_named_and_all_others_get_their_mail() {
    let refused = "1 of 4 recipients did not get it (bad@x.de): ";
    for (bad, file, verdict) in
        [("bad@x.de", "id,price\n1,2\n", Verdict::Imported), ("bad@x.de", "id\n1\n", Verdict::Rejected)]
    {
        let world = World::new();
        world.mailer.refuse(bad);
        world.feed("prices", &crate::world::FEED.replace("ops@example.com]", "a@x.de, bad@x.de, b@x.de]"));
        let (run, found) = world.import_file(KEY, file).await;
        assert_eq!(found, verdict);
        assert_eq!(recipients(&world, 0), ["ops@example.com", "a@x.de", "b@x.de"]);
        let Some(MailState::Partly { sent, failed }) = world.entry(&run).await.mail else { panic!("partly sent") };
        assert_eq!(sent.split(", ").count(), 3);
        assert!(failed.starts_with(refused), "{failed}");
        let event = world.events.published().pop().unwrap();
        assert!(event.mailed && event.unsent);
        // The report names the address, but the mail cannot.
        assert!(world.output(&run, keys::REPORT_HTML).contains(refused));
        assert!(world.output(&run, keys::REPORT_JSON).contains(refused));
        assert!(!world.mailer.sent()[0].text.contains("bad@x.de"));
    }
}

#[tokio::test]
async fn a_mail_that_nobody_gets_does_not_fail_the_run() {
    let world = World::new();
    world.mailer.refuse("@");
    world.feed("prices", &crate::world::FEED.replace("ops@example.com]", "shop@example.com]"));
    let (run, verdict) = world.import_file(KEY, "id,price\n1,2\n").await;
    assert_eq!((verdict, world.mailer.sent().len()), (Verdict::Imported, 0));
    let Some(MailState::Failed(failed)) = world.entry(&run).await.mail else { panic!("not sent") };
    assert!(failed.starts_with("2 of 2 recipients did not get it (ops@example.com, shop@example.com): "), "{failed}");
    let event = world.events.published().pop().unwrap();
    assert!(!event.mailed && event.unsent);
}
