//! How far a run has come, from the documents that its steps have left.

use sluice_contract::documents::{GateDocument, ImportOutcome, Manifest};
use sluice_contract::{Phase, RunId, keys};
use sluice_engine::display::{count, thousands};
use sluice_platform::Fault;
use sluice_platform::documents::find_json;
use sluice_platform::objects::Objects;

/// How far a run has come.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// How many chunks its file has; `None` where that is not known yet.
    chunks: Option<u64>,
    /// How many of them are checked.
    checked: u64,
    /// How many of them are imported to the end.
    imported: u64,
    /// Whether importing has begun.
    go: bool,
    /// How many records of the file the table has, of the chunks that are imported to the end.
    records: u64,
}

impl Reached {
    /// Looks at what the steps have left.
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

    /// The same in a sentence or two.
    pub fn sentence(&self) -> String {
        let Self { chunks, checked, imported, go, records } = self;
        let Some(chunks) = chunks.map(|chunks| count(chunks, "chunk")) else {
            return "The file was not read to its end, and nothing was written to the table.".to_owned();
        };
        if !go {
            return format!("{} of {chunks} were checked, and nothing was written to the table.", thousands(*checked));
        }
        format!(
            "The file was checked, and {} of {chunks} were imported to the end: the table has {} of these, and may have some \
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
        let all = "The file was checked, and 2 of 7 chunks were imported to the end: the table has 1,200 records of these, and \
                   may have some of the others.";
        for (chunks, checked, imported, go, records, expected) in [
            (None, 0, 0, false, 0, "The file was not read to its end, and nothing was written to the table."),
            (Some(7), 3, 0, false, 0, "3 of 7 chunks were checked, and nothing was written to the table."),
            (Some(7), 7, 2, true, 1200, all),
        ] {
            assert_eq!(Reached { chunks, checked, imported, go, records }.sentence(), expected);
        }
    }
}
