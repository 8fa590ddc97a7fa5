//! The text of a file without a feed, decoded as `pin` does for a feed with `encoding: auto`.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::Context;
use sluice_engine::archive::{Archive, is_archive};
use sluice_engine::encoding::{EncodingPlan, SAMPLE_BYTES, SourceText};
use sluice_engine::expand::ExpansionLimit;
use sluice_engine::feed::WorkbookPlan;
use sluice_engine::json::Pointer;
use sluice_engine::spec::SourceSpec;
use sluice_engine::unpack::{ArchiveReading, Unpacker, foreign, inspect, unpack_archive};
use sluice_engine::workbook::{Document, Layout, Sheet, Workbook, document};
use sluice_engine::{Code, Problem};

use crate::ending::refused;

/// How much is read at once, in bytes.
const PART: usize = 64 * 1024;

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The sheet of a workbook that is read.
const FIRST: WorkbookPlan = WorkbookPlan { sheet: None };

/// How a file is read without a feed.
#[derive(Clone, Debug)]
pub struct Input {
    /// How its bytes are decoded.
    pub text: SourceText,
    /// Where the table of a workbook is.
    pub layout: Layout,
    /// The sheets, if it is a workbook.
    pub sheets: Option<Vec<Sheet>>,
    /// Whether it is a ZIP archive or a workbook.
    pub is_archive: bool,
}

/// Looks how a file is read.
pub fn detect(path: &Path) -> anyhow::Result<Input> {
    let mut head = Vec::new();
    open(path)?.take(SAMPLE_BYTES as u64).read_to_end(&mut head).with_context(|| reading(path))?;
    if is_archive(&head) {
        return detect_archive(path);
    }
    if let Some(what) = foreign(&head) {
        let expected = "CSV, plain or compressed with gzip, Zstandard or ZIP, or an Excel workbook (.xlsx)";
        return Err(refused(format!("the file is {what}. Expected: {expected}")));
    }
    let text = inspect(EncodingPlan::Auto, &head, head.len() < SAMPLE_BYTES).text;
    Ok(Input { text, layout: Layout::default(), sheets: None, is_archive: false })
}

/// Looks what is in an archive.
fn detect_archive(path: &Path) -> anyhow::Result<Input> {
    let archive = || -> anyhow::Result<_> {
        let file = open(path)?;
        let compressed = file.metadata().with_context(|| reading(path))?.len();
        let limit = ExpansionLimit { compressed, ratio: SourceSpec::default().max_expansion };
        Archive::open(file, limit).map_err(|error| refused(error.to_string()))
    };
    let mut input = Input { text: SourceText::UTF_8, layout: Layout::default(), sheets: None, is_archive: true };
    if document(&archive()?) == Some(Document::Workbook) {
        let workbook = Workbook::open(archive()?).map_err(|error| refused(error.to_string()))?;
        input.sheets = Some(workbook.sheets().to_vec());
    } else {
        input.text = from_archive(path, &input, None, &mut std::io::sink())?.0;
    }
    Ok(input)
}

/// What is noted about a sheet, in sentences.
pub fn notes(path: &Path, input: &Input) -> anyhow::Result<Vec<String>> {
    let (_, notes) = from_archive(path, input, None, &mut std::io::sink())?;
    let notes = notes.iter().filter(|note| note.code != Code::SourceDecoded);
    Ok(notes.map(|note| sentence(&note.message)).collect())
}

/// A message as a sentence.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    characters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), characters.as_str()))
}

/// Writes the text of an archive to `out`, and returns how it is decoded and what was seen.
fn from_archive(
    path: &Path,
    input: &Input,
    records: Option<&Pointer>,
    out: &mut impl Write,
) -> anyhow::Result<(SourceText, Vec<Problem>)> {
    let file = open(path)?;
    let bytes = file.metadata().with_context(|| reading(path))?.len();
    let reading = ArchiveReading {
        encoding: EncodingPlan::Auto,
        workbook: input.sheets.as_ref().map(|_| &FIRST),
        layout: input.layout,
        records,
        max_expansion: SourceSpec::default().max_expansion,
    };
    unpack_archive(file, bytes, reading, out).map_err(|error| refused(error.to_string()))
}

/// Passes the text of a file to `each` part by part, and an empty part at its end. `false` if some bytes are
/// invalid in the encoding; these are shown as `\xE9`.
pub fn decode(path: &Path, input: &Input, mut each: impl FnMut(&str) -> anyhow::Result<()>) -> anyhow::Result<bool> {
    let mut text = Text { of: input.text, bytes: Vec::new(), begun: false, clean: true };
    unpack(path, input, None, |part| {
        text.bytes.extend_from_slice(part);
        text.hand_on(part.is_empty(), &mut each)
    })?;
    each("")?;
    Ok(text.clean)
}

/// Passes the bytes of the source to `each` part by part, and an empty part at its end: the same bytes that
/// an import reads. `records` points to an array of JSON, which becomes lines.
pub fn unpack(
    path: &Path,
    input: &Input,
    records: Option<&Pointer>,
    mut each: impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if input.is_archive {
        let mut parts = Parts { each: &mut each, failed: None };
        let unpacked = from_archive(path, input, records, &mut parts);
        if let Some(error) = parts.failed {
            return Err(error);
        }
        unpacked?;
        return each(&[]);
    }
    let mut file = open(path)?;
    let bytes = file.metadata().with_context(|| reading(path))?.len();
    let mut unpacker = Unpacker::new(input.text, bytes, SourceSpec::default().max_expansion).rewriting(records);
    let (mut input, mut unpacked) = (vec![0; PART], Vec::new());
    loop {
        let read = file.read(&mut input).with_context(|| reading(path))?;
        let mut rest = &input[..read];
        while unpacker.advance(&mut rest, &mut unpacked)? {
            if !unpacked.is_empty() {
                each(&unpacked)?;
                unpacked.clear();
            }
        }
        if read == 0 {
            unpacker.finish(&mut unpacked)?;
            if !unpacked.is_empty() {
                each(&unpacked)?;
            }
            return each(&[]);
        }
    }
}

/// Hands on what is written, and keeps the first error.
struct Parts<'e, E> {
    each: &'e mut E,
    failed: Option<anyhow::Error>,
}

impl<E: FnMut(&[u8]) -> anyhow::Result<()>> Write for Parts<'_, E> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if !bytes.is_empty()
            && let Err(error) = (self.each)(bytes)
        {
            self.failed = Some(error);
            return Err(std::io::Error::other("the text is not read further"));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Bytes that are decoded as they come.
struct Text {
    of: SourceText,
    /// Bytes that were not passed on yet.
    bytes: Vec<u8>,
    begun: bool,
    clean: bool,
}

impl Text {
    /// Passes on the text up to the last whole character; all of it at the end.
    fn hand_on(&mut self, end: bool, each: &mut impl FnMut(&str) -> anyhow::Result<()>) -> anyhow::Result<()> {
        if !self.begun && (end || self.bytes.len() >= BOM.len()) {
            self.begun = true;
            if self.of.is_utf8() && self.bytes.starts_with(BOM) {
                self.bytes.drain(..BOM.len());
            }
        }
        let whole = if end || !self.of.is_utf8() { self.bytes.len() } else { whole_characters(&self.bytes) };
        let part = &self.bytes[..if self.begun { whole } else { 0 }];
        if !part.is_empty() {
            self.clean &= self.of.decode(part).is_ok();
            each(&self.of.show(part))?;
        }
        let handed_on = part.len();
        self.bytes.drain(..handed_on);
        Ok(())
    }
}

/// The length of UTF-8 without an incomplete character at its end.
fn whole_characters(bytes: &[u8]) -> usize {
    // A character has up to four bytes.
    let from = bytes.len().saturating_sub(3);
    let is_start = |at: &usize| bytes[*at] >= 0xC0;
    let start = (from..bytes.len()).rev().find(is_start);
    start
        .filter(|at| std::str::from_utf8(&bytes[*at..]).is_err_and(|error| error.error_len().is_none()))
        .unwrap_or(bytes.len())
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| reading(path))
}

fn reading(path: &Path) -> String {
    format!("reading {}", path.display())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn table_of_files() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let gzip = |bytes: &[u8]| {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap()
        };
        // Characters of two and three bytes, some of them cut by the size of the parts.
        let long = "näme;größe;€\n".repeat(20_000);
        for (bytes, name, text, clean) in [
            ("näme".as_bytes().to_vec(), "UTF-8", "näme", true),
            (b"\xEF\xBB\xBFname".to_vec(), "UTF-8", "name", true),
            (b"\xEF\xBB\xBF".to_vec(), "UTF-8", "", true),
            (b"\xFF\xFEn\0".to_vec(), "UTF-16LE", "n", true),
            (utf16("name;size\n"), "UTF-16LE", "name;size\n", true),
            (b"Stra\xDFe f\xFCr M\xE4nner\n".to_vec(), "windows-1252", "Straße für Männer\n", true),
            (long.as_bytes().to_vec(), "UTF-8", &long, true),
            (gzip(long.as_bytes()), "UTF-8", &long, true),
            (gzip(&utf16("\u{feff}name;größe\n")), "UTF-16LE", "name;größe\n", true),
            ([long.as_bytes(), b"\xE4\n"].concat(), "UTF-8", &format!("{long}\\xE4\n"), false),
            (Vec::new(), "UTF-8", "", true),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &bytes).unwrap();
            let input = detect(file.path()).unwrap();
            assert_eq!(input.text.encoding().name(), name);
            let mut read = String::new();
            let found = decode(file.path(), &input, |part| {
                read.push_str(part);
                Ok(())
            });
            assert!(read == text, "{name}: {} {}", read.len(), text.len());
            assert_eq!(found.unwrap(), clean, "{name}");
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (bytes, what) in [
            (&b"PK\x03\x04\x14\0\x08\0..[Content_Types].xml.."[..], "the ZIP archive is damaged or incomplete"),
            (b"\xD0\xCF\x11\xE0\xA1", "Excel workbook (.xls)"),
        ] {
            std::fs::write(file.path(), bytes).unwrap();
            let error = detect(file.path()).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
