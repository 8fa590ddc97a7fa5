//! A file that comes before its feed is refused, and goes on when the feed is there.

use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::Code;
use sluice_platform::inbox::UploadVersion;
use sluice_platform::ledger::{Ledger, RunEntry};
use sluice_platform::runtime::Deadline;
use sluice_sweep::{Answer, Tick};

use crate::world::{FEED, INBOX, World, later};

const KEY: &str = "inbox/orders/a.csv";
const FILE: &str = "id,price\n1,2\n";

/// A sweep that finds nothing to do.
fn nothing() -> Answer {
    Answer { complete: true, ..Answer::default() }
}

async fn sweep(world: &World) -> Answer {
    sluice_sweep::run(&world.sweep(), Tick {}, Deadline::none()).await.unwrap()
}

/// The feed that the files wait for.
fn orders() -> String {
    FEED.replace("name: prices", "name: orders")
}

/// A world in which a file was refused because there is no feed `orders`, an hour ago.
async fn refused(file: &str) -> (World, UploadVersion, RunId) {
    let mut world = World::new();
    let upload = world.upload(KEY, file);
    let answer = world.deliver(&upload, true).await;
    assert_eq!(answer.done, sluice_intake::Done::Refused);
    world.clock = later;
    (world, upload, answer.run_id.unwrap())
}

#[tokio::test]
async fn a_file_that_came_before_its_feed_goes_on_when_the_feed_is_there() {
    let (mut world, upload, run) = refused(FILE).await;
    let first = world.entry(&run).await;
    assert!(first.is_open());
    let mail = &world.mailer.sent()[0];
    assert!(mail.text.contains("copy the feed to feeds/orders.yaml in the data bucket"), "{}", mail.text);
    for _ in 0..2 {
        assert_eq!(sweep(&world).await, nothing(), "there is no feed yet");
    }
    // A file that came later is imported before it.
    world.feed("orders", &orders());
    world.import_file(KEY, "id,price\n1,3\n2,4\n").await;

    assert_eq!(sweep(&world).await, Answer { resumed: 1, ..nothing() });
    let second = run.execution(2);
    assert!(world.executions.started().contains(&second) && !world.executions.started().contains(&run.to_string()));
    assert_eq!(world.run_as(&run, &second).await, Verdict::Imported);
    assert_eq!(world.tally(&run).tally.stale, 1, "its order is that of its upload");
    let entry = world.entry(&run).await;
    assert_eq!((entry.order(), entry.attempt(), entry.is_open()), (first.order(), 2, false));
    assert_eq!(entry.times.get("REGISTERED"), None, "the times of an attempt are its own");
    let [refusal] = &entry.earlier[..] else { panic!("{:?}", entry.earlier) };
    assert_eq!(refusal.conclusion.as_ref().map(|conclusion| conclusion.verdict), Some(Verdict::Refused));
    assert_eq!((&refusal.times, &refusal.mail), (&first.times, &first.mail));

    world.clock = || later() + jiff::SignedDuration::from_hours(1);
    assert_eq!(sweep(&world).await, nothing());
    assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Known);
    assert_eq!(world.executions.started().len(), 2);
}

#[tokio::test]
async fn a_file_that_is_refused_for_another_reason_does_not_wait() {
    let large = "x".repeat(1024 * 1024 + 1);
    let repair = "id,price,_run,_record,_line,_errors,_raw\n1,2,orders-0123456789abcdef01234567,1,2,,\n";
    for (key, file, codes) in [
        ("inbox/a.csv", FILE, &[Code::UnknownFeed][..]),
        ("inbox/Bad Feed!/a.csv", FILE, &[Code::UnknownFeed]),
        (KEY, large.as_str(), &[Code::FileTooLarge, Code::UnknownFeed]),
        (KEY, repair, &[Code::UnknownFeed, Code::InvalidRepair]),
        ("inbox/broken/a.csv", FILE, &[Code::InvalidFeed]),
    ] {
        let mut world = World::new();
        world.feed("broken", FEED);
        let upload = world.upload(key, file);
        let run = world.deliver(&upload, true).await.run_id.unwrap();
        let entry = world.entry(&run).await;
        let found: Vec<_> = entry.conclusion.as_ref().unwrap().reasons.iter().map(|reason| reason.code).collect();
        assert_eq!(found, codes, "{key}");
        assert!(!entry.is_open(), "{key}");
        world.feed("orders", &orders());
        world.feed("broken", &FEED.replace("name: prices", "name: broken"));
        world.clock = later;
        assert_eq!(sweep(&world).await, nothing(), "{key}");
        assert_eq!(world.mailer.sent().len(), 1, "{key}");
    }
}

/// The run is refused again, for the new reason, and waits no more.
#[tokio::test]
async fn a_feed_that_cannot_be_used_refuses_the_file_that_waited_for_it() {
    let (mut world, upload, run) = refused(FILE).await;
    world.feed("orders", FEED);
    assert_eq!(sweep(&world).await, Answer { told: 1, ..nothing() });
    let entry = world.entry(&run).await;
    let conclusion = entry.conclusion.clone().unwrap();
    assert_eq!((conclusion.verdict, conclusion.reasons[0].code), (Verdict::Refused, Code::InvalidFeed));
    assert_eq!((entry.attempt(), entry.earlier.len(), entry.is_open()), (2, 1, false));
    let mails = world.mailer.sent();
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("upload the file again"), "{}", mails[1].text);

    world.feed("orders", &orders());
    world.clock = || later() + jiff::SignedDuration::from_hours(1);
    assert_eq!(sweep(&world).await, nothing());
    assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Known);
    assert!(world.executions.started().is_empty());
}

/// The sweep is killed between any two of its writes about such a file. The next sweep does the rest.
#[tokio::test]
async fn a_file_that_waits_goes_on_wherever_the_sweep_was_killed() {
    for good in [true, false] {
        // After the sweep has claimed the run in order to refuse it: there is no execution of that attempt.
        let (mut world, _, run) = refused(FILE).await;
        let entry = world.entry(&run).await;
        let ledger: &dyn Ledger = &world.ledger;
        ledger.fence(&entry, &run.execution(2), "2026-11-21T02:34:00Z").await.unwrap().unwrap();
        assert_eq!(sweep(&world).await, nothing(), "there is no feed");
        world.feed("orders", &if good { orders() } else { FEED.to_owned() });
        if good {
            assert_eq!(sweep(&world).await, Answer { resumed: 1, ..nothing() });
            assert_eq!(world.run_as(&run, &run.execution(2)).await, Verdict::Imported);
        } else {
            assert_eq!(sweep(&world).await, Answer { told: 1, ..nothing() });
            let entry = world.entry(&run).await;
            assert_eq!((entry.conclusion.unwrap().verdict, entry.earlier.len()), (Verdict::Refused, 1));
            // After it has ended the run, and before it has sent the mail.
            world.ledger.insert(RunEntry { mail: None, ..world.entry(&run).await });
            world.clock = || later() + jiff::SignedDuration::from_hours(1);
            assert_eq!(sweep(&world).await.told, 1);
        }
        world.clock = || later() + jiff::SignedDuration::from_hours(2);
        assert_eq!(sweep(&world).await, nothing());
        assert!(!world.entry(&run).await.is_open());
    }
}

#[tokio::test]
async fn an_attempt_that_fails_before_it_claims_a_run_that_waited_is_reported() {
    let (mut world, upload, run) = refused(FILE).await;
    world.feed("orders", &orders());
    assert_eq!(sweep(&world).await.resumed, 1);
    world.executions.end(&run.execution(2), "TIMED_OUT");
    world.clock = || later() + jiff::SignedDuration::from_hours(1);
    assert_eq!(sweep(&world).await, Answer { told: 1, ..nothing() });
    let entry = world.entry(&run).await;
    assert_eq!((entry.attempt(), entry.conclusion.unwrap().verdict), (2, Verdict::Failed));
    let text = world.mailer.sent().pop().unwrap().text;
    assert!(text.contains("still in the inbox"), "{text}");
    assert_eq!(run, sluice_intake::run_of(INBOX, &upload.key, &upload.version_id));
    // A person can resume it, as any other.
    let third = sluice_intake::rerun::resume(&world.ledger, &world.executions, &run).await.unwrap();
    assert_eq!((third.clone(), world.run_as(&run, &third).await), (run.execution(3), Verdict::Imported));
    assert!(world.objects.bytes(&keys::tally(&run)).is_some());
}
