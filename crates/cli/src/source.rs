//! The source of `sluice run`: a file, or the standard input.

use std::fmt;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;
use tokio::fs::File;

use crate::args::readable_file;
use crate::ending::misused;

/// A file, or the standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// The standard input.
    StandardInput,
}

/// Parses a source: `-` is the standard input.
pub fn source(text: &str) -> Result<Source, String> {
    if text == "-" { Ok(Source::StandardInput) } else { readable_file(text).map(Source::File) }
}

/// Parses the file name for the standard input, which must not contain folders.
pub fn file_name(text: &str) -> Result<String, String> {
    let is_one = !matches!(text, "" | "." | "..") && !text.contains(['/', '\\']);
    if is_one { Ok(text.to_owned()) } else { Err("not the name of a file".to_owned()) }
}

impl Source {
    /// The name of the file; for the standard input, the given name.
    pub fn name<'a>(&'a self, given: &'a str) -> anyhow::Result<&'a str> {
        match self {
            Self::File(path) => path
                .file_name()
                .and_then(|name| name.to_str())
                .ok_or_else(|| misused(format!("the name of {} is not text", path.display()))),
            Self::StandardInput => Ok(given),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::StandardInput => f.write_str("the standard input"),
        }
    }
}

/// Opens the standard input so that dropping it does not wait for a read in progress.
pub fn standard_input() -> anyhow::Result<File> {
    let descriptor = std::io::stdin().as_fd().try_clone_to_owned().context("opening the standard input")?;
    Ok(File::from_std(descriptor.into()))
}

/// The content of the standard input as a file in a temporary folder, which is removed when this is dropped.
pub struct Spooled {
    folder: TempDir,
    name: String,
}

impl Spooled {
    /// Reads the standard input to its end, into a file of this name in a temporary folder below `below`.
    pub async fn read(below: &Path, name: &str) -> anyhow::Result<Self> {
        std::fs::create_dir_all(below).with_context(|| format!("making {}", below.display()))?;
        let folder =
            tempfile::Builder::new().prefix(".stdin-").tempdir_in(below).context("making a temporary folder")?;
        let spooled = Self { folder, name: name.to_owned() };
        let path = spooled.path();
        let writing = || format!("writing {}", path.display());
        let mut file = File::create(&path).await.with_context(writing)?;
        tokio::io::copy(&mut standard_input()?, &mut file).await.context("reading the standard input")?;
        tokio::io::AsyncWriteExt::flush(&mut file).await.with_context(writing)?;
        Ok(spooled)
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_names() {
        for (text, good) in [("a.csv", true), ("a b", true), ("", false), ("..", false), ("a/b.csv", false)] {
            assert_eq!(file_name(text).is_ok(), good, "{text}");
        }
        assert_eq!(source("-"), Ok(Source::StandardInput));
        assert!(source("no-such-file").is_err());
        assert_eq!(Source::StandardInput.name("stdin.csv").unwrap(), "stdin.csv");
        assert_eq!(Source::File("x/a.csv".into()).name("stdin.csv").unwrap(), "a.csv");
    }
}
