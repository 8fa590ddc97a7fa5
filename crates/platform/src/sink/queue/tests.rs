//! The sink over queues in memory: what consumers get, whatever fails.

use std::collections::BTreeMap;

use sluice_contract::{Order, RunId};
use sluice_engine::sink::SinkKind;

use super::*;
use crate::faulty::{At, Decision, Faults, FaultyEntries, FaultyQueues, Of, PortCall, Rule};
use crate::sink::{Attribute, ContentHash, KeyField};

/// A record of the tests: its key and its content.
type Record = (&'static str, &'static str);

/// The records that a run writes, and those of a later run with the same content, and with other content.
const RECORDS: [Record; 3] = [("a", "1"), ("b", "1"), ("c", "1")];
const CHANGED: [Record; 3] = [("a", "1"), ("b", "2"), ("c", "2")];

/// Queues in memory with their entries, which may fail.
#[derive(Clone)]
struct World {
    queues: MemoryQueues,
    entries: MemoryEntries,
    faults: Faults,
    name: &'static str,
}

impl World {
    fn new(name: &'static str) -> Self {
        Self::with(name, 1 << 20)
    }

    /// Queues with messages of up to this many bytes.
    fn with(name: &'static str, bytes: usize) -> Self {
        let queues =
            MemoryQueues::new(bytes, |message| message.body.contains("refused").then(|| "it says so".to_owned()));
        Self { queues, entries: MemoryEntries::new(), faults: Faults::none(), name }
    }

    /// The sink of a process of its own.
    fn sink(&self) -> QueueSink {
        let entries = FaultyEntries::new(Arc::new(self.entries.clone()), &self.faults);
        QueueSink::new(Arc::new(entries), Arc::new(FaultyQueues::new(Arc::new(self.queues.clone()), &self.faults)))
    }

    fn target(&self) -> Target {
        Target {
            sink: SinkKind::Queue,
            name: self.name.to_owned(),
            key: vec![KeyField { name: "id".into(), number: false }],
            via: None,
            manner: crate::sink::Manner::default(),
        }
    }

    /// Writes records as run `number`. Runs are in the order of their numbers.
    async fn write(&self, number: u32, records: &[Record]) -> (Vec<Written>, Result<(), Fault>) {
        let (run, order) = run(number);
        let item = |(key, content): &Record| Item {
            record: 1,
            fields: vec![
                ("id", Some(Attribute::Text((*key).into()))),
                ("is", Some(Attribute::Text((*content).into()))),
            ]
            .into(),
            hash: ContentHash::from(
                content.bytes().fold(7, |hash: u128, byte| hash.wrapping_mul(31) + u128::from(byte)),
            ),
            deletion: None,
        };
        let items: Vec<Item<'_>> = records.iter().map(item).collect();
        let mut written = Vec::new();
        let stamp = Stamp { run: &run, order: &order };
        let ended = self.sink().write(&self.target(), &items, &stamp, &mut written).await;
        (written, ended)
    }

    /// The same, repeated until it ends well, as the state machine does.
    async fn write_all(&self, number: u32, records: &[Record]) -> Vec<Written> {
        for _ in 0..9 {
            let (written, ended) = self.write(number, records).await;
            if ended.is_ok() {
                return written;
            }
        }
        panic!("it never ends");
    }

    /// The same, in a process that may be killed. `None` if it was.
    async fn write_or_die(&self, number: u32, records: &[Record]) -> Option<Vec<Written>> {
        tokio::select! {
            biased;
            (written, ended) = self.write(number, records) => ended.is_ok().then_some(written),
            () = self.faults.crashed() => None,
        }
    }

    /// What a consumer holds that drops a message with a lower order than that of another one with the same key.
    fn held(&self) -> BTreeMap<String, (String, String)> {
        let mut held: BTreeMap<String, (String, String)> = BTreeMap::new();
        for Message { body, attributes, .. } in self.queues.messages(self.name) {
            let body: BTreeMap<String, String> = serde_json::from_str(&body).unwrap();
            let new = (attributes.order, body["is"].clone());
            let old = held.entry(body["id"].clone()).or_insert_with(|| new.clone());
            if new.0 >= old.0 {
                *old = new;
            }
        }
        held
    }

    /// Checks that a consumer holds these records, that every entry knows it, and that the same content is not sent again.
    async fn assert_holds(&self, records: &[Record], what: &str) {
        let held: Vec<(String, String)> = self.held().into_iter().map(|(key, (_, content))| (key, content)).collect();
        let expected: Vec<(String, String)> = records.iter().map(|(key, is)| ((*key).into(), (*is).into())).collect();
        assert_eq!(held, expected, "{what}");
        let sent = self.queues.messages(self.name).len();
        assert!(self.entries.all().iter().all(|entry| entry.sent.is_some()), "{what}: {:?}", self.entries.all());
        assert_eq!(self.write_all(99, records).await, vec![Written::Unchanged; records.len()], "{what}");
        assert_eq!(self.queues.messages(self.name).len(), sent, "{what}: it was sent again");
    }

    /// How often each message came that came more than once.
    fn repeated(&self) -> usize {
        let mut ids: Vec<String> = self.queues.messages(self.name).into_iter().map(|sent| sent.deduplication).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        all - ids.len()
    }
}

fn run(number: u32) -> (RunId, Order) {
    let run: RunId = format!("p-{number:024}").parse().unwrap();
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    (run, order)
}

/// The calls of a write without faults.
async fn calls(name: &'static str) -> Vec<PortCall> {
    let world = World::new(name);
    world.write_all(1, &RECORDS).await;
    world.faults.calls()
}

const QUEUES: [&str; 2] = ["q", "q.fifo"];
const DEATHS: [Decision; 6] = [
    Decision::CrashBefore,
    Decision::CrashAfter,
    Decision::LoseAnswer,
    Decision::Fail,
    Decision::Throttle,
    Decision::Break,
];

#[tokio::test(start_paused = true)]
async fn whatever_dies_between_state_send_and_mark_every_content_is_sent_and_the_last_one_holds() {
    let mut cases = 0;
    for name in QUEUES {
        for (at, call) in calls(name).await.into_iter().enumerate() {
            for decision in DEATHS {
                for (then, records) in
                    [("nothing", None), ("same content", Some(RECORDS)), ("new content", Some(CHANGED))]
                {
                    let what = format!("{name}: {decision:?} at {at} ({}), then {then}", call.operation);
                    let world = World::new(name);
                    let rule = Rule { decision, of: Of::Any, at: At::Only(at as u64 + 1) };
                    world.faults.arm(&[rule]);
                    let first = world.write_or_die(1, &RECORDS).await;
                    world.faults.arm(&[]);
                    if let Some(records) = records {
                        world.write_all(2, &records).await;
                    }
                    let again = world.write_all(1, &RECORDS).await;
                    if records.is_none() {
                        assert_eq!(again, vec![Written::Imported; 3], "{what}");
                        assert!(first.is_none_or(|first| first == again), "{what}");
                    }
                    let is_after_send = call.operation == "mark a message" || call.operation == "send messages";
                    let may_repeat = name == "q" && is_after_send && records.is_none();
                    assert!(world.repeated() == 0 || may_repeat, "{what}: {} came again", world.repeated());
                    world.assert_holds(&records.unwrap_or(RECORDS), &what).await;
                    cases += 1;
                }
            }
        }
    }
    assert!(cases >= 280, "{cases} cases");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_only_seemed_dead_overwrites_nothing_of_a_later_run() {
    for name in QUEUES {
        for at in 0..calls(name).await.len() {
            for decision in [Decision::StallBefore, Decision::StallAfter] {
                for records in [RECORDS, CHANGED] {
                    let what = format!("{name}: {decision:?} at {at}, {records:?}");
                    let world = World::new(name);
                    world.faults.arm(&[Rule { decision, of: Of::Any, at: At::Only(at as u64 + 1) }]);
                    let late = {
                        let world = world.clone();
                        tokio::spawn(async move { world.write(1, &RECORDS).await })
                    };
                    world.faults.stalled().await;
                    world.write_all(2, &records).await;
                    world.faults.release();
                    let (written, ended) = late.await.unwrap();
                    assert!(ended.is_ok(), "{what}: {ended:?}");
                    assert_eq!(written.len(), 3, "{what}");
                    assert!(
                        written.iter().all(|is| [Written::Imported, Written::Stale].contains(is)),
                        "{what}: {written:?}"
                    );
                    world.assert_holds(&records, &what).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn two_calls_for_the_same_chunk_at_once_have_the_same_answers() {
    for name in QUEUES {
        for seed in 0..40 {
            let world = World::new(name);
            world.faults.shuffle(seed);
            let (one, other) = tokio::join!(world.write(1, &RECORDS), world.write(1, &RECORDS));
            for (written, ended) in [one, other] {
                assert!(ended.is_ok());
                assert_eq!(written, vec![Written::Imported; 3]);
            }
            world.assert_holds(&RECORDS, name).await;
        }
    }
}

#[tokio::test]
async fn runs_at_once_end_with_the_latest() {
    for name in QUEUES {
        for seed in 0..60 {
            let world = World::new(name);
            world.faults.shuffle(seed);
            let (_, _, _) = tokio::join!(world.write(3, &CHANGED), world.write(1, &RECORDS), world.write(2, &RECORDS));
            world.assert_holds(&CHANGED, &format!("{name}, seed {seed}")).await;
        }
    }
}

/// A FIFO queue drops a message that it had within five minutes, so the content alone must not name a message.
#[tokio::test]
async fn content_that_comes_back_is_sent_again() {
    for name in QUEUES {
        let world = World::new(name);
        for (number, content) in [(1, "1"), (2, "2"), (3, "1")] {
            assert_eq!(world.write_all(number, &[("a", content)]).await, [Written::Imported]);
        }
        let sent: Vec<String> = world.queues.messages(name).into_iter().map(|message| message.body).collect();
        assert_eq!(sent, [r#"{"id":"a","is":"1"}"#, r#"{"id":"a","is":"2"}"#, r#"{"id":"a","is":"1"}"#]);
    }
}

#[tokio::test]
async fn a_queue_that_is_gone_fails_the_chunk_and_loses_nothing() {
    let world = World::new("q");
    let sink = world.sink();
    assert_eq!(sink.check(&world.target()).await.unwrap(), [""; 0]);
    world.write_all(1, &[("a", "1")]).await;
    world.queues.remove("q");
    assert_eq!(sink.check(&world.target()).await.unwrap(), ["The queue \"q\" does not exist."]);
    let (written, ended) = world.write(2, &[("a", "1"), ("b", "1")]).await;
    assert_eq!(written, []);
    assert!(matches!(ended, Err(Fault::Misconfigured { .. })), "{ended:?}");
    world.queues.create("q");
    assert_eq!(world.write_all(2, &[("a", "1"), ("b", "1")]).await, [Written::Unchanged, Written::Imported]);
}

#[tokio::test]
async fn what_the_queue_does_not_take_is_refused_alone() {
    let world = World::with("q", 400);
    let long = "x".repeat(400).leak();
    let written = world.write_all(1, &[("a", "1"), ("b", "refused"), ("c", long), ("d", "1")]).await;
    assert_eq!((&written[0], &written[3]), (&Written::Imported, &Written::Imported));
    assert_eq!(written[1], Written::Refused("it says so".to_owned()));
    assert!(
        matches!(&written[2], Written::TooLarge(why) if why.ends_with("takes messages of up to 400")),
        "{written:?}"
    );
    assert_eq!(world.write_all(1, &[("b", "refused")]).await, [Written::Refused("it says so".to_owned())]);
}

/// Queues that send the messages of a batch in part, and note the sizes of batches.
struct Partly {
    inner: MemoryQueues,
    /// How often each message is still to fail.
    failures: Shared<BTreeMap<String, u32>>,
    sizes: Shared<Vec<(usize, usize)>>,
    throttles: bool,
}

#[async_trait]
impl Queues for Partly {
    async fn find(&self, name: &str) -> Result<Result<Queue, String>, Fault> {
        self.inner.find(name).await
    }

    async fn send(&self, queue: &Queue, messages: &[&Message]) -> Result<Vec<Delivery>, Fault> {
        self.sizes.lock().push((messages.len(), messages.iter().map(|message| message.size()).sum()));
        let mut deliveries = Vec::new();
        for message in messages {
            let fails = self.failures.lock().get_mut(&message.body).is_some_and(|left| {
                let fails = *left > 0;
                *left = left.saturating_sub(1);
                fails
            });
            let (what, source) = ("send".to_owned(), "a test has it fail".into());
            deliveries.push(match (fails, self.throttles) {
                (false, _) => self.inner.send(queue, &[message]).await?.remove(0),
                (true, true) => Delivery::Failed(Fault::Throttled { what, source }),
                (true, false) => Delivery::Failed(Fault::Transient { what, source }),
            });
        }
        Ok(deliveries)
    }
}

/// Writes `a`, `b` and `c`, of which `b` fails so often.
async fn write_partly(failures: u32, throttles: bool) -> (World, Vec<Written>, Result<(), Fault>, usize) {
    let world = World::new("q");
    let failures = BTreeMap::from([(r#"{"id":"b","is":"1"}"#.to_owned(), failures)]);
    let failures = Shared::new(failures);
    let queues = Arc::new(Partly { inner: world.queues.clone(), failures, sizes: Shared::default(), throttles });
    let sink = QueueSink::new(Arc::new(world.entries.clone()), Arc::clone(&queues) as Arc<dyn Queues>);
    let ((run, order), mut written) = (run(1), Vec::new());
    let items = RECORDS.map(|(key, is)| Item {
        record: 1,
        fields: vec![("id", Some(Attribute::Text(key.into()))), ("is", Some(Attribute::Text(is.into())))].into(),
        hash: ContentHash::from(7 * 31 + u128::from(b'1')),
        deletion: None,
    });
    let ended = sink.write(&world.target(), &items, &Stamp { run: &run, order: &order }, &mut written).await;
    let batches = queues.sizes.lock().len();
    (world, written, ended, batches)
}

#[tokio::test(start_paused = true)]
async fn a_message_that_fails_is_tried_again_alone() {
    let (world, written, ended, batches) = write_partly(2, false).await;
    assert!(ended.is_ok(), "{ended:?}");
    assert_eq!((written, batches), (vec![Written::Imported; 3], 3));
    assert_eq!((world.queues.messages("q").len(), world.repeated()), (3, 0));

    for (failures, throttles, tried) in [(9, false, 4), (9, true, 1)] {
        let (world, written, ended, batches) = write_partly(failures, throttles).await;
        assert_eq!(matches!(ended, Err(Fault::Throttled { .. })), throttles, "{ended:?}");
        assert!(ended.is_err());
        assert_eq!((written, batches), (vec![Written::Imported], tried), "the results before the one that failed");
        assert_eq!(world.write_all(1, &RECORDS).await, vec![Written::Imported; 3]);
        assert_eq!((world.queues.messages("q").len(), world.repeated()), (3, 0), "what was sent is marked");
    }
}

#[tokio::test]
async fn batches_are_split_by_the_real_sizes_of_messages() {
    let world = World::new("q");
    let inner = MemoryQueues::new(256 * 1024, |_| None);
    let (failures, sizes) = (Shared::default(), Shared::default());
    let queues = Arc::new(Partly { inner, failures, sizes, throttles: false });
    let sink = QueueSink::new(Arc::new(world.entries.clone()), Arc::clone(&queues) as Arc<dyn Queues>);
    let ((run, order), mut written) = (run(1), Vec::new());
    // JSON makes six bytes of each of these.
    let items: Vec<Item<'_>> = [1, 10, 20, 30, 40, 1, 1, 40, 30, 1]
        .iter()
        .enumerate()
        .map(|(at, size)| Item {
            record: 1,
            fields: vec![
                ("id", Some(Attribute::Text(at.to_string().into()))),
                ("is", Some(Attribute::Text("\u{1}".repeat(size * 1000).into()))),
            ]
            .into(),
            hash: ContentHash::from(at as u128),
            deletion: None,
        })
        .collect();
    sink.write(&world.target(), &items, &Stamp { run: &run, order: &order }, &mut written).await.unwrap();
    assert_eq!(written, vec![Written::Imported; 10]);
    let sizes = queues.sizes.lock().clone();
    assert_eq!(sizes.iter().map(|(messages, _)| messages).sum::<usize>(), 10);
    assert!(sizes.len() > 3 && sizes.iter().all(|(_, bytes)| *bytes <= 256 * 1024), "{sizes:?}");
}
