//! The sum of the outcomes, and whether it adds up.

use std::collections::BTreeMap;

use sluice_contract::documents::{GateDocument, ImportCounts, Manifest, Part, Usage};
use sluice_contract::{Tally, Verdict};
use sluice_engine::report::Would;
use sluice_engine::{Findings, Omitted};

use crate::ChunkOutcome;

/// The sum of the outcomes of a run.
#[derive(Default)]
pub(crate) struct Sum {
    pub(crate) tally: Tally,
    /// The items of the imported and unchanged records; `None` if each is one.
    pub(crate) items: Option<u64>,
    pub(crate) omitted: Omitted,
    pub(crate) by_code: BTreeMap<String, u64>,
    pub(crate) warnings: Findings,
    pub(crate) contradictions: Vec<String>,
    pub(crate) usage: Usage,
}

/// Adds up the outcomes. No number is computed as a difference: the records read come from the manifest, their outcomes from the
/// steps, and both must agree, per chunk and in total.
pub(crate) fn add_up(manifest: &Manifest, gate: &GateDocument, outcomes: &[ChunkOutcome]) -> Sum {
    let mut sum = Sum { contradictions: gate.contradictions.clone(), ..Sum::default() };
    sum.contradict(manifest.contradictions());
    let mut by_gate = 0;
    for (chunk, ChunkOutcome { check, import }) in manifest.chunks.iter().zip(outcomes) {
        // The gate has found these contradictions before; `contradict` keeps each once.
        sum.contradict(check.contradictions(chunk));
        sum.tally.read += chunk.records;
        sum.tally.rejected += check.rejected;
        sum.tally.omitted += check.omitted.records();
        sum.omitted.extend(&check.omitted);
        sum.usage += check.usage;
        count(&mut sum.by_code, &check.by_code);
        sum.warnings.extend(&check.warnings);
        let Some(import) = import else {
            sum.tally.withheld += check.valid;
            continue;
        };
        sum.contradict(import.contradictions(chunk, check));
        let ImportCounts {
            imported,
            unchanged,
            duplicate,
            stale,
            left,
            deleted,
            rejected,
            rejected_by_gate,
            items,
            ..
        } = import.counts;
        sum.tally.imported += imported;
        sum.tally.unchanged += unchanged;
        sum.tally.duplicate += duplicate;
        sum.tally.stale += stale;
        sum.tally.left += left;
        sum.tally.deleted += deleted;
        sum.tally.rejected += rejected;
        by_gate += rejected_by_gate;
        if let Some(items) = items {
            *sum.items.get_or_insert(0) += items;
        }
        sum.usage += import.usage;
        count(&mut sum.by_code, &import.by_code);
    }
    let valid: u64 = outcomes.iter().map(|outcome| outcome.check.valid).sum();
    if valid != gate.valid {
        sum.contradictions
            .push(format!("the file: the gate let {} valid records pass, but the chunks have {valid}", gate.valid));
    }
    if gate.go && sum.tally.duplicate != gate.losers {
        let (found, named) = (sum.tally.duplicate, gate.losers);
        sum.contradictions.push(format!("the file: {found} duplicates were left out, but the gate named {named}"));
    }
    if gate.go && by_gate != gate.rejected_here {
        let named = gate.rejected_here;
        sum.contradictions.push(format!("the file: {by_gate} records were rejected by the gate, but it named {named}"));
    }
    if !gate.go {
        // Import did not run, so no outcome counts the records that the gate rejected. The report shows them.
        count(&mut sum.by_code, &gate.by_code_here);
    }
    if !sum.tally.adds_up() {
        let (read, accounted) = (sum.tally.read, sum.tally.accounted());
        sum.contradictions.push(format!("the file: {read} records were read, but {accounted} are accounted for"));
    }
    sum
}

impl Sum {
    /// Adds contradictions, each once.
    fn contradict(&mut self, found: Vec<String>) {
        for contradiction in found {
            if !self.contradictions.contains(&contradiction) {
                self.contradictions.push(contradiction);
            }
        }
    }
}

/// The outputs whose number of records differs from the tally.
pub(crate) fn outputs_contradict(sum: &Sum, imported: &Part, rejects: &Part) -> Vec<String> {
    let tally = &sum.tally;
    let expected = [
        ("imported.csv", imported.records, sum.items.unwrap_or(tally.imported + tally.unchanged)),
        ("rejects.csv", rejects.records, tally.rejected),
    ];
    let differs = expected.into_iter().filter(|(_, held, counted)| held != counted);
    differs.map(|(name, held, counted)| format!("{name} holds {held} records, but {counted} were counted")).collect()
}

/// The verdict that follows from the numbers of the run.
pub(crate) fn verdict(gate: &GateDocument, contradictions: &[String]) -> Verdict {
    match (contradictions.is_empty(), gate.go) {
        (false, _) => Verdict::Inconsistent,
        (true, true) => Verdict::Imported,
        (true, false) if gate.dry_run && gate.reasons.is_empty() => Verdict::Passed,
        (true, false) => Verdict::Rejected,
    }
}

/// The numbers that an import would have had, if the run passed as a dry run.
pub(crate) fn would(gate: &GateDocument, contradictions: &[String]) -> Option<Would> {
    let GateDocument { valid, rejected_here: rejected, losers: duplicate, .. } = *gate;
    let imported = valid.saturating_sub(duplicate + rejected);
    (verdict(gate, contradictions) == Verdict::Passed).then_some(Would { imported, duplicate, rejected })
}

fn count(sum: &mut BTreeMap<String, u64>, part: &BTreeMap<String, u64>) {
    for (code, records) in part {
        *sum.entry(code.clone()).or_insert(0) += records;
    }
}
