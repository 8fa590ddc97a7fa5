//! The reject files of a run.

use anyhow::Context;
use sluice_contract::documents::{CheckOutcome, ImportOutcome, Manifest, Part, Progress, RunDocument, TallyDocument};
use sluice_contract::{Phase, RunId, keys};
use sluice_platform::documents::find_json;
use sluice_platform::objects::Objects;

use crate::ending::refused;

/// The reject files of a run.
#[derive(Default)]
pub struct RejectFiles {
    /// Their keys: the merged file; otherwise in the order of the chunks, with the rejects of checking before
    /// those of importing.
    pub keys: Vec<String>,
    /// The number of chunks of a run that was not merged.
    pub chunks: usize,
    /// How many of them were not checked.
    pub unchecked: usize,
    /// How many of them were not imported to the end.
    pub unimported: usize,
}

/// Finds the reject files of a run.
///
/// # Errors
/// If the run does not exist or its file has not been read yet, or if reading fails.
pub async fn find(objects: &dyn Objects, run: &RunId) -> anyhow::Result<RejectFiles> {
    let mut found = RejectFiles::default();
    if let Some(tally) = find_json::<TallyDocument>(objects, &keys::tally(run)).await? {
        found.keys.extend(key(tally.rejects));
        return Ok(found);
    }
    if let Some(key) = kept(objects, run).await? {
        found.keys.push(key);
        return Ok(found);
    }
    let Some(manifest) = find_json::<Manifest>(objects, &keys::manifest(run)).await? else {
        if find_json::<RunDocument>(objects, &keys::run_document(run)).await?.is_some() {
            return Err(refused(format!("the file of the run {run} has not been read yet: it has no rejects so far")));
        }
        return Err(refused(format!("there is no run {run} here, or its files have expired")));
    };
    found.chunks = manifest.chunks.len();
    for chunk in &manifest.chunks {
        let outcome = |phase| keys::outcome(run, phase, chunk.chunk);
        match find_json::<CheckOutcome>(objects, &outcome(Phase::Check)).await? {
            Some(checked) => found.keys.extend(key(checked.rejects)),
            None => found.unchecked += 1,
        }
        let imported = match find_json::<ImportOutcome>(objects, &outcome(Phase::Import)).await? {
            Some(imported) => Some(imported),
            None => {
                found.unimported += 1;
                let progress = find_json::<Progress>(objects, &keys::progress(run, chunk.chunk)).await?;
                progress.map(|progress| progress.outcome)
            }
        };
        found.keys.extend(imported.into_iter().flat_map(|imported| imported.rejects).filter_map(key));
    }
    Ok(found)
}

/// The merged file of a run whose intermediate files have expired.
async fn kept(objects: &dyn Objects, run: &RunId) -> anyhow::Result<Option<String>> {
    let (feed, _) = run.as_str().rsplit_once('-').context("a run's id begins with its feed")?;
    let key = keys::output(&feed.parse()?, run, keys::REJECTS_CSV);
    let manifest = objects.head(&keys::manifest(run)).await?;
    Ok(if manifest.is_none() && objects.head(&key).await?.is_some() { Some(key) } else { None })
}

fn key(part: Part) -> Option<String> {
    (part.records > 0).then_some(part.key)
}
