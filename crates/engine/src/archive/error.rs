//! Why an archive cannot be read.

use crate::expand::ExpansionLimit;

/// Why an archive cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Its bytes are no archive, or a damaged one.
    #[error("the ZIP archive is damaged or incomplete ({reason}); most likely its creation or upload was interrupted")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// Its directory is too large.
    #[error("the ZIP archive has more than {most} files, or their names are too long together")]
    TooManyEntries {
        /// The maximum number of files.
        most: usize,
    },
    /// What is read of it expands beyond the limit.
    #[error(
        "the ZIP archive has {} bytes and expands to more than {}; the feed allows {} times its size \
         (source.maxExpansion)", .limit.compressed, .limit.bytes(), .limit.ratio
    )]
    TooLarge {
        /// The limit.
        limit: ExpansionLimit,
    },
    /// A file in it has a password.
    #[error("{name:?} in the ZIP archive is encrypted with a password: pack it without a password")]
    Encrypted {
        /// The file.
        name: String,
    },
    /// A file in it is compressed in a way that is not read.
    #[error(
        "{name:?} in the ZIP archive is compressed with {method}; expected Deflate, which every ZIP program can write: \
         pack it again, or compress the file with gzip or Zstandard"
    )]
    Method {
        /// The file.
        name: String,
        /// The method of compression.
        method: String,
    },
    /// There is no file in it.
    #[error("the ZIP archive has no file in it: pack the file again")]
    Empty,
    /// There are several files in it.
    #[error(
        "the ZIP archive has {files} files ({names}), and nothing says which one is meant: upload each of them by itself, or \
         an archive for each"
    )]
    Several {
        /// How many.
        files: usize,
        /// The first of them.
        names: String,
    },
    /// The path of its file leads out of the folder into which it would be unpacked.
    #[error(
        "the path {name:?} in the ZIP archive leads out of the folder into which it is unpacked, as in an attack: pack the \
         file itself, without a path"
    )]
    Climbs {
        /// The path.
        name: String,
    },
    /// Two files in it have the same name.
    #[error(
        "the ZIP archive has two files with the name {name:?}, so it is not certain which one is meant: pack it again"
    )]
    Twice {
        /// The name.
        name: String,
    },
}

impl ArchiveError {
    /// The error behind an error of reading, or that the archive is damaged.
    pub(crate) fn of_io(error: &std::io::Error) -> Self {
        let own = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>());
        own.cloned().unwrap_or_else(|| Self::Damaged { reason: error.to_string() })
    }
}

impl From<rawzip::Error> for ArchiveError {
    fn from(error: rawzip::Error) -> Self {
        let reason = match error.kind() {
            rawzip::ErrorKind::IO(error) => return Self::of_io(error),
            rawzip::ErrorKind::MissingEndOfCentralDirectory => {
                "its directory, which is at its end, is missing".to_owned()
            }
            rawzip::ErrorKind::Eof => "it ends too early".to_owned(),
            other => other.to_string(),
        };
        Self::Damaged { reason }
    }
}
