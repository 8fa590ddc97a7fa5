//! Feeds that say how often a file comes: operators are told once of each wait that is too long.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sluice_contract::documents::WaitsDocument;
use sluice_contract::{Verdict, keys};
use sluice_intake::Done;
use sluice_platform::Fault;
use sluice_platform::mail::{Mail, Mailer};
use sluice_platform::runtime::Deadline;
use sluice_platform::sink::MemorySink;
use sluice_sweep::{Answer, Tick};

use crate::world::{FEED, World, later};

const GOOD: &str = "id,price\n1,2\n";

/// So many hours after the first sweep.
fn at<const HOURS: i64>() -> Timestamp {
    later() + SignedDuration::from_hours(HOURS)
}

/// The time of [`at`] as in mails and documents.
fn shown(hours: i64) -> String {
    sluice_platform::clock::rfc3339(later() + SignedDuration::from_hours(hours))
}

/// The feed `prices`, of which a file comes every day.
fn daily() -> String {
    format!("{FEED}expect: {{every: 1d}}\n")
}

/// A world in which a sweep has seen the feed for the first time.
async fn daily_world() -> World {
    let mut world = World::new();
    world.feed("prices", &daily());
    world.clock = at::<0>;
    assert_eq!(late(&world).await, 0);
    world
}

/// The number of feeds that a sweep finds late.
async fn late(world: &World) -> u64 {
    let swept = sluice_sweep::run(&world.sweep(), Tick {}, Deadline::none()).await.unwrap();
    assert!(swept.complete);
    swept.late
}

/// The mails about feeds that are late.
fn told(world: &World) -> Vec<Mail> {
    world.mailer.sent().into_iter().filter(|mail| mail.subject.starts_with("LATE: ")).collect()
}

fn waits(world: &World) -> WaitsDocument {
    world.document(keys::WAITS)
}

#[tokio::test]
async fn operators_are_told_once_of_a_feed_that_is_late_and_again_after_its_next_file() {
    let mut world = daily_world().await;
    world.clock = at::<1>;
    assert_eq!(world.import_file("inbox/prices/monday.csv", GOOD).await.1, Verdict::Imported);
    world.clock = at::<25>;
    assert_eq!((late(&world).await, told(&world).len()), (0, 0), "a day has passed, and no more");
    world.clock = at::<26>;
    assert_eq!((late(&world).await, told(&world).len()), (1, 1));
    world.clock = at::<100>;
    assert_eq!((late(&world).await, told(&world).len()), (1, 1), "it is still late, and they know");
    let mail = &told(&world)[0];
    assert_eq!(
        (&mail.to[..], &*mail.subject),
        (&["ops@example.com".to_owned()][..], "LATE: prices: no file for more than 1 day")
    );
    for part in [shown(1).as_str(), "inbox/prices/monday.csv"] {
        assert!(mail.text.contains(part) && mail.html.contains(part), "{part}: {}", mail.text);
    }

    // A file ends the wait, and the next one begins.
    world.import_file("inbox/prices/friday.csv", GOOD).await;
    assert_eq!((late(&world).await, told(&world).len()), (0, 1));
    world.clock = at::<125>;
    for _ in 0..2 {
        assert_eq!((late(&world).await, told(&world).len()), (1, 2));
    }
    let text = &told(&world)[1].text;
    assert!(text.contains("inbox/prices/friday.csv") && text.contains(&shown(100)), "{text}");
}

#[tokio::test]
async fn a_wait_that_ended_and_is_too_long_again_before_the_next_sweep_is_told() {
    let mut world = daily_world().await;
    world.clock = at::<25>;
    assert_eq!((late(&world).await, told(&world).len()), (1, 1));
    world.clock = at::<26>;
    world.import_file("inbox/prices/a.csv", GOOD).await;
    world.clock = at::<51>;
    assert_eq!((late(&world).await, told(&world).len()), (1, 2));
}

#[tokio::test]
async fn a_feed_without_any_file_waits_since_a_sweep_saw_that_it_expects_one() {
    let mut world = World::new();
    // This file came before anything was expected.
    world.import_file("inbox/prices/a.csv", GOOD).await;
    world.clock = at::<0>;
    assert_eq!(late(&world).await, 0);
    world.feed("prices", &daily());
    world.clock = at::<48>;
    assert_eq!(late(&world).await, 0);
    world.clock = at::<72>;
    assert_eq!((late(&world).await, told(&world).len()), (0, 0));
    world.clock = at::<73>;
    assert_eq!((late(&world).await, told(&world).len()), (1, 1));
    let text = &told(&world)[0].text;
    assert!(text.contains(&shown(48)) && text.contains("none since Sluice began to wait for one"), "{text}");
}

#[tokio::test]
async fn only_a_file_that_was_taken_ends_the_wait() {
    let mut world = daily_world().await;
    world.clock = at::<1>;
    let (run, _) = world.import_file("inbox/prices/a.csv", "id,price\n1,2\n2,x\n").await;

    world.clock = at::<2>;
    let corrected = world.output(&run, keys::REJECTS_CSV).replace("2,x,", "2,3,");
    let (repair, verdict) = world.import_file("inbox/prices/rejects.csv", corrected).await;
    assert_eq!((verdict, world.entry(&repair).await.origin.parent()), (Verdict::Imported, Some(&run)));
    world.clock = at::<3>;
    let rerun = world.rerun(&MemorySink::new()).begin(&run).await.unwrap();
    assert_eq!(world.run(&rerun).await, Verdict::Imported);
    world.clock = at::<4>;
    assert_eq!(world.import_file("inbox/prices/dry-run/b.csv", GOOD).await.1, Verdict::Passed);
    world.clock = at::<5>;
    let too_large = world.upload("inbox/prices/c.csv", vec![b'x'; 1024 * 1024 + 1]);
    assert_eq!(world.deliver(&too_large, true).await.done, Done::Refused);
    world.clock = at::<26>;
    assert_eq!((late(&world).await, told(&world).len()), (1, 1));
    assert_eq!(waits(&world).feeds["prices"].since, shown(1));

    // A file counts whatever becomes of its run: there are other alarms for that.
    world.clock = at::<27>;
    let upload = world.upload("inbox/prices/d.csv", GOOD);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    assert_eq!(late(&world).await, 0, "its run is at work");
    world.run_report(world.failed(run.as_str(), "ABORTED")).await;
    world.clock = at::<51>;
    assert_eq!((late(&world).await, waits(&world).feeds["prices"].since.clone()), (0, shown(27)));
}

#[tokio::test]
async fn each_feed_has_a_wait_of_its_own_for_as_long_as_it_expects_files() {
    let mut world = daily_world().await;
    // The feed `orders` cannot be used, so its files are refused: it is late, too.
    let orders = daily().replace("name: prices", "name: orders").replace("key: [id]", "kye: [id]");
    world.feed("orders", &orders);
    world.feed("weekly", &daily().replace("name: prices", "name: weekly").replace("1d", "1w"));
    world.clock = at::<12>;
    assert_eq!(late(&world).await, 0);
    world.clock = at::<25>;
    assert_eq!((late(&world).await, told(&world).len()), (1, 1));
    world.clock = at::<37>;
    assert_eq!((late(&world).await, told(&world).len()), (2, 2), "the first is still late");
    assert!(told(&world)[1].subject.contains("orders"));

    // The wait ends with the expectation, and a new one begins with the next.
    world.feed("prices", FEED);
    assert_eq!(late(&world).await, 1);
    assert_eq!(waits(&world).feeds.keys().collect::<Vec<_>>(), ["orders", "weekly"]);
    world.feed("prices", &daily());
    assert_eq!((late(&world).await, told(&world).len()), (1, 2));
    // Whoever expects less is not late any more.
    world.feed("orders", &orders.replace("1d", "30d"));
    assert_eq!((late(&world).await, waits(&world).feeds["orders"].told), (0, false));
}

#[tokio::test]
async fn without_an_expectation_a_sweep_keeps_nothing() {
    let mut world = World::new();
    for hours in [at::<0>, at::<10_000>] {
        world.clock = hours;
        assert_eq!((late(&world).await, told(&world).len()), (0, 0));
    }
    assert_eq!(world.objects.bytes(keys::WAITS), None);
}

/// A service for mails that is busy.
struct Busy;

#[async_trait]
impl Mailer for Busy {
    async fn send(&self, _: &Mail) -> Result<String, Fault> {
        Err(Fault::Throttled { what: "send a mail".into(), source: "later".into() })
    }
}

#[tokio::test]
async fn a_mail_that_could_not_be_sent_for_now_is_sent_by_the_next_sweep() {
    let mut world = daily_world().await;
    world.clock = at::<25>;
    let mut deps = world.sweep();
    deps.intake.notifier.mailer = Arc::new(Busy);
    let swept = sluice_sweep::run(&deps, Tick {}, Deadline::none()).await.unwrap();
    assert_eq!(swept, Answer { late: 1, complete: true, ..Answer::default() });
    for _ in 0..2 {
        assert_eq!((late(&world).await, told(&world).len()), (1, 1));
    }

    // A mail that is refused for good is not tried again: the alarm tells of the feed.
    let mut world = daily_world().await;
    world.clock = at::<25>;
    world.mailer.refuse("ops@");
    for _ in 0..2 {
        assert_eq!((late(&world).await, waits(&world).feeds["prices"].told), (1, true));
    }
}

#[tokio::test]
async fn a_sweep_without_time_leaves_the_feeds_to_the_next_one() {
    let mut world = daily_world().await;
    world.clock = at::<25>;
    let swept = sluice_sweep::run(&world.sweep(), Tick {}, Deadline::after(Duration::ZERO)).await.unwrap();
    assert_eq!((swept, told(&world).len()), (Answer::default(), 0));
    assert_eq!((late(&world).await, told(&world).len()), (1, 1));
}
