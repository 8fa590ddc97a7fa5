//! Removes files that a lasting folder does not keep.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;
use sluice_contract::{RunId, keys};
use sluice_platform::objects::UNFINISHED;

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
}
