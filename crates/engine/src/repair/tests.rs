use proptest::prelude::*;

use super::*;
use crate::Code;
use crate::dialect::Dialect;
use crate::encoding::SourceText;
use crate::record::{Position, Reader, Rows};
use crate::reject::{self, Reject};
use crate::spec::Quotes;

const RUN: &str = "products-0123456789abcdef01234567";

fn parent(columns: &[&str]) -> Parent {
    let columns = Some(columns.iter().map(|column| (*column).to_owned()).collect());
    let dialect = Dialect { delimiter: b';'.into(), ..Dialect::CANONICAL };
    let producer = Producer { dialect, quotes: Quotes::Strict, ignores_trailing: false, form: RawForm::Separated };
    Parent { run: RUN.into(), producer, columns }
}

/// A row after reading: its record number, its cells or its text, and why it is rejected again.
type Row = (Option<u64>, Result<Vec<String>, String>, Option<(Code, String)>);

/// Reads every row of a file.
fn read(file: &str, parent: &Parent) -> Vec<Row> {
    let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
    reader.push(file.replace("RUN", RUN).as_bytes());
    reader.end();
    assert!(reader.advance().unwrap());
    let mut repair_reader = RepairReader::new(Sheet::of(reader.record().iter()).unwrap(), parent.clone());
    let mut rows = Vec::new();
    while reader.advance().unwrap() {
        let position = reader.record().position;
        let repaired = repair_reader.read(&reader.record());
        let cells = repaired.record.map(|record| {
            assert_eq!(record.position, position);
            record.iter().map(|cell| SourceText::REPAIRED.mark(cell).into_owned()).collect()
        });
        rows.push((repaired.number, cells, repaired.problem.map(|problem| (problem.code, problem.to_string()))));
    }
    rows
}

fn texts(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

#[test]
fn columns_are_found_wherever_they_stand() {
    let row = |file: &str| read(file, &parent(&["id", "name"])).remove(0);
    let expected = (Some(7), Ok(texts(&["1", "=x"])), None);
    assert_eq!(row("id,name,_run,_record,_line,_errors,_raw\n1,'=x,RUN,7,8,bad,\n"), expected);
    assert_eq!(row("\u{feff}_record,id,_run,name\r\n 7,1,RUN ,'=x\r\n"), expected);
    assert_eq!(row("name,_raw,_record,id,_run\n'=x,,7,1,RUN\n"), (Some(7), Ok(texts(&["=x", "1"])), None));
    assert_eq!(Sheet::of(["id", "_run"]), None);
    assert_eq!(Sheet::of(["id", "__run", "_record"]), None);
}

#[test]
fn a_column_of_the_source_may_have_a_name_of_ours() {
    let labels = ["_run", "'=a", "=b"].map(str::to_owned);
    let mut rows = Rows::default();
    reject::header(&mut rows, &labels, false);
    assert_eq!(rows.as_bytes(), b"__run,''=a,'=b,_run,_record,_line,_errors,_raw\n");
    let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
    reader.push(rows.as_bytes());
    assert!(reader.advance().unwrap());
    assert_eq!(Sheet::of(reader.record().iter()).unwrap().labels(), labels);
}

#[test]
fn a_record_without_columns_is_read_from_its_text() {
    let parent = parent(&["id", "name", "name"]);
    let row = |raw: &str| read(&format!("name,id,name,_run,_record,_raw\n,,,RUN,7,{raw}\n"), &parent).remove(0);
    assert_eq!(row("\"1;\"\"a;b\"\";=c\""), (Some(7), Ok(texts(&["a;b", "1", "=c"])), None));
    assert_eq!(row("\"'=1;2;3\""), (Some(7), Ok(texts(&["2", "=1", "3"])), None));
    for (raw, code, reported) in [
        (
            "1;2",
            Code::MissingCell,
            "_raw: has 2 cells, but the file had 3 columns; correct it here, in the format of the original file, or fill in the columns instead",
        ),
        (
            "1;2;3;4",
            Code::ExtraCell,
            "_raw: has 4 cells, but the file had 3 columns; correct it here, in the format of the original file, or fill in the columns instead",
        ),
        ("\"1;2;3\n4;5;6\"", Code::RawError, "_raw: holds more than one record; expected one"),
        ("\"1;2;\"\"3\"", Code::RawError, "_raw: cannot be read: a closing quote is missing"),
        ("\"\n\"", Code::RawError, "_raw: holds no record; expected one"),
    ] {
        let (of, record, problem) = row(raw);
        assert_eq!((of, problem), (Some(7), Some((code, format!("[{code}] {reported}")))), "{raw}");
        assert!(record.is_err(), "{raw}");
    }
    // The columns win over `_raw` if they are filled.
    let filled = read("id,name,name,_run,_record,_raw\n1,2,3,RUN,7,4;5;6\n", &parent).remove(0);
    assert_eq!(filled, (Some(7), Ok(texts(&["1", "2", "3"])), None));
    let unknown = Parent { columns: None, ..parent };
    let (.., problem) = read("id,_run,_record,_raw\n,RUN,7,1;2;3\n", &unknown).remove(0);
    assert_eq!(problem.unwrap().0, Code::RawError);
}

#[test]
fn rows_of_other_runs_are_rejected() {
    let header = "id,_run,_record";
    for (row, of, code, reported) in [
        (
            "1,other-1,7",
            None,
            Code::OtherRun,
            "_run: the row belongs to run other-1, but the first row of this file belongs to RUN; \
            upload the rejects of each run as a separate file",
        ),
        (
            "1,,7",
            None,
            Code::OtherRun,
            "_run: the row belongs to no run, but the first row of this file belongs to RUN; \
            upload the rejects of each run as a separate file",
        ),
        (
            "1,RUN,x",
            None,
            Code::UnknownRecord,
            "_record: \"x\" is not the number of a record; expected the number \
            from rejects.csv",
        ),
        (
            "1,RUN,0",
            None,
            Code::UnknownRecord,
            "_record: \"0\" is not the number of a record; expected the number \
            from rejects.csv",
        ),
        ("1,RUN", None, Code::MissingCell, "the row has 2 cells, but the header has 3: 1 too few"),
        ("1,RUN,7,", None, Code::ExtraCell, "the row has 4 cells, but the header has 3: 1 too many"),
    ] {
        let (found, _, problem) = read(&format!("{header}\n{row}\n"), &parent(&["id"])).remove(0);
        let reported = format!("[{code}] {}", reported.replace("RUN", RUN));
        assert_eq!((found, problem), (of, Some((code, reported))), "{row}");
    }
}

#[test]
fn what_could_not_be_decoded_still_cannot_be_until_it_is_repaired() {
    let parent = parent(&["id", "name"]);
    for (file, repaired) in [
        ("id,name,_run,_record,_errors\n1,M{\\x81}ller,RUN,7,[encoding-error] name: …\n", false),
        // Only the mark decides, whatever columns were removed or emptied.
        ("id,name,_run,_record\n1,M{\\x81}ller,RUN,7\n", false),
        ("id,name,_run,_record,_errors\n1,M{\\uD83D}ller,RUN,7,\n", false),
        ("id,name,_run,_record,_raw\n,,RUN,7,1;M{\\x81}ller\n", false),
        ("id,name,_run,_record\n1,Müller,RUN,7\n", true),
        // Text that only resembles a mark is data.
        ("id,name,_run,_record,_errors\n1,M\\x81ller,RUN,7,[encoding-error] name: …\n", true),
        ("id,name,_run,_record\n1,M{\\\\x81}ller,RUN,7\n", true),
        ("id,name,_run,_record,_raw\n,,RUN,7,1;M{\\\\x81}ller\n", true),
        // `_raw` is not read while the columns are filled.
        ("id,name,_run,_record,_raw\n1,Müller,RUN,7,1;M{\\x81}ller;x\n", true),
    ] {
        let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
        reader.push(file.replace("RUN", RUN).as_bytes());
        assert!(reader.advance().unwrap());
        let mut repair_reader = RepairReader::new(Sheet::of(reader.record().iter()).unwrap(), parent.clone());
        assert!(reader.advance().unwrap());
        let row = repair_reader.read(&reader.record());
        assert_eq!((row.number, row.problem.clone()), (Some(7), None), "{file}");
        let record = row.record.unwrap();
        let undecodable = record.iter().any(|cell| SourceText::REPAIRED.decode(cell).is_err());
        assert_eq!(!undecodable, repaired, "{file}");
    }
}

#[test]
fn table_of_detections() {
    let file = format!("id,_run,_record\n1,{RUN},7\n");
    let saved = |delimiter, sep_line| Detection::Repair { run: RUN.into(), saved: SavedFormat { delimiter, sep_line } };
    let repair = saved(Separator::Comma, false);
    let empty = format!("id,_run,_record\n,,\n , ,\n1,{RUN},7\n");
    let semicolons = file.replace(',', ";");
    let (sep, wrong_sep) = (format!("\u{feff}SEP=;\r\n{semicolons}"), format!("sep=;\n{file}"));
    let tabs = file.replace(',', "\t");
    let utf16: Vec<u8> = format!("\u{feff}{tabs}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let broken = |found: &str| {
        Detection::Broken(format!(
            "the file has the columns _run and _record of rejects.csv, but {found}; save it as CSV in UTF-8 (spreadsheets \
             offer \"CSV UTF-8\")"
        ))
    };
    for (head, whole, expected) in [
        (file.as_bytes(), true, repair.clone()),
        (file.as_bytes(), false, repair.clone()),
        (&file.as_bytes()[..file.len() - 1], false, Detection::Unfinished),
        (&file.as_bytes()[..file.len() - 1], true, repair.clone()),
        (b"id,_run", false, Detection::Unknown),
        (b"id,_run", true, Detection::Other),
        (b"id,name\n1,2\n", false, Detection::Other),
        (semicolons.as_bytes(), true, saved(Separator::Semicolon, false)),
        (sep.as_bytes(), true, saved(Separator::Semicolon, true)),
        (sep.as_bytes(), false, saved(Separator::Semicolon, true)),
        // The columns decide, whatever the `sep=` line says.
        (wrong_sep.as_bytes(), true, saved(Separator::Comma, true)),
        (tabs.as_bytes(), true, saved(Separator::Tab, false)),
        (&utf16, true, saved(Separator::Tab, false)),
        // Half of a character is missing.
        (&utf16[..utf16.len() - 1], false, Detection::Unfinished),
        (b"id;_run;_record\n", false, Detection::Unfinished),
        (b"sep=;\n", false, Detection::Unknown),
        (b"sep=;\nid;name\n1;2\n", false, Detection::Other),
        (b"id,_run,_record\n\xfc,", false, broken("byte 17 is not UTF-8")),
        (b"id,_run,_record\n\xc3", false, Detection::Unfinished),
        (b"id,_run,_record\n", true, Detection::Broken("the file has the header of rejects.csv and no rows".into())),
        (b"id,_run,_record\n1,,\n", true, Detection::Repair { run: String::new(), saved: SavedFormat::default() }),
        // An empty row has no run id; the next row is looked at.
        (empty.as_bytes(), true, repair.clone()),
        (b"id,_run,_record\n,,\n", false, Detection::Unfinished),
        (
            b"id,_run,_record\n,,\n",
            true,
            Detection::Broken("the file has the header of rejects.csv and no rows".into()),
        ),
        (b"", true, Detection::Other),
        (b"\x1f\x8b\x08\x00\x00", false, Detection::Unknown),
    ] {
        assert_eq!(detect(head, whole), expected, "{:?}", String::from_utf8_lossy(head));
    }
    let spreadsheet = format!("\u{feff}id,_run,_record\r\n1,{RUN},7\r\n");
    assert_eq!(detect(spreadsheet.as_bytes(), true), repair);
}

/// The bytes of `rejects.csv` for a run that rejects every record of a file.
fn rejected(labels: &[String], text: SourceText, dialect: Dialect, source: &[u8]) -> Vec<u8> {
    let mut reader = Reader::new(dialect, Position { offset: 1, line: 2, record: 1 });
    reader.push(source);
    reader.end();
    let mut rows = Rows::default();
    reject::header(&mut rows, labels, false);
    while reader.advance().unwrap() {
        reject::row(&mut rows, labels, text, &reader.record(), Reject { run: RUN, problems: &[], place: None });
    }
    rows.as_bytes().to_vec()
}

proptest! {
    /// Any cell comes back from rejects.csv unchanged, in its column or through `_raw`.
    #[test]
    fn any_record_comes_back_as_it_was(
        labels in prop::collection::vec("[_=a-z]{1,3}|_run|__raw|_record", 1..4),
        record in prop::collection::vec("['=+@\\-\\t\\r\\n\",;\u{feff}äa1 ]{0,5}|[={\\\\x8}]{0,3}\\{\\\\{0,2}x81\\}|ÿ[ÿ8}]?", 1..6),
    ) {
        let dialect = Dialect { delimiter: b';'.into(), ..Dialect::CANONICAL };
        // The record in the producer's dialect.
        let quoted: Vec<String> = record.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        // A "ÿ" stands for a byte that is not a character in the file's encoding.
        let bytes = |text: &str| [text, "\n"].concat().split('ÿ').map(str::as_bytes).collect::<Vec<_>>().join(&0xFF);
        let marked = |text: &str| SourceText::UTF_8.mark(&bytes(text)).strip_suffix('\n').unwrap().to_owned();
        let file = rejected(&labels, SourceText::UTF_8, dialect, &bytes(&quoted.join(";")));
        let columns = labels.clone();
        let producer = Producer { dialect, quotes: Quotes::Lenient, ignores_trailing: false, form: RawForm::Separated };
        let parent = Parent { run: RUN.into(), producer, columns: Some(columns) };
        let found = read(std::str::from_utf8(&file).unwrap(), &parent);
        prop_assert_eq!(found.len(), 1);
        let (of, cells, problem) = found.into_iter().next().unwrap();
        prop_assert_eq!(of, Some(1));
        if record.len() == labels.len() {
            let cells = cells.map(|cells| cells.join("|"));
            prop_assert_eq!((cells, problem), (Ok(marked(&record.join("|"))), None));
        } else {
            prop_assert_eq!(cells, Err(marked(&quoted.join(";"))));
            let code = if record.len() > labels.len() { Code::ExtraCell } else { Code::MissingCell };
            prop_assert_eq!(problem.map(|(code, _)| code), Some(code));
        }
    }
}
