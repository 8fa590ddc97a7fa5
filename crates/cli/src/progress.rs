//! The progress of an interrupted run, from the documents that its steps have written.

use sluice_contract::documents::{GateDocument, ImportOutcome, Manifest};
use sluice_contract::{Phase, RunId, keys};
use sluice_engine::display::{count, thousands};
use sluice_platform::Fault;
use sluice_platform::documents::find_json;
use sluice_platform::objects::Objects;

/// The progress of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The number of chunks of its file; `None` if split has not ended.
    chunks: Option<u64>,
    /// The number of checked chunks.
    checked: u64,
    /// The number of completely imported chunks.
    imported: u64,
    /// Whether the gate said go.
    go: bool,
    /// The number of records of completely imported chunks that the target holds.
    records: u64,
}

impl Reached {
    /// Reads the progress of a run from its documents.
    pub async fn find(objects: &dyn Objects, run: &RunId) -> Result<Self, Fault> {
        let mut reached = Self::default();
        let Some(manifest) = find_json::<Manifest>(objects, &keys::manifest(run)).await? else { return Ok(reached) };
        reached.chunks = Some(manifest.chunks.len() as u64);
        for chunk in manifest.chunks.iter().map(|chunk| chunk.chunk) {
            let checked = objects.head(&keys::outcome(run, Phase::Check, chunk)).await?;
            reached.checked += u64::from(checked.is_some());
            let imported: Option<ImportOutcome> = find_json(objects, &keys::outcome(run, Phase::Import, chunk)).await?;
            if let Some(ImportOutcome { counts, .. }) = imported {
                reached.imported += 1;
                reached.records += counts.imported + counts.unchanged;
            }
        }
        reached.go = find_json(objects, &keys::gate(run)).await?.is_some_and(|gate: GateDocument| gate.go);
        Ok(reached)
    }

    /// The progress in a sentence or two.
    pub fn sentence(&self) -> String {
        let Self { chunks, checked, imported, go, records } = self;
        let Some(chunks) = chunks.map(|chunks| count(chunks, "chunk")) else {
            return "The file was not read to its end, and nothing was imported.".to_owned();
        };
        if !go {
            return format!("{} of {chunks} were checked, and nothing was imported.", thousands(*checked));
        }
        format!(
            "The file was checked, and {} of {chunks} were imported to the end: the target has {} of these, and may have some \
             of the others.",
            thousands(*imported),
            count(*records, "record")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_sentences() {
        let all = "The file was checked, and 2 of 7 chunks were imported to the end: the target has 1,200 records of these, and \
                   may have some of the others.";
        for (chunks, checked, imported, go, records, expected) in [
            (None, 0, 0, false, 0, "The file was not read to its end, and nothing was imported."),
            (Some(7), 3, 0, false, 0, "3 of 7 chunks were checked, and nothing was imported."),
            (Some(7), 7, 2, true, 1200, all),
        ] {
            assert_eq!(Reached { chunks, checked, imported, go, records }.sentence(), expected);
        }
    }
}
