//! A test case of a feed: a folder with a file and the expected results.
//!
//! ```text
//! FEEDDIR/<feed>.yaml
//! FEEDDIR/tests/<feed>/<case>/input.*         the file, under any extension
//!                             expected.json   verdict, reasons, tally, rejects by code, omitted records by name
//!                             imported.csv    the records that are imported
//!                             rejects.csv     the records that are not
//! ```
//!
//! A result that is not produced, such as `imported.csv` of a rejected file, has no expected file.

use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use serde_json::json;
use sluice_contract::keys;
use sluice_platform::objects::FileObjects;

use crate::args::{DEFAULT_CHUNK_BYTES, DEFAULT_MAX_RECORD_BYTES};
use crate::ending::misused;
use crate::run::{Limits, Once, Ran};
use crate::screen::Screen;

/// The clock of every case: 2026-01-01T00:00:00Z, so that dates relative to today give the same results every
/// day.
const AS_OF: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// The results that are compared.
pub const OUTPUTS: [&str; 3] = ["expected.json", keys::IMPORTED_CSV, keys::REJECTS_CSV];

/// Replaces the run's id.
const RUN: &str = "RUN";

/// A test case of a feed.
pub struct Case {
    /// The feed.
    pub feed: PathBuf,
    /// The folder.
    pub folder: PathBuf,
    /// The file that is imported.
    pub input: PathBuf,
}

/// The cases of all feeds of a folder, sorted by name.
pub fn cases(folder: &Path) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    let tests = folder.join("tests");
    if !tests.is_dir() {
        return Ok(cases);
    }
    for tested in folders(&tests)? {
        let name = tested.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let feed = folder.join(format!("{name}.yaml"));
        if !feed.is_file() {
            let (tested, feed) = (tested.display(), feed.display());
            return Err(misused(format!("{tested} contains cases, but there is no feed {feed}")));
        }
        for folder in folders(&tested)? {
            let inputs: Vec<PathBuf> = entries(&folder)?.into_iter().filter(|path| is_input(path)).collect();
            let [input] = &inputs[..] else {
                let (folder, found) = (folder.display(), inputs.len());
                return Err(misused(format!("{folder} contains {found} files input.*; a case has exactly one")));
            };
            cases.push(Case { feed: feed.clone(), input: input.clone(), folder });
        }
    }
    Ok(cases)
}

fn is_input(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("input."))
}

fn folders(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    Ok(entries(path)?.into_iter().filter(|path| path.is_dir()).collect())
}

fn entries(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let reading = || format!("reading {}", path.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).with_context(reading)? {
        entries.push(entry.with_context(reading)?.path());
    }
    entries.sort();
    Ok(entries)
}

impl Case {
    /// Imports the file, and returns the results in the order of [`OUTPUTS`].
    pub async fn run(&self) -> anyhow::Result<[Option<String>; 3]> {
        let out = tempfile::tempdir().context("making a folder for the case")?;
        let once = Once {
            file: &self.input,
            feed: &self.feed,
            out: out.path(),
            limits: Limits { chunk_bytes: DEFAULT_CHUNK_BYTES.get(), max_record_bytes: DEFAULT_MAX_RECORD_BYTES },
            dry_run: false,
            keep: false,
        };
        let Ran { plan, local, entry, report } = once.import(|| AS_OF, &Silent).await?;
        let conclusion = entry.conclusion.as_ref().context("the ledger has no conclusion")?;
        let reasons: Vec<String> = conclusion.reasons.iter().map(ToString::to_string).collect();
        let mut expected = json!({
            "verdict": conclusion.verdict,
            "reasons": reasons,
            "tally": conclusion.tally,
            "by_code": report.map(|report| report.by_code),
        });
        if !conclusion.omitted.is_empty() {
            expected["omitted"] = json!(conclusion.omitted);
        }
        // The run id differs each time, because it depends on the modification time of the file.
        let output = |name: &str| -> anyhow::Result<_> {
            let text = text(&local.objects, &keys::output(&plan.name, &entry.run_id, name))?;
            Ok(text.map(|text| text.replace(entry.run_id.as_str(), RUN)))
        };
        Ok([Some(format!("{expected:#}\n")), output(keys::IMPORTED_CSV)?, output(keys::REJECTS_CSV)?])
    }

    /// The expected results, in the order of [`OUTPUTS`].
    pub fn expected(&self) -> anyhow::Result<[Option<String>; 3]> {
        let [a, b, c] = OUTPUTS.map(|name| read(&self.folder.join(name)));
        Ok([a?, b?, c?])
    }

    /// Writes the expected results.
    pub fn update(&self, outputs: &[Option<String>; 3]) -> anyhow::Result<()> {
        for (name, output) in OUTPUTS.iter().zip(outputs) {
            let path = self.folder.join(name);
            match output {
                Some(text) => std::fs::write(&path, text),
                None if path.exists() => std::fs::remove_file(&path),
                None => Ok(()),
            }
            .with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }
}

fn text(objects: &FileObjects, key: &str) -> anyhow::Result<Option<String>> {
    read(&objects.path(key)?)
}

fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read(path) {
        // Imported records are UTF-8; rejects show other bytes as marks.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// A display that shows nothing.
struct Silent;

impl Screen for Silent {
    fn line(&self, _: &str) {}
    fn bar(&self, _: &str, _: u64, _: u64) {}
    fn clear(&self) {}
}
