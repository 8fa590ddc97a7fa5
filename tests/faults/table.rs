//! Tries every fault at every stage, at every position, and for every number of attempts.

use std::collections::BTreeSet;
use std::sync::Arc;

use sluice_contract::Verdict;
use sluice_pipeline::Site;
use sluice_platform::faulty::{At, Decision, FAULTS, Kind, PortCall};

use crate::case::{Case, Trouble, UNTIL_SPENT};
use crate::delivery::Delivery;
use crate::oracle::Expected;
use crate::orchestrator::SWEEPS;
use crate::run::{Calls, calls, run, try_all};
use crate::scenario::{Scenario, all};

/// The faults that hit every single write, once.
const TO_EACH_WRITE: [Decision; 3] = [Decision::LoseAnswer, Decision::CrashBefore, Decision::CrashAfter];

/// Fewest cases: a table that became empty by mistake would pass.
const AT_LEAST: usize = 4_000;

#[test]
fn every_fault_at_every_stage_ends_as_the_oracle_says() {
    let scenarios = all();
    let mut cases = Vec::new();
    for scenario in &scenarios {
        let calls = calls(&plain(scenario));
        for site in chosen(scenario, &calls) {
            cases.extend(at(scenario, site, &calls, &[]));
        }
    }
    let stages: BTreeSet<&str> = cases.iter().map(|case| case.troubles[0].site.state).collect();
    assert_eq!(stages.len(), 11, "{stages:?}");
    try_all("every_fault_at_every_stage", &cases, AT_LEAST);
}

/// The gate fails until its retries are used up, and the report of that failure meets every fault.
#[test]
fn a_failure_is_reported_and_the_run_resumed_whatever_else_fails() {
    let scenario = Scenario::of("members", "tested");
    let gate = Trouble::new(Site::of("Gate"), Decision::Fail, Kind::Change, At::Every(1), UNTIL_SPENT);
    let calls = calls(&Case { troubles: vec![gate], ..plain(&scenario) });
    let cases = at(&scenario, Site::of("failure"), &calls, &[gate]);
    try_all("a_failure_is_reported", &cases, 80);
}

/// A file of one chunk: the main orchestrator calls its steps, so a step that fails for good fails the execution.
#[test]
fn the_straight_way_ends_as_the_oracle_says_whatever_dies_at_a_write() {
    let scenario = Scenario::of("members", "tested").straight().impatient();
    assert!(calls(&plain(&scenario)).keys().all(|site| site.item <= 1), "it has one chunk");
    try_all("the_straight_way_ends", &at_each_write(&scenario, &[1, UNTIL_SPENT]), 200);
}

/// An array of JSON, which pin writes as lines, in several chunks.
#[test]
fn json_ends_as_the_oracle_says_whatever_dies_at_a_write() {
    let scenario = Scenario::of("offers", "tested");
    try_all("json_ends", &at_each_write(&scenario, &[1]), 100);
}

/// Records that keep fields, and records that delete, in several chunks.
#[test]
fn deletions_end_as_the_oracle_says_whatever_dies_at_a_write() {
    let scenario = Scenario::of("prices", "tested").impatient();
    let Expected { tally, .. } = *scenario.expected;
    assert!(tally.deleted > 2 && tally.stale > 2 && tally.unchanged > 0, "{tally:?}");
    try_all("deletions_end", &at_each_write(&scenario, &[1]), 100);
}

/// Records that are one item, in several chunks, with items that miss a record, contradict themselves, lose their key, or are refused.
#[test]
fn items_end_as_the_oracle_says_whatever_dies_at_a_write() {
    let scenario = Scenario::of("sets", "tested").impatient();
    let Expected { tally, by_code, .. } = &*scenario.expected;
    assert!(tally.imported > 4 && tally.unchanged > 1 && tally.stale > 1 && tally.duplicate > 1, "{tally:?}");
    let codes: Vec<&str> = by_code.keys().map(String::as_str).collect();
    let expected =
        ["constraint-error", "group-conflict", "incomplete-group", "item-rejected", "missing-cell", "quote-error"];
    assert_eq!(codes, [&expected[..], &["sink-refused", "type-error"]].concat());
    try_all("items_end", &at_each_write(&scenario, &[1]), 100);
}

/// A sheet of a workbook, which pin writes as CSV, in several chunks.
#[test]
fn a_workbook_ends_as_the_oracle_says_whatever_dies_at_a_write() {
    let scenario = Scenario::of("members", "tested").in_workbooks();
    try_all("a_workbook_ends", &at_each_write(&scenario, &[1]), 100);
}

/// Whatever hits single writes, at each write of each step.
fn at_each_write<'a>(scenario: &'a Scenario, attempts: &[u32]) -> Vec<Case<'a>> {
    let plain = plain(scenario);
    let calls = calls(&plain);
    let mut cases = Vec::new();
    for &site in calls.keys() {
        for decision in TO_EACH_WRITE {
            for number in 1..=most(site, &calls, Kind::Change) {
                for attempts in attempts {
                    let trouble = Trouble::new(site, decision, Kind::Change, At::Only(number), *attempts);
                    cases.push(Case { troubles: vec![trouble], ..plain.clone() });
                }
            }
        }
    }
    cases
}

/// Calls each step, or all steps, twice; all chunks at the same time and in any order; and delivers the event again and again.
#[test]
fn what_is_delivered_twice_at_once_or_in_any_order_ends_as_the_oracle_says() {
    let scenarios = all();
    let mut cases = Vec::new();
    for scenario in &scenarios {
        let calls = calls(&plain(scenario));
        let mut deliveries = vec![Delivery::Twice(None)];
        for site in chosen(scenario, &calls) {
            deliveries.push(Delivery::Twice(Some(site)));
            deliveries.extend((1..=6).map(|seed| Delivery::AtOnce(Some(site), seed)));
        }
        deliveries.extend((1..=12).map(|seed| Delivery::AtOnce(None, seed)));
        deliveries.extend((1..=12).map(Delivery::Wide));
        deliveries.extend((1..=8).map(Delivery::Reordered));
        cases.extend(deliveries.into_iter().map(|delivery| Case { delivery, ..plain(scenario) }));
    }
    try_all("what_is_delivered_twice", &cases, 450);
}

/// A call stalls before or after one of its writes, so the step is called again. Then the stalled call goes on.
#[test]
fn an_attempt_that_is_wrongly_thought_dead_does_no_harm() {
    let scenarios = all();
    let mut cases = Vec::new();
    for scenario in &scenarios {
        let calls = calls(&plain(scenario));
        for site in chosen(scenario, &calls) {
            cases.extend(thought_dead(scenario, site, &calls, &[]));
        }
    }
    try_all("an_attempt_that_is_wrongly_thought_dead", &cases, 700);
}

/// Compares the repair itself, and the rejects of the run that it repairs.
#[test]
fn a_repair_ends_as_the_oracle_says_whatever_fails() {
    let scenario = Scenario::repair("stock").impatient();
    assert!(!scenario.expected.closed.is_empty());
    let calls = calls(&plain(&scenario));
    let mut cases = Vec::new();
    for site in chosen(&scenario, &calls) {
        cases.extend(at(&scenario, site, &calls, &[]));
        cases.extend(thought_dead(&scenario, site, &calls, &[]));
        let deliveries = (1..=3).map(|seed| Delivery::AtOnce(Some(site), seed)).chain([Delivery::Twice(Some(site))]);
        cases.extend(deliveries.map(|delivery| Case { delivery, ..plain(&scenario) }));
    }
    try_all("a_repair_ends", &cases, 900);
}

/// Only the import differs from that into a table. A consumer that drops lower orders holds what the oracle says.
#[test]
fn a_queue_ends_as_the_oracle_says_whatever_fails() {
    let table = Scenario::of("members", "tested");
    let scenarios = ["members", "members.fifo"].map(|queue| table.clone().into_queue(queue));
    let mut cases = Vec::new();
    for scenario in &scenarios {
        let calls = calls(&plain(scenario));
        let imports = chosen(scenario, &calls).into_iter().filter(|site| site.state == "Import");
        for site in imports {
            cases.extend(at(scenario, site, &calls, &[]));
            cases.extend(thought_dead(scenario, site, &calls, &[]));
            let deliveries =
                (1..=6).map(|seed| Delivery::AtOnce(Some(site), seed)).chain([Delivery::Twice(Some(site))]);
            cases.extend(deliveries.map(|delivery| Case { delivery, ..plain(scenario) }));
        }
        let wide = (1..=6).map(Delivery::Wide).chain((1..=4).map(Delivery::Reordered));
        cases.extend(wide.map(|delivery| Case { delivery, ..plain(scenario) }));
    }
    try_all("a_queue_ends", &cases, 300);
}

/// The events of the upload and of a failed execution are lost. A sweep finds both, even if the sweep itself dies, is called twice, or
/// stalls and goes on.
#[test]
fn uploads_and_runs_without_an_event_are_found_whatever_happens_to_the_sweep() {
    let scenario = Scenario::of("members", "tested").unheard();
    let gate = Trouble::new(Site::of("Gate"), Decision::Fail, Kind::Change, At::Every(1), UNTIL_SPENT);
    let plain = Case { troubles: vec![gate], ..plain(&scenario) };
    let calls = calls(&plain);
    let mut cases = Vec::new();
    for site in SWEEPS {
        cases.extend(at(&scenario, site, &calls, &[gate]));
        cases.extend(thought_dead(&scenario, site, &calls, &[gate]));
        let deliveries = (1..=12).map(|seed| Delivery::AtOnce(Some(site), seed)).chain([Delivery::Twice(Some(site))]);
        cases.extend(deliveries.map(|delivery| Case { delivery, ..plain.clone() }));
    }
    try_all("uploads_and_runs_without_an_event", &cases, 250);
}

/// Proves that the suite can fail: it notices every difference from the oracle.
#[test]
fn a_wrong_result_is_noticed() {
    type Change = fn(&mut Expected);
    let changes: [(&str, Change); 9] = [
        ("the verdict", |expected| expected.verdict = Verdict::Passed),
        ("the tally", |expected| expected.tally.stale += 1),
        ("records by code", |expected| expected.by_code.clear()),
        ("the reasons", |expected| expected.reasons.extend(["control-total".into()])),
        ("imported.csv", |expected| expected.imported[0][1] = "?".into()),
        ("rejects.csv", |expected| expected.rejects[0].cells[0].push('?')),
        ("the index of rejects", |expected| expected.rejects[0].line += 1),
        ("the table", |expected| expected.items[0].run = "another".into()),
        ("the table", |expected| expected.items.truncate(1)),
    ];
    let mut scenario = Scenario::of("members", "tested");
    for (what, change) in changes {
        let mut expected = Expected::clone(&scenario.expected);
        change(&mut expected);
        let before = std::mem::replace(&mut scenario.expected, Arc::new(expected));
        let wrong = run(&plain(&scenario)).0;
        assert!(wrong.iter().any(|line| line.starts_with(what)), "{what}: {wrong:?}");
        scenario.expected = before;
    }
    let mut scenario = Scenario::repair("stock");
    let mut expected = Expected::clone(&scenario.expected);
    expected.closed.pop_last();
    scenario.expected = Arc::new(expected);
    let wrong = run(&plain(&scenario)).0;
    assert!(wrong.iter().any(|line| line.starts_with("the rejects that are closed")), "{wrong:?}");
}

/// The steps of a scenario that get faults. Of the calls for chunks or ranges, only the first and the last do. If the gate says no,
/// only the gate and the steps after it do: those before are as in other scenarios.
fn chosen(scenario: &Scenario, calls: &Calls) -> Vec<Site> {
    let sites: Vec<Site> = calls.keys().copied().collect();
    let is_end = |number: usize, site: &Site| {
        let same = |other: Option<&Site>| other.is_some_and(|other| other.state == site.state);
        let before = number.checked_sub(1).and_then(|before| sites.get(before));
        !same(before) || !same(sites.get(number + 1))
    };
    let rejected = scenario.expected.verdict == Verdict::Rejected;
    let of_interest = |site: &Site| !rejected || ["Gate", "Merge", "Report"].contains(&site.state);
    let chosen = sites.iter().enumerate().filter(|(number, site)| is_end(*number, site) && of_interest(site));
    chosen.map(|(_, site)| *site).collect()
}

fn plain(scenario: &Scenario) -> Case<'_> {
    Case { scenario, troubles: Vec::new(), delivery: Delivery::Plain }
}

/// The cases with faults in one step, beside the faults `beside`.
fn at<'a>(scenario: &'a Scenario, site: Site, calls: &Calls, beside: &[Trouble]) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    let mut add = |decision, kind, at, attempts| {
        let mut troubles = beside.to_vec();
        troubles.push(Trouble::new(site, decision, kind, at, attempts));
        cases.push(Case { scenario, troubles, delivery: Delivery::Plain });
    };
    for (decision, kind) in FAULTS {
        for position in positions(site, calls, kind) {
            for attempts in [1, 2, UNTIL_SPENT] {
                add(decision, kind, position, attempts);
            }
        }
    }
    for decision in TO_EACH_WRITE {
        for number in 2..most(site, calls, Kind::Change) {
            add(decision, Kind::Change, At::Only(number), 1);
        }
    }
    cases
}

/// The cases in which one step stalls at one of its writes, and goes on later.
fn thought_dead<'a>(scenario: &'a Scenario, site: Site, calls: &Calls, beside: &[Trouble]) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for number in 1..=most(site, calls, Kind::Change) {
        for decision in [Decision::StallBefore, Decision::StallAfter] {
            let mut troubles = beside.to_vec();
            troubles.push(Trouble::new(site, decision, Kind::Change, At::Only(number), 1));
            for delivery in [Delivery::ReleasedSoon, Delivery::ReleasedLate] {
                cases.push(Case { scenario, troubles: troubles.clone(), delivery });
            }
        }
    }
    cases
}

/// Positions of a fault: the first call, the last, two adjacent ones, and all.
fn positions(site: Site, calls: &Calls, kind: Kind) -> Vec<At> {
    match most(site, calls, kind) {
        0 => vec![],
        1 => vec![At::Only(1)],
        most => vec![At::Only(1), At::Only(most), At::Pair(most / 2), At::Every(1)],
    }
}

/// Most calls of a kind in an attempt of a step.
fn most(site: Site, calls: &Calls, kind: Kind) -> u64 {
    let count = |calls: &Vec<PortCall>| calls.iter().filter(|call| call.kind == kind).count() as u64;
    calls[&site].iter().map(count).max().unwrap_or_default()
}
