//! The numbers of a run as metrics of `CloudWatch`.

use sluice_contract::Tally;
use sluice_platform::metrics::{Unit, emit as emit_metrics, namespace};

/// Counts the records of a run that was told.
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
