//! The file of a table: plain or compressed lines.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use crate::Fault;

/// How the lines of a table are stored in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As plain text.
    Plain,
    /// As gzip members, one for each piece that was appended: `zcat` shows the lines.
    Gzip,
}

impl Packing {
    /// The name of a table's file.
    pub(crate) fn file_name(self, table: &str) -> String {
        match self {
            Self::Plain => format!("{table}.jsonl"),
            Self::Gzip => format!("{table}.jsonl.gz"),
        }
    }

    /// The bytes of a piece of lines.
    fn pack(self, lines: &str) -> io::Result<Cow<'_, [u8]>> {
        match self {
            Self::Plain => Ok(Cow::Borrowed(lines.as_bytes())),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(lines.as_bytes())?;
                encoder.finish().map(Cow::Owned)
            }
        }
    }
}

/// A file to which whole pieces of lines are appended.
#[derive(Debug)]
pub(super) struct TableFile {
    file: File,
    packing: Packing,
    /// Its length in bytes.
    length: u64,
}

impl TableFile {
    /// Opens a file for this process alone, creates it if it does not exist, and calls `each` with each complete line.
    /// The operating system releases the lock when the process dies.
    pub(super) fn open(
        path: &Path,
        packing: Packing,
        each: impl FnMut(&str) -> Result<(), String>,
    ) -> Result<Self, Fault> {
        let fail = |error| failure("open", path, error);
        let file = File::options().read(true).append(true).create(true).open(path).map_err(fail)?;
        file.try_lock().map_err(|error| failure("lock", path, error.into()))?;
        let length = read_lines(&file, path, packing, each)?;
        // Cuts off an incomplete piece, which a killed process left.
        file.set_len(length).map_err(fail)?;
        Ok(Self { file, packing, length })
    }

    /// Appends all lines; if that fails, none of them.
    pub(super) fn append(&mut self, lines: &str) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let bytes = self.packing.pack(lines)?;
        match self.file.write_all(&bytes) {
            Ok(()) => {
                self.length += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                // The next piece must not be appended to a part of this one.
                self.file.set_len(self.length).unwrap_or_default();
                Err(error)
            }
        }
    }
}

/// Calls `each` with each line of a file up to the end of its last complete piece, and returns the offset of that end.
/// A killed process may leave an incomplete piece at the end.
pub(crate) fn read_lines(
    file: &File,
    path: &Path,
    packing: Packing,
    mut each: impl FnMut(&str) -> Result<(), String>,
) -> Result<u64, Fault> {
    let mut reader = Counted { reader: BufReader::new(file), bytes: 0 };
    let (mut whole, mut number, mut piece) = (0, 0_u64, String::new());
    loop {
        piece.clear();
        let read = match packing {
            Packing::Plain => reader.read_line(&mut piece).map(|_| piece.ends_with('\n')),
            Packing::Gzip => member(&mut reader, &mut piece),
        };
        let corrupt = |number, found| Fault::Corrupt { what: format!("line {number} of {}", path.display()), found };
        match read {
            Ok(true) => {}
            Ok(false) => return Ok(whole),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
                return Err(corrupt(number + 1, error.to_string()));
            }
            Err(error) => return Err(failure("read", path, error)),
        }
        for line in piece.split_inclusive('\n') {
            number += 1;
            each(line).map_err(|found| corrupt(number, found))?;
        }
        whole = reader.bytes;
    }
}

/// Reads a gzip member; returns whether there was a complete one.
fn member(reader: &mut impl BufRead, text: &mut String) -> io::Result<bool> {
    if reader.fill_buf()?.is_empty() {
        return Ok(false);
    }
    match GzDecoder::new(reader).read_to_string(text) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Counts the bytes that are consumed from a reader.
struct Counted<R> {
    reader: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes += amount as u64;
        self.reader.consume(amount);
    }
}

pub(crate) fn failure(verb: &str, path: &Path, error: io::Error) -> Fault {
    Fault::Misconfigured { what: format!("{verb} {}", path.display()), source: Box::new(error) }
}
