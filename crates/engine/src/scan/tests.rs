//! Compares every chunking with the `csv` crate and a model, and every composition with the whole.

mod composition;
mod edges;
mod model;

use proptest::prelude::*;

use super::*;
use crate::dialect::{Delimiter, Dialect};
use crate::record::{MAX_RECORD, Position, ReadError, Reader, cell_spans};

type Rows = Vec<Vec<Vec<u8>>>;

/// What the `csv` crate reads.
fn csv_crate(bytes: &[u8], dialect: Dialect) -> Rows {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(dialect.delimiter.only().unwrap())
        .quoting(dialect.quote.is_some())
        .quote(dialect.quote.unwrap_or_default())
        .double_quote(dialect.double_quote)
        .escape(dialect.escape)
        .comment(dialect.comment)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    reader.byte_records().map(|row| row.unwrap().iter().map(<[u8]>::to_vec).collect()).collect()
}

fn scanner(dialect: Dialect, layout: Layout, chunk: u64) -> Scanner {
    Scanner::new(dialect, layout, Sizes { chunk, record: MAX_RECORD as u64 })
}

/// Plans a file by scanning ranges of this many bytes separately.
fn split(bytes: &[u8], scanner: &Scanner, range: usize) -> Result<FilePlan, ReadError> {
    let mut preamble = scanner.preamble();
    let origin = bytes.chunks(range).find_map(|piece| preamble.push(piece)).unwrap_or_else(|| preamble.end());
    let mut whole = Summary::start(origin.offset);
    let mut start = usize::try_from(origin.offset).unwrap();
    for range in bytes[start..].chunks(range) {
        whole = whole.then(&scanner.scan(start as u64, range), scanner.sizes());
        start += range.len();
    }
    let window = |range: Option<ByteRange>| {
        range
            .map_or(&[][..], |range| &bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()])
    };
    let plan = scanner.outline(origin, &whole, bytes.len() as u64).and_then(|outline| {
        let (header, tail) = (window(outline.header()), window(outline.tail()));
        outline.plan(scanner, header, tail)
    });
    assert_eq!(plan, scanner.plan(bytes), "cuts do not matter");
    plan.map_err(|error| match error {
        ScanError::Read(error) => error,
        other => panic!("{other}"),
    })
}

/// The records of a chunk with their positions, read alone and in pieces.
fn read_chunk(bytes: &[u8], dialect: Dialect, chunk: &ChunkSpan, piece: usize) -> Vec<(Position, Vec<Vec<u8>>)> {
    let position = Position { offset: chunk.range.start, line: chunk.first_line, record: chunk.first_record };
    let mut reader = Reader::new(dialect, position);
    let [start, end] = [chunk.range.start, chunk.range.end].map(|at| usize::try_from(at).unwrap());
    let mut pieces = bytes[start..end].chunks(piece);
    let mut rows = Vec::new();
    loop {
        while let Some(record) = reader.next_record().unwrap() {
            rows.push((record.position, record.iter().map(<[u8]>::to_vec).collect()));
        }
        match pieces.next() {
            Some(piece) => reader.push(piece),
            None => break,
        }
    }
    reader.end();
    while let Some(record) = reader.next_record().unwrap() {
        rows.push((record.position, record.iter().map(<[u8]>::to_vec).collect()));
    }
    rows
}

/// Compares every part of a plan with the records that another reader found.
fn holds(bytes: &[u8], dialect: Dialect, layout: Layout, target: u64, piece: usize, mut expected: Rows) {
    let plan = match split(bytes, &scanner(dialect, layout, target), piece) {
        Ok(plan) => plan,
        // The csv crate closes an unclosed quote at the end of the file; we report it.
        Err(ReadError::UnclosedQuote(at)) => {
            let last = expected.len() as u64 - u64::from(layout.header);
            assert_eq!(at.record, last, "it is the last record that is not closed");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let labels = (layout.header && !expected.is_empty()).then(|| expected.remove(0));
    assert_eq!(plan.labels, labels);
    let mut end = plan.header.end;
    let (mut rows, mut tail) = (Rows::new(), Vec::new());
    for chunk in &plan.chunks {
        assert_eq!(chunk.range.start, end, "chunks tile the data");
        end = chunk.range.end;
        let read = read_chunk(bytes, dialect, chunk, piece);
        assert_eq!(read.len() as u64, chunk.records);
        for (position, row) in read {
            if layout.tail.is_some_and(|tail| position.offset >= tail) {
                tail.push(TailRecord { position, cells: row.clone() });
            }
            rows.push(row);
            assert_eq!(position.record, rows.len() as u64);
            let at = usize::try_from(position.offset).unwrap();
            assert_eq!(position.line, model::line(bytes, at), "lines do not depend on the cuts");
        }
    }
    if !plan.is_empty() {
        assert_eq!(end, bytes.len() as u64, "the chunks end with the file");
    }
    assert_eq!(plan.records, expected.len() as u64);
    assert_eq!(rows, expected);
    assert_eq!(plan.tail, tail);
    // Without its last records, a file has the chunks of a file that ends before them.
    for at in 0..tail.len() {
        let mut shorter = plan.clone();
        assert_eq!(shorter.end_before(at), tail[at..]);
        let end = usize::try_from(tail[at].position.offset).unwrap();
        assert_eq!(Ok(shorter), scanner(dialect, layout, target).plan(&bytes[..end]));
    }
    let mut same = plan.clone();
    assert_eq!((same.end_before(tail.len()), same), (Vec::new(), plan));
}

/// Compares a plan with the model, for any dialect and layout.
fn is_as_modelled(bytes: &[u8], dialect: Dialect, layout: Layout, target: u64, piece: usize) {
    let mut expected = model::read(bytes, dialect, layout.skip_lines);
    if expected.unclosed.is_some() {
        // Only the number of records counts.
        expected.records.push((0, Vec::new()));
        let read = split(bytes, &scanner(dialect, layout, target), piece);
        assert!(matches!(read, Err(ReadError::UnclosedQuote(_))), "{read:?}");
    }
    holds(bytes, dialect, layout, target, piece, expected.records.into_iter().map(|(_, row)| row).collect());
}

/// Bytes that mostly have a meaning in some dialect.
pub(super) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(b'"'), 4 => Just(b','), 3 => Just(b'\n'), 3 => Just(b'\r'), 1 => Just(b';'), 1 => Just(b'\''),
        2 => Just(b'\\'), 2 => Just(b'#'), 3 => Just(b' '), 4 => Just(b'a'), 1 => Just(0xEF), 1 => Just(0xBB),
        1 => Just(0xBF), 1 => any::<u8>(),
    ];
    // Long runs take another path than short ones.
    let run = prop_oneof![9 => byte.prop_map(|byte| vec![byte]), 1 => (15usize..40).prop_map(|n| vec![b'x'; n])];
    let bom = prop_oneof![3 => Just(&b""[..]), 1 => Just(&b"\xef\xbb\xbf"[..])];
    (bom, proptest::collection::vec(run, 0..120)).prop_map(|(bom, runs)| [bom, &runs.concat()].concat())
}

/// Every dialect with distinct characters.
pub(super) fn dialect() -> impl Strategy<Value = Dialect> {
    let one = prop_oneof![4 => Just(b','), 1 => Just(b';'), 1 => Just(b'\t'), 1 => Just(0u8)];
    let several = [&b",,"[..], b",;", b",a,", b",,a", b"\xbb\xbf", b"aaaaaaaa"];
    let several = proptest::sample::select(several.map(|bytes| Delimiter::of(bytes).unwrap()).to_vec());
    let delimiter = prop_oneof![3 => one.prop_map(Delimiter::byte), 2 => several];
    let quote = prop_oneof![4 => Just(Some(b'"')), 1 => Just(Some(b'\'')), 1 => Just(None)];
    let escape = prop_oneof![2 => Just(None), 1 => Just(Some(b'\\'))];
    let comment = prop_oneof![2 => Just(None), 1 => Just(Some(b'#'))];
    (delimiter, quote, any::<bool>(), escape, comment, any::<bool>(), any::<bool>()).prop_map(
        |(delimiter, quote, double_quote, escape, comment, skip_initial_space, keep_blank_lines)| Dialect {
            delimiter,
            quote,
            double_quote,
            escape,
            comment,
            skip_initial_space,
            keep_blank_lines,
        },
    )
}

/// Targets below and above the size of a block.
fn target() -> impl Strategy<Value = u64> {
    prop_oneof![1u64..64, 64u64..2000]
}

/// Ranges below and above the size of a block.
fn range() -> impl Strategy<Value = usize> {
    prop_oneof![1usize..64, 64usize..2000]
}

fn layout() -> impl Strategy<Value = Layout> {
    (0u64..4, any::<bool>(), proptest::option::of(0u64..200)).prop_map(|(skip_lines, header, tail)| Layout {
        data: None,
        skip_lines,
        header,
        tail,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// R3: for any bytes, dialect, target and pieces, the records of the chunks are those
    /// that the `csv` crate reads in one pass.
    #[test]
    fn every_chunking_gives_the_records_of_the_csv_crate(
        bytes in bytes(), dialect in dialect(), target in target(), piece in range(),
    ) {
        // The crate knows delimiters of one byte.
        let delimiter = dialect.delimiter.only().unwrap_or(b',').into();
        let mut dialect = Dialect { delimiter, skip_initial_space: false, keep_blank_lines: false, ..dialect };
        if dialect.quote.is_none() {
            // csv-core ignores an escape in a dialect without quotes.
            dialect.escape = None;
        }
        let mut bytes = bytes;
        if dialect.comment.is_some() {
            // In csv-core, a bare CR does not end a comment, and a comment at the end of the file yields a
            // record.
            bytes.retain(|byte| *byte != b'\r');
            bytes.push(b'\n');
        }
        let expected = csv_crate(&bytes, dialect);
        holds(&bytes, dialect, Layout::default(), target, piece, expected);
    }

    /// The same against a model, for features that the `csv` crate lacks.
    #[test]
    fn every_chunking_gives_the_records_of_the_model(
        bytes in bytes(), dialect in dialect(), layout in layout(), target in target(), piece in range(),
    ) {
        is_as_modelled(&bytes, dialect, layout, target, piece);
    }

    /// Whether the scan finds where the data begins, or is told, is the same.
    #[test]
    fn data_that_is_known_to_begin_somewhere_has_the_same_chunks(
        bytes in bytes(), dialect in dialect(), layout in layout(), target in target(), piece in range(),
    ) {
        let layout = Layout { header: true, ..layout };
        let Ok(found) = split(&bytes, &scanner(dialect, layout, target), piece) else { return Ok(()) };
        let first = found.chunks.first();
        let line = first.map_or(1, |chunk| chunk.first_line);
        let origin = Origin { offset: first.map_or(bytes.len() as u64, |chunk| chunk.range.start), line };
        let told = split(&bytes, &scanner(dialect, layout.from_data(origin), target), piece).unwrap();
        prop_assert_eq!((&told.chunks, told.records, &told.tail), (&found.chunks, found.records, &found.tail));
        prop_assert_eq!((told.labels, told.header), (None, ByteRange { start: origin.offset, end: origin.offset }));
    }

    /// For any bytes and any dialect, even one that no feed may have: reading ends, the output is not larger
    /// than the input, and cells are at their reported positions.
    #[test]
    fn no_bytes_and_no_dialect_make_more_than_there_is(
        bytes in bytes(),
        delimiter in prop_oneof![proptest::collection::vec(any::<u8>(), 1..2), proptest::collection::vec(any::<u8>(), 2..9)],
        characters in any::<(Option<u8>, Option<u8>, Option<u8>)>(),
        flags in any::<(bool, bool, bool)>(),
        layout in layout(),
        piece in range(),
    ) {
        let (quote, escape, comment) = characters;
        let delimiter = Delimiter::of(&delimiter).unwrap();
        let (double_quote, skip_initial_space, keep_blank_lines) = flags;
        let dialect =
            Dialect { delimiter, quote, double_quote, escape, comment, skip_initial_space, keep_blank_lines };
        if let Ok(plan) = split(&bytes, &scanner(dialect, layout, 8), piece) {
            prop_assert!(plan.records <= bytes.len() as u64);
            prop_assert!(plan.chunks.iter().all(|chunk| chunk.range.end <= bytes.len() as u64));
        }
        let mut reader = Reader::new(dialect, Position::START).skip_lines(layout.skip_lines);
        reader.push(&bytes);
        reader.end();
        let mut raw = 0;
        while let Ok(Some(record)) = reader.next_record() {
            raw += record.raw.len();
            prop_assert!(record.iter().map(<[u8]>::len).sum::<usize>() <= record.raw.len());
            prop_assert!(record.len() <= record.raw.len() + 1);
            let spans = cell_spans(dialect, record.raw);
            prop_assert_eq!(spans.len(), record.len());
            prop_assert!(spans.iter().all(|span| span.start <= span.end && span.end <= record.raw.len()));
        }
        prop_assert!(raw <= bytes.len());
    }

    /// A span is a cell as it is written: read alone, it yields that cell.
    #[test]
    fn a_span_read_alone_is_its_cell(bytes in bytes(), dialect in dialect()) {
        let mut reader = Reader::new(dialect, Position::START);
        reader.push(&bytes);
        reader.end();
        while let Ok(Some(record)) = reader.next_record() {
            for (span, cell) in cell_spans(dialect, record.raw).into_iter().zip(record.iter()) {
                // After a delimiter, nothing is a comment or a blank line.
                let written = [dialect.delimiter.as_bytes(), &record.raw[span]].concat();
                let alone = model::read(&written, dialect, 0);
                prop_assert_eq!(&alone.records, &[(0, vec![Vec::new(), cell.to_vec()])]);
            }
        }
    }
}

/// csv-core takes an empty input for the end, so a piece that ended within a record once ended the file.
#[test]
fn regression_a_piece_that_ends_within_quotes_does_not_end_the_record() {
    let tabs = Dialect { delimiter: b'\t'.into(), ..Dialect::CANONICAL };
    for piece in 1..6 {
        for (bytes, dialect) in [(&b";\n\"\"\""[..], tabs), (b"h\n\"a\"\"b\nc\",d\ne", Dialect::CANONICAL)] {
            holds(bytes, dialect, Layout::default(), 1, piece, csv_crate(bytes, dialect));
        }
    }
}

#[test]
fn a_file_without_records_has_no_chunks() {
    for text in ["", "\n\n", "a,b", "a,b\r\n"] {
        let (bytes, layout) = (text.as_bytes(), Layout::default());
        holds(bytes, Dialect::CANONICAL, layout, 1, 1, csv_crate(bytes, Dialect::CANONICAL));
        assert!(split(bytes, &scanner(Dialect::CANONICAL, layout, 1), 1).unwrap().chunks.is_empty());
    }
}

#[test]
fn a_chunk_begins_with_the_first_record_at_or_after_a_multiple_of_the_target() {
    for (text, target, expected) in [
        (&b"h\n\"1\n1\"\n2\n3\n"[..], 3, &[(2, 8, 2, 1), (8, 10, 4, 1), (10, 12, 5, 1)][..]),
        (b"h\n\"1\n1\"\n2\n3\n", 8, &[(2, 8, 2, 1), (8, 12, 4, 2)]),
        (b"h\n1\n2\n3\n4\n", 4, &[(2, 4, 2, 1), (4, 8, 3, 2), (8, 10, 5, 1)]),
        // A record longer than the target is a chunk of its own, and no empty chunk follows.
        (b"h\n1\n222222222\n3\n", 4, &[(2, 4, 2, 1), (4, 14, 3, 1), (14, 16, 4, 1)]),
        (b"h\n1\n2\n\n\n\n\n3\n", 4, &[(2, 4, 2, 1), (4, 10, 3, 1), (10, 12, 8, 1)]),
    ] {
        for range in 1..=text.len() {
            let plan = split(text, &scanner(Dialect::CANONICAL, Layout::default(), target), range).unwrap();
            let cuts: Vec<_> =
                plan.chunks.iter().map(|c| (c.range.start, c.range.end, c.first_line, c.records)).collect();
            assert_eq!(cuts, expected, "{target}");
        }
    }
}

#[test]
fn preamble_header_data_and_last_records_have_their_places() {
    let text = b"Report \"of\r\nyesterday\r\nid,qty\r\n1,5\r\n2,6\r\nTRL,2\r\n\r\n";
    let layout = Layout { skip_lines: 2, tail: Some(36), ..Layout::default() };
    let mut plan = split(text, &scanner(Dialect::CANONICAL, layout, 1), 3).unwrap();
    assert_eq!(plan.labels, Some(vec![b"id".to_vec(), b"qty".to_vec()]));
    assert_eq!(plan.header, ByteRange { start: 23, end: 31 });
    let cuts: Vec<_> = plan.chunks.iter().map(|c| (c.range.start, c.range.end, c.first_line, c.first_record)).collect();
    assert_eq!(cuts, [(31, 36, 4, 1), (36, 41, 5, 2), (41, 50, 6, 3)]);
    let record = |offset, line, record, cells: [&[u8]; 2]| TailRecord {
        position: Position { offset, line, record },
        cells: cells.map(<[u8]>::to_vec).to_vec(),
    };
    let footer = record(41, 6, 3, [b"TRL", b"2"]);
    assert_eq!(plan.tail, [record(36, 5, 2, [b"2", b"6"]), footer.clone()]);
    assert_eq!(plan.end_before(1), [footer]);
    let cuts: Vec<_> = plan.chunks.iter().map(|c| (c.range.start, c.range.end, c.records)).collect();
    assert_eq!((cuts, plan.records), (vec![(31, 36, 1), (36, 41, 1)], 2));
}

#[test]
fn without_a_header_the_first_record_is_number_1() {
    let layout = Layout { header: false, ..Layout::default() };
    let plan = split("\u{feff}1,5\n2,6\n".as_bytes(), &scanner(Dialect::CANONICAL, layout, 100), 1).unwrap();
    assert_eq!((plan.labels, plan.header), (None, ByteRange { start: 3, end: 3 }));
    let chunk = ChunkSpan { range: ByteRange { start: 3, end: 11 }, first_record: 1, first_line: 1, records: 2 };
    assert_eq!(plan.chunks, [chunk]);
}
