//! What is refused by its name, and files that were made to do harm or were damaged.

use std::io::Cursor;

use proptest::prelude::*;

use super::make::{Book, DESCRIPTOR, Odd, PASSWORD, RELATIONS, Zip};
use super::{read, refused};
use crate::archive::{Archive, ArchiveError};
use crate::expand::ExpansionLimit;
use crate::workbook::{Layout, Workbook, WorkbookError};

const ROW: &str = "<row r='1'><c r='A1'><v>1</v></c></row>";

fn book() -> Book {
    Book::of(ROW)
}

/// The error about a workbook of these parts.
fn refused_parts(parts: &[(String, Vec<u8>)]) -> String {
    let file = parts.iter().fold(Zip::default(), |zip, (name, content)| zip.file(name, content)).finish();
    read(file, None, Layout::default()).unwrap_err().to_string()
}

#[test]
fn what_could_harm_or_mislead_is_refused_by_its_name() {
    let with_type = |part: &str, of: &str| Book {
        types: format!("<Override PartName=\"{part}\" ContentType=\"{of}\"/>"),
        ..book()
    };
    let with_part = |name: &str| Book { parts: vec![(name.to_owned(), b"x".to_vec())], ..book() };
    let with_relation = |kind: &str, target: &str| Book {
        relations: format!("<Relationship Id=\"z\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>"),
        ..book()
    };
    for (book, expected) in [
        (with_part("xl/vbaProject.bin"), "the workbook has macros (xl/vbaProject.bin): save it as a workbook without"),
        (with_part("xl/macrosheets/sheet1.xml"), "the workbook has macros"),
        (
            with_type("/xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
            "the workbook has macros",
        ),
        (with_type("/xl/x.bin", "application/vnd.ms-office.vbaProject"), "the workbook has macros (/xl/x.bin)"),
        (with_relation("vbaProject", "y.bin"), "the workbook has macros (xl/y.bin)"),
        (with_part("xl/externalLinks/externalLink1.xml"), "the workbook has external links (xl/externalLinks/"),
        (with_relation("externalLink", "e.xml"), "the workbook has external links (xl/e.xml)"),
        (
            with_type("/e.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"),
            "external links (/e.xml)",
        ),
        (with_part("xl/workbook.bin"), "the file is a binary workbook (.xlsb): save it as"),
        (with_type("/x", "application/vnd.ms-excel.sheet.binary.macroEnabled.main"), "a binary workbook"),
    ] {
        let found = refused(&book);
        assert!(found.contains(expected), "{found}");
    }
    let links = book().parts().into_iter().map(|(name, xml)| {
        let xml = String::from_utf8(xml).unwrap().replace("</workbook>", "<externalReferences/></workbook>");
        (name, xml.into_bytes())
    });
    assert!(refused_parts(&links.collect::<Vec<_>>()).contains("external links"));
}

/// Also in parts that are read before the sheet.
#[test]
fn a_document_type_is_refused_in_every_part() {
    let dtd = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let parts = book().parts();
    for (at, (name, _)) in parts.iter().enumerate() {
        let mut parts = parts.clone();
        parts[at].1 = [dtd.as_bytes(), &parts[at].1].concat();
        assert!(refused_parts(&parts).contains("a document type definition (DTD, in "), "{name}");
    }
    // Without one, an entity of one's own is no XML.
    let unknown = Book::of("<row r='1'><c r='A1' t='str'><v>&a;</v></c></row>");
    assert!(refused(&unknown).contains("an unknown entity"));
}

#[test]
fn a_password_and_other_archives_are_refused() {
    let packed = |odd| {
        let parts = book().parts();
        parts.iter().fold(Zip::default(), |zip, (name, content)| zip.odd(name, content, odd)).finish()
    };
    let error = |file| read(file, None, Layout::default()).map(|read| read.0).map_err(|error| error.to_string());
    for odd in [Odd { method: 0, flags: 0 }, Odd { method: 8, flags: DESCRIPTOR }, Odd { method: 0, flags: DESCRIPTOR }]
    {
        assert_eq!(error(packed(odd)), Ok("1\n".to_owned()));
    }
    let found = error(packed(Odd { method: 8, flags: PASSWORD })).unwrap_err();
    assert!(found.contains("is encrypted with a password"), "{found}");
    let found = error(packed(Odd { method: 93, flags: 0 })).unwrap_err();
    assert!(found.contains("is compressed with ZSTD (method 93); expected Deflate"), "{found}");
    let twice = book().parts().iter().fold(Zip::default(), |zip, (name, content)| zip.file(name, content));
    let found = error(twice.file("XL/Workbook.xml", "x").finish()).unwrap_err();
    assert!(found.contains("two files with the name \"xl/workbook.xml\""), "{found}");
    for (file, expected) in [
        (Zip::default().file("a.csv", "x"), "without a workbook in it (it has \"a.csv\")"),
        (Zip::default().file("a.xlsx", "x"), "(it has \"a.xlsx\": unpack it, and upload that)"),
        (Zip::default(), "(it has no files)"),
        (
            Zip::default().file("[Content_Types].xml", "x").file("word/document.xml", "x"),
            "another document of Microsoft",
        ),
        (Zip::default().file("mimetype", "x").file("META-INF/manifest.xml", "x"), "an OpenDocument"),
    ] {
        let found = error(file.finish()).unwrap_err();
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn what_is_damaged_is_said_with_its_part() {
    let with = |rows: &str| refused(&Book::of(rows));
    for (rows, expected) in [
        (
            "<row r='1'><c r='A1' t='s'><v>5</v></c></row>",
            "cell A1 refers to a shared text that does not exist (there are 0)",
        ),
        ("<row r='1'><c r='A1' t='s'><v>-1</v></c></row>", "refers to a shared text"),
        ("<row r='2'/><row r='2'/>", "the row after row 2 has no number that can follow"),
        ("<row r='1048577'/>", "the row after row 0 has no number"),
        ("<row r='0'/>", "the row after row 0 has no number"),
        ("<row r='1048576'/><row/>", "the row after row 1048576 has no number"),
        ("<row r='1'><c r='A2'/></row>", "a cell of row 1 has a reference that none can have"),
        ("<row r='1'><c r='XFE1'/></row>", "a cell of row 1 has a reference"),
        ("<row r='1'><c r='XFD1'/><c/></row>", "a cell of row 1 has a reference"),
        ("<row r='1'><c r='A1' t='x'/></row>", "a cell of row 1 has a type that none can have"),
        ("<row r='1'><c r='A1'><v>1</v></c><c r='A1'><v>2</v></c></row>", "cell A1 occurs twice"),
        ("<row r='1'><c r='A1'><v>1</v><v>2</v></c></row>", "cell A1 has two values"),
        ("<row r='1'><c r='A1' t='inlineStr'><is><t>1</t></is><v>2</v></c></row>", "cell A1 has two values"),
        ("<row r='1'><c r='A1'><v>1</w></c></row>", "not XML"),
        ("<row r='1'><c r='A1' s=1/></row>", "not XML"),
        ("<row r='1'><c r='A1' t='str'><v>&#xFFFFFFFF;</v></c></row>", "an unknown entity or character"),
    ] {
        let found = with(rows);
        assert!(found.contains(expected) && found.contains("xl/worksheets/sheet1.xml"), "{rows}: {found}");
    }
    let parts = book().parts();
    for at in 0..parts.len() {
        // _rels/.rels is not needed, and neither are texts and formats if nothing refers to them.
        let mut fewer = parts.clone();
        let (name, _) = fewer.remove(at);
        if name != "_rels/.rels" {
            let found = refused_parts(&fewer);
            assert!(
                found.contains(&format!("{name} is missing in it")) || found.contains("without a workbook"),
                "{name}: {found}"
            );
        }
        let mut other = parts.clone();
        other[at].1 = b"\xFF\xFE<\0a\0".to_vec();
        let found = refused_parts(&other);
        assert!(found.contains(&*name) && found.contains("damaged"), "{name}: {found}");
    }
    let chart = book().parts().into_iter().map(|(name, xml)| {
        (
            name,
            String::from_utf8(xml).unwrap().replace("<worksheet", "<chartsheet").replace("</worksheet", "</chartsheet"),
        )
    });
    let chart: Vec<_> = chart.map(|(name, xml)| (name, xml.into_bytes())).collect();
    assert!(refused_parts(&chart).contains("this part is not a sheet with cells"));
}

#[test]
fn what_takes_too_much_memory_is_refused() {
    // A text without an end, and more of everything than the format has.
    let long = "x".repeat(2 * 1024 * 1024);
    let deep = "<a>".repeat(1000);
    for (book, expected) in [
        (Book::of(&format!("<row r='1'><c r='A1' t='str'><v>{long}</v></c></row>")), "longer than 1048576 bytes"),
        (Book::of(&format!("<row r='1' x='{long}'/>")), "longer than 1048576 bytes"),
        (Book::of(&deep), "nested more than 64 levels deep"),
        (Book { strings: format!("<si><t>{long}</t></si>"), ..book() }, "longer than 1048576 bytes"),
    ] {
        let (mut out, file) = (Vec::new(), book.finish());
        let limit = ExpansionLimit { compressed: file.len() as u64, ratio: 100_000 };
        let workbook = Workbook::open(Archive::open(Cursor::new(file), limit).unwrap()).unwrap();
        let found = workbook.write(None, Layout::default(), &mut out).unwrap_err().to_string();
        assert!(found.contains(expected), "{found}");
    }
}

/// Shared texts stay in memory, whatever makes them long.
#[test]
fn shared_texts_are_bounded() {
    let piece = format!("<t>{}</t>", "x".repeat(64 * 1024));
    for strings in [
        format!("<si><r>{piece}</r></si>").repeat(1100),
        format!("<si>{}</si>", piece.repeat(1100)),
        format!("<si><t>{}</t></si>", format!("<![CDATA[{}]]>", "x".repeat(64 * 1024)).repeat(1100)),
    ] {
        let file = Book { strings, ..book() }.finish();
        let limit = ExpansionLimit { compressed: file.len() as u64, ratio: 100_000 };
        let workbook = Workbook::open(Archive::open(Cursor::new(file), limit).unwrap()).unwrap();
        let error = workbook.write(None, Layout::default(), &mut Vec::new()).unwrap_err();
        assert_eq!(error, WorkbookError::TooMuchText { most: 64 * 1024 * 1024 });
    }
}

#[test]
fn what_expands_too_much_is_refused() {
    // Rows without cells cost nothing to keep, but time to read.
    let rows = Book::of(&"<row/>".repeat(500_000));
    let error = read(rows.finish(), None, Layout::default()).unwrap_err();
    assert!(matches!(error, WorkbookError::Archive(ArchiveError::TooLarge { .. })), "{error}");
    // Far cells make many empty ones.
    let far = |columns: &str| {
        format!("<row r='1'><c r='{columns}1'><v>1</v></c></row><row r='1048576'><c><v>2</v></c></row>")
    };
    let error = read(Book::of(&far("XFD")).finish(), None, Layout::default()).unwrap_err();
    assert!(matches!(error, WorkbookError::TooSparse { most: 1_048_576 }), "{error}");
    let limit = ExpansionLimit { compressed: super::super::MAX_BYTES + 1, ratio: 1 };
    let archive = Archive::open(Cursor::new(book().finish()), limit).unwrap();
    assert!(matches!(Workbook::open(archive).err(), Some(WorkbookError::TooLarge { .. })));
}

#[test]
fn rejects_that_were_saved_as_a_workbook_are_not_taken_for_data() {
    let labels = |names: &[&str]| {
        let cells: String =
            names.iter().map(|name| format!("<c t='str'><v>{name}</v></c>")).collect::<Vec<_>>().concat();
        Book::of(&format!("<row>{cells}</row>"))
    };
    assert!(refused(&labels(&["id", "_run", " _record "])).contains("save it as CSV in UTF-8"));
    assert_eq!(super::text(&labels(&["id", "_run"])), "id,_run\n");
}

/// A table, or an error with a name; never a panic.
fn survives(file: Vec<u8>) -> Result<(), String> {
    match read(file, None, Layout::default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn a_file_that_was_cut_off_is_refused_wherever_that_was() {
    let file = Book { strings: "<si><t>a</t></si>".to_owned(), ..book() }.finish();
    for length in 0..file.len() {
        let error = survives(file[..length].to_vec()).unwrap_err();
        assert!(error.contains("the ZIP archive is damaged or incomplete"), "{length}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damage_is_noticed_or_harmless(at in any::<prop::sample::Index>(), bit in 0..8u32, cut in any::<prop::sample::Index>()) {
        let mut file = Book { strings: "<si><t>a</t></si>".to_owned(), ..book() }.format("d.m.y").finish();
        let at = at.index(file.len());
        file[at] ^= 1 << bit;
        let _ = survives(file.clone());
        // What is in the part is checked by its checksum, so damage is found there in any case.
        let part = cut.index(file.len());
        file.truncate(part);
        prop_assert!(survives(file).is_err());
    }

    /// Damage within the XML, which the checksums would otherwise find first.
    #[test]
    fn any_xml_is_read_or_refused(part in 0..7usize, at in any::<prop::sample::Index>(), with in "[<>/a-z'\"&;= 0-9!?\\[\\]-]{0,4}", drop in 0..4usize) {
        let book = Book { strings: "<si><r><t>a</t></r></si>".to_owned(), ..Book::of("<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' s='1'><v>45581</v></c></row>") };
        let mut parts = book.format("d.m.y").parts();
        let xml = &mut parts[part].1;
        let at = at.index(xml.len());
        let end = (at + drop).min(xml.len());
        xml.splice(at..end, with.bytes());
        let file = parts.iter().fold(Zip::default(), |zip, (name, content)| zip.file(name, content)).finish();
        let _ = survives(file);
    }
}
