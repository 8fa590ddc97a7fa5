//! Expands compressed uploads as a stream, within a limit.
//!
//! The first bytes of a file show its compression, not its name.

mod gzip;
mod zstd;

use std::fmt;

use serde::{Deserialize, Serialize};

/// Any file may expand to this many bytes, 1 MiB, because a few repeated lines compress beyond any ratio and
/// harm nobody.
pub const FLOOR: u64 = 1024 * 1024;

/// The compression of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// RFC 1952, of one member or several.
    Gzip,
    /// RFC 8878, of one frame or several.
    Zstd,
}

impl Compression {
    /// The compression of a file that begins with these bytes.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            _ if head.starts_with(&zstd::MAGIC) => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "Zstandard",
        })
    }
}

/// How much a file may expand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpansionLimit {
    /// The size of the file as it came, in bytes.
    pub compressed: u64,
    /// The maximum ratio of expanded to compressed size.
    pub ratio: u32,
}

impl ExpansionLimit {
    /// The maximum expanded size in bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.compressed.saturating_mul(self.ratio.into()).max(FLOOR)
    }
}

/// Why a file cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// The file expands beyond the limit.
    #[error(
        "the {compression} file has {} bytes and expands to more than {}; the feed allows {} times its size \
         (source.maxExpansion)", .limit.compressed, .limit.bytes(), .limit.ratio
    )]
    TooLarge {
        /// The compression.
        compression: Compression,
        /// The limit.
        limit: ExpansionLimit,
    },
    /// The file ends too early.
    #[error(
        "the {compression} file ends after {read} bytes, in the middle of its data; most likely its creation or upload was interrupted"
    )]
    Truncated {
        /// The compression.
        compression: Compression,
        /// The length of the file in bytes.
        read: u64,
    },
    /// The data is damaged.
    #[error("the {compression} file is damaged near byte {read}: {reason}")]
    Corrupt {
        /// The compression.
        compression: Compression,
        /// How many bytes were read.
        read: u64,
        /// What is wrong.
        reason: String,
    },
}

/// Why a format cannot expand its data.
enum Broken {
    /// Data is missing.
    Truncated,
    /// Data is wrong.
    Corrupt(String),
}

/// Expands bytes that come in pieces of any size. The format bounds the memory: 32 KiB for gzip, at most 128
/// MiB for Zstandard.
pub struct Expander {
    format: Format,
    compression: Compression,
    limit: ExpansionLimit,
    read: u64,
    expanded: u64,
}

enum Format {
    Gzip(Box<gzip::Gzip>),
    Zstd(Box<zstd::Zstd>),
}

impl Expander {
    /// Creates an expander for a file.
    #[must_use]
    pub fn new(compression: Compression, limit: ExpansionLimit) -> Self {
        let format = match compression {
            Compression::Gzip => Format::Gzip(Box::default()),
            Compression::Zstd => Format::Zstd(Box::default()),
        };
        Self { format, compression, limit, read: 0, expanded: 0 }
    }

    /// Takes some of the bytes of `input`, and appends their expansion: a few MiB at most. `false` if the
    /// input is used up and more is needed.
    ///
    /// # Errors
    /// If the file cannot be expanded further. The expander cannot be used any more.
    pub fn advance(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, ExpandError> {
        let (before, start) = (input.len(), out.len());
        let went = match &mut self.format {
            Format::Gzip(gzip) => gzip.advance(input, out),
            Format::Zstd(zstd) => zstd.advance(input, out),
        };
        self.read += (before - input.len()) as u64;
        self.within_limit(out.len() - start)?;
        went.map_err(|broken| self.error(broken))
    }

    /// Ends the input and appends the rest, which is less than a piece.
    ///
    /// # Errors
    /// If data is missing, or if a checksum is wrong.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), ExpandError> {
        let start = out.len();
        let ended = match &mut self.format {
            Format::Gzip(gzip) => gzip.finish(out),
            Format::Zstd(zstd) => zstd.finish(),
        };
        self.within_limit(out.len() - start)?;
        ended.map_err(|broken| self.error(broken))
    }

    fn within_limit(&mut self, more: usize) -> Result<(), ExpandError> {
        self.expanded += more as u64;
        if self.expanded > self.limit.bytes() {
            return Err(ExpandError::TooLarge { compression: self.compression, limit: self.limit });
        }
        Ok(())
    }

    fn error(&self, broken: Broken) -> ExpandError {
        let (compression, read) = (self.compression, self.read);
        match broken {
            Broken::Truncated => ExpandError::Truncated { compression, read },
            Broken::Corrupt(reason) => ExpandError::Corrupt { compression, read, reason },
        }
    }
}

#[cfg(test)]
mod tests;
