use fastrand::Rng;

use super::*;
use crate::record::Reader;

/// The records of a file: the cells joined by `|`, and the fault of the quotes.
fn read(dialect: Dialect, text: &str) -> Vec<(String, Option<QuoteFault>)> {
    let check = QuoteCheck::new(dialect);
    let mut reader = Reader::new(dialect, Position::START_OF_DATA);
    reader.push(text.as_bytes());
    reader.end();
    let mut records = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        let cells: Vec<_> = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        records.push((cells.join("|"), check.fault(&record)));
    }
    records
}

fn behind(opened: (u64, u64), closed: (u64, u64)) -> QuoteFault {
    QuoteFault::TextBehind { opened: at(opened), closed: at(closed) }
}

fn across(first: (u64, u64), last: (u64, u64)) -> QuoteFault {
    QuoteFault::AcrossCells { first: at(first), last: at(last) }
}

fn stray(place: (u64, u64)) -> QuoteFault {
    QuoteFault::Stray(at(place))
}

fn at((line, column): (u64, u64)) -> Place {
    Place { line, column }
}

/// With a delimiter of several bytes, those of them that separate nothing are text like any other.
#[test]
fn shapes_between_long_delimiters() {
    let read_with = |delimiter: &str, text: &str| {
        let delimiter = crate::dialect::Delimiter::of(delimiter.as_bytes()).unwrap();
        read(Dialect { delimiter, ..Dialect::CANONICAL }, text).remove(0)
    };
    for (delimiter, text, read_as, said) in [
        ("||", "\"a\"||\"b||c\"", "a|b||c", None),
        ("||", "\"a\"|x||b", "a|x|b", Some(behind((1, 1), (1, 3)))),
        ("||", "\"a\"|", "a|", Some(behind((1, 1), (1, 3)))),
        ("||", "\"a\"|||b", "a||b", None),
        (" |", "\"a\"  |b", "a |b", None),
        (" |", "\"a\" x |b", "a x|b", Some(behind((1, 1), (1, 3)))),
        ("||", "1||$78\"Table|| round\"||x", "1|$78\"Table| round\"|x", Some(across((1, 7), (1, 21)))),
        ("||", "Chair\"||x", "Chair\"|x", Some(stray((1, 6)))),
        ("||", "5\"||10\"|", "5\"|10\"|", None),
        ("||", "a|\"b\"||c", "a|\"b\"|c", None),
    ] {
        for end in ["", "\n"] {
            let found = read_with(delimiter, &format!("{text}{end}"));
            assert_eq!(found, (read_as.to_owned(), said), "{text}");
        }
    }
    let joined = Dialect { delimiter: crate::dialect::Delimiter::of(b"||").unwrap(), ..Dialect::CANONICAL };
    let mut reader = Reader::new(joined, Position::START_OF_DATA);
    reader.push(b"2||\"open||6\n3||last\"||7\n");
    let record = reader.next_record().unwrap().unwrap();
    let found = QuoteCheck::new(joined).joined(&record, 3);
    assert_eq!(found, Some(QuoteFault::JoinedLines { opened: at((1, 4)), lines: 2 }));
}

/// The shapes of broken quotes: how the first record is read, and what the check says.
#[test]
fn table_of_shapes() {
    for (text, read_as, said) in [
        ("1,\"Chair\n2,Table\n3,5\" pipe\n4,Lamp", "1|Chair\n2,Table\n3,5 pipe", Some(behind((1, 3), (3, 4)))),
        ("1,$78\"Table, round\",x", "1|$78\"Table| round\"|x", Some(across((1, 6), (1, 19)))),
        ("1,\"5\" screen", "1|5 screen", Some(behind((1, 3), (1, 5)))),
        ("\"blaaa\"bla", "blaaabla", Some(behind((1, 1), (1, 7)))),
        ("1,\"\"a\"\",x", "1|a\"\"|x", Some(behind((1, 3), (1, 4)))),
        ("\"N,\n2,\"b\"", "N,\n2,b\"", Some(behind((1, 1), (2, 3)))),
        ("\"ü\",\"a\"b", "ü|ab", Some(behind((1, 5), (1, 7)))),
        ("\"a\r\nb\"c", "a\r\nbc", Some(behind((1, 1), (2, 2)))),
        ("\"a\" \"b\"", "a \"b\"", Some(behind((1, 1), (1, 3)))),
        ("\"a\" ,b", "a |b", None),
        ("\"a\"\t,b", "a\t|b", None),
        ("1,5\" pipe", "1|5\" pipe", None),
        ("27\",3.5\"", "27\"|3.5\"", None),
        ("a 5\"x7\" b", "a 5\"x7\" b", None),
        ("1/2\"", "1/2\"", None),
        ("12½\" pipe", "12½\" pipe", None),
        ("5\" pipe,10\"", "5\" pipe|10\"", Some(across((1, 2), (1, 11)))),
        ("say \"hi\" now,say \"x\"", "say \"hi\" now|say \"x\"", None),
        ("say \"hi, you\"", "say \"hi| you\"", Some(across((1, 5), (1, 13)))),
        ("Chair\",x", "Chair\"|x", Some(stray((1, 6)))),
        ("Cha\"ir,x", "Cha\"ir|x", Some(stray((1, 4)))),
        ("A100\",x", "A100\"|x", Some(stray((1, 5)))),
        ("1001\",x", "1001\"|x", Some(stray((1, 5)))),
        ("1\"5,x", "1\"5|x", Some(stray((1, 2)))),
        (" \"a\",x", " \"a\"|x", None),
        (" \"a, b\",x", " \"a| b\"|x", Some(across((1, 2), (1, 7)))),
        ("\"a\"\"b\",\"\"\"\"", "a\"b|\"", None),
    ] {
        let records = read(Dialect::CANONICAL, text);
        assert_eq!(records.first(), Some(&(read_as.to_owned(), said)), "{text:?}");
    }
}

#[test]
fn other_dialects() {
    let spaces = Dialect { skip_initial_space: true, ..Dialect::CANONICAL };
    let escapes = Dialect { escape: Some(b'\\'), double_quote: false, ..Dialect::CANONICAL };
    let none = Dialect { quote: None, ..Dialect::CANONICAL };
    let single = Dialect { quote: Some(b'\''), ..Dialect::CANONICAL };
    for (dialect, text, read_as, said) in [
        (spaces, "1, \"a, b\"", "1|a, b", None),
        (spaces, "1, \"a\" b", "1|a b", Some(behind((1, 4), (1, 6)))),
        (spaces, "1,  Chair\"", "1|Chair\"", Some(stray((1, 10)))),
        (escapes, "\"a\\\"b\",c", "a\"b|c", None),
        (escapes, "\"a\"\"b\",c", "a\"b\"|c", Some(behind((1, 1), (1, 3)))),
        (none, "\"a\"b,c\"", "\"a\"b|c\"", None),
        (single, "'it''s','a'b", "it's|ab", Some(behind((1, 9), (1, 11)))),
        (single, "a \"b\" c", "a \"b\" c", None),
    ] {
        assert_eq!(read(dialect, text).first(), Some(&(read_as.to_owned(), said)), "{text:?}");
    }
}

/// Long cells take the fast path through the blocks, which must not skip a quote.
#[test]
fn a_quote_in_a_long_cell_is_seen() {
    for length in [10, 63, 64, 65, 127, 128, 129, 200, 1000] {
        let long = "x".repeat(length);
        let records = read(Dialect::CANONICAL, &format!("id,{long}\"{long},b\nc,d\n"));
        assert_eq!(records[0].1, Some(stray((1, length as u64 + 4))), "{length}");
        assert_eq!(records[1], ("c|d".into(), None));
    }
}

/// Two stray quotes may look well placed: only the lines of the record give them away.
#[test]
fn table_of_records_that_may_be_several() {
    let joined = |line, column, lines| Some(QuoteFault::JoinedLines { opened: at((line, column)), lines });
    for (text, columns, said) in [
        ("2,\"open,6\n3,last\",7", 3, joined(1, 3, 2)),
        ("2,\"open,6\r\n3,plain,6\r\n4,last\",7", 3, joined(1, 3, 3)),
        ("2,\"open,6\n3,last\",7\n", 3, joined(1, 3, 2)),
        ("2,\"open,6\r3,last\",7", 3, joined(1, 3, 2)),
        ("2,\"open,6\n3,last\",7", 4, None),
        ("2,\"two\nlines\",7", 3, None),
        ("2,\"two, \nlines, too\",7", 4, None),
        ("1,\"first\nsecond, third\"", 2, None),
        ("2,open,6\n3,last,7", 3, None),
    ] {
        let check = QuoteCheck::new(Dialect::CANONICAL);
        let mut reader = Reader::new(Dialect::CANONICAL, Position::START_OF_DATA);
        reader.push(text.as_bytes());
        reader.end();
        let record = reader.next_record().unwrap().unwrap();
        assert_eq!((check.fault(&record), check.joined(&record, columns)), (None, said), "{text:?}");
    }
}

#[test]
fn messages_name_the_places() {
    let said = |text| read(Dialect::CANONICAL, text)[0].1.unwrap().to_string();
    assert_eq!(
        said("1,\"Chair\n2,Table\n3,5\" pipe"),
        "a quote opens a cell on line 1, character 3, another closes it on line 3, character 4, but text follows there; \
         the cell spans 3 lines and may have swallowed records; expected a delimiter or the end of the record (a \
         quote within a quoted cell must be doubled)"
    );
    assert_eq!(
        said("1,$78\"Table, round\",x"),
        "an unquoted cell has a quote on line 1, character 6, and a later cell ends in a quote on line 1, character 19; a \
         delimiter between them may belong to the text; expected quotes around the whole cell, with each quote within it doubled"
    );
    assert_eq!(
        said("Chair\""),
        "an unquoted cell has a single quote on line 1, character 6; it is imported as part of the text"
    );
}

/// With one quote too many or too few, at least 95 of 100 files import no altered record unnoticed. An
/// unreadable file, a fault, or a wrong number of cells counts as noticed.
#[test]
fn one_quote_too_many_or_too_few_is_noticed() {
    let mut random = Rng::with_seed(7);
    let texts =
        ["Chair", "Table, round", "5\" pipe", "say \"hi\"", "", "12.50", "A-100", "two\nlines", "Lamp", "x;y", "ü"];
    for style in [csv::QuoteStyle::Always, csv::QuoteStyle::Necessary, csv::QuoteStyle::NonNumeric] {
        let (mut files, mut silent) = (0, Vec::new());
        for _ in 0..1000 {
            let rows: Vec<Vec<&str>> =
                (0..random.usize(2..8)).map(|_| (0..4).map(|_| texts[random.usize(..texts.len())]).collect()).collect();
            let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let clean = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let mut broken = clean.clone();
            let quotes: Vec<usize> = clean.match_indices('"').map(|(at, _)| at).collect();
            let places: Vec<usize> = clean.char_indices().map(|(at, _)| at).collect();
            if random.bool() && !quotes.is_empty() {
                broken.remove(quotes[random.usize(..quotes.len())]);
            } else {
                broken.insert(places[random.usize(..places.len())], '"');
            }
            files += 1;
            if imports_altered_in_silence(&broken, &rows) {
                silent.push(broken);
            }
        }
        assert!(
            silent.len() * 100 <= files * 5,
            "{style:?}: {} of {files}: {:#?}",
            silent.len(),
            &silent[..silent.len().min(9)]
        );
    }
}

/// Whether some record was read without any fault although it was never written.
fn imports_altered_in_silence(text: &str, written: &[Vec<&str>]) -> bool {
    let check = QuoteCheck::new(Dialect::CANONICAL);
    let mut reader = Reader::new(Dialect::CANONICAL, Position::START_OF_DATA);
    reader.push(text.as_bytes());
    reader.end();
    let mut is_altered = false;
    loop {
        match reader.next_record() {
            // The file as a whole is rejected.
            Err(_) => return false,
            Ok(None) => return is_altered,
            Ok(Some(record)) => {
                let cells: Vec<_> = record.iter().map(|cell| std::str::from_utf8(cell).unwrap()).collect();
                is_altered |= cells.len() == 4 && check.fault(&record).is_none() && !written.contains(&cells);
            }
        }
    }
}
