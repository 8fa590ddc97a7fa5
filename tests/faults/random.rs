//! Several faults at once, in generated files.

use std::path::Path;

use fastrand::Rng;
use sluice_pipeline::Site;
use sluice_platform::faulty::{At, Decision, Kind};

use crate::case::{Case, Trouble, UNTIL_SPENT};
use crate::delivery::Delivery;
use crate::run::{Calls, calls, try_all};
use crate::scenario::{Scenario, path};

/// Generated files.
const FILES: u64 = 40;
/// Cases for each of them.
const SCRIPTS: usize = 15;
/// Most records of a file.
const RECORDS: usize = 50;

const DECISIONS: [Decision; 8] = [
    Decision::Throttle,
    Decision::Fail,
    Decision::LoseAnswer,
    Decision::Break,
    Decision::CrashBefore,
    Decision::CrashAfter,
    Decision::StallBefore,
    Decision::StallAfter,
];

const KINDS: [Kind; 4] = [Kind::Ask, Kind::Change, Kind::Part, Kind::Body];

#[test]
fn random_faults_in_random_files_end_as_the_oracle_says() {
    let folder = tempfile::tempdir().unwrap();
    // The seed is in the name of the scenario, and decides every random choice.
    let scenarios: Vec<Scenario> = (1..=FILES).map(|seed| scenario(seed, folder.path())).collect();
    let mut cases = Vec::new();
    for (seed, scenario) in (1..).zip(&scenarios) {
        let mut random = Rng::with_seed(seed);
        let calls = calls(&Case { scenario, troubles: Vec::new(), delivery: Delivery::Plain });
        cases.extend((0..SCRIPTS).map(|_| script(&mut random, scenario, &calls)));
    }
    try_all("random_faults", &cases, 500);
}

/// A file of records of the suite, in random order, with repetitions.
fn scenario(seed: u64, folder: &Path) -> Scenario {
    let mut random = Rng::with_seed(seed);
    let feed = ["orders", "stock", "members", "prices"][random.usize(..4)];
    let (delimiter, footer) = if feed == "stock" { (b';', 1) } else { (b',', 0) };
    let bytes = std::fs::read(path(feed, "tested")).unwrap();
    let (header, records) = slices(&bytes, delimiter);
    let records = &records[..records.len() - footer];
    let mut file = header.to_vec();
    let (mut total, mut count) = (0, 0);
    for _ in 0..random.usize(..=RECORDS) {
        let record = records[random.usize(..records.len())];
        file.extend_from_slice(record);
        count += usize::from(!is_omitted(record, header, delimiter));
        total += if footer > 0 { price(record) } else { 0 };
    }
    if footer > 0 {
        // One footer in eight has a wrong total.
        total += i64::from(random.u8(..8) == 0) * 10;
        // One footer in eight counts too few records.
        count -= usize::from(count > 0 && random.u8(..8) == 0);
        file.extend_from_slice(format!("END;{count};{}.{:03}\r\n", total / 1000, total % 1000).as_bytes());
    }
    let made = folder.join(format!("{feed}-{seed}.csv"));
    std::fs::write(&made, file).unwrap();
    let mut scenario = Scenario::with(feed, format!("{feed}/seed-{seed}"), made);
    (scenario.chunks, scenario.by_ranges, scenario.impatient) = (random.u64(1..=6), random.bool(), random.bool());
    scenario
}

/// The header of a file, and its records.
fn slices(bytes: &[u8], delimiter: u8) -> (&[u8], Vec<&[u8]>) {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(bytes);
    let mut starts = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).unwrap() {
        starts.push(usize::try_from(record.position().unwrap().byte()).unwrap());
    }
    starts.push(bytes.len());
    let mut slices = starts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
    (slices.next().unwrap(), slices.collect())
}

/// Whether a record is empty or a repeated header, so that the footer does not count it.
fn is_omitted(record: &[u8], header: &[u8], delimiter: u8) -> bool {
    let is_empty = record.iter().all(|byte| *byte == delimiter || byte.is_ascii_whitespace());
    is_empty || record.trim_ascii() == header.trim_ascii()
}

/// The price in a record of `stock`, in thousandths; 0 if it has none.
fn price(record: &[u8]) -> i64 {
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(record);
    let cells = reader.byte_records().next().unwrap().unwrap();
    if cells.len() != 7 {
        return 0;
    }
    let text = std::str::from_utf8(&cells[3]).unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<3}").parse().unwrap_or_default()
}

/// A case with one to four faults, anywhere.
fn script<'a>(random: &mut Rng, scenario: &'a Scenario, calls: &Calls) -> Case<'a> {
    let sites: Vec<&Site> = calls.keys().collect();
    let troubles = (0..random.usize(1..=4)).map(|_| {
        let site = *sites[random.usize(..sites.len())];
        let decision = DECISIONS[random.usize(..DECISIONS.len())];
        let kind = KINDS[random.usize(..KINDS.len())];
        let most = calls[&site].iter().map(Vec::len).max().unwrap_or_default() as u64;
        let number = random.u64(1..=most.max(1));
        let at = [At::Only(number), At::Pair(number), At::Every(random.u64(1..=4))][random.usize(..3)];
        let attempts = [1, 2, UNTIL_SPENT][random.usize(..3)];
        Trouble { executions: random.u32(1..=2), ..Trouble::new(site, decision, kind, at, attempts) }
    });
    let troubles = troubles.collect();
    let deliveries = [
        Delivery::Plain,
        Delivery::Twice(None),
        Delivery::ReleasedSoon,
        Delivery::ReleasedLate,
        Delivery::Reordered(random.u64(1..)),
    ];
    Case { scenario, troubles, delivery: deliveries[random.usize(..deliveries.len())] }
}
