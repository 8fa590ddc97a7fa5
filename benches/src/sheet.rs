//! Rewriting a sheet of a workbook into CSV, on one core.

use std::fmt::Write as _;
use std::io::{BufReader, Cursor, Write};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};
use serde_json::Value;
use sluice_engine::feed::FeedPlan;
use sluice_engine::unpack::{ArchiveReading, unpack_archive};

use crate::Error;
use crate::rounds::{Contender, run};

/// The part with the cells.
const SHEET: &str = "xl/worksheets/sheet1.xml";

const FEED: &str = "{version: 1, name: products, source: {format: xlsx, maxExpansion: 1000}, schema: {fields: [{name: sku, \
                    constraints: {required: true}}]}, import: {table: products, key: [sku]}}";

/// What a workbook has beside its sheet. Style 1 is that of a date.
const PARTS: [(&str, &str); 5] = [
    ("[Content_Types].xml", "<Types/>"),
    (
        "_rels/.rels",
        "<Relationships><Relationship Id=\"w\" Type=\"x/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
    ),
    ("xl/workbook.xml", "<workbook><sheets><sheet name=\"Products\" r:id=\"s\"/></sheets></workbook>"),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id=\"s\" Type=\"x/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"f\" Type=\"x/styles\" Target=\"styles.xml\"/></Relationships>",
    ),
    ("xl/styles.xml", "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"),
];

/// Measures on the records of a file of products, as a workbook in memory. The bytes are those of the XML of its sheet.
///
/// # Errors
/// If the file cannot be read.
pub fn measure(file: &[u8], rounds: usize) -> Result<Value, Error> {
    let sheet = sheet(file)?;
    let workbook = workbook(&sheet)?;
    let plan = FeedPlan::from_yaml(FEED).map_err(|problems| format!("{problems:?}"))?;
    let mut contenders = [
        Contender::new("sluice", || rewrite(&workbook, &plan)),
        Contender::new("flate2 and quick-xml, only events", || events(&workbook)),
    ];
    run(&mut contenders, rounds, sheet.len() as u64)
}

/// Rewrites a sheet, as `pin` does, and counts its rows.
fn rewrite(workbook: &[u8], plan: &FeedPlan) -> Result<u64, Error> {
    let mut lines = Lines(0);
    unpack_archive(Cursor::new(workbook), workbook.len() as u64, ArchiveReading::of(plan), &mut lines)?;
    Ok(lines.0)
}

/// Counts the line breaks of what is written.
struct Lines(u64);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += memchr::memchr_iter(b'\n', bytes).count() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Expands the sheet and counts its rows, without a look at its cells.
fn events(workbook: &[u8]) -> Result<u64, Error> {
    let archive = ZipArchive::from_slice(workbook)?;
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry()? {
        if entry.file_path().as_bytes() != SHEET.as_bytes() {
            continue;
        }
        let data = archive.get_entry(entry.wayfinder())?.data();
        let mut reader = Reader::from_reader(BufReader::new(DeflateDecoder::new(data)));
        let (mut buffer, mut rows) = (Vec::new(), 0);
        loop {
            match reader.read_event_into(&mut buffer)? {
                Event::Start(tag) => rows += u64::from(tag.name().as_ref() == "row"),
                Event::Eof => return Ok(rows),
                _ => {}
            }
            buffer.clear();
        }
    }
    Err("there is no sheet in the workbook".into())
}

/// The XML of a sheet with the records of a CSV file: prices and stocks as numbers, and a date for each.
fn sheet(file: &[u8]) -> Result<String, Error> {
    let mut sheet = String::from("<worksheet><sheetData>");
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(file);
    for (row, record) in (1..).zip(rows.records()) {
        let record = record?;
        write!(sheet, "<row r=\"{row}\">")?;
        for (column, cell) in ('A'..='F').zip(record.iter().take(6)) {
            let is_number = row > 1 && column == 'E';
            if is_number {
                write!(sheet, "<c r=\"{column}{row}\"><v>{cell}</v></c>")?;
            } else {
                let text = escape(cell);
                write!(sheet, "<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")?;
            }
        }
        match row {
            1 => write!(sheet, "<c r=\"G1\" t=\"inlineStr\"><is><t>since</t></is></c></row>")?,
            _ => write!(sheet, "<c r=\"G{row}\" s=\"1\"><v>{}</v></c></row>", 40_000 + row % 6_000)?,
        }
    }
    sheet.push_str("</sheetData></worksheet>");
    Ok(sheet)
}

/// A workbook with this sheet.
fn workbook(sheet: &str) -> Result<Vec<u8>, Error> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, content) in PARTS.into_iter().chain([(SHEET, sheet)]) {
        let (mut entry, config) = archive.new_file(name).compression_method(CompressionMethod::DEFLATE).start()?;
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
        writer.write_all(content.as_bytes())?;
        let (encoder, descriptor) = writer.finish()?;
        encoder.finish()?;
        entry.finish(descriptor)?;
    }
    Ok(archive.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{self, Kind};

    #[test]
    fn both_count_the_same_rows() {
        let mut file = Vec::new();
        data::write(Kind::Plain, 10_000, 1, &mut file).unwrap();
        let found = measure(&file, 1).unwrap();
        let counts: Vec<_> = found["contenders"].as_array().unwrap().iter().map(|one| one["count"].clone()).collect();
        assert!(counts[0].as_u64() > Some(50) && counts[0] == counts[1], "{counts:?}");
    }
}
