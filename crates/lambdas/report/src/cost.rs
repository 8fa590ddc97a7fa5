//! The cost of a run, estimated from usage and published prices.
//!
//! Prices in US dollars for us-east-1, November 2026, without free tiers:
//! <https://aws.amazon.com/lambda/pricing/>, <https://aws.amazon.com/step-functions/pricing/>,
//! <https://aws.amazon.com/dynamodb/pricing/on-demand/>. Not counted: requests and storage of S3,
//! logs, traces, the steps that run once per file, and what items above 1 KB cost more.

use sluice_contract::documents::TallyDocument;
use sluice_engine::report::{Cost, CostLine};

/// A GB-second of a Lambda function on arm64.
const GB_SECOND: f64 = 0.000_013_333_4;
/// An invocation: $0.20 per million.
const INVOCATION: f64 = 0.20 / 1e6;
/// A state transition of a Standard workflow: $0.025 per thousand.
const TRANSITION: f64 = 0.025 / 1e3;
/// A write of an item of up to 1 KB, on demand: $0.625 per million.
const WRITE: f64 = 0.625 / 1e6;

/// The states that a run of so many chunks enters, apart from those that call restructure, validate or import: each of
/// these is an invocation too. A test counts them in the definitions. Not counted: the scan of a large file, which has
/// few states compared with its chunks.
#[must_use]
pub fn states_beside_calls(chunks: u64) -> u64 {
    match chunks {
        0 | 1 => 10,
        _ => 11 + 6 * chunks,
    }
}

/// Estimates the cost of a run; `None` if no usage was measured.
pub(crate) fn estimate(tally: &TallyDocument) -> Option<Cost> {
    let usage = tally.usage;
    if usage.invocations == 0 || usage.mb_ms == 0 {
        return None;
    }
    let transitions = states_beside_calls(tally.chunks) + usage.invocations;
    let line =
        |what: &str, amount: f64, price: f64| CostLine { what: what.to_owned(), amount, dollars: amount * price };
    let lines = vec![
        line("GB-seconds of Lambda, checking and importing", float(usage.mb_ms) / 1024.0 / 1000.0, GB_SECOND),
        line("invocations of Lambda", float(usage.invocations), INVOCATION),
        line("state transitions of Step Functions", float(transitions), TRANSITION),
        line("writes to DynamoDB", float(usage.writes), WRITE),
    ];
    Some(Cost { dollars: lines.iter().map(|line| line.dollars).sum(), lines })
}

#[expect(clippy::cast_precision_loss, reason = "an estimate; exact up to 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use sluice_contract::documents::{Part, Usage, Version};
    use sluice_contract::{Tally, Verdict};

    use super::*;

    fn tally(usage: Usage, chunks: u64) -> TallyDocument {
        TallyDocument {
            version: Version,
            run_id: "products-0123456789abcdef01234567".parse().unwrap(),
            verdict: Verdict::Imported,
            would: None,
            tally: Tally::default(),
            omitted: sluice_engine::Omitted::default(),
            by_code: std::collections::BTreeMap::new(),
            causes: sluice_engine::Causes::default(),
            warnings: sluice_engine::Findings::default(),
            contradictions: Vec::new(),
            reasons: Vec::new(),
            notes: Vec::new(),
            chunks,
            imported: Part::default(),
            rejects: Part::default(),
            first_rejects: sluice_engine::FirstRejects::default(),
            usage,
        }
    }

    #[test]
    fn a_million_records_in_three_chunks() {
        let usage = Usage { invocations: 9, mb_ms: 1_769 * 60_000, writes: 1_000_000 };
        let cost = estimate(&tally(usage, 3)).unwrap();
        // 103.7 GB-s, 9 invocations, 11 + 18 + 9 transitions, a million writes.
        assert!((cost.dollars - (0.001_382 + 0.000_001_8 + 0.000_95 + 0.625)).abs() < 1e-5, "{cost:?}");
    }

    #[test]
    fn nothing_measured_is_nothing_estimated() {
        assert_eq!(estimate(&tally(Usage::default(), 3)), None);
    }
}
