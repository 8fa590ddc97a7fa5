//! A folder in which a file appears whole or not at all.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{io, is_missing};
use crate::Fault;

/// The folder of unfinished files. It is inside the root, so that a file can be renamed to its place. Nobody needs the
/// files that a killed process left there.
pub const UNFINISHED: &str = ".unfinished";

/// A folder in which a file appears whole or not at all.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Numbers the unfinished files, so that two writers of one key use different files.
    next: Arc<AtomicU64>,
}

impl Folder {
    /// Opens a folder, which is created if it does not exist.
    pub(super) fn open(root: PathBuf) -> Result<Self, Fault> {
        std::fs::create_dir_all(root.join(UNFINISHED)).map_err(|error| Fault::Misconfigured {
            what: format!("make the folder {}", root.display()),
            source: Box::new(error),
        })?;
        Ok(Self { root, next: Arc::default() })
    }

    /// Whether a file is in this folder. Its path must be canonical.
    pub(super) fn holds(&self, file: &Path) -> bool {
        self.root.canonicalize().is_ok_and(|root| file.starts_with(root))
    }

    /// The path of a key.
    pub(super) fn path(&self, key: &str) -> Result<PathBuf, Fault> {
        let inside = Path::new(key).components().all(|part| matches!(part, Component::Normal(_)));
        if key.is_empty() || key.ends_with('/') || !inside {
            return Err(Fault::Misconfigured {
                what: format!("keep object {key:?} in {}", self.root.display()),
                source: "its key is not a path in that folder".into(),
            });
        }
        Ok(self.root.join(key))
    }

    /// The keys with this prefix, sorted.
    pub(super) fn list(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let root = if folder.is_empty() { self.root.clone() } else { self.path(folder)? };
        let mut keys = Vec::new();
        let mut folders = vec![(root, folder.to_owned())];
        while let Some((path, folder)) = folders.pop() {
            let entries = match std::fs::read_dir(&path) {
                Err(error) if is_missing(&error) => continue,
                entries => entries.map_err(|error| io("list", &folder, error))?,
            };
            for entry in entries {
                let entry = entry.map_err(|error| io("list", &folder, error))?;
                // Every key is text.
                let Ok(name) = entry.file_name().into_string() else { continue };
                let key = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                let is_folder = entry.file_type().map_err(|error| io("look at", &key, error))?.is_dir();
                if is_folder && key != UNFINISHED {
                    folders.push((entry.path(), key));
                } else if !is_folder && key.starts_with(prefix) {
                    keys.push(key);
                }
            }
        }
        keys.sort();
        Ok(keys)
    }

    /// The path of a key, after creating the folder that contains it.
    fn place(&self, key: &str) -> Result<PathBuf, Fault> {
        let target = self.path(key)?;
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(|error| io("make the folder of", key, error))?;
        }
        Ok(target)
    }

    /// Makes a key a hard link to a file, unless the key is taken.
    pub(super) fn link(&self, file: &Path, key: &str) -> Result<(), Fault> {
        match std::fs::hard_link(file, self.place(key)?) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(io("write", key, error)),
            _ => Ok(()),
        }
    }

    /// Begins an unfinished file for a key.
    pub(super) fn begin(&self, key: &str) -> Result<Unfinished, Fault> {
        let target = self.place(key)?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join(UNFINISHED).join(format!("{}-{number}", std::process::id()));
        Ok(Unfinished { key: key.to_owned(), path, target })
    }
}

/// A file that does not have its final name yet. If it is dropped before, it is removed.
#[derive(Debug)]
pub(super) struct Unfinished {
    key: String,
    path: PathBuf,
    target: PathBuf,
}

impl Unfinished {
    /// Its future key.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Its path until it is published.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its final name, and replaces an existing file.
    pub(super) fn publish(self) -> Result<(), Fault> {
        std::fs::rename(&self.path, &self.target).map_err(|error| io("write", &self.key, error))
    }

    /// Gives it its final name unless that is taken; returns whether it did. A hard link is created or refused in one
    /// step, and its file is complete. Creating the target first would show an empty file, and renaming would replace
    /// one.
    pub(super) fn publish_once(self) -> Result<bool, Fault> {
        match std::fs::hard_link(&self.path, &self.target) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(io("write", &self.key, error)),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a rename there is nothing to remove. A file that cannot be removed does no harm here.
        let _ = std::fs::remove_file(&self.path);
    }
}
