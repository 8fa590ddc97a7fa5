//! The text of an upload that is a ZIP archive: that of the only file in it, or a sheet of a workbook.

use std::io::{Read, Seek, Write};

use super::foreign::foreign;
use super::{UnpackError, Unpacker, inspect};
use crate::archive::{Archive, ArchiveError, is_archive};
use crate::display::one_line;
use crate::encoding::{EncodingPlan, Packing, SAMPLE_BYTES, SourceText};
use crate::expand::{Compression, ExpansionLimit};
use crate::feed::{FeedPlan, WorkbookPlan};
use crate::json::Pointer;
use crate::workbook::{Document, Layout, Workbook, WorkbookError, document};
use crate::{Code, Problem, Stage};

/// How much text is unpacked at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Maximum length of a name in a message, in characters.
const SHOWN: usize = 80;

/// What is known of an archive before it is opened.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveReading<'p> {
    /// How the text in it is decoded.
    pub encoding: EncodingPlan,
    /// The sheet that is read; `None` if the archive must have one file of text.
    pub workbook: Option<&'p WorkbookPlan>,
    /// Where the table of a sheet is.
    pub layout: Layout,
    /// The array of JSON that is rewritten into lines.
    pub records: Option<&'p Pointer>,
    /// How many times its size it may have after expanding.
    pub max_expansion: u32,
}

impl<'p> ArchiveReading<'p> {
    /// What a feed says about an archive.
    #[must_use]
    pub fn of(plan: &'p FeedPlan) -> Self {
        let columns = plan.source.columns.as_ref().map(Vec::len);
        Self {
            encoding: plan.encoding,
            workbook: plan.workbook.as_ref(),
            layout: Layout { skip_rows: plan.source.skip_lines, columns },
            records: plan.json.as_ref().and_then(|json| json.records.as_ref()),
            max_expansion: plan.max_expansion,
        }
    }
}

/// Writes the text of an archive of `bytes` bytes, and returns how it is decoded and what was seen.
///
/// # Errors
/// If the archive cannot be unpacked, or is not what the feed says.
pub fn unpack_archive(
    archive: impl Read + Seek,
    bytes: u64,
    reading: ArchiveReading<'_>,
    out: &mut impl Write,
) -> Result<(SourceText, Vec<Problem>), UnpackError> {
    let limit = ExpansionLimit { compressed: bytes, ratio: reading.max_expansion };
    let opened = Archive::open(archive, limit);
    if let Some(WorkbookPlan { sheet }) = reading.workbook {
        let workbook = Workbook::open(opened.map_err(WorkbookError::Archive)?)?;
        let seen = workbook.write(sheet.as_deref(), reading.layout, out)?;
        return Ok((SourceText::UTF_8.packed(Packing::Workbook), seen.notes()));
    }
    let archive = opened?;
    if let Some(document) = document(&archive) {
        let what = match document {
            Document::Workbook => {
                "an Excel workbook (.xlsx): to read a sheet of it, write source: {format: xlsx} in the feed; or save the sheet as \
                 CSV in UTF-8, and upload that"
            }
            Document::Office => "a document of Microsoft Office, and no table: ask for the data as CSV",
            Document::OpenDocument => {
                "an OpenDocument, such as a spreadsheet (.ods): save the sheet as CSV in UTF-8, and upload that"
            }
        };
        return Err(UnpackError::Other { what: what.to_owned() });
    }
    only_file(&archive, reading, out)
}

/// Writes the text of the only file in an archive.
fn only_file(
    archive: &Archive<impl Read + Seek>,
    reading: ArchiveReading<'_>,
    out: &mut impl Write,
) -> Result<(SourceText, Vec<Problem>), UnpackError> {
    let (at, name) = archive.only()?;
    let mut member = archive.read(at)?;
    let mut sample = Vec::new();
    let damaged = |error: std::io::Error| UnpackError::Archive(ArchiveError::of_io(&error));
    (&mut member).take(SAMPLE_BYTES as u64).read_to_end(&mut sample).map_err(damaged)?;
    if let Some(what) = inside(&sample) {
        return Err(UnpackError::Inside { name: one_line(name, SHOWN), what });
    }
    let mut inspection = inspect(reading.encoding, &sample, sample.len() < SAMPLE_BYTES);
    if inspection.part != "the file" {
        inspection.part = "the start of the expanded file";
    }
    let text = if reading.records.is_some() { inspection.text.rewritten() } else { inspection.text };
    let text = text.packed(Packing::Zip);
    let mut writing = Writing { unpacker: Unpacker::new(text, 0, 1).rewriting(reading.records), made: Vec::new(), out };
    writing.push(&sample)?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = member.read(&mut piece).map_err(damaged)?;
        if read == 0 {
            break;
        }
        writing.push(&piece[..read])?;
    }
    writing.finish()?;
    let note = |message| Problem::new(Stage::Split, Code::SourceDecoded, message);
    Ok((text, inspection.notes().into_iter().chain(text.note().map(note)).collect()))
}

/// What a file in an archive is, if it is no text.
fn inside(sample: &[u8]) -> Option<String> {
    if let Some(compression) = Compression::of(sample) {
        return Some(format!("compressed with {compression} itself: upload it without the archive around it"));
    }
    if is_archive(sample) {
        return Some("a ZIP archive or an office document itself: upload it without the archive around it".to_owned());
    }
    foreign(sample).map(str::to_owned)
}

/// Text on its way out.
struct Writing<'o, W> {
    unpacker: Unpacker,
    made: Vec<u8>,
    out: &'o mut W,
}

impl<W: Write> Writing<'_, W> {
    fn push(&mut self, mut bytes: &[u8]) -> Result<(), UnpackError> {
        while self.unpacker.advance(&mut bytes, &mut self.made)? {
            write(self.out, &mut self.made)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), UnpackError> {
        self.unpacker.finish(&mut self.made)?;
        write(self.out, &mut self.made)
    }
}

fn write(out: &mut impl Write, made: &mut Vec<u8>) -> Result<(), UnpackError> {
    out.write_all(made).map_err(|error| UnpackError::Write { reason: error.to_string() })?;
    made.clear();
    Ok(())
}

#[cfg(test)]
mod tests;
