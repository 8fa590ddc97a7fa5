//! Which file is delivered, and when there is none.

use sluice_contract::{Phase, RunId, Verdict, keys};
use sluice_intake::rerun::resume;
use sluice_pipeline::{Caller, Execution, Failed, Site, Task};
use sluice_platform::Call;
use sluice_platform::faulty::{At, Decision, Faults, Of, Rule};
use sluice_platform::sink::MemorySink;
use sluice_platform::world::FaultyWorld;

use super::{CREDIT, DELIVERED, KEY, SUMS, delivered, feed, file, files, imported, mail, tables, visits, world};
use crate::world::{World, later};

/// The file of a word that brought so much.
fn words(amount: &str) -> String {
    format!("Word\tSum\tOrders\nx\t{amount}.00\t1\n")
}

fn bought(amount: &str) -> String {
    visits(&[&format!("1,1,v,,x,{amount}")])
}

#[tokio::test]
async fn the_file_of_a_later_run_stays() {
    for table in ["", "import: {table: visits, key: [id]}\n"] {
        let world = world(&feed(&[CREDIT], table));
        let older = world.inbox.upload(KEY, "2026-11-20T00:00:00Z", bought("1").into_bytes());
        let newer = imported(&world, &bought("2")).await;
        assert_eq!(delivered(&world, DELIVERED), words("2"));
        let late = world.deliver(&older, true).await.run_id.unwrap();
        assert_eq!(world.run(&late).await, Verdict::Imported);
        assert_eq!(delivered(&world, DELIVERED), words("2"));
        // It has a file of its own, and its report says why that was not delivered.
        assert_eq!(file(&world, &late), words("1"));
        let overtaken = |run: &RunId| tables(&world, run)[0].delivered.as_ref().unwrap().overtaken;
        assert!(overtaken(&late) && !overtaken(&newer));
        let mails = world.mailer.sent();
        let said = "Not delivered: a file of a later run is at outbound://words/2026-11-21/words.tab, and stays.";
        for (index, is_late) in [false, true].into_iter().enumerate() {
            let text = mail(&world, index);
            assert_eq!(text.contains(said), is_late, "{text}");
            assert_eq!(mails[index].html.contains("and stays."), is_late, "{}", mails[index].html);
        }
        assert!(world.output(&late, keys::REPORT_HTML).contains("and stays."));
        // A later upload replaces it.
        imported(&world, &bought("3")).await;
        assert_eq!(delivered(&world, DELIVERED), words("3"));
    }
}

/// Files of other days, runs and uploads stand beside each other.
#[tokio::test]
async fn names_decide_what_is_replaced() {
    let summary = CREDIT.replace("{date}/words.tab", "{file}-{run}.tab");
    let world = world(&feed(&[&summary], ""));
    for amount in ["1", "2"] {
        let run = imported(&world, &bought(amount)).await;
        assert_eq!(delivered(&world, &format!("words/a-{run}.tab")), words(amount));
    }
    assert_eq!(world.outbound.files().len(), 2);
}

#[tokio::test]
async fn a_rerun_delivers_anew_by_the_feed_as_it_is_now() {
    let mut world = world(&feed(&[CREDIT], ""));
    let parent = imported(&world, &bought("1")).await;
    world.feed("visits", &feed(&[&CREDIT.replace("decimals: 2", "decimals: 0")], ""));
    world.clock = later;
    let run = world.rerun(&MemorySink::new()).begin(&parent).await.unwrap();
    assert_eq!(world.run(&run).await, Verdict::Imported);
    assert_eq!(delivered(&world, DELIVERED), "Word\tSum\tOrders\nx\t1\t1\n");
    assert_eq!(file(&world, &parent), words("1"), "the file beside the outputs of the parent stays");
    assert!(!tables(&world, &run)[0].delivered.as_ref().unwrap().overtaken);
    // A rerun of what a later upload has replaced is overtaken.
    imported(&world, &bought("5")).await;
    let again = {
        world.clock = || later() + jiff::SignedDuration::from_secs(1);
        world.rerun(&MemorySink::new()).begin(&parent).await.unwrap()
    };
    assert_eq!(world.run(&again).await, Verdict::Imported);
    assert!(tables(&world, &again)[0].delivered.as_ref().unwrap().overtaken);
    assert_eq!(delivered(&world, DELIVERED), "Word\tSum\tOrders\nx\t5\t1\n");
}

/// There is neither a document nor a file of a summary, and nothing was delivered.
fn has_none(world: &World, run: &RunId) {
    assert_eq!(world.objects.bytes(&keys::summaries(run)), None);
    let made = |key: &String| key.contains("/summaries/");
    let outputs = world.objects.keys(&format!("output/visits/{run}/"));
    assert!(!outputs.iter().any(made), "{outputs:?}");
}

#[tokio::test]
async fn a_repair_makes_no_summary_and_the_reports_say_so() {
    for table in ["", "import: {table: visits, key: [id]}\n"] {
        let world = world(&feed(&[CREDIT, SUMS], table));
        let text = visits(&["1,1,v,,x,1", "2,2,v,,,2000"]);
        let parent = imported(&world, &text).await;
        let before = (files(&world, &parent), world.outbound.files());
        let text = mail(&world, 0);
        assert!(text.contains("1 rejected record is not in the summary, and a repair does not add them"), "{text}");
        assert!(text.contains(&format!("sluice rerun {parent}")), "{text}");
        let fixed = world.output(&parent, keys::REJECTS_CSV).replace(",2000,", ",200,");
        let (repair, verdict) = world.import_file("inbox/visits/fix.csv", fixed).await;
        assert_eq!((verdict, world.tally(&repair).tally.imported), (Verdict::Imported, 1));
        has_none(&world, &repair);
        assert!(world.objects.keys(&format!("runs/{repair}/summaries/")).is_empty());
        assert_eq!((files(&world, &parent), world.outbound.files()), before);
        let text = mail(&world, 1);
        assert!(text.contains("A repair makes no summary."), "{text}");
    }
}

#[tokio::test]
async fn neither_a_dry_run_nor_a_rejected_file_makes_a_summary() {
    let world = world(&feed(&[CREDIT, SUMS], "validate: {limits: {maxRejects: 0}}\n"));
    let wrong = visits(&["1,1,v,,x,1", "2,2,v,,x,y"]);
    for (key, text, expected) in [
        ("inbox/visits/dry-run/a.csv", bought("1"), Verdict::Passed),
        ("inbox/visits/dry-run/a.csv", wrong.clone(), Verdict::Rejected),
        (KEY, wrong, Verdict::Rejected),
    ] {
        let (run, verdict) = world.import_file(key, text).await;
        assert_eq!(verdict, expected);
        has_none(&world, &run);
        assert!(!world.output(&run, keys::REPORT_JSON).contains("words.tab"));
    }
    assert!(world.outbound.files().is_empty());
}

/// Calls each step once, in front of a world that fails.
struct Failing<'a>(&'a World, &'a Faults);

impl Caller for Failing<'_> {
    fn objects(&self) -> std::sync::Arc<dyn sluice_platform::objects::Objects> {
        self.0.objects()
    }

    async fn call<I, O>(&self, _: Site, input: I, task: Task<I, O>) -> Result<O, Failed>
    where
        I: Clone + serde::Serialize + Send + 'static,
        O: serde::de::DeserializeOwned + Send + 'static,
    {
        let steps = self.0.steps_in(&FaultyWorld::new(&**self.0, self.1));
        task(std::sync::Arc::new(steps), input, Call::local()).await
    }

    async fn map<F: Future<Output = Result<(), Failed>>>(&self, _: &'static str, items: Vec<(u32, F)>) {
        for (_, item) in items {
            item.await.unwrap();
        }
    }
}

/// A run that cannot deliver fails after it has imported. It says so, and delivers when it is resumed.
#[tokio::test]
async fn a_bucket_that_fails_fails_the_run_and_a_resumed_run_delivers() {
    let table = "import: {table: visits, key: [id]}\n";
    let world = world(&feed(&[SUMS, CREDIT], table));
    let upload = world.upload(KEY, bought("1"));
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let faults = Faults::none();
    faults.arm(&[Rule { decision: Decision::Fail, of: Of::Operation("deliver a file"), at: At::Every(1) }]);
    let caller = Failing(&world, &faults);
    let execution = Execution { caller: &caller, run: &run, name: run.as_str() };
    let checked = execution.check().await.unwrap();
    execution.process_chunks(Phase::Import, &checked.chunks).await.unwrap();
    let failed = execution.finish().await.unwrap_err();
    assert_eq!(failed.error, "Transient", "{failed}");
    assert_eq!(world.sink.items("visits").len(), 1, "the records are imported");
    assert!(world.outbound.files().is_empty());
    assert_eq!(world.run_report(world.failed(run.as_str(), "FAILED")).await, Verdict::Failed);
    let text = mail(&world, 0);
    assert!(text.starts_with("FAILED") && text.contains(&format!("sluice resume {run}")), "{text}");

    let name = resume(&world.ledger, &world.executions, &run).await.unwrap();
    assert_eq!(world.run_as(&run, &name).await, Verdict::Imported);
    assert_eq!(delivered(&world, DELIVERED), words("1"));
    assert_eq!(world.tally(&run).tally.imported, 1, "what was imported counts once, and as imported");
    assert_eq!(files(&world, &run)["visitors.csv"], "Visitor,Sum,Records,Least,Most\nv,1,1,1,1\n");

    // While it had failed, a later run may have delivered.
    let upload = world.inbox.upload("inbox/visits/b.csv", "2026-11-20T00:00:00Z", bought("9").into_bytes());
    let late = world.deliver(&upload, true).await.run_id.unwrap();
    assert_eq!(world.run(&late).await, Verdict::Imported);
    assert_eq!(delivered(&world, DELIVERED), words("1"));
}
