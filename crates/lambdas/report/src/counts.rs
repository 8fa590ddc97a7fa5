//! Publishes the numbers of a run as `CloudWatch` metrics.

use sluice_contract::Tally;
use sluice_platform::metrics::{Unit, emit as emit_metrics, namespace};

/// Publishes the tally of a run that was reported.
pub fn emit(tally: Option<&Tally>) {
    let Some(tally) = tally else { return };
    let counts = [
        ("RecordsRead", tally.read),
        ("RecordsOmitted", tally.omitted),
        ("RecordsImported", tally.imported),
        ("RecordsUnchanged", tally.unchanged),
        ("RecordsDuplicate", tally.duplicate),
        ("RecordsStale", tally.stale),
        ("RecordsRejected", tally.rejected),
    ];
    emit_metrics(&namespace(), "report", &counts.map(|(name, count)| (name, Unit::Count, count)));
}
