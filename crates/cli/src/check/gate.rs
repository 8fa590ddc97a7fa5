//! The valid records of a chunk that the gate rejects because of another record of the file.

use std::collections::VecDeque;

use anyhow::{Context, bail};
use sluice_contract::documents::CheckOutcome;
use sluice_contract::steps::ChunkInput;
use sluice_contract::{Chunk, Phase, keys};
use sluice_engine::checksum::Checksum;
use sluice_engine::feed::FeedPlan;
use sluice_engine::spec::Duplicates;
use sluice_import::{Fate, Losers, ValidRows};
use sluice_platform::documents::read_json;
use sluice_platform::rejects::RejectEntry;

use super::source::File;

/// Whether the gate can reject valid records of this feed.
pub fn may_reject(plan: &FeedPlan) -> bool {
    !plan.unique.is_empty() || !plan.own_references.is_empty() || plan.import.duplicates == Duplicates::Reject
}

/// These records in the order of the file. Their exact place in the chunk is unknown, so a search starts at
/// its beginning.
pub async fn rejected(file: &File<'_>, chunk: &Chunk) -> anyhow::Result<VecDeque<RejectEntry>> {
    let run_id = file.run.document.run_id.clone();
    let checked = keys::outcome(&run_id, Phase::Check, chunk.chunk);
    let input = ChunkInput { run_id, attempt: 1, phase: Phase::Import, header: file.manifest.header, chunk: *chunk };
    let mut rejected = VecDeque::new();
    if !may_reject(&file.run.plan) {
        return Ok(rejected);
    }
    let losers = Losers::read(file.objects, &input).await?;
    if losers.is_empty() {
        return Ok(rejected);
    }
    let outcome: CheckOutcome = read_json(file.objects, &checked).await?;
    let mut rows = ValidRows::open(file.objects, outcome.valid_parts(), [Checksum::default(); 2]).await?;
    while rows.advance().await? {
        let cells: Result<Vec<&str>, _> =
            rows.row().into_iter().flat_map(|row| row.iter()).map(std::str::from_utf8).collect();
        let cells = cells.context("a valid record is not UTF-8")?;
        let [record, texts @ ..] = &cells[..] else { bail!("a valid record has no cells") };
        let record = record.parse().context("a valid record has no number")?;
        if let Fate::Rejected(problems) = losers.fate(&file.run.plan, record, texts) {
            let (line, offset) = (chunk.first_line, chunk.start);
            rejected.push_back(RejectEntry::open(record, line, offset, problems, 0));
        }
    }
    Ok(rejected)
}
