//! `sluice rejects`: lists the rejects of a run and their current state.
//!
//! The reject files are the source of truth: `rejects.csv` of a merged run, otherwise the files that its
//! chunks have written so far. The index knows the state of each reject. Both are read as a stream: memory
//! holds one row, and the index entries of a thousand records.

mod again;
mod files;
mod states;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sluice_engine::Code;
use sluice_engine::record::Record;
use sluice_engine::reject::{COLUMNS, unguard};
use sluice_engine::report::Report;
use sluice_platform::objects::{FileObjects, Objects};
use sluice_platform::records::Records;
use sluice_platform::rejects::{FileRejects, RejectState, Rejects};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};

use self::again::Again;
use self::files::RejectFiles;
use self::states::{States, codes};
use crate::args::RejectsArgs;
use crate::ending::{Ending, misused};
use crate::place::{Place, name_place};
use crate::print::printable;
use crate::screen::say;

/// Lists the rejects of a run, or writes them to a file.
pub async fn rejects(args: &RejectsArgs) -> anyhow::Result<Ending> {
    match &args.out {
        Some(folder) if folder.is_dir() => {
            let objects = FileObjects::open(folder)?;
            list(args, &objects, &FileRejects::new(folder.join("runs"))).await
        }
        Some(folder) => Err(misused(format!("{} is not a folder", folder.display()))),
        None => {
            let place = Place::look(&args.place).await?;
            list(args, &*place.world().objects(), &*place.world().rejects()).await
        }
    }
}

async fn list(args: &RejectsArgs, objects: &dyn Objects, index: &dyn Rejects) -> anyhow::Result<Ending> {
    let found = files::find(objects, &args.run).await?;
    let mut states = States::new(index, &args.run);
    let mut export = Export::create(args.export.as_deref()).await?;
    let mut counts = Counts::default();
    let mut again = Again::default();
    for key in &found.keys {
        let mut rows = Records::canonical(objects, key).await?;
        if !rows.advance().await? {
            bail!("{key} is empty, so it is not a file of rejects");
        }
        export.header(rows.record().raw)?;
        while rows.advance().await? {
            let row =
                Row::read(&rows.record()).with_context(|| format!("{key} holds a row that is not of a reject file"))?;
            let entry = states.of(row.record).await?;
            let state = entry.map_or(RejectState::Open, |entry| entry.state);
            counts.add(state);
            if let Some(by) = entry.and_then(|entry| entry.closed_by.as_ref()) {
                again.add(by);
            }
            let of_code = args.code.is_none_or(|code| codes(entry, &row.errors).contains(&code.as_str()));
            if !of_code || (state == RejectState::Closed && !args.all) {
                continue;
            }
            counts.listed += 1;
            if args.export.is_some() {
                export.row(rows.record().raw).await?;
            } else {
                let by = entry.and_then(|entry| entry.closed_by.as_ref());
                let by = by.map(|run| format!(" by {run}")).unwrap_or_default();
                let Row { record, line, errors } = &row;
                say(&format!("record {record}, line {line}, {}{by}: {}", state.as_str(), printable(errors)));
            }
        }
    }
    let written = export.finish().await?;
    say(&summary(args, &found, &counts, written.as_deref()));
    for sentence in again.sentences(objects, index).await? {
        say(&name_place(&format!("{sentence}."), &args.place));
    }
    if found.unchecked + found.unimported > 0 {
        why(again::report(objects, &args.run).await?.as_ref());
    }
    Ok(Ending::Good)
}

/// Prints why a run was not merged and what to do, if its last report says so.
fn why(report: Option<&Report>) {
    let Some((report, failure)) = report.and_then(|report| Some((report, report.failure.as_ref()?))) else { return };
    let execution = [Some(&failure.status), failure.error.as_ref(), failure.cause.as_ref()].into_iter().flatten();
    say(&printable(&format!("Attempt {} ended {}", report.attempt, execution.cloned().collect::<Vec<_>>().join(": "))));
    for sentence in failure.why().chain(report.advice.iter().cloned()) {
        say(&format!("  {}", printable(&sentence)));
    }
}

/// A summary in a few sentences.
fn summary(args: &RejectsArgs, found: &RejectFiles, counts: &Counts, written: Option<&Path>) -> String {
    let Counts { open, closed, exhausted, listed } = counts;
    let total = open + closed + exhausted;
    let mut text = format!("{total} rejects: {open} open, {closed} closed, {exhausted} exhausted; {listed} ");
    text.push_str(&match written {
        Some(path) => format!("written to {}", path.display()),
        None if args.export.is_some() => "to be written: no file is made".to_owned(),
        None => "listed".to_owned(),
    });
    if let Some(code) = args.code {
        text.push_str(&format!(", with the code {code}"));
    }
    if !args.all && *closed > 0 {
        text.push_str(", without closed ones (--all includes them)");
    }
    if found.unchecked + found.unimported > 0 {
        let RejectFiles { chunks, unchecked, unimported, .. } = found;
        text.push_str(&format!(
            "\nThe run was not merged: of {chunks} chunks, {unchecked} were not checked and {unimported} were not imported \
             to the end"
        ));
    }
    text + "."
}

/// The number of rejects in each state, and of those listed.
#[derive(Default)]
struct Counts {
    open: u64,
    closed: u64,
    exhausted: u64,
    listed: u64,
}

impl Counts {
    fn add(&mut self, state: RejectState) {
        *match state {
            RejectState::Open => &mut self.open,
            RejectState::Closed => &mut self.closed,
            RejectState::Exhausted => &mut self.exhausted,
        } += 1;
    }
}

/// The displayed parts of a row.
struct Row {
    record: u64,
    line: u64,
    errors: String,
}

impl Row {
    fn read(row: &Record<'_>) -> anyhow::Result<Self> {
        // Our columns are the last ones.
        let own = row.len().checked_sub(COLUMNS.len()).context("it has too few cells")?;
        let cell = |column: usize| String::from_utf8_lossy(row.get(own + column).unwrap_or_default()).into_owned();
        let number = |column: usize| cell(column).parse().context("a cell that should be a number is not one");
        Ok(Self { record: number(1)?, line: number(2)?, errors: unguard(&cell(3)).to_owned() })
    }
}

/// The file to which rejects are exported. It is created with the first row.
struct Export<'a> {
    path: Option<&'a Path>,
    header: Vec<u8>,
    file: Option<BufWriter<File>>,
}

impl<'a> Export<'a> {
    /// An existing file is kept.
    async fn create(path: Option<&'a Path>) -> anyhow::Result<Self> {
        if let Some(path) = path
            && tokio::fs::try_exists(path).await?
        {
            return Err(misused(format!("{} exists and is not overwritten", path.display())));
        }
        Ok(Self { path, header: Vec::new(), file: None })
    }

    /// Takes the header of a reject file; all files of a run must have the same one.
    fn header(&mut self, header: &[u8]) -> anyhow::Result<()> {
        if self.file.is_some() && self.header != header {
            bail!("the reject files of the run have different columns");
        }
        self.header = header.to_vec();
        Ok(())
    }

    async fn row(&mut self, row: &[u8]) -> anyhow::Result<()> {
        let Some(path) = self.path else { return Ok(()) };
        let writing = || format!("writing {}", path.display());
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let file = File::options().write(true).create_new(true).open(path).await.with_context(writing)?;
                let file = none.insert(BufWriter::new(file));
                file.write_all(&self.header).await.with_context(writing)?;
                file.write_all(b"\n").await.with_context(writing)?;
                file
            }
        };
        file.write_all(row).await.with_context(writing)?;
        file.write_all(b"\n").await.with_context(writing)
    }

    /// Completes the file, and returns its path if one was created.
    async fn finish(mut self) -> anyhow::Result<Option<PathBuf>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        file.flush().await?;
        Ok(self.path.map(Path::to_owned))
    }
}

/// Parses the name of a code.
pub fn code(text: &str) -> Result<Code, String> {
    Code::of(text).ok_or_else(|| "not a code of the catalogue (docs/rules.md)".to_owned())
}
