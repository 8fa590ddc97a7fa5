//! Exactly what a test decides goes wrong.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;

use super::*;
use crate::Fault;
use crate::objects::{ContentType, Existing, MemoryObjects, Objects, Reading};

const KEY: &str = "runs/a.csv";

/// Objects in memory, the same objects with faults, and these faults.
fn objects() -> (MemoryObjects, FaultyObjects, Faults) {
    let (memory, faults) = (MemoryObjects::new(), Faults::none());
    let faulty = FaultyObjects::new(Arc::new(memory.clone()), &faults);
    (memory, faulty, faults)
}

fn rule(decision: Decision, kind: Kind, at: At) -> Rule {
    Rule { decision, of: Of::Kind(kind), at }
}

async fn put(objects: &FaultyObjects, text: &'static str) -> Result<bool, Fault> {
    objects.put(KEY, ContentType::Csv, Bytes::from(text), Existing::Replace).await
}

#[tokio::test]
async fn a_write_fails_in_each_way() {
    for (decision, transient, done) in [
        (Decision::Throttle, false, false),
        (Decision::Fail, true, false),
        (Decision::Break, true, false),
        (Decision::LoseAnswer, true, true),
    ] {
        let (memory, faulty, faults) = objects();
        faults.arm(&[rule(decision, Kind::Change, At::Only(1))]);
        let fault = put(&faulty, "once").await.unwrap_err();
        assert_eq!(matches!(fault, Fault::Transient { .. }), transient, "{decision:?}");
        assert_eq!(matches!(fault, Fault::Throttled { .. }), !transient, "{decision:?}");
        assert_eq!(memory.bytes(KEY).is_some(), done, "{decision:?}");
        put(&faulty, "again").await.unwrap();
        assert_eq!(faults.changes("put an object"), 1 + u64::from(done), "{decision:?}");
    }
}

#[tokio::test]
async fn calls_are_counted_and_chosen() {
    for (at, failing) in [
        (At::Only(2), vec![2]),
        (At::Pair(2), vec![2, 3]),
        (At::Every(2), vec![2, 4]),
        (At::Every(1), vec![1, 2, 3, 4]),
    ] {
        let (_, faulty, faults) = objects();
        for _ in 0..2 {
            faults.arm(&[rule(Decision::Fail, Kind::Change, at)]);
            let mut found = Vec::new();
            for number in 1..=4 {
                faulty.head(KEY).await.unwrap();
                if put(&faulty, "x").await.is_err() {
                    found.push(number);
                }
            }
            assert_eq!(found, failing, "{at:?}");
            assert_eq!(faults.calls().len(), 8);
        }
    }
}

#[tokio::test]
async fn what_breaks_in_the_middle_shows_nothing_of_itself() {
    let (memory, faulty, faults) = objects();
    for rule in [rule(Decision::Break, Kind::Part, At::Only(2)), rule(Decision::Break, Kind::Change, At::Only(1))] {
        faults.arm(&[rule]);
        let mut object = faulty.create(KEY, ContentType::Csv).await.unwrap();
        object.write(b"first").await.unwrap();
        if object.write(b"second").await.is_ok() {
            assert!(object.finish().await.is_err());
        }
        assert_eq!(memory.bytes(KEY), None, "{rule:?}");
    }
    memory.insert(KEY, "0123456789");
    faults.arm(&[rule(Decision::Break, Kind::Body, At::Only(1))]);
    let mut body = faulty.read(KEY, None, Reading::Plain).await.unwrap();
    assert_eq!(body.try_next().await.unwrap().unwrap(), "01234");
    assert!(matches!(body.try_next().await, Err(Fault::Transient { .. })));
    let whole: Vec<Bytes> = faulty.read(KEY, None, Reading::Plain).await.unwrap().try_collect().await.unwrap();
    assert_eq!(whole.concat(), b"0123456789");
}

#[tokio::test]
async fn who_crashes_does_not_go_on() {
    for (decision, done) in [(Decision::CrashBefore, false), (Decision::CrashAfter, true)] {
        let (memory, faulty, faults) = objects();
        faults.arm(&[rule(decision, Kind::Change, At::Only(1))]);
        tokio::select! {
            biased;
            _ = put(&faulty, "x") => panic!("{decision:?}: it went on"),
            () = faults.crashed() => {}
        }
        assert_eq!(memory.bytes(KEY).is_some(), done, "{decision:?}");
        put(&faulty, "another").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn who_stalls_goes_on_when_released() {
    for (decision, done) in [(Decision::StallBefore, false), (Decision::StallAfter, true)] {
        let (memory, faulty, faults) = objects();
        faults.arm(&[rule(decision, Kind::Change, At::Only(1))]);
        let mut stalled = Box::pin(put(&faulty, "x"));
        tokio::select! {
            biased;
            _ = &mut stalled => panic!("{decision:?}: it went on"),
            () = faults.stalled() => {}
        }
        assert_eq!(memory.bytes(KEY).is_some(), done, "{decision:?}");
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut stalled).await.is_err(), "{decision:?}");
        faults.release();
        stalled.await.unwrap();
        assert_eq!(memory.bytes(KEY).unwrap(), "x", "{decision:?}");
    }
}

#[tokio::test]
async fn two_at_once_take_turns_and_a_seed_gives_others() {
    let mut ways = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let (_, faulty, faults) = objects();
        faults.shuffle(seed);
        let steps = |asks: bool| {
            let faulty = &faulty;
            async move {
                for _ in 0..4 {
                    if asks { drop(faulty.head(KEY).await) } else { assert!(put(faulty, "x").await.unwrap()) }
                }
            }
        };
        tokio::join!(steps(true), steps(false));
        let kinds: Vec<Kind> = faults.calls().iter().map(|call| call.kind).collect();
        assert_eq!(kinds.len(), 8);
        assert_ne!(kinds[..4], [Kind::Ask; 4], "the first does not do all of its work before the other");
        ways.insert(kinds);
    }
    assert!(ways.len() > 3, "{ways:?}");
}
