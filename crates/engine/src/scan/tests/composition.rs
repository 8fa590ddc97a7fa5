//! Summaries compose in any grouping to that of the whole, which equals that of single steps.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// Limits below and above the lengths of records in these files.
fn sizes() -> impl Strategy<Value = Sizes> {
    (target(), prop_oneof![1u64..100, Just(MAX_RECORD as u64)]).prop_map(|(chunk, record)| Sizes { chunk, record })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// The laws of a monoid, and that the composition equals the whole.
    #[test]
    fn summaries_of_adjacent_ranges_compose(
        bytes in bytes(), dialect in dialect(), layout in layout(), sizes in sizes(), cuts in any::<(Index, Index)>(),
        offset in 0u64..100,
    ) {
        let scanner = Scanner::new(dialect, layout, sizes);
        let mut cuts = [cuts.0.index(bytes.len() + 1), cuts.1.index(bytes.len() + 1)];
        cuts.sort_unstable();
        let at = |cut: usize| offset + cut as u64;
        let a = scanner.scan(offset, &bytes[..cuts[0]]);
        let b = scanner.scan(at(cuts[0]), &bytes[cuts[0]..cuts[1]]);
        let c = scanner.scan(at(cuts[1]), &bytes[cuts[1]..]);
        let whole = scanner.scan(offset, &bytes);
        let (ab, bc) = (a.clone().then(&b, sizes), b.clone().then(&c, sizes));
        prop_assert_eq!(&ab.then(&c, sizes), &whole);
        prop_assert_eq!(&a.then(&bc, sizes), &whole);
        prop_assert_eq!(&Summary::empty(offset).then(&whole, sizes), &whole);
        prop_assert_eq!(&whole.clone().then(&Summary::empty(at(bytes.len())), sizes), &whole);
    }

    /// Scanning 64 bytes at once equals scanning single bytes.
    #[test]
    fn pieces_do_not_matter(
        bytes in bytes(), dialect in dialect(), layout in layout(), sizes in sizes(), piece in range(),
    ) {
        let scanner = Scanner::new(dialect, layout, sizes);
        let mut range = scanner.range(0);
        bytes.chunks(piece).for_each(|piece| range.push(piece));
        let mut steps = scanner.range(0);
        bytes.chunks(1).for_each(|byte| steps.push(byte));
        prop_assert_eq!(range.finish(), steps.finish());
    }

    /// The first record that is too long or lacks a quote is reported with its place, wherever the cuts are.
    #[test]
    fn the_first_unreadable_record_is_reported(
        bytes in bytes(), dialect in dialect(), layout in layout(), sizes in sizes(), range in range(),
    ) {
        let modelled = model::read(&bytes, dialect, layout.skip_lines);
        let place = |record: usize, at: usize| Position {
            offset: at as u64,
            line: model::line(&bytes, at),
            record: record as u64 + u64::from(!layout.header),
        };
        let starts = modelled.records.iter().map(|(start, _)| *start).chain(modelled.unclosed);
        let ends = modelled.ends.iter().copied().chain([bytes.len()]);
        let too_long = starts.zip(ends).enumerate().find(|(_, (start, end))| (end - start) as u64 > sizes.record);
        let expected = match (too_long, modelled.unclosed) {
            (Some((record, (start, _))), _) => Some(ReadError::TooLong(place(record, start), sizes.record)),
            (None, Some(start)) => Some(ReadError::UnclosedQuote(place(modelled.records.len(), start))),
            (None, None) => None,
        };
        let found = split(&bytes, &Scanner::new(dialect, layout, sizes), range);
        prop_assert_eq!(found.err(), expected);
    }

    #[test]
    fn a_summary_travels_as_json(bytes in bytes(), dialect in dialect(), sizes in sizes()) {
        let summary = Scanner::new(dialect, Layout::default(), sizes).scan(5, &bytes);
        let json = serde_json::to_string(&summary).unwrap();
        prop_assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
    }
}

#[test]
fn of_ranges_that_are_not_adjacent_or_not_all_there_is_nothing_is_known() {
    let scanner = scanner(Dialect::CANONICAL, Layout::default(), 4);
    let file = b"h\n1\n2\n";
    let (left, right) = (scanner.scan(0, &file[..2]), scanner.scan(3, &file[3..]));
    let origin = scanner.preamble().end();
    for (parts, known) in [
        (&[&left, &right][..], ByteRange { start: 0, end: 6 }),
        (&[&left], ByteRange { start: 0, end: 2 }),
        (&[], ByteRange { start: 0, end: 0 }),
    ] {
        let whole = parts.iter().fold(Summary::start(0), |whole, part| whole.then(part, scanner.sizes()));
        let error = scanner.outline(origin, &whole, 6).unwrap_err();
        assert_eq!(error, ScanError::Gap { known, expected: ByteRange { start: 0, end: 6 } });
    }
}

#[test]
fn a_header_that_is_no_longer_there_is_reported() {
    let scanner = scanner(Dialect::CANONICAL, Layout::default(), 4);
    let file = b"h\n1\n";
    let whole = Summary::start(0).then(&scanner.scan(0, file), scanner.sizes());
    let outline = scanner.outline(scanner.preamble().end(), &whole, 4).unwrap();
    assert_eq!(outline.header(), Some(ByteRange { start: 0, end: 2 }));
    let error = outline.plan(&scanner, b"\n\n", b"").unwrap_err();
    let expected = "no record begins on line 1 (record 0, byte 0), where the scan found one";
    assert_eq!(error.to_string(), expected);
}
