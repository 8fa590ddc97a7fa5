//! The lock on a folder: at most one `sluice` works in it.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use anyhow::Context;

use crate::ending::refused;

/// The name of the lock file.
const LOCK: &str = ".lock";

/// The lock on a folder, held until this is dropped or the process dies. The operating system releases the lock of a dead
/// process, so a kill blocks nobody, and no timeout is needed.
pub struct Hold {
    _lock: File,
}

impl Hold {
    /// Locks a folder, which is created if needed. Other processes are shown `doing`, such as `sluice run a.csv`.
    ///
    /// # Errors
    /// If another process holds the lock, or the file system fails.
    pub fn take(folder: &Path, doing: &str) -> anyhow::Result<Self> {
        let path = folder.join(LOCK);
        let using = || format!("using {}", path.display());
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.with_context(using)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).with_context(using)?;
                let folder = folder.display();
                return Err(refused(format!(
                    "{folder} is in use by {holder}: one process at a time works in a folder. Wait until that one has ended"
                )));
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(using),
        }
        file.set_len(0).with_context(using)?;
        write!(file, "{doing} (process {})", std::process::id()).with_context(using)?;
        Ok(Self { _lock: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ending::Ending;

    #[test]
    fn a_folder_has_one_holder_who_is_named_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("made");
        let first = Hold::take(&folder, "sluice run a.csv").unwrap();
        let refused = Hold::take(&folder, "sluice run b.csv").err().unwrap();
        assert_eq!(Ending::of_error(&refused), Ending::Refused);
        let expected = format!("is in use by sluice run a.csv (process {}):", std::process::id());
        assert!(refused.to_string().contains(&expected), "{refused}");
        drop(first);
        let _second = Hold::take(&folder, "x").unwrap();
        let refused = Hold::take(&folder, "y").err().unwrap().to_string();
        assert!(refused.contains("in use by x (process"), "{refused}");
    }
}
