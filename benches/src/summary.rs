//! What summaries add to a run: taking the records, sorting, merging, and writing the file.
//!
//! It works on the folder of a run that `sluice run --keep` has left, and calls the steps `import` and `summarise` on it again, on one
//! core: `import` once as it is, and once for the same feed without summaries. The difference is what summaries add to it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sluice_contract::documents::{ImportOutcome, Manifest, RunDocument};
use sluice_contract::steps::{ChunkInput, RunInput};
use sluice_contract::{ByteRange, Phase, RunId, keys};
use sluice_engine::summary::Visit;
use sluice_platform::objects::{ContentType, Existing, FileObjects, Objects};
use sluice_platform::outbound::FileOutbound;
use sluice_platform::run::Runs;
use sluice_platform::sink::{OutputsSink, only};
use sluice_platform::world::MemoryWorld;
use sluice_platform::{Call, clock};

use crate::Error;

/// Measures on the folder of a run.
///
/// # Errors
/// If it is not the folder of a run that was kept, or if a step fails.
pub fn measure(folder: &Path, rounds: usize) -> Result<Value, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(steps(folder, rounds))
}

async fn steps(folder: &Path, rounds: usize) -> Result<Value, Error> {
    let objects = FileObjects::open(folder)?;
    let run = only_run(folder)?;
    let manifest: Manifest = read(&objects, &keys::manifest(&run)).await?;
    let document: RunDocument = read(&objects, &keys::run_document(&run)).await?;
    let without = without_summaries(&document)?;
    let mut times = [const { Vec::new() }; 3];
    // Round 0 is a warm-up and is not measured.
    for round in 0..=rounds {
        write(&objects, &keys::run_document(&run), &without).await?;
        let plain = import(&objects, &run, &manifest).await;
        write(&objects, &keys::run_document(&run), &document).await?;
        let of_round = [plain?, import(&objects, &run, &manifest).await?, summarise(&objects, folder, &run).await?];
        for (times, took) in times.iter_mut().zip(of_round).filter(|_| round > 0) {
            times.push(took.as_secs_f64());
        }
    }
    let (mut shuffled, mut visits) = (0, 0);
    for chunk in &manifest.chunks {
        let outcome: ImportOutcome = read(&objects, &keys::outcome(&run, Phase::Import, chunk.chunk)).await?;
        for entries in &outcome.summaries {
            let bytes = std::fs::read(objects.path(&entries.key)?)?;
            let mut rest = &bytes[..];
            while let Some((_, length)) = Visit::decode(rest) {
                rest = &rest[length..];
                visits += 1;
            }
            shuffled += bytes.len();
        }
    }
    let [import_without, import, summarise] = times;
    Ok(json!({
        "import_without": import_without,
        "import": import,
        "summarise": summarise,
        "shuffled": shuffled,
        "visits": visits,
        "records": manifest.chunks.iter().map(|chunk| chunk.records).sum::<u64>(),
    }))
}

/// Makes the summaries.
async fn summarise(objects: &FileObjects, folder: &Path, run: &RunId) -> Result<Duration, Error> {
    let world = MemoryWorld::new(clock::system);
    let deps = sluice_summarise::Deps {
        objects: Arc::new(objects.clone()),
        outbound: Arc::new(FileOutbound::new(objects, &folder.join("outbound"))),
        runs: Runs::new(Arc::new(objects.clone())),
        ..sluice_summarise::Deps::new(&world)
    };
    std::fs::remove_file(objects.path(&keys::summaries(run))?)?;
    let began = Instant::now();
    sluice_summarise::run(&deps, RunInput { run_id: run.clone() }).await?;
    Ok(began.elapsed())
}

/// Imports all chunks, one after the other.
async fn import(objects: &FileObjects, run: &RunId, manifest: &Manifest) -> Result<Duration, Error> {
    let world = MemoryWorld::new(clock::system);
    let config = sluice_import::Config { in_flight: 1, margin: Duration::ZERO };
    let deps = sluice_import::Deps {
        objects: Arc::new(objects.clone()),
        runs: Runs::new(Arc::new(objects.clone())),
        ..sluice_import::Deps::with_sinks(&world, only(Arc::new(OutputsSink)), config)
    };
    for chunk in &manifest.chunks {
        let _ = std::fs::remove_file(objects.path(&keys::outcome(run, Phase::Import, chunk.chunk))?);
    }
    let began = Instant::now();
    for chunk in &manifest.chunks {
        let (run_id, header) = (run.clone(), ByteRange { start: 0, end: 0 });
        let input = ChunkInput { run_id, attempt: 1, phase: Phase::Import, header, chunk: *chunk };
        if !sluice_import::run(&deps, input, &Call::local()).await?.done {
            return Err("a chunk is not done".into());
        }
    }
    Ok(began.elapsed())
}

/// The run, with a feed that has no summaries.
fn without_summaries(document: &RunDocument) -> Result<RunDocument, Error> {
    let yaml = &document.feed_yaml;
    let start = yaml.find("\nsummarise:").ok_or("the feed has no summaries")? + 1;
    let end = yaml[start..].find("\nvalidate:").ok_or("`validate` does not follow the summaries")? + start + 1;
    Ok(RunDocument { feed_yaml: format!("{}{}", &yaml[..start], &yaml[end..]), ..document.clone() })
}

fn only_run(folder: &Path) -> Result<RunId, Error> {
    let mut found = std::fs::read_dir(folder.join("runs"))?;
    let run = found.next().ok_or("there is no run")??.file_name();
    if found.next().is_some() {
        return Err("there are several runs".into());
    }
    Ok(run.to_string_lossy().parse()?)
}

async fn read<T: serde::de::DeserializeOwned>(objects: &FileObjects, key: &str) -> Result<T, Error> {
    Ok(sluice_platform::documents::read_json(objects, key).await?)
}

async fn write<T: serde::Serialize + Sync>(objects: &FileObjects, key: &str, document: &T) -> Result<(), Error> {
    let bytes = serde_json::to_vec(document)?.into();
    objects.put(key, ContentType::Json, bytes, Existing::Replace).await?;
    Ok(())
}
