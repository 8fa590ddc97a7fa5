//! A test case of a feed: a folder with a file and the expected results.
//!
//! ```text
//! FEEDDIR/<feed>.yaml
//! FEEDDIR/tests/<feed>/<case>/input.*         the file, under any extension
//!                             expected.json   verdict, reasons, tally, rejects by code, omitted records by name
//!                             imported.csv    the records that are imported
//!                             rejects.csv     the records that are not
//!                             summaries/…     the files of the summaries, in their folders
//! ```
//!
//! A result that is not produced, such as `imported.csv` of a rejected file, has no expected file.

use std::collections::BTreeMap;
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

/// The results of every case, beside those of summaries.
const OUTPUTS: [&str; 3] = ["expected.json", keys::IMPORTED_CSV, keys::REJECTS_CSV];

/// The folder of the files of summaries.
const SUMMARIES: &str = "summaries";

/// Replaces the run's id.
const RUN: &str = "RUN";

/// The results of a case that were produced, or that are expected: their texts by name.
pub type Outputs = BTreeMap<String, String>;

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
    /// Imports the file, and returns the results.
    pub async fn run(&self) -> anyhow::Result<Outputs> {
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
            "by_code": report.as_ref().map(|report| &report.by_code),
        });
        if !conclusion.omitted.is_empty() {
            expected["omitted"] = json!(conclusion.omitted);
        }
        let mut outputs = Outputs::from([(OUTPUTS[0].to_owned(), format!("{expected:#}\n"))]);
        let files = [keys::IMPORTED_CSV, keys::REJECTS_CSV];
        let files = files.map(|name| (name.to_owned(), keys::output(&plan.name, &entry.run_id, name)));
        let summaries = report.iter().flat_map(|report| &report.summaries);
        let summaries = summaries.map(|table| (format!("{SUMMARIES}/{}", table.file), table.key.clone()));
        for (name, key) in files.into_iter().chain(summaries) {
            // The run id differs each time, because it depends on the modification time of the file.
            let of_any_run = |text: &str| text.replace(entry.run_id.as_str(), RUN);
            let output = text(&local.objects, &key)?;
            outputs.extend(output.map(|text| (of_any_run(&name), of_any_run(&text))));
        }
        Ok(outputs)
    }

    /// The expected results.
    pub fn expected(&self) -> anyhow::Result<Outputs> {
        let mut expected = Outputs::new();
        for name in self.expected_names()? {
            expected.extend(read(&self.folder.join(&name))?.map(|text| (name, text)));
        }
        Ok(expected)
    }

    /// The names of the files with expected results.
    fn expected_names(&self) -> anyhow::Result<Vec<String>> {
        let mut names: Vec<String> = OUTPUTS.map(str::to_owned).into();
        let mut folders = vec![self.folder.join(SUMMARIES)];
        while let Some(folder) = folders.pop().filter(|folder| folder.is_dir()) {
            for path in entries(&folder)? {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&self.folder).unwrap_or(&path);
                    names.push(
                        name.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"),
                    );
                }
            }
        }
        Ok(names)
    }

    /// Writes the expected results, and removes those that are expected no more.
    pub fn update(&self, outputs: &Outputs) -> anyhow::Result<()> {
        for name in self.expected_names()?.iter().filter(|name| !outputs.contains_key(*name)) {
            let path = self.folder.join(name);
            if path.exists() {
                std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
            }
        }
        for (name, text) in outputs {
            let path = self.folder.join(name);
            let folder = path.parent().unwrap_or(&self.folder);
            let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
            written.with_context(|| format!("writing {}", path.display()))?;
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
