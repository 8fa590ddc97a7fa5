//! What happened to rejects that another run has read again: a repair or a retry.

use std::collections::BTreeMap;

use sluice_contract::documents::TallyDocument;
use sluice_contract::{RunId, Tally, keys};
use sluice_engine::display::thousands;
use sluice_engine::report::Report;
use sluice_platform::documents::find_json;
use sluice_platform::objects::Objects;
use sluice_platform::rejects::{Block, RejectState, Rejects};

/// Maximum number of runs that are named. A run is hardly ever repaired more often.
const NAMED: usize = 10;

/// Maximum number of a repair's records whose rejects are looked up in the index, a thousand with each
/// request.
const LOOKED_UP: u64 = 100_000;

/// The number of rejects that each run has closed.
#[derive(Default)]
pub struct Again(BTreeMap<RunId, u64>);

impl Again {
    /// Counts a reject that this run has closed.
    pub fn add(&mut self, by: &RunId) {
        *self.0.entry(by.clone()).or_default() += 1;
    }

    /// A sentence for each run that has closed rejects, those that closed most first.
    pub async fn sentences(&self, objects: &dyn Objects, index: &dyn Rejects) -> anyhow::Result<Vec<String>> {
        let mut runs: Vec<_> = self.0.iter().collect();
        runs.sort_by_key(|(_, closed)| std::cmp::Reverse(**closed));
        let mut sentences = Vec::new();
        for (run, closed) in runs.iter().take(NAMED) {
            let tally = tally(objects, run).await?;
            let open = match &tally {
                Some(tally) if tally.rejected > 0 && tally.read <= LOOKED_UP => open(index, run, tally.read).await?,
                _ => None,
            };
            sentences.push(sentence(run, **closed, tally.as_ref(), open));
        }
        if let Some(more @ 1..) = runs.len().checked_sub(NAMED) {
            sentences.push(format!("{more} more runs have read rejects again"));
        }
        Ok(sentences)
    }
}

/// The numbers of a run, from its tally, or from its report if the tally is gone.
async fn tally(objects: &dyn Objects, run: &RunId) -> anyhow::Result<Option<Tally>> {
    if let Some(document) = find_json::<TallyDocument>(objects, &keys::tally(run)).await? {
        return Ok(Some(document.tally));
    }
    Ok(report(objects, run).await?.and_then(|report| report.tally))
}

/// The report of a run, if there is one.
pub async fn report(objects: &dyn Objects, run: &RunId) -> anyhow::Result<Option<Report>> {
    let Some((feed, _)) = run.as_str().rsplit_once('-') else { return Ok(None) };
    Ok(find_json(objects, &keys::output(&feed.parse()?, run, keys::REPORT_JSON)).await?)
}

/// How many rejects of a run are open; `None` if the index no longer has them.
async fn open(index: &dyn Rejects, run: &RunId, records: u64) -> anyhow::Result<Option<u64>> {
    let (mut open, mut all) = (0, 0_u64);
    for block in Block::all(records) {
        let entries = index.list(run, block).await?;
        all += entries.len() as u64;
        open += entries.iter().filter(|entry| entry.state == RejectState::Open).count() as u64;
    }
    Ok((all > 0).then_some(open))
}

/// What happened to the rejects that a run has closed.
fn sentence(run: &RunId, closed: u64, tally: Option<&Tally>, open: Option<u64>) -> String {
    let were = if closed == 1 { "was" } else { "were" };
    let closed_text = thousands(closed);
    let Some(tally) = tally else {
        return format!("{closed_text} {were} read again by {run}, whose numbers are not known here");
    };
    let mut what = vec![format!("{} imported", thousands(tally.imported))];
    let others = [
        (tally.omitted, "omitted, because they are not data records"),
        (tally.unchanged, "unchanged in the target"),
        (tally.duplicate, "dropped because another record has the same key"),
        (tally.stale, "older than the record in the target"),
        (tally.left, "left out by the mode of the feed"),
        (tally.deleted, "deleted in the target"),
        (tally.withheld, "withheld, because the file as a whole did not pass"),
    ];
    what.extend(
        others.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{} {word}", thousands(*count))),
    );
    if tally.rejected > 0 {
        let open = open.map(|open| format!(", {} of them open", thousands(open))).unwrap_or_default();
        what.push(format!("{} rejected again in {run}{open} (sluice rejects {run})", thousands(tally.rejected)));
    }
    // Rows for records that were already closed, or that belong to another run, are still records of that
    // run.
    let of_all =
        if tally.read == closed { String::new() } else { format!(" (with {} records in all)", thousands(tally.read)) };
    format!("{closed_text} {were} read again by {run}{of_all}: {}", what.join(", "))
}

#[cfg(test)]
mod tests {
    use sluice_contract::Verdict;
    use sluice_contract::documents::{Part, Usage, Version};
    use sluice_engine::{Causes, Findings, FirstRejects, Omitted};
    use sluice_platform::documents::put_json;
    use sluice_platform::objects::MemoryObjects;
    use sluice_platform::rejects::{MemoryRejects, RejectEntry};

    use super::*;

    #[test]
    fn table_of_sentences() {
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let repair = Tally { read: 152, imported: 10, rejected: 142, ..Tally::default() };
        let good = Tally { read: 1, imported: 1, ..Tally::default() };
        let more = Tally { read: 4, imported: 1, unchanged: 1, stale: 2, ..Tally::default() };
        for (closed, tally, open, expected) in [
            (
                152,
                Some(repair),
                Some(140),
                "152 were read again by RUN: 10 imported, 142 rejected again in RUN, 140 of them open (sluice rejects RUN)",
            ),
            (
                152,
                Some(repair),
                None,
                "152 were read again by RUN: 10 imported, 142 rejected again in RUN (sluice rejects RUN)",
            ),
            (1, Some(good), None, "1 was read again by RUN: 1 imported"),
            (
                3,
                Some(more),
                None,
                "3 were read again by RUN (with 4 records in all): 1 imported, 1 unchanged in the target, 2 older than the record in the target",
            ),
            (2, None, None, "2 were read again by RUN, whose numbers are not known here"),
        ] {
            assert_eq!(sentence(&run, closed, tally.as_ref(), open), expected.replace("RUN", run.as_str()));
        }
    }

    /// A first repair leaves one reject open, which a second repair closes.
    #[tokio::test]
    async fn what_a_repair_rejected_again_is_counted_with_what_became_of_that() {
        let run = |digit: &str| -> RunId { format!("products-{}", digit.repeat(24)).parse().unwrap() };
        let (first, second) = (run("1"), run("2"));
        let (objects, index) = (MemoryObjects::new(), MemoryRejects::new());
        let tally = Tally { read: 3, imported: 1, rejected: 2, ..Tally::default() };
        let document = TallyDocument {
            items: None,
            version: Version,
            run_id: first.clone(),
            verdict: Verdict::Imported,
            tally,
            omitted: Omitted::default(),
            would: None,
            by_code: BTreeMap::new(),
            causes: Causes::default(),
            warnings: Findings::default(),
            contradictions: Vec::new(),
            reasons: Vec::new(),
            notes: Vec::new(),
            chunks: 1,
            imported: Part::default(),
            overtaken: Part::default(),
            rejects: Part::default(),
            first_rejects: FirstRejects::default(),
            usage: Usage::default(),
        };
        put_json(&objects, &keys::tally(&first), &document).await.unwrap();
        let entries = [1, 2].map(|record| RejectEntry::open(record, record, 0, Vec::new(), 0));
        index.record(&first, &entries).await.unwrap();
        index.close(&first, &[1], &second).await.unwrap();
        let mut again = Again::default();
        for _ in 0..3 {
            again.add(&first);
        }
        let sentences = again.sentences(&objects, &index).await.unwrap();
        let expected =
            "3 were read again by FIRST: 1 imported, 2 rejected again in FIRST, 1 of them open (sluice rejects FIRST)";
        assert_eq!(sentences, [expected.replace("FIRST", first.as_str())]);
    }
}
