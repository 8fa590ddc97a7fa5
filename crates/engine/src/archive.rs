//! ZIP archives: their entries, each read as a stream, within limits.
//!
//! An archive has its directory at its end, so it is read at any position and not as a stream. Memory holds the names of
//! its entries, which are bounded, and 32 KiB for the entry that is read. The directory decides where entries are and
//! which sizes and checksums they have; each entry is verified when it has been read to its end.

mod error;
mod member;
mod positions;

use std::cell::Cell;
use std::io::{Read, Seek};

use rawzip::{CompressionMethod, MAX_CENTRAL_DIRECTORY_RECORD_SIZE, ZipArchive, ZipArchiveEntryWayfinder, ZipLocator};

use crate::display::one_line;
use crate::expand::ExpansionLimit;

pub use self::error::ArchiveError;
pub use self::member::Member;

use self::positions::Positions;

/// Maximum number of entries. The workbooks of Excel have some ten, and one for each sheet, drawing and picture.
const MAX_ENTRIES: usize = 10_000;

/// Maximum length of all names together: 1 MiB, which is 100 bytes for each entry.
const MAX_NAMES: usize = 1024 * 1024;

/// Maximum length of a name in a message, in characters.
const SHOWN: usize = 80;

/// An archive whose directory has been read.
pub struct Archive<R> {
    zip: ZipArchive<Positions<R>>,
    entries: Vec<Entry>,
    limit: ExpansionLimit,
    /// How many bytes its entries have expanded to so far.
    expanded: Cell<u64>,
}

/// A file in an archive.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    way: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    is_encrypted: bool,
}

/// Whether a file begins like a ZIP archive: with an entry, or with the end of an archive without entries.
#[must_use]
pub fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the directory of an archive. What its entries expand to, all together, is bounded by the limit.
    ///
    /// # Errors
    /// If there is no directory, or one that is damaged or too large.
    pub fn open(reader: R, limit: ExpansionLimit) -> Result<Self, ArchiveError> {
        let mut buffer = vec![0; MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let reader = Positions::new(reader).map_err(|error| ArchiveError::of_io(&error))?;
        let length = reader.length();
        let zip = ZipLocator::new().locate_in_reader(reader, &mut buffer, length).map_err(|(_, error)| error)?;
        let mut entries = Vec::new();
        let mut first = None;
        let (mut names, mut left) = (0, zip.entries_hint());
        let mut listed = zip.entries(&mut buffer);
        while let Some(entry) = listed.next_entry()? {
            left = left.wrapping_sub(1);
            let begins = entry.local_header_offset();
            first = first.map_or(Some(begins), |first: u64| Some(first.min(begins)));
            if entry.is_dir() {
                continue;
            }
            // Names without a flag are in an old code page. Their ASCII is enough, because Sluice compares only that.
            let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
            names += name.len();
            if entries.len() == MAX_ENTRIES || names > MAX_NAMES {
                return Err(ArchiveError::TooManyEntries { most: MAX_ENTRIES });
            }
            let is_encrypted = entry.flags().is_encrypted() || entry.compression_method() == CompressionMethod::AES;
            entries.push(Entry { name, way: entry.wayfinder(), method: entry.compression_method(), is_encrypted });
        }
        if left != 0 {
            return Err(ArchiveError::Damaged {
                reason: "its directory does not have as many files as it says".to_owned(),
            });
        }
        if first.is_some_and(|first| first > 0) {
            let reason = "it begins with something that its directory does not list".to_owned();
            return Err(ArchiveError::Damaged { reason });
        }
        Ok(Self { zip, entries, limit, expanded: Cell::new(0) })
    }

    /// The length of the archive, and how much it may expand.
    #[must_use]
    pub fn limit(&self) -> ExpansionLimit {
        self.limit
    }

    /// The names of its files, in the order of the directory.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.name)
    }

    /// The file with a name. Case does not count, as in office documents.
    ///
    /// # Errors
    /// If several have it, because programs differ in which one they take.
    pub fn find(&self, name: &str) -> Result<Option<usize>, ArchiveError> {
        let mut found = (0..self.entries.len()).filter(|at| self.entries[*at].name.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(ArchiveError::Twice { name: shown(name) }),
            (found, None) => Ok(found),
        }
    }

    /// The only file of an archive, with its name.
    ///
    /// # Errors
    /// If there is none or more than one, or if its path leads out of the folder into which it would be unpacked.
    pub fn only(&self) -> Result<(usize, &str), ArchiveError> {
        // What macOS adds to each file is not one that anybody packed.
        let is_real =
            |entry: &Entry| !entry.name.starts_with("__MACOSX/") && entry.name.rsplit('/').next() != Some(".DS_Store");
        let mut real = self.entries.iter().enumerate().filter(|(_, entry)| is_real(entry));
        let Some((at, entry)) = real.next() else { return Err(ArchiveError::Empty) };
        let others = real.count();
        if others > 0 {
            let names = self.entries.iter().filter(|entry| is_real(entry)).take(SEVERAL).map(|entry| &*entry.name);
            return Err(ArchiveError::Several { files: others + 1, names: listed(names, others + 1) });
        }
        if climbs(&entry.name) {
            return Err(ArchiveError::Climbs { name: shown(&entry.name) });
        }
        Ok((at, &entry.name))
    }

    /// Reads a file from its start.
    ///
    /// # Errors
    /// If it has a password, is compressed in another way than Deflate, or is not where the directory says.
    pub fn read(&self, at: usize) -> Result<Member<'_, R>, ArchiveError> {
        let Some(entry) = self.entries.get(at) else { return Err(ArchiveError::Empty) };
        let name = || shown(&entry.name);
        if entry.is_encrypted {
            return Err(ArchiveError::Encrypted { name: name() });
        }
        let is_stored = match entry.method {
            CompressionMethod::STORE => true,
            CompressionMethod::DEFLATE => false,
            other => return Err(ArchiveError::Method { name: name(), method: method(other) }),
        };
        let found = self.zip.get_entry(entry.way)?;
        Ok(Member::new(&found, is_stored, &self.expanded, self.limit))
    }
}

/// Maximum number of names that a message lists.
const SEVERAL: usize = 5;

/// Names as a list for a message.
fn listed<'a>(names: impl Iterator<Item = &'a str>, of: usize) -> String {
    let names: Vec<String> = names.map(|name| format!("{:?}", shown(name))).collect();
    let more = if of > names.len() { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}

fn shown(name: &str) -> String {
    one_line(name, SHOWN)
}

/// Whether a path leads out of the folder into which it would be unpacked.
fn climbs(name: &str) -> bool {
    let is_drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    name.starts_with(['/', '\\']) || is_drive || name.split(['/', '\\']).any(|part| part == "..") || name.contains('\0')
}

/// A method of compression, in words.
fn method(method: CompressionMethod) -> String {
    let number = method.as_u16();
    method.name().map_or_else(|| format!("method {number}"), |name| format!("{name} (method {number})"))
}

#[cfg(test)]
mod tests;
