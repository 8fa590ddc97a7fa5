//! What every table of sets, and every state machine that joins, must do.

use sluice_contract::documents::{Generation, JoinEnd};
use sluice_engine::dataset::{DatasetPlan, SetKey};
use sluice_engine::feed::FeedName;

use crate::datasets::{Datasets, JoinEnding, SetEntry};
use crate::executions::Started;
use crate::joins::Joins;

const YAML: &str = "
dataset: contract-suite
set: {fromFileName: '_([0-9]+)'}
members: {a: {feed: fa, key: id}, b: {feed: fb, parent: a, by: id}}
into: [t]
";

fn key(set: &str) -> SetKey {
    set.parse().expect("the key of a set")
}

/// Tests a table of sets: of two changes to the same version, one is stored.
///
/// # Panics
/// If it does not do what it must.
pub async fn datasets(datasets: &dyn Datasets) {
    let plan = DatasetPlan::from_yaml(YAML).expect("a dataset");
    let now = "2026-11-21T02:33:00Z";
    let mut sets = ["3", "1", "2"].map(|set| SetEntry::new(&plan, &key(set), now, now));
    for entry in &sets {
        assert_eq!(datasets.get(&plan.name, &entry.set).await.unwrap(), None);
        assert!(datasets.put(entry).await.unwrap());
        assert!(!datasets.put(entry).await.unwrap(), "there is one now");
    }
    let stored = datasets.get(&plan.name, &key("1")).await.unwrap().expect("it was stored");
    assert_eq!(stored, SetEntry { version: 1, ..sets[1].clone() });

    let ending =
        JoinEnding { generation: 1, end: JoinEnd::Published, at: now.to_owned(), joined: 2, orphans: u64::MAX };
    let changed = SetEntry { generation: 7, claimed: Some(6), told: true, ends: vec![ending], ..stored.clone() };
    assert!(datasets.put(&changed).await.unwrap());
    assert!(!datasets.put(&changed).await.unwrap(), "the version is another one now");
    assert!(!datasets.put(&stored).await.unwrap());
    let stored = datasets.get(&plan.name, &key("1")).await.unwrap().expect("it is stored");
    assert_eq!(stored, SetEntry { version: 2, ..changed });

    sets[1] = stored;
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = datasets.page(&plan.name, from.as_deref()).await.unwrap();
        found.extend(page.sets.into_iter().map(|entry| (entry.set.to_string(), entry.version)));
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(found, [("1".to_owned(), 2), ("2".to_owned(), 1), ("3".to_owned(), 1)]);
    let other: FeedName = "another".parse().expect("a name");
    assert_eq!(datasets.get(&other, &key("1")).await.unwrap(), None);
    assert!(datasets.page(&other, None).await.unwrap().sets.is_empty());
}

/// Tests a state machine that joins: an attempt at a generation is one execution.
///
/// # Panics
/// If it does not do what it must.
pub async fn joins(joins: &dyn Joins) {
    let dataset: FeedName = "contract-suite".parse().expect("a name");
    let of = Generation { dataset, set: key("1"), generation: 1 };
    assert_eq!(joins.describe(&of, 1).await.unwrap(), None);
    assert_eq!(joins.start(&of, 1).await.unwrap(), Started::New);
    assert!(joins.describe(&of, 1).await.unwrap().is_some());
    assert_eq!(joins.describe(&of, 2).await.unwrap(), None);
    assert_eq!(joins.start(&of, 2).await.unwrap(), Started::New);
}
