use super::*;

/// Records as (line, offset, cells), read in pieces of the given size.
fn read(text: &str, piece: usize) -> Result<Vec<(u64, u64, Vec<String>)>, ReadError> {
    let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
    let mut records = Vec::new();
    let mut pieces = text.as_bytes().chunks(piece);
    loop {
        while let Some(record) = reader.next_record()? {
            let cells = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            records.push((record.position.line, record.position.offset, cells));
        }
        match pieces.next() {
            Some(piece) => reader.push(piece),
            None if reader.ended => return Ok(records),
            None => reader.end(),
        }
    }
}

macro_rules! parses_to {
    ($name:ident, $text:expr, [$(($line:expr, $offset:expr, [$($cell:expr),*])),*]) => {
        #[test]
        fn $name() {
            let expected: Vec<(u64, u64, Vec<String>)> = vec![$(($line, $offset, vec![$($cell.to_owned()),*])),*];
            for piece in 1..=$text.len().max(1) {
                assert_eq!(read($text, piece).unwrap(), expected, "in pieces of {piece}");
            }
        }
    };
}

parses_to!(nothing, "", []);
parses_to!(only_line_breaks, "\r\n\n\r", []);
parses_to!(one_cell, "a", [(1, 0, ["a"])]);
parses_to!(lf, "a,b\nc,d\n", [(1, 0, ["a", "b"]), (2, 4, ["c", "d"])]);
parses_to!(crlf, "a,b\r\nc,d\r\n", [(1, 0, ["a", "b"]), (2, 5, ["c", "d"])]);
parses_to!(cr, "a\rb", [(1, 0, ["a"]), (2, 2, ["b"])]);
parses_to!(blank_lines, "a\n\n\r\nb", [(1, 0, ["a"]), (4, 5, ["b"])]);
parses_to!(bom, "\u{feff}a\nb", [(1, 3, ["a"]), (2, 5, ["b"])]);
parses_to!(no_last_newline, "a\nb,", [(1, 0, ["a"]), (2, 2, ["b", ""])]);
parses_to!(quoted_newline, "\"x\r\ny\",1\nz,2", [(1, 0, ["x\r\ny", "1"]), (3, 9, ["z", "2"])]);
parses_to!(doubled_quote, "\"a\"\"b\"\nc", [(1, 0, ["a\"b"]), (2, 7, ["c"])]);
parses_to!(bare_quote, "a\"b\nc", [(1, 0, ["a\"b"]), (2, 4, ["c"])]);
parses_to!(text_after_quote, "\"a\"b,c\nd", [(1, 0, ["ab", "c"]), (2, 7, ["d"])]);
parses_to!(empty_quoted, "\"\"\na", [(1, 0, [""]), (2, 3, ["a"])]);
parses_to!(cr_cr_lf, "a\r\r\nb", [(1, 0, ["a"]), (3, 4, ["b"])]);

#[test]
fn an_unclosed_quote_names_the_record_where_it_began() {
    for piece in 1..10 {
        let error = read("a\nb,\"c\nd\n", piece).unwrap_err();
        assert_eq!(error, ReadError::UnclosedQuote(Position { offset: 2, line: 2, record: 1 }));
    }
}

#[test]
fn a_record_beyond_the_limit_is_reported_where_it_begins() {
    let text = format!("a\n\"{}", "x".repeat(MAX_RECORD + 1));
    let error = read(&text, 65536).unwrap_err();
    assert_eq!(error, ReadError::TooLong(Position { offset: 2, line: 2, record: 1 }, MAX_RECORD as u64));
}

/// In any pieces, a record of exactly the maximum length is read, and a longer one is not.
#[test]
fn the_limit_is_exact() {
    for quote in ["", "\""] {
        for length in 190..=210 {
            let record = format!("{quote}{}{quote}\n", "x".repeat(length - 1 - 2 * quote.len()));
            for (file, piece) in [(1, 1), (1, 64), (1, 1000), (0, 1000)] {
                // With and without the line break, which counts.
                let record = &record[..record.len() - 1 + file];
                let text = format!("a,b\n{record}");
                let mut reader = Reader::new(Dialect::CANONICAL, Position::START).max_record(200);
                let mut read = || {
                    let mut records = 0;
                    for piece in text.as_bytes().chunks(piece) {
                        reader.push(piece);
                        while reader.advance()? {
                            records += 1;
                        }
                    }
                    reader.end();
                    while reader.advance()? {
                        records += 1;
                    }
                    Ok(records)
                };
                let begins = Position { offset: 4, line: 2, record: 1 };
                let expected = if record.len() <= 200 { Ok(2) } else { Err(ReadError::TooLong(begins, 200)) };
                assert_eq!(read(), expected, "{} bytes in pieces of {piece}", record.len());
            }
        }
    }
}

#[test]
fn an_error_names_the_limit() {
    let error = ReadError::TooLong(Position { offset: 2, line: 2, record: 1 }, 1024);
    let expected = "the record that begins on line 2 (record 1, byte 2) is longer than 1024 bytes: a closing \
                    quote is missing, or the limit (--max-record-bytes) is too low for it";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_byte_order_mark_in_the_middle_is_data() {
    let mut reader = Reader::new(Dialect::CANONICAL, Position { offset: 10, line: 2, record: 1 });
    reader.push("\u{feff}a".as_bytes());
    reader.end();
    assert_eq!(reader.next_record().unwrap().unwrap().get(0), Some("\u{feff}a".as_bytes()));
}

/// A delimiter that is half of a character.
#[test]
fn a_dialect_that_is_not_ascii_has_no_text() {
    for (delimiter, expected) in [(b';', Some(2)), (0xBC, None)] {
        let mut reader = Reader::new(Dialect { delimiter: delimiter.into(), ..Dialect::CANONICAL }, Position::START);
        reader.push("a;ü\n".as_bytes());
        let record = reader.next_record().unwrap().unwrap();
        assert_eq!(record.len(), 2);
        assert_eq!(record.text().map(|text| text.len()), expected);
    }
}

#[test]
fn a_record_that_is_skipped_to_is_read_as_if_all_before_it_were_read() {
    let text = "\u{feff}a,\"b\n\"\n\nc,\"d\"\"\"\r\ne\r\"f,g\",h\"i\nj,k";
    let all = || {
        let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
        reader.push(text.as_bytes());
        reader.end();
        let mut seen = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            seen.push((record.position, record.raw.to_vec(), record.iter().map(<[u8]>::to_vec).collect::<Vec<_>>()));
        }
        seen
    };
    let records = all();
    assert_eq!(records.len(), 5);
    // Every second, every third and so on, in pieces of any size.
    for (piece, step) in (1..=text.len()).flat_map(|piece| (1..4).map(move |step| (piece, step))) {
        let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
        let mut pieces = text.as_bytes().chunks(piece);
        for (position, raw, cells) in records.iter().skip(step - 1).step_by(step) {
            while !reader.skip_to(*position) {
                reader.push(pieces.next().unwrap());
            }
            while !reader.advance().unwrap() {
                match pieces.next() {
                    Some(piece) => reader.push(piece),
                    None => reader.end(),
                }
            }
            let found = reader.record();
            assert_eq!((found.position, found.raw), (*position, &raw[..]), "{piece} {step}");
            assert!(found.iter().eq(cells), "{piece} {step}");
        }
        assert!(!reader.skip_to(Position::START), "the position is behind it");
    }
}
