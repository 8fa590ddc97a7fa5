//! Workbooks as programs write them, and as nobody should.

mod hostile;
pub(crate) mod make;

use std::io::Cursor;

use proptest::prelude::*;

use self::make::{Book, MAIN, RELATIONS, Zip, table};
use super::*;
use crate::dialect::Dialect;
use crate::expand::ExpansionLimit;
use crate::record::{Position, Reader};

fn open(file: Vec<u8>) -> Result<Workbook<Cursor<Vec<u8>>>, WorkbookError> {
    let limit = ExpansionLimit { compressed: file.len() as u64, ratio: 100 };
    Workbook::open(Archive::open(Cursor::new(file), limit)?)
}

/// The text of a sheet, and its notes.
fn read(file: Vec<u8>, sheet: Option<&str>, layout: Layout) -> Result<(String, Vec<String>), WorkbookError> {
    let mut out = Vec::new();
    let seen = open(file)?.write(sheet, layout, &mut out)?;
    let notes = seen.notes().iter().map(ToString::to_string).collect();
    Ok((String::from_utf8(out).unwrap(), notes))
}

/// The text of the first sheet.
fn text(book: &Book) -> String {
    read(book.finish(), None, Layout::default()).unwrap().0
}

/// The error about a workbook.
fn refused(book: &Book) -> String {
    read(book.finish(), None, Layout::default()).unwrap_err().to_string()
}

/// A number never becomes a float, which would hold 16 digits or fewer.
#[test]
fn a_number_is_the_text_of_its_cell() {
    for number in [
        "12345678901234567",
        "1.1000000000000001",
        "0.30000000000000004",
        "123456789012345678901234567890.123456789",
        "4.00638E+12",
        "2e-07",
        "-0",
        "00123",
        "+5",
        "1.50",
        "not a number",
    ] {
        let book =
            Book::of(&format!("<row r='1'><c r='A1'><v>{number}</v></c><c r='B1' t='n'><v> {number} </v></c></row>"));
        assert_eq!(text(&book), format!("{number},{number}\n"));
    }
}

#[test]
fn every_type_of_cell_has_its_text() {
    let book = Book {
        strings: "<si><t>shared</t></si><si><r><rPr><b/></rPr><t>bold </t></r><r><t>and not</t></r><rPh sb='0' eb='1'>\
                  <t>pronounced</t></rPh></si><si/><si><t xml:space='preserve'> x_x000D_\ny </t></si>"
            .to_owned(),
        ..Book::of(
            "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c><c r='C1' t='s'><v>2</v></c>\
             <c r='D1' t='s'><v> 3 </v></c></row>\
             <row r='2'><c r='A2' t='str'><f>A1</f><v>a &amp; &#98;_x0041_</v></c><c r='B2' t='b'><v>1</v></c>\
             <c r='C2' t='b'><v>0</v></c><c r='D2' t='e'><v>#DIV/0!</v></c></row>\
             <row r='3'><c r='A3' t='d'><v>2024-10-16T12:00:00</v></c>\
             <c r='B3' t='inlineStr'><is><t>in</t><phoneticPr/></is></c>\
             <c r='C3' t='inlineStr'><is><r><t>l</t></r><r><t><![CDATA[<ine>]]></t></r></is></c>\
             <c r='D3'><f>1+1</f><v>2</v></c></row>",
        )
    };
    let expected = "shared,bold and not,,\" x\r\ny \"\na & bA,true,false,#DIV/0!\n2024-10-16T12:00:00,in,l<ine>,2\n";
    assert_eq!(text(&book), expected);
}

#[test]
fn a_number_with_the_format_of_a_date_is_iso() {
    let rows = "<row r='1'><c r='A1' s='1'><v>45581</v></c><c r='B1' s='2'><v>45581.5208333333</v></c><c r='C1' s='3'>\
                <v>0.5</v></c><c r='D1' s='4'><v>1.5</v></c><c r='E1' s='0'><v>45581</v></c><c r='F1' s='9'><v>45581</v></c>\
                <c r='G1' s='1'><v>-5</v></c><c r='H1' s='1' t='str'><v>45581</v></c><c r='I1' s='1'><v>60</v></c>\
                <c r='J1' s='1' t='d'><v>2024-10-16T00:00:00</v></c><c r='K1' s='2' t='d'><v>2024-10-16T00:00:00</v></c></row>";
    let book = Book::of(rows).format("dd.mm.yyyy").format("yyyy\\-mm\\-dd h:mm").format("h:mm;@").format("[h]:mm");
    assert_eq!(
        text(&book),
        "2024-10-16,2024-10-16T12:30:00,12:00:00,1.5,45581,45581,-5,45581,1900-02-29,2024-10-16,2024-10-16T00:00:00\n"
    );
    let book = Book { properties: "date1904=\"1\"".to_owned(), ..book };
    assert_eq!(
        text(&book),
        "2028-10-17,2028-10-17T12:30:00,12:00:00,1.5,45581,45581,-5,45581,1904-03-01,2024-10-16,2024-10-16T00:00:00\n"
    );
}

/// A person who looks for a record finds it in the sheet.
#[test]
fn a_row_is_a_line_and_has_a_cell_for_each_label() {
    let cell = |place: &str| format!("<c r='{place}' t='inlineStr'><is><t>{place}</t></is></c>");
    let row = |number: u32, places: &[&str]| {
        format!("<row r='{number}'>{}</row>", places.iter().map(|place| cell(place)).collect::<Vec<_>>().concat())
    };
    let rows = [
        row(2, &["B2", "C2", "D2"]),
        row(3, &["A3"]),
        row(4, &[]),
        row(6, &["C6", "E6", "F6"]),
        row(7, &["A7", "B7", "C7", "D7"]),
        "<row r='8'><c r='A8' s='1'/><c r='H8'><v></v></c></row>".to_owned(),
        row(9, &[]),
    ];
    let book = Book::of(&rows.concat());
    let expected = "\n,B2,C2,D2\nA3,,,\n,,,\n,,,\n,,C6,,E6,F6\nA7,B7,C7,D7\n";
    assert_eq!(text(&book), expected);
    let read = |layout| read(book.finish(), None, layout).unwrap();
    assert_eq!(
        read(Layout::default()).1.concat(),
        "[source-decoded] the file was rewritten into CSV from the sheet \
         \"Stock\"; record N is row N + 2 of the sheet, and lines are its rows"
    );
    // Rows that are skipped are empty lines, whatever they contain.
    let (text, notes) = read(Layout { skip_rows: 3, columns: None });
    assert_eq!(text, "\n\n\n\n\n,,C6,,E6,F6\nA7,B7,C7,D7,,\n");
    assert!(notes.concat().contains("record N is row N + 6 of the sheet"), "{notes:?}");
    // Without labels, the feed says how many columns there are.
    let (text, notes) = read(Layout { skip_rows: 1, columns: Some(2) });
    assert_eq!(text, "\n,B2,C2,D2\nA3,\n,\n,\n,,C6,,E6,F6\nA7,B7,C7,D7\n");
    assert!(notes.concat().contains("record N is row N + 1 of the sheet"), "{notes:?}");
    assert_eq!(read(Layout { skip_rows: 7, columns: None }).0, "");
    assert_eq!(read(Layout { skip_rows: u64::MAX, columns: Some(2) }).0, "");
}

#[test]
fn rows_and_cells_without_references_follow_each_other() {
    let book = Book::of(
        "<row><c><v>1</v></c><c r='C1'><v>2</v></c><c><v>3</v></c></row><row/><row><c t='b'><v>1</v></c></row>\
         <row r='5'><c r='B5'><v>b</v></c><c r='A5'><v>a</v></c></row>",
    );
    assert_eq!(text(&book), "1,,2,3\n,,,\ntrue,,,\n,,,\na,b,,\n");
}

#[test]
fn the_strict_format_and_prefixes_make_no_difference() {
    let plain =
        Book::of("<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' s='1'><v>45581</v></c></row>").format("d.m.yy");
    let plain = Book { strings: "<si><t>a</t></si>".to_owned(), ..plain };
    let expected = "a,2024-10-16\n";
    assert_eq!(text(&plain), expected);
    let strict = |text: &str| {
        text.replace(RELATIONS, "http://purl.oclc.org/ooxml/officeDocument/relationships")
            .replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
    };
    let prefixed = |text: &str| {
        let text = text.replace(&format!("xmlns=\"{MAIN}\""), &format!("xmlns:x=\"{MAIN}\""));
        if !text.contains("xmlns:x=") {
            return text;
        }
        let text = text.replace("</", "</x:").replace('<', "<x:");
        text.replace("<x:/x:", "</x:").replace("<x:?", "<?")
    };
    let bare = |text: &str| text.replace("standalone=\"yes\"", "");
    for change in [&strict as &dyn Fn(&str) -> String, &prefixed, &bare] {
        let parts = plain.parts();
        let changed = parts.iter().map(|(name, xml)| (name, change(std::str::from_utf8(xml).unwrap())));
        let file = changed.fold(Zip::default(), |zip, (name, xml)| zip.file(name, xml)).finish();
        assert_eq!(read(file, None, Layout::default()).unwrap().0, expected);
    }
}

#[test]
fn a_sheet_is_found_by_its_name_or_is_the_first_that_people_see() {
    let rows = |text: &str| format!("<sheetData><row><c t='str'><v>{text}</v></c></row></sheetData>");
    let book = Book { sheets: Vec::new(), ..Book::of("") };
    let book = book
        .odd_sheet("Lists", "state='veryHidden'", &rows("lists"))
        .sheet("Stock &amp; more", &rows("stock"))
        .sheet("old", &rows("old"));
    let read = |name| read(book.finish(), name, Layout::default());
    let (text, notes) = read(None).unwrap();
    assert_eq!(text, "stock\n");
    let expected = "from the sheet \"Stock & more\", the first that people see of 3 sheets: source.sheet names none, and \"Lists\", \
                    \"old\" are not read; record N";
    assert!(notes.concat().contains(expected), "{notes:?}");
    for (name, expected) in
        [("Stock & more", "stock\n"), ("STOCK & MORE", "stock\n"), ("Old", "old\n"), ("Lists", "lists\n")]
    {
        assert_eq!(read(Some(name)).unwrap().0, expected);
    }
    assert!(read(Some("Lists")).unwrap().1.concat().contains("the sheet is hidden"));
    assert_eq!(
        read(Some("Stok & more")).unwrap_err().to_string(),
        "the workbook has no sheet \"Stok & more\" (source.sheet); it has \"Lists\", \"Stock & more\", \"old\"; did you mean \
         \"Stock & more\"?"
    );
    let hidden = Book { sheets: Vec::new(), ..Book::of("") }.odd_sheet("a", "state='hidden'", &rows("a"));
    assert_eq!(super::tests::text(&hidden), "a\n");
    assert_eq!(refused(&Book { sheets: Vec::new(), ..Book::of("") }), "the workbook has no sheet with cells");
}

#[test]
fn what_people_should_know_of_a_sheet_is_noted() {
    let sheet = "<cols><col min='1' max='1' hidden='0'/><col min='2' max='3' hidden='1'/><col min='9' max='16384' \
                 hidden='1'/></cols><sheetData><row r='1' hidden='1'><c r='A1' t='e'><v>#REF!</v></c></row>\
                 <row r='2'><c r='A2'><v>1</v></c><c r='D2'><v>1</v></c></row>\
                 <row r='3' hidden='true'><c r='A3'><f>1</f></c><c r='B3' t='e'><v>#N/A</v></c><c r='C3'><f>2</f><v/></c></row>\
                 <row r='4' hidden='1'/><row r='5' hidden='1'><c r='A5' t='str'><f>\"\"</f><v></v></c><c r='B5' t='str'>\
                 <v>a\nb</v></c></row></sheetData><mergeCells><mergeCell ref='A1:D1'/><mergeCell ref='A2:B2'/><mergeCell \
                 ref='C3'/></mergeCells>";
    let book = Book { sheets: Vec::new(), ..Book::of("") }.sheet("Stock", sheet);
    let (_, notes) = read(book.finish(), None, Layout { skip_rows: 1, columns: None }).unwrap();
    assert_eq!(
        notes,
        [
            "[source-decoded] the file was rewritten into CSV from the sheet \"Stock\"; record N is row N + 2 of the sheet, and \
             cells have line breaks, so the line of a record may be another number",
            "[merged-cells] 2 ranges of cells are merged (first A2:B2): only the first cell of a range has a value, and the \
             others are empty",
            "[hidden-cells] 2 rows with content are hidden (first 3); columns B, C are hidden: what people do not see is read like \
             everything else",
            "[formula-value] there are 2 formulas without a stored value (first A3), and Sluice evaluates none: the cells are \
             empty. Open the workbook in a spreadsheet program and save it again",
            "[error-value] 1 cell holds an error in place of a value (first B3 with #N/A), which is read as a text",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_table_comes_back_cell_by_cell(
        rows in prop::collection::vec(prop::collection::vec("([a-c_x0D,\"\r\n &<>'é😀;]|_x000D_|_x0041_){0,6}", 4), 1..8),
    ) {
        // Trailing rows without content are none.
        let last = rows.iter().rposition(|row| row.iter().any(|cell| !cell.is_empty()));
        prop_assume!(last.is_some());
        let (csv, _) = read(table(&rows), None, Layout { skip_rows: 0, columns: Some(4) }).unwrap();
        let mut reader = Reader::new(Dialect::CANONICAL, Position::START_OF_DATA);
        reader.push(csv.as_bytes());
        reader.end();
        for row in &rows[..=last.unwrap()] {
            let record = reader.next_record().unwrap().unwrap();
            let cells: Vec<&str> = record.iter().map(|cell| std::str::from_utf8(cell).unwrap()).collect();
            prop_assert_eq!(cells, row.iter().map(String::as_str).collect::<Vec<_>>());
        }
        prop_assert!(reader.next_record().unwrap().is_none());
    }
}
