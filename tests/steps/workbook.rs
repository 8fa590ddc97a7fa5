//! Workbooks and ZIP archives as a source: from pin to report.

use sluice_contract::documents::{Manifest, SourceDocument};
use sluice_contract::steps::PinInput;
use sluice_contract::{RunId, Tally, Verdict, keys};
use sluice_engine::Code;
use sluice_platform::rejects::RejectState;

use crate::world::World;

#[path = "../../crates/engine/src/workbook/tests/make.rs"]
#[allow(dead_code, reason = "the tests of the engine use all of it")]
pub mod make;

use self::make::{Book, DESCRIPTOR, Odd, PASSWORD, Zip};

const KEY: &str = "inbox/stock/a.xlsx";

const FEED: &str = "
version: 1
name: stock
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: price, type: number}
    - {name: since, type: date}
    - {name: note}
import: {table: stock, key: [id]}
";

fn world(source: &str) -> World {
    let world = World::new();
    world.feed("stock", &format!("{FEED}source: {{{source}}}\n"));
    world
}

fn tally(read: u64, imported: u64, rejected: u64) -> Tally {
    Tally { read, imported, rejected, ..Tally::default() }
}

/// A title, labels, and four records, one of them empty.
fn stock() -> Book {
    let text = |place: &str, text: &str| format!("<c r='{place}' t='inlineStr'><is><t>{text}</t></is></c>");
    let labels: String = ["A2", "B2", "C2", "D2"]
        .iter()
        .zip(["id", "price", "since", "note"])
        .map(|(at, label)| text(at, label))
        .collect::<Vec<_>>()
        .concat();
    let rows = format!(
        "<row r='1'>{}</row><row r='2'>{labels}</row>\
         <row r='3'>{}<c r='B3'><v>1.1000000000000001</v></c><c r='C3' s='1'><v>45581</v></c>{}</row>\
         <row r='5'>{}<c r='B5'><v>12345678901234567</v></c></row>\
         <row r='6' hidden='1'>{}<c r='B6' t='e'><v>#DIV/0!</v></c><c r='C6' s='1'><v>60</v></c></row>",
        text("A1", "Stock of today,\nin pieces"),
        text("A3", "a"),
        text("D3", "two\nlines, \"quoted\""),
        text("A5", "b"),
        text("A6", "c"),
    );
    let book = Book { sheets: Vec::new(), ..Book::of("") }.sheet("Lists", "<sheetData/>");
    let sheet = format!("<sheetData>{rows}</sheetData><mergeCells><mergeCell ref='D5:D6'/></mergeCells>");
    book.sheet("Stock", &sheet).format("dd.mm.yyyy")
}

fn source(world: &World, run: &RunId) -> SourceDocument {
    world.document(&keys::source_document(run))
}

#[tokio::test]
async fn a_sheet_is_imported_whatever_the_size_of_the_chunks() {
    for chunk_bytes in [1, 20, 100_000] {
        let mut world = world("format: xlsx, sheet: stock, skipLines: 1");
        world.chunk_bytes = chunk_bytes;
        let file = stock().finish();
        let (run, verdict) = world.import_file(KEY, file.clone()).await;
        let document = world.tally(&run);
        assert_eq!(
            (verdict, document.tally),
            (Verdict::Imported, Tally { omitted: 1, ..tally(4, 2, 1) }),
            "{chunk_bytes}"
        );
        assert_eq!(
            world.output(&run, keys::IMPORTED_CSV),
            "_record,id,price,since,note\n1,a,1.1000000000000001,2024-10-16,\"two\nlines, \"\"quoted\"\"\"\n\
             3,b,12345678901234567,,\n"
        );
        let source = source(&world, &run);
        assert_eq!(source.key, keys::source_text(&run));
        assert_eq!(world.objects.bytes(&source.run.archive).unwrap(), file, "the archive has the file as it came");
        let notes: Vec<_> = document.notes.iter().map(|note| note.code).collect();
        for code in [Code::SourceDecoded, Code::MergedCells, Code::HiddenCells, Code::ErrorValue] {
            assert!(notes.contains(&code), "{code}: {notes:?}");
        }
        let noted = document.notes.iter().find(|note| note.code == Code::SourceDecoded).unwrap();
        assert!(noted.message.contains("record N is row N + 2 of the sheet"), "{noted}");
        // The same file again changes nothing.
        let again = world.import_file(KEY, file).await.0;
        assert_eq!(
            world.tally(&again).tally,
            Tally { read: 4, unchanged: 2, rejected: 1, omitted: 1, ..Tally::default() }
        );
    }
}

/// An error of the spreadsheet and a day that never was are texts, which the schema rejects; what is rejected comes back as CSV.
#[tokio::test]
async fn rejects_of_a_sheet_are_repaired() {
    let world = world("format: xlsx, sheet: Stock, skipLines: 1");
    let (monday, _) = world.import_file(KEY, stock().finish()).await;
    let rejects = world.output(&monday, keys::REJECTS_CSV);
    assert!(
        rejects.starts_with("id,price,since,note,_run,_record,_line,_errors,_raw\nc,#DIV/0!,1900-02-29,,"),
        "{rejects}"
    );
    assert!(rejects.contains("price: \"\"#DIV/0!\"\" is not a decimal number"), "{rejects}");
    assert!(rejects.contains("since: \"\"1900-02-29\"\" is not a date"), "{rejects}");
    let fixed = rejects.replace("#DIV/0!,1900-02-29", "3.5,1900-03-01");
    let (repair, verdict) = world.import_file("inbox/stock/fix.csv", fixed).await;
    assert_eq!((verdict, world.tally(&repair).tally), (Verdict::Imported, tally(1, 1, 0)));
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,price,since,note\n1,c,3.5,1900-03-01,\n");
    let states: Vec<_> = world.rejects.of(&monday).into_iter().map(|entry| (entry.record, entry.state)).collect();
    assert_eq!(states, [(4, RejectState::Closed)]);
}

#[tokio::test]
async fn a_zip_with_one_file_gives_what_the_file_gives() {
    let text = "id,price,since,note\na,1.10,2024-10-16,\"two\nlines\"\nb,x,,\n";
    let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let json = "[{\"id\": \"a\", \"price\": 1.10, \"since\": \"2024-10-16\", \"note\": \"two\\nlines\"}, {\"id\": \"b\", \"price\": \"x\"}]";
    let mut outputs = Vec::new();
    for (source, content, odd) in [
        ("", text.as_bytes().to_vec(), Odd::default()),
        ("encoding: auto", text.as_bytes().to_vec(), Odd { method: 0, flags: DESCRIPTOR }),
        ("encoding: auto", utf16, Odd { method: 8, flags: DESCRIPTOR }),
        ("format: json", json.as_bytes().to_vec(), Odd::default()),
    ] {
        let world = world(source);
        let file = Zip::default().odd("data/stock.csv", &content, odd).finish();
        let (run, verdict) = world.import_file("inbox/stock/a.zip", file).await;
        let document = world.tally(&run);
        assert_eq!((verdict, document.tally), (Verdict::Imported, tally(2, 1, 1)), "{source}");
        assert!(document.notes.iter().any(|note| note.message.contains("unpacked from a ZIP archive")), "{source}");
        outputs.push(world.output(&run, keys::IMPORTED_CSV));
    }
    assert_eq!(outputs[0], "_record,id,price,since,note\n1,a,1.1,2024-10-16,\"two\nlines\"\n");
    assert!(outputs.iter().all(|output| *output == outputs[0]));
}

#[tokio::test]
async fn what_is_not_read_is_rejected_by_its_name_and_kept() {
    let zip = |name: &str| Zip::default().file(name, "id,price,since,note\na,1,,\n");
    let password = Zip::default().odd("a.csv", "id\n", Odd { method: 8, flags: PASSWORD });
    let macros = Book { parts: vec![("xl/vbaProject.bin".to_owned(), b"x".to_vec())], ..stock() };
    let links = Book { parts: vec![("xl/externalLinks/externalLink1.xml".to_owned(), b"x".to_vec())], ..stock() };
    let dtd = Book { prolog: "<!DOCTYPE x>".to_owned(), ..stock() };
    for (source, file, code, message) in [
        ("", stock().finish(), Code::SourceError, "write source: {format: xlsx} in the feed"),
        ("", zip("a.csv").file("b.csv", "x").finish(), Code::SourceError, "has 2 files (\"a.csv\", \"b.csv\")"),
        ("", zip("../a.csv").finish(), Code::SourceError, "leads out of the folder"),
        ("", password.finish(), Code::SourceError, "encrypted with a password"),
        ("", zip("a.csv").finish()[..60].to_vec(), Code::ExpansionError, "the ZIP archive is damaged or incomplete"),
        (
            "",
            Zip::default().file("a.csv", vec![b'a'; 3_000_000]).finish(),
            Code::ExpansionError,
            "(source.maxExpansion)",
        ),
        ("format: xlsx", macros.finish(), Code::WorkbookError, "the workbook has macros (xl/vbaProject.bin)"),
        ("format: xlsx", links.finish(), Code::WorkbookError, "the workbook has external links"),
        ("format: xlsx", dtd.finish(), Code::WorkbookError, "a document type definition (DTD"),
        ("format: xlsx, sheet: Stok", stock().finish(), Code::WorkbookError, "did you mean \"Stock\"?"),
        ("format: xlsx", zip("a.csv").finish(), Code::WorkbookError, "a ZIP archive without a workbook"),
        (
            "format: xlsx",
            b"id,price\n".to_vec(),
            Code::SourceError,
            "the file is no Excel workbook (.xlsx), but perhaps CSV",
        ),
        (
            "format: xlsx",
            b"\xD0\xCF\x11\xE0\xA1\xB1".to_vec(),
            Code::SourceError,
            "such as an Excel workbook (.xls), or one with a",
        ),
        ("format: xlsx", stock().finish()[..900].to_vec(), Code::ExpansionError, "damaged or incomplete"),
        // The first sheet that people see has no cells.
        ("format: xlsx", stock().finish(), Code::SourceError, "the sheet has no cells with content"),
    ] {
        let world = world(source);
        let (run, verdict) = world.import_file(KEY, file.clone()).await;
        assert_eq!((verdict, world.sink.items("stock").len()), (Verdict::Rejected, 0), "{message}");
        let manifest: Manifest = world.document(&keys::manifest(&run));
        let found: Vec<_> = manifest.problems.iter().map(|problem| (problem.code, problem.message.as_str())).collect();
        assert!(matches!(found[..], [(is, text)] if is == code && text.contains(message)), "{message}: {found:?}");
        assert_eq!(world.objects.bytes(&source_of(&world, &run)).unwrap(), file);
    }
}

fn source_of(world: &World, run: &RunId) -> String {
    source(world, run).run.archive
}

/// Without a header, the feed says how many columns there are; a footer is the last rows.
#[tokio::test]
async fn labels_and_footer_are_as_the_feed_says() {
    let text = |at: &str, text: &str| format!("<c r='{at}' t='str'><v>{text}</v></c>");
    let rows = format!(
        "<row r='1'>{}<c r='B1'><v>2</v></c></row><row r='3'>{}</row><row r='4'>{}<c r='B4'><v>2</v></c></row>",
        text("A1", "a"),
        text("A3", "b"),
        text("A4", "END"),
    );
    let world =
        world("format: xlsx, header: false, columns: [id, price, since, note], footer: {marker: END, countCell: 2}");
    let (run, verdict) = world.import_file(KEY, Book::of(&rows).finish()).await;
    assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, Tally { omitted: 1, ..tally(3, 2, 0) }));
    assert_eq!(world.output(&run, keys::IMPORTED_CSV), "_record,id,price,since,note\n1,a,2,,\n3,b,,,\n");
}

/// What is noted about a workbook shows only when it is read, also if its text is there already.
#[tokio::test]
async fn killed_anywhere_it_goes_on_with_the_same_notes() {
    for (source, file) in [
        ("format: xlsx, sheet: Stock, skipLines: 1", stock().finish()),
        ("encoding: auto", Zip::default().file("a.csv", "id,price,since,note\ncaf\u{e9},1,,\n").finish()),
    ] {
        let world = world(source);
        let upload = world.upload(KEY, file);
        let run_id = world.deliver(&upload, true).await.run_id.unwrap();
        let input = PinInput { run_id: run_id.clone(), execution: run_id.to_string() };
        let output = sluice_pin::run(&world.pin(), input.clone()).await.unwrap();
        let (document, text) = (keys::source_document(&run_id), keys::source_text(&run_id));
        let first = (world.objects.bytes(&document).unwrap(), world.objects.bytes(&text).unwrap());
        // As if killed before source.csv was complete, or before source.json was written.
        for gone in [&[&document, &text][..], &[&document]] {
            for key in gone {
                assert!(world.objects.remove(key));
            }
            assert_eq!(sluice_pin::run(&world.pin(), input.clone()).await.unwrap(), output);
            assert_eq!(
                (world.objects.bytes(&document).unwrap(), world.objects.bytes(&text).unwrap()),
                first,
                "{source}"
            );
        }
        // Another call that wrote source.csv again would replace this mark.
        world.objects.insert(&text, "marked");
        assert!(world.objects.remove(&document));
        sluice_pin::run(&world.pin(), input).await.unwrap();
        assert_eq!(world.objects.bytes(&text).unwrap(), "marked");
    }
}

/// An upload above the size that is read in one request is read in ranges, from its end.
#[tokio::test]
async fn a_large_workbook_is_read_in_ranges() {
    let numbers = |row: u64| row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let rows: String = (2..60_000_u64)
        .map(|row| {
            format!("<row r='{row}'><c r='A{row}'><v>{row}</v></c><c r='B{row}'><v>{}</v></c></row>", numbers(row))
        })
        .collect::<Vec<_>>()
        .concat();
    let labels = "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c></row>";
    let strings = "<si><t>id</t></si><si><t>price</t></si>".to_owned();
    let file = Book { strings, ..Book::of(&format!("{labels}{rows}")) }.finish();
    assert!(file.len() > 1024 * 1024, "{}", file.len());
    let feed = "{version: 1, name: stock, source: {format: xlsx}, schema: {fields: [{name: id, constraints: {required: true}}, \
                {name: price, type: number}]}, import: {table: stock, key: [id]}}";
    let mut world = World::new();
    (world.max_file_bytes, world.chunk_bytes) = (file.len() as u64, 400_000);
    world.feed("stock", feed);
    let (run, verdict) = world.import_file(KEY, file).await;
    assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, tally(59_998, 59_998, 0)));
    let imported = world.output(&run, keys::IMPORTED_CSV);
    assert!(imported.ends_with(&format!("59998,59999,{}\n", numbers(59_999))));
}
