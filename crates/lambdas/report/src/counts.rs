//! The numbers of a run as metrics of CloudWatch.

use sluice_contract::{Tally, Verdict};
use sluice_engine::report::Cost;
use sluice_platform::metrics::{Unit, emit as emit_metrics};

/// The metric that counts runs.
const RUNS: &str = "Runs";
/// The metric that counts those of them that failed or whose numbers do not add up. An alarm watches it.
const FAILED: &str = "FailedRuns";

/// The names of the metrics of a run.
pub const METRICS: [&str; 14] = [
    RUNS,
    FAILED,
    "RecordsRead",
    "RecordsOmitted",
    "RecordsImported",
    "RecordsUnchanged",
    "RecordsDuplicate",
    "RecordsStale",
    "RecordsLeft",
    "RecordsDeleted",
    "RecordsRejected",
    "RecordsWithheld",
    "RejectPercent",
    "CostMicrodollars",
];

/// Counts a run whose end was reported, by its verdict and its feed, and its records by the feed. `feed` is `None` for a
/// file that was refused, because the folder of such a file may have any name.
pub(crate) fn emit(feed: Option<&str>, verdict: Verdict, tally: Option<&Tally>, cost: Option<&Cost>) {
    let name = verdict.to_string();
    let mut dimensions = vec![("verdict", name.as_str())];
    dimensions.extend(feed.map(|feed| ("feed", feed)));
    let failed = u64::from(matches!(verdict, Verdict::Failed | Verdict::Inconsistent));
    emit_metrics(&dimensions, &[(RUNS, Unit::Count, 1), (FAILED, Unit::Count, failed)]);
    // The attempt that ends a failed run counts its records.
    if let (Some(feed), Some(tally)) = (feed, tally.filter(|_| verdict != Verdict::Failed)) {
        emit_metrics(&[("feed", feed)], &records(tally, cost));
    }
}

/// The records of a run, the percentage of them that were rejected (rounded up, so that a single one shows), and the cost.
fn records(tally: &Tally, cost: Option<&Cost>) -> Vec<(&'static str, Unit, u64)> {
    let counts = [
        ("RecordsRead", tally.read),
        ("RecordsOmitted", tally.omitted),
        ("RecordsImported", tally.imported),
        ("RecordsUnchanged", tally.unchanged),
        ("RecordsDuplicate", tally.duplicate),
        ("RecordsStale", tally.stale),
        ("RecordsLeft", tally.left),
        ("RecordsDeleted", tally.deleted),
        ("RecordsRejected", tally.rejected),
        ("RecordsWithheld", tally.withheld),
    ];
    let mut metrics = counts.map(|(name, count)| (name, Unit::Count, count)).to_vec();
    let percent = tally.rejected.saturating_mul(100).div_ceil(tally.records().max(1));
    metrics.push(("RejectPercent", Unit::Percent, percent));
    metrics.extend(cost.map(|cost| ("CostMicrodollars", Unit::Count, microdollars(cost.dollars))));
    metrics
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cost is small and not negative")]
fn microdollars(dollars: f64) -> u64 {
    (dollars * 1e6).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_named_once() {
        let cost = Cost { dollars: 0.000_83, basis: String::new(), lines: Vec::new() };
        let metrics = records(&Tally::default(), Some(&cost));
        let names: Vec<&str> = [RUNS, FAILED].into_iter().chain(metrics.iter().map(|(name, _, _)| *name)).collect();
        assert_eq!(names, METRICS);
        assert_eq!(metrics.last(), Some(&("CostMicrodollars", Unit::Count, 830)));
    }

    #[test]
    fn one_reject_shows_in_the_percentage_and_a_limit_is_not_passed_by_rounding() {
        for (read, omitted, rejected, percent) in
            [(0, 0, 0, 0), (2, 2, 0, 0), (1_000_000, 0, 1, 1), (100, 0, 25, 25), (104, 4, 26, 26), (3, 0, 3, 100)]
        {
            let tally = Tally { read, omitted, rejected, ..Tally::default() };
            let metrics = records(&tally, None);
            assert_eq!(metrics.last(), Some(&("RejectPercent", Unit::Percent, percent)), "{rejected} of {read}");
        }
    }
}
