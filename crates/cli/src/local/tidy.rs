//! Removes files that a lasting folder does not keep.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;
use sluice_contract::documents::CheckOutcome;
use sluice_contract::{ChunkNo, Phase, RunId, keys};
use sluice_pipeline::Site;
use sluice_platform::documents::read_json;
use sluice_platform::objects::{FileObjects, Objects, UNFINISHED};

/// Removes the intermediate files of a run that has ended and will not be resumed.
pub fn intermediates(folder: &Path, run: &RunId) -> anyhow::Result<()> {
    let left = folder.join(keys::intermediates(run));
    let entries = match std::fs::read_dir(&left) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("listing {}", left.display())),
    };
    for entry in entries {
        let path = entry.with_context(|| format!("listing {}", left.display()))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if keys::KEPT.contains(&name) {
            continue;
        }
        let removed = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.with_context(|| format!("removing {}", path.display()))?;
    }
    Ok(())
}

/// Intermediate files that are removed while the run is going on, each as soon as no step reads it any more, also if the
/// run is resumed: the outcome of a chunk takes the place of the files from which it was made, and the gate's decision
/// that of the hashes.
pub struct Leftovers {
    objects: FileObjects,
    run: RunId,
    /// Whether valid records are not needed either, because nothing will be imported.
    checks_only: bool,
}

impl Leftovers {
    /// What a run in this folder leaves.
    pub fn new(objects: &FileObjects, run: &RunId) -> Self {
        Self { objects: objects.clone(), run: run.clone(), checks_only: false }
    }

    /// What a check leaves that nobody follows with an import.
    pub fn of_check(self) -> Self {
        Self { checks_only: true, ..self }
    }

    /// Removes what is not needed after a call. A file that cannot be removed only takes room.
    pub async fn after(&self, site: Site) {
        let chunk = ChunkNo(site.item);
        match site.state {
            "Validate" => {
                self.remove(&keys::restructured(&self.run, chunk));
                if self.checks_only {
                    self.remove_valid(chunk).await;
                }
            }
            "Gate" => {
                for of_gate in [
                    keys::settled_hashes(&self.run, chunk, ""),
                    keys::key_hashes(&self.run, chunk, ""),
                    keys::merged_hashes(&self.run, 0),
                    keys::settled_references(&self.run, chunk, ""),
                    keys::references(&self.run, chunk, ""),
                ] {
                    if let Some(folder) = self.objects.path(&of_gate).ok().as_deref().and_then(Path::parent) {
                        let _ = std::fs::remove_dir_all(folder);
                    }
                }
            }
            "Import" => {
                let outcome = keys::outcome(&self.run, Phase::Import, chunk);
                if self.objects.head(&outcome).await.is_ok_and(|found| found.is_some()) {
                    self.remove_valid(chunk).await;
                }
            }
            _ => {}
        }
    }

    /// Removes the valid records of a chunk.
    async fn remove_valid(&self, chunk: ChunkNo) {
        let outcome = keys::outcome(&self.run, Phase::Check, chunk);
        if let Ok(outcome) = read_json::<CheckOutcome>(&self.objects, &outcome).await {
            for part in outcome.valid_parts().into_iter().filter(|part| part.records > 0) {
                self.remove(&part.key);
            }
        }
    }

    fn remove(&self, key: &str) {
        if let Ok(path) = self.objects.path(key) {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Removes the unfinished files of killed processes.
pub fn unfinished(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(UNFINISHED);
    match std::fs::remove_dir_all(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repairs_and_lists_read_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let write = |key: &str| {
            let path = folder.path().join(key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        };
        let kept =
            [keys::run_document(&run), keys::manifest(&run), keys::tally(&run), format!("runs/{run}/rejects/1.jsonl")];
        let chunk = sluice_contract::ChunkNo(1);
        let gone = [
            keys::source_text(&run),
            keys::restructured(&run, chunk),
            keys::settled(&run, chunk, "call"),
            keys::valid(&run, chunk, "call"),
        ];
        kept.iter().chain(&gone).for_each(|key| write(key));
        intermediates(folder.path(), &run).unwrap();
        intermediates(folder.path(), &run).unwrap();
        assert!(kept.iter().all(|key| folder.path().join(key).exists()));
        assert!(gone.iter().all(|key| !folder.path().join(key).exists()));
        intermediates(folder.path(), &"products-999999999999999999999999".parse().unwrap()).unwrap();
    }

    #[tokio::test]
    async fn what_no_step_reads_any_more_is_removed_while_the_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let objects = FileObjects::open(folder.path()).unwrap();
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let chunk = ChunkNo(1);
        let outcome = |phase| keys::outcome(&run, phase, chunk);
        let (restructured, settled, valid) =
            (keys::restructured(&run, chunk), keys::settled(&run, chunk, "call"), keys::valid(&run, chunk, "call"));
        let hashes = [keys::settled_hashes(&run, chunk, "call"), keys::key_hashes(&run, chunk, "call")];
        let part =
            |key: &str| serde_json::json!({"key": key, "header_bytes": 0, "bytes": 1, "records": 1, "crc64nvme": ""});
        let checked = serde_json::json!({
            "version": 1, "run_id": run, "chunk": 1, "first_record": 1, "read": 0, "valid": 0, "rejected": 0, "by_code": {},
            "settled": {"rows": part(&settled), "keys": {"key": hashes[0], "blocks": []}},
            "accepted": part(&valid), "keys": {"key": hashes[1], "blocks": []}, "rejects": part(""),
            "usage": {"invocations": 1, "mb_ms": 1, "writes": 0},
        });
        let write = |key: &str, text: &str| {
            let path = objects.path(key).unwrap();
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let begin = || {
            for key in [&restructured, &settled, &valid].into_iter().chain(&hashes) {
                write(key, "");
            }
            write(&outcome(Phase::Check), &checked.to_string());
        };
        let exists = |key: &String| objects.path(key).unwrap().exists();
        let left = || {
            let (settled, of_settled) = (exists(&settled), exists(&hashes[0]));
            assert_eq!((settled, of_settled), (exists(&valid), exists(&hashes[1])));
            [exists(&restructured), settled, of_settled]
        };

        begin();
        let leftovers = Leftovers::new(&objects, &run);
        for (site, expected) in [
            (Site::item("Restructure", 1), [true, true, true]),
            (Site::item("Validate", 2), [true, true, true]),
            (Site::item("Validate", 1), [false, true, true]),
            (Site::of("Gate"), [false, true, false]),
            // Its outcome is not written yet: the importer will be called again.
            (Site::item("Import", 1), [false, true, false]),
        ] {
            leftovers.after(site).await;
            assert_eq!(left(), expected, "{site}");
        }
        write(&outcome(Phase::Import), "{}");
        leftovers.after(Site::item("Import", 1)).await;
        assert_eq!(left(), [false; 3]);

        begin();
        leftovers.of_check().after(Site::item("Validate", 1)).await;
        assert_eq!(left(), [false, false, true]);
    }
}
