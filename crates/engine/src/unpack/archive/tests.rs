//! The text of archives.

use std::io::Cursor;

use encoding_rs::{UTF_8, WINDOWS_1252};

use super::*;
use crate::workbook::tests::make::{Book, Zip};

fn plan(source: &str) -> FeedPlan {
    let yaml = format!(
        "{{version: 1, name: a, source: {{{source}}}, schema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}, \
         import: {{table: a, key: [id]}}}}"
    );
    FeedPlan::from_yaml(&yaml).unwrap()
}

fn unpack(source: &str, file: &[u8]) -> Result<(SourceText, String, Vec<String>), Problem> {
    let mut out = Vec::new();
    let plan = plan(source);
    let unpacked = unpack_archive(Cursor::new(file), file.len() as u64, ArchiveReading::of(&plan), &mut out);
    let (text, notes) = unpacked.map_err(|error| error.problem())?;
    Ok((text, String::from_utf8(out).unwrap(), notes.iter().map(ToString::to_string).collect()))
}

fn zip(content: impl AsRef<[u8]>) -> Vec<u8> {
    Zip::default().file("stock.csv", content).finish()
}

#[test]
fn the_file_in_an_archive_is_what_it_would_be_without_it() {
    let zipped = |text: SourceText| text.packed(Packing::Zip);
    let utf16: Vec<u8> = "\u{feff}id\nä\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let long: String = (0..200_000).map(|number| format!("{number},name\n")).collect::<Vec<_>>().concat();
    for (source, content, text, expected) in [
        ("", b"id\n1\n".to_vec(), zipped(SourceText::UTF_8), "id\n1\n"),
        ("", long.clone().into_bytes(), zipped(SourceText::UTF_8), &long),
        ("encoding: auto", "id\nä\n".into(), zipped(SourceText::UTF_8), "id\nä\n"),
        ("encoding: windows-1252", b"id\n1\n".to_vec(), zipped(SourceText::new(WINDOWS_1252, None)), "id\n1\n"),
        ("", utf16, zipped(SourceText::new(encoding_rs::UTF_16LE, None)), "id\nä\n"),
        ("format: jsonl", b"{\"id\": 1}\n".to_vec(), zipped(SourceText::UTF_8), "{\"id\": 1}\n"),
        ("format: json", b"[{\"id\": 1}]".to_vec(), zipped(SourceText::UTF_8.rewritten()), "{\"id\":1}\n"),
        ("", Vec::new(), zipped(SourceText::new(UTF_8, None)), ""),
    ] {
        let (found, unpacked, _) = unpack(source, &zip(content)).unwrap();
        assert_eq!(found, text, "{source}");
        assert!(unpacked == expected, "{source}");
    }
    let (_, _, notes) = unpack("encoding: auto", &zip("id\n1\n")).unwrap();
    assert_eq!(
        notes,
        [
            "[source-decoded] the file was unpacked from a ZIP archive; byte offsets in messages refer to the expanded file, line \
          and record numbers to the file itself"
        ]
    );
    let (_, _, notes) = unpack("encoding: auto", &zip(&long)).unwrap();
    assert!(notes[0].contains("the start of the expanded file contains only ASCII"), "{notes:?}");
}

#[test]
fn what_is_not_what_the_feed_says_is_named() {
    let workbook = Book::of("<row r='1'><c r='A1'><v>1</v></c></row>").finish();
    let office = Zip::default().file("[Content_Types].xml", "<x/>");
    for (source, file, code, expected) in [
        (
            "",
            workbook.clone(),
            Code::SourceError,
            "an Excel workbook (.xlsx): to read a sheet of it, write source: {format: xlsx}",
        ),
        ("format: jsonl", workbook.clone(), Code::SourceError, "an Excel workbook (.xlsx)"),
        ("", office.file("word/document.xml", "x").finish(), Code::SourceError, "a document of Microsoft Office"),
        (
            "",
            Zip::default().file("mimetype", "x").file("META-INF/manifest.xml", "x").finish(),
            Code::SourceError,
            "an OpenDocument, such as a spreadsheet (.ods)",
        ),
        (
            "",
            zip(&workbook),
            Code::SourceError,
            "\"stock.csv\" in the ZIP archive is a ZIP archive or an office document itself",
        ),
        (
            "",
            zip(b"\x1F\x8B\x08\0"),
            Code::SourceError,
            "\"stock.csv\" in the ZIP archive is compressed with gzip itself",
        ),
        ("", zip(b"%PDF-1.7"), Code::SourceError, "\"stock.csv\" in the ZIP archive is a PDF"),
        ("format: json", zip("[1, ]"), Code::JsonError, "not JSON"),
        ("", Zip::default().finish(), Code::SourceError, "no file in it"),
        ("", workbook[..workbook.len() - 9].to_vec(), Code::ExpansionError, "is damaged or incomplete"),
        ("", zip(vec![b'a'; 3_000_000]), Code::ExpansionError, "(source.maxExpansion)"),
        ("format: xlsx", zip("id\n1\n"), Code::WorkbookError, "without a workbook in it (it has \"stock.csv\")"),
        ("format: xlsx", workbook[..100].to_vec(), Code::ExpansionError, "is damaged or incomplete"),
        (
            "format: xlsx, sheet: x",
            workbook.clone(),
            Code::WorkbookError,
            "has no sheet \"x\" (source.sheet); it has \"Stock\"",
        ),
    ] {
        let problem = unpack(source, &file).unwrap_err();
        assert_eq!(problem.code, code, "{problem}");
        assert!(problem.message.contains(expected), "{problem}");
    }
    assert_eq!(unpack("format: xlsx", &workbook).unwrap().1, "1\n");
}

/// Whoever writes the text may fail too.
#[test]
fn text_that_cannot_be_written_is_an_error() {
    let workbook = Book::of("<row r='1'><c r='A1'><v>1</v></c></row>").finish();
    for (source, file) in [("format: xlsx", workbook), ("", zip("id\n1\n"))] {
        let plan = plan(source);
        let mut full = [0_u8; 1];
        let bytes = file.len() as u64;
        let unpacked = unpack_archive(Cursor::new(file), bytes, ArchiveReading::of(&plan), &mut &mut full[..]);
        assert!(unpacked.unwrap_err().to_string().contains("cannot be written"));
    }
}
