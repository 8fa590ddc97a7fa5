//! The cost of a run, estimated from what its steps have used and from published prices. All of the arithmetic is here.
//!
//! Each step counts what it uses. A step that works on a chunk writes the numbers into the chunk's outcome, and the tally adds them up.
//! intake, pin, split, gate and merge note theirs in the ledger, with the stage. Counting takes no request of its own.
//!
//! Not counted: storage, logs and traces; the requests to SQS; calls that failed; the scan of a file that is too large for one pass;
//! the requests with which a Map reads its items and writes its results; and what items above 1 KB and indexes cost more.

use sluice_contract::documents::{Requests, TallyDocument, Usage};
use sluice_engine::report::{Cost, CostLine};
use sluice_platform::ledger::RunEntry;

/// Prices in US dollars, without free tiers.
struct Prices {
    /// The region and the month of the prices, in words.
    basis: &'static str,
    /// A GB-second of a function on arm64.
    gb_second_arm64: f64,
    /// A GB-second of a function on `x86_64`.
    gb_second_x86_64: f64,
    /// An invocation of a function.
    invocation: f64,
    /// A state transition of a Standard workflow.
    transition: f64,
    /// A write of an item of up to 1 KB, on demand.
    table_write: f64,
    /// A strongly consistent read of an item of up to 4 KB, on demand.
    table_read: f64,
    /// A PUT, COPY, POST or LIST.
    s3_write: f64,
    /// A GET or any other request that reads.
    s3_read: f64,
    /// A mail to one recipient.
    mail: f64,
    /// An event on a custom bus.
    event: f64,
}

/// The prices of us-east-1. AWS publishes those of other regions in a price list for each service, such as
/// <https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonDynamoDB/current/region_index.json>.
const PRICES: Prices = Prices {
    basis: "the prices of us-east-1, November 2026",
    // <https://aws.amazon.com/lambda/pricing/>
    gb_second_arm64: 0.000_013_333_4,
    gb_second_x86_64: 0.000_016_666_7,
    invocation: 0.20 / 1e6,
    // <https://aws.amazon.com/step-functions/pricing/>
    transition: 0.025 / 1e3,
    // <https://aws.amazon.com/dynamodb/pricing/on-demand/>
    table_write: 0.625 / 1e6,
    table_read: 0.125 / 1e6,
    // <https://aws.amazon.com/s3/pricing/>
    s3_write: 0.005 / 1e3,
    s3_read: 0.0004 / 1e3,
    // <https://aws.amazon.com/ses/pricing/>
    mail: 0.10 / 1e3,
    // <https://aws.amazon.com/eventbridge/pricing/>
    event: 1.00 / 1e6,
};

/// The requests that `report` makes after it has composed its mail: it writes the page and `report.json`, then the conclusion and the state
/// of the mail, and publishes the event.
const TO_COME: Requests =
    Requests { s3_writes: 2, s3_reads: 0, table_writes: 2, table_reads: 0, mails: 0, events: 1, transitions: 0 };

/// The states that a run of so many chunks enters, apart from those that call restructure, validate or import: each of
/// these is an invocation too. A test counts them in the definitions. Not counted: the scan of a large file, which has
/// few states compared with its chunks.
#[must_use]
pub fn states_beside_calls(chunks: u64) -> u64 {
    match chunks {
        0 | 1 => 11,
        _ => 12 + 6 * chunks,
    }
}

/// The requests that `report` is about to make for a mail to so many recipients.
pub(crate) fn to_come(recipients: usize) -> Requests {
    Requests { mails: recipients as u64, ..TO_COME }
}

/// The usage of a run: that of its chunks, that which its other steps have noted in the ledger, and `own`, that of the report itself.
pub(crate) fn total(tally: &TallyDocument, entry: &RunEntry, own: Usage) -> Usage {
    let mut total = tally.usage;
    total.requests.transitions += states_beside_calls(tally.chunks) + tally.usage.invocations;
    for usage in entry.usage.values() {
        total += *usage;
    }
    total += own;
    total
}

/// Estimates the cost of a run. Returns `None` if no usage was measured, as on a laptop, where nothing costs anything.
pub(crate) fn estimate(usage: &Usage) -> Option<Cost> {
    if usage.invocations == 0 || usage.mb_ms == 0 {
        return None;
    }
    let gb_second = if cfg!(target_arch = "aarch64") { PRICES.gb_second_arm64 } else { PRICES.gb_second_x86_64 };
    let Requests { s3_writes, s3_reads, table_writes, table_reads, mails, events, transitions } = usage.requests;
    let lines = [
        ("GB-seconds of Lambda", float(usage.mb_ms) / 1024.0 / 1000.0, gb_second),
        ("invocations of Lambda", float(usage.invocations), PRICES.invocation),
        ("state transitions of Step Functions", float(transitions), PRICES.transition),
        ("conditional writes to the target table", float(usage.writes), PRICES.table_write),
        ("other writes to DynamoDB", float(table_writes), PRICES.table_write),
        ("reads from DynamoDB", float(table_reads), PRICES.table_read),
        ("requests to S3 that write or list", float(s3_writes), PRICES.s3_write),
        ("requests to S3 that read", float(s3_reads), PRICES.s3_read),
        ("mails, by recipient", float(mails), PRICES.mail),
        ("events", float(events), PRICES.event),
    ];
    let lines = lines.into_iter().filter(|(_, amount, _)| *amount > 0.0).map(|(what, amount, price)| CostLine {
        what: what.to_owned(),
        amount,
        dollars: amount * price,
    });
    let lines: Vec<CostLine> = lines.collect();
    Some(Cost { dollars: lines.iter().map(|line| line.dollars).sum(), basis: PRICES.basis.to_owned(), lines })
}

#[expect(clippy::cast_precision_loss, reason = "an estimate; exact up to 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sluice_contract::documents::{Origin, Part, Upload, Version};
    use sluice_contract::{Tally, Verdict};

    use super::*;

    fn tally(usage: Usage, chunks: u64) -> TallyDocument {
        TallyDocument {
            items: None,
            version: Version,
            run_id: "products-0123456789abcdef01234567".parse().unwrap(),
            verdict: Verdict::Imported,
            would: None,
            tally: Tally::default(),
            omitted: sluice_engine::Omitted::default(),
            by_code: BTreeMap::new(),
            causes: sluice_engine::Causes::default(),
            warnings: sluice_engine::Findings::default(),
            contradictions: Vec::new(),
            reasons: Vec::new(),
            notes: Vec::new(),
            chunks,
            imported: Part::default(),
            overtaken: Part::default(),
            rejects: Part::default(),
            first_rejects: sluice_engine::FirstRejects::default(),
            usage,
        }
    }

    fn entry(usage: &[(&str, Usage)]) -> RunEntry {
        let upload = Upload {
            bucket: "inbox".to_owned(),
            key: "inbox/products/a.csv".to_owned(),
            version_id: "v1".to_owned(),
            etag: String::new(),
            bytes: 0,
            last_modified: String::new(),
            sequencer: String::new(),
        };
        let run = "products-0123456789abcdef01234567".parse().unwrap();
        let usage = usage.iter().map(|(stage, usage)| ((*stage).to_owned(), *usage)).collect();
        RunEntry { usage, ..RunEntry::new(run, "products", upload, Origin::Upload, "") }
    }

    fn near(cost: f64, expected: f64) -> bool {
        (cost - expected).abs() < 1e-6
    }

    #[test]
    fn a_million_records_in_three_chunks() {
        let usage = Usage { invocations: 9, mb_ms: 1_769 * 60_000, writes: 1_000_000, requests: Requests::default() };
        let total = total(&tally(usage, 3), &entry(&[]), Usage::default());
        // 12 + 18 + 9 transitions.
        assert_eq!(total.requests.transitions, 39);
        let cost = estimate(&total).unwrap();
        let gb_seconds = 1_769.0 * 60.0 / 1024.0 * if cfg!(target_arch = "aarch64") { 13.3334 } else { 16.6667 } / 1e6;
        assert!(near(cost.dollars, gb_seconds + 0.000_001_8 + 0.000_975 + 0.625), "{cost:?}");
    }

    /// Every step and every kind of request is part of the cost.
    #[test]
    fn a_small_file_costs_what_its_steps_and_its_mail_cost() {
        let step = |s3_writes, s3_reads, table_writes| Usage {
            invocations: 1,
            mb_ms: 512 * 100,
            writes: 0,
            requests: Requests { s3_writes, s3_reads, table_writes, ..Requests::default() },
        };
        let mut chunk = Usage { writes: 50, ..step(6, 12, 0) };
        chunk.invocations = 3;
        let steps = [
            ("STARTED", step(0, 2, 2)),
            ("PINNED", step(4, 3, 2)),
            ("SPLIT", step(1, 3, 1)),
            ("MERGED", step(3, 4, 1)),
        ];
        let mut own = step(0, 3, 0);
        own.requests += to_come(2);
        let total = total(&tally(chunk, 1), &entry(&steps), own);
        assert_eq!((total.invocations, total.writes), (8, 50));
        let expected = Requests {
            s3_writes: 16,
            s3_reads: 27,
            table_writes: 8,
            table_reads: 0,
            mails: 2,
            events: 1,
            transitions: 14,
        };
        assert_eq!(total.requests, expected);
        let cost = estimate(&total).unwrap();
        let requests = 16.0 * 5e-6 + 27.0 * 4e-7 + 58.0 * 6.25e-7 + 2.0 * 1e-4 + 1e-6 + 14.0 * 2.5e-5 + 8.0 * 2e-7;
        assert!(cost.dollars > requests && cost.dollars < requests + 0.000_01, "{cost:?}");
        assert_eq!(cost.lines.len(), 9, "{cost:?}");
    }

    #[test]
    fn without_usage_there_is_no_estimate() {
        assert_eq!(estimate(&total(&tally(Usage::default(), 3), &entry(&[]), Usage::default())), None);
    }
}
