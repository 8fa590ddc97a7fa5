use proptest::prelude::*;

use super::super::automaton::{Action, Automaton, State};
use super::super::{Position, QuoteCheck, ReadError, Reader};
use crate::dialect::Dialect;

/// A record: where it begins, where it ends, and its cells.
type Seen = (Position, usize, Vec<Vec<u8>>);

/// What the automaton reads byte by byte; an error if the file ends within quotes.
fn by_bytes(bytes: &[u8], dialect: Dialect) -> (Vec<Seen>, Option<ReadError>) {
    let automaton = Automaton::new(dialect);
    let mut state = State::Between;
    let (mut records, mut cells, mut cell) = (Vec::new(), Vec::new(), Vec::new());
    let (mut line, mut begins, mut after_cr) = (1, None, false);
    for (at, &byte) in bytes.iter().enumerate() {
        let (next, action) = automaton.step(state, byte);
        let position = Position { offset: at as u64, line, record: 1 + records.len() as u64 };
        match action {
            Action::Skip | Action::SkipLine => {}
            _ => begins = begins.or(Some(position)),
        }
        match action {
            Action::Copy => cell.push(byte),
            Action::EndCell | Action::EndRecord => cells.push(std::mem::take(&mut cell)),
            _ => {}
        }
        if action == Action::EndRecord {
            records.push((begins.take().unwrap(), at, std::mem::take(&mut cells)));
        }
        line += u64::from(byte == b'\r' || byte == b'\n' && !after_cr);
        after_cr = byte == b'\r';
        state = next;
    }
    let Some(begins) = begins else { return (records, None) };
    match state {
        State::Quoted | State::QuotedEscape => return (records, Some(ReadError::UnclosedQuote(begins))),
        // An escape at the end of the input is data.
        State::CellEscape => cell.extend(bytes.last()),
        _ => {}
    }
    cells.push(cell);
    records.push((begins, bytes.len(), cells));
    (records, None)
}

/// What the reader returns for it.
fn by_blocks(bytes: &[u8], dialect: Dialect, piece: usize) -> (Vec<Seen>, Option<ReadError>) {
    // Not the start of a file, so there is no byte order mark.
    let start = Position { offset: 1 << 40, line: 1, record: 1 };
    let mut reader = Reader::new(dialect, start);
    let quotes = QuoteCheck::new(dialect);
    let mut records = Vec::new();
    let mut pieces = bytes.chunks(piece);
    loop {
        loop {
            match reader.next_record() {
                Ok(Some(record)) => {
                    let position = Position { offset: record.position.offset - start.offset, ..record.position };
                    let end = usize::try_from(position.offset).unwrap() + record.raw.len();
                    let cells = record.iter().map(<[u8]>::to_vec).collect();
                    match record.text() {
                        Some(text) => assert!(text.iter().map(str::as_bytes).eq(record.iter()), "{record:?}"),
                        None => assert!(std::str::from_utf8(record.raw).is_err(), "{record:?}"),
                    }
                    assert_eq!(quotes.fault(&record), quotes.examine(record.raw, record.position), "{record:?}");
                    records.push((position, end, cells));
                }
                Ok(None) => break,
                Err(ReadError::UnclosedQuote(at)) => {
                    let at = Position { offset: at.offset - start.offset, ..at };
                    return (records, Some(ReadError::UnclosedQuote(at)));
                }
                Err(error) => return (records, Some(error)),
            }
        }
        match pieces.next() {
            Some(piece) => reader.push(piece),
            None if reader.is_ended() => return (records, None),
            None => reader.end(),
        }
    }
}

fn holds(bytes: &[u8], dialect: Dialect, piece: usize) {
    let expected = by_bytes(bytes, dialect);
    assert_eq!(by_blocks(bytes, dialect, piece), expected, "{dialect:?} in pieces of {piece}");
}

/// Cells as feeds have them, and malformed ones; long ones reach over the edges of blocks.
fn cell() -> impl Strategy<Value = Vec<u8>> {
    let quoted = |text: Vec<u8>| [b"\"", &text[..], b"\""].concat();
    let long = prop_oneof![8 => 0usize..12, 2 => 50usize..140, 1 => 180usize..400];
    let plain = || (long.clone(), prop_oneof![6 => Just(b'x'), 1 => Just(b' ')]).prop_map(|(n, byte)| vec![byte; n]);
    let inner = proptest::collection::vec(
        prop_oneof![
            4 => plain(), 2 => Just(b"\"\"".to_vec()), 2 => Just(b"\n".to_vec()), 2 => Just(b"\r\n".to_vec()),
            2 => Just(b",".to_vec()), 1 => Just(b"\\\"".to_vec()), 1 => Just("ü".into()), 1 => Just(b"\r".to_vec()),
        ],
        0..5,
    );
    prop_oneof![
        8 => plain(),
        8 => inner.prop_map(move |parts| quoted(parts.concat())),
        1 => plain().prop_map(|text| [&text[..], b"\"", &text].concat()),
        1 => plain().prop_map(move |text| [quoted(text).as_slice(), b"x"].concat()),
        1 => Just(b"\"".to_vec()), 1 => Just(b" \"a\"".to_vec()), 1 => Just(b"#".to_vec()), 1 => Just(b"\\".to_vec()),
        1 => Just("ü".into()), 1 => Just(vec![0xFF]),
    ]
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    let end = prop_oneof![
        12 => Just(","), 5 => Just("\n"), 3 => Just("\r\n"), 1 => Just("\r"), 1 => Just("\n\n"), 1 => Just("\r\r\n"),
        1 => Just("\n#\"\n"),
    ];
    proptest::collection::vec((cell(), end), 0..60)
        .prop_map(|cells| cells.into_iter().flat_map(|(cell, end)| [&cell[..], end.as_bytes()].concat()).collect())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let quote = prop_oneof![8 => Just(Some(b'"')), 1 => Just(Some(b'x')), 1 => Just(None)];
    let escape = prop_oneof![3 => Just(None), 1 => Just(Some(b'\\')), 1 => Just(Some(b','))];
    let comment = prop_oneof![2 => Just(None), 1 => Just(Some(b'#'))];
    let often = prop_oneof![4 => Just(true), 1 => Just(false)];
    let delimiter = prop_oneof![8 => Just(b','), 1 => Just(b'x'), 1 => Just(b'\n'), 1 => Just(b'"')];
    (delimiter, quote, often, escape, comment, any::<bool>(), any::<bool>()).prop_map(
        |(delimiter, quote, double_quote, escape, comment, skip_initial_space, keep_blank_lines)| Dialect {
            delimiter: delimiter.into(),
            quote,
            double_quote,
            escape,
            comment,
            skip_initial_space,
            keep_blank_lines,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// For any file, dialect and pieces, block reading equals the automaton on every byte.
    #[test]
    fn blocks_say_what_single_steps_say(
        bytes in file(),
        dialect in dialect(),
        piece in prop_oneof![1usize..300, Just(usize::MAX)],
    ) {
        holds(&bytes, dialect, piece);
    }
}

/// Each of these at every place of a block and across its edge.
#[test]
fn whatever_lies_on_the_edge_of_a_block() {
    let escapes = Dialect { escape: Some(b'\\'), ..Dialect::CANONICAL };
    let spaces = Dialect { skip_initial_space: true, ..Dialect::CANONICAL };
    let single = Dialect { double_quote: false, ..Dialect::CANONICAL };
    let comments = Dialect { comment: Some(b'#'), keep_blank_lines: true, ..Dialect::CANONICAL };
    for text in [
        "\"\"",
        "\"\"\"\"",
        "\"a\"\"b\"",
        "\",\"",
        "\"\n\"",
        "\"\r\n\"",
        "\"\r\"",
        "\"\n\r\n\n\"",
        "\"a\"b",
        "\"a\" ",
        "a\"b\"",
        "\"\"\"",
        " a",
        " \"a\"",
        "\\\"",
        "\"\\\"\"",
        "\"a\"\r",
        "\r\n",
        "\r\r\n",
        "\n\n#\",\n",
        "\r\n#\"\r\n",
        "\"",
        "\u{fc}",
        "\"\u{fc}\"\"\"",
    ] {
        for before in 0..70 {
            for wrap in ["", "\""] {
                let wrapped = format!("{wrap}{}{wrap}", "x".repeat(before));
                for after in [",c\nd,e\n", "\nc\n", "\r\nc", "", ",\"c\"\n\"d\ne\",f\n"] {
                    let file = format!("a,b\n{wrapped},{text}{after}");
                    for dialect in [Dialect::CANONICAL, escapes, spaces, single, comments] {
                        holds(file.as_bytes(), dialect, usize::MAX);
                    }
                    let later = format!("{}{file}", "\"k\",l\n".repeat(11));
                    holds(later.as_bytes(), Dialect::CANONICAL, 100);
                }
            }
        }
    }
}

/// Long cells take the fast path through the blocks.
#[test]
fn long_cells_end_where_they_end() {
    for length in [60, 64, 65, 127, 128, 129, 190, 200, 1000, 5000] {
        let long = "x".repeat(length);
        for file in [
            format!("a,{long},b\n{long}\n"),
            format!("\"{long}\",\"{long}\n{long}\r\n{long}\",b\n\"{long}\"\"{long}\"\"\"\nc,d\n"),
            format!("{long}\"{long},b\n\"{long}\"{long}\nc\n"),
            format!("a,\"{long}"),
        ] {
            for dialect in [Dialect::CANONICAL, Dialect { escape: Some(b'\\'), ..Dialect::CANONICAL }] {
                holds(file.as_bytes(), dialect, usize::MAX);
                holds(file.as_bytes(), dialect, 333);
            }
        }
    }
}
