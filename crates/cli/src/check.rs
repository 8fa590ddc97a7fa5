//! `sluice check`: what a deployed stack would find in a file before it writes anything.
//!
//! It runs the pipeline's own steps up to the gate in a temporary folder, with chunks in parallel on all
//! cores, and then prints the results as a stream. So it gives the pipeline's answer, and the memory does not
//! grow with the file.

mod excerpt;
mod expected;
mod feed;
mod finding;
mod fix;
mod gate;
mod printer;
mod references;
mod rows;
mod secret;
mod source;
mod summary;
mod text;
mod visible;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use sluice_contract::documents::{GateDocument, Manifest};
use sluice_contract::keys;
use sluice_engine::Code;
use sluice_pipeline::Execution;
use sluice_platform::World;
use sluice_platform::documents::read_json;

use self::feed::Written;
use self::finding::{Cells, Finder, Level};
use self::printer::Printer;
use self::source::File;
use self::summary::Summary;
use crate::args::CheckArgs;
use crate::cores::{self, Cores};
use crate::ending::Ending;
use crate::feed::{Loaded, load};
use crate::interrupt::unless_interrupted;
use crate::local::{Lasting, Leftovers, Local};
use crate::run::Limits;
use crate::screen::Aside;

/// Maximum target size of a chunk: 8 MiB, as in `sluice run`.
const MAX_CHUNK_BYTES: u64 = 8 * 1024 * 1024;

/// Minimum target size of a chunk: 256 KiB. Below that, starting a chunk takes longer than processing it.
const MIN_CHUNK_BYTES: u64 = 256 * 1024;

/// Minimum number of chunks per core, so that none waits long for another at the end: at most an eighth of its work.
const CHUNKS_PER_CORE: u64 = 8;

/// Checks the file.
pub async fn check(args: &CheckArgs) -> anyhow::Result<Ending> {
    let feed = load(&args.feed)?;
    let folder = tempfile::Builder::new().prefix("sluice-check-").tempdir().context("making a temporary folder")?;
    // The folder is removed when this function returns, also after an interrupt.
    let Some(ending) = unless_interrupted(work(args, &feed, folder.path())).await else {
        eprintln!("interrupted: nothing was written");
        return Ok(Ending::Interrupted);
    };
    ending
}

async fn work(args: &CheckArgs, feed: &Loaded, folder: &Path) -> anyhow::Result<Ending> {
    let name = args.file.display().to_string();
    let mut printer = Printer::new(args.format, &name)?;
    let (mut local, upload) =
        Local::once(folder, &feed.plan.name, &args.file, true, sluice_platform::clock::system).await?;
    if let Some(lasting) = &args.into {
        local = local.over(&Lasting::look(lasting)?).await?;
    }
    local.put_feed(&feed.plan.name, &feed.feed).await?;
    let chunk_bytes = upload.bytes() / (cores::count() as u64 * CHUNKS_PER_CORE);
    let chunk_bytes = chunk_bytes.clamp(MIN_CHUNK_BYTES, MAX_CHUNK_BYTES);
    let mut steps = local.steps(Limits { chunk_bytes, max_record_bytes: args.max_record_bytes });
    if args.into.is_none() {
        steps.validate.references = Arc::new(references::NotChecked);
        steps.gate.references = Arc::new(references::NotChecked);
    }
    let answer = sluice_intake::run(&steps.intake, upload.event()?).await?;
    if answer.done != sluice_intake::Done::Started {
        let entry = local.ledger().get(&upload.run).await?.context("the run is not in the ledger")?;
        let reasons = entry.conclusion.map(|conclusion| conclusion.reasons).unwrap_or_default();
        return printer.end(&Summary::refused(&name, &reasons));
    }

    let screen = Aside::new();
    // Only what the gate rejects is read again from the valid records.
    let leftovers = Leftovers::new(&local.objects, &upload.run);
    let leftovers = if gate::may_reject(&feed.plan) { leftovers } else { leftovers.of_check() };
    let cores = Cores::new(steps, &screen).removing(Some(leftovers));
    let execution = Execution { caller: &cores, run: &upload.run, name: upload.run.as_str() };
    if let Err(failed) = execution.check().await {
        bail!("the check could not be done: {failed}");
    }

    let manifest: Manifest = read_json(&local.objects, &keys::manifest(&upload.run)).await?;
    let gate: GateDocument = read_json(&local.objects, &keys::gate(&upload.run)).await?;
    let run = local.runs().load(&upload.run).await?;
    let file = File { objects: &local.objects, rejects: &local.rejects, run, manifest: &manifest };
    let mut summary = Summary::new(&name, &manifest, &gate);
    if args.into.is_none() {
        summary.references = references::tables(&feed.plan);
    }
    list(args, feed, &file, &mut printer, &mut summary).await?;
    local.confirm(&upload).await?;
    printer.end(&summary)
}

/// Lists the findings up to the limit, and counts all of them.
async fn list(
    args: &CheckArgs,
    feed: &Loaded,
    file: &File<'_>,
    printer: &mut Printer,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let (limit, rejected) = (args.limit(), summary.rejected);
    let written = Written::new(feed.spec.clone(), &args.feed);
    let header = file.header().await?;
    let plan = &file.run.plan;
    let columns = || plan.source.columns.clone().unwrap_or_default();
    let labels = header.as_ref().map_or_else(columns, |header| header.labels.clone());
    let cells = match &plan.source.fixed {
        Some(layout) => Cells::Fixed(Arc::clone(layout)),
        None if plan.json.is_some() => Cells::Json,
        None => Cells::Of(plan.dialect),
    };
    let finder = Finder::new(&written, cells, file.run.text()?, labels);
    let place = header.as_ref().map(source::Header::place);

    for problem in &file.manifest.problems {
        summary.count(problem);
        if summary.listed < limit {
            summary.listed += 1;
            printer.finding(&finder.find(Level::Error, problem, place))?;
        }
    }
    // A cause that all records share is reported once, in a note, unless all problems are listed.
    let uneven = |code: Code| {
        let noted = file.manifest.notes.iter().any(|note| note.code == code);
        noted && limit < u64::MAX && matches!(code, Code::ExtraCell | Code::MissingCell)
    };
    let chunks = if rejected == 0 { &[][..] } else { &file.manifest.chunks };
    for chunk in chunks {
        let mut rejected = file.rejected(chunk).await?;
        while let Some(entry) = rejected.next().await? {
            for problem in &entry.problems {
                summary.count(problem);
                // The record that is wrong is listed, and not those that are rejected with it.
                let goes_along = limit < u64::MAX && problem.code == Code::ItemRejected;
                if summary.listed < limit && !uneven(problem.code) && !goes_along {
                    summary.listed += 1;
                    let place = rejected.place(&entry).await?;
                    printer.finding(&finder.find(Level::Error, problem, Some(place)))?;
                }
            }
        }
    }
    for note in &file.manifest.notes {
        summary.notes += 1;
        if summary.notes_listed < limit {
            summary.notes_listed += 1;
            printer.finding(&finder.find(Level::Note, note, place))?;
        }
    }
    Ok(())
}
