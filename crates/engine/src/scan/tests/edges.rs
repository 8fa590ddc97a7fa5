//! Regressions of other tools, by name, at every cut.

use super::*;

/// Checks a file, cut into ranges of every size.
fn at_every_cut(text: &str, dialect: Dialect, layout: Layout, target: u64) {
    for range in 1..=text.len() {
        is_as_modelled(text.as_bytes(), dialect, layout, target, range);
    }
}

macro_rules! at_every_cut {
    ($($name:ident: $text:expr;)*) => {
        $(
            #[test]
            fn $name() {
                for (header, target) in [(true, 1), (true, 8), (true, 1000), (false, 1)] {
                    at_every_cut($text, Dialect::CANONICAL, Layout { header, ..Layout::default() }, target);
                }
                // The same after blocks of 64 bytes were scanned.
                let text = format!("h,i\n{}\n{}{}", "1,2\n".repeat(20), $text, "\n3,4".repeat(20));
                at_every_cut(&text, Dialect::CANONICAL, Layout::default(), 1000);
            }
        )*
    };
}

at_every_cut! {
    a_quote_at_the_edge: "a,\"b\",\"\"\n\"c\",\"d\"\"\",e\n\"\"\"f\"\n";
    a_cr_at_the_edge: "a,b\r\nc,\"d\r\ne\"\rf\r\n\r\ng";
    cr_cr_lf_at_the_edge: "a\r\r\nb\r\r\n\"c\r\r\nd\"\r\r\ne";
    a_quoted_cell_that_spans_ranges: "a,\"1\n2,3\r4\r\n5\"\"6\n\"\nb,c\n";
    a_bare_quote_inside_of_a_cell: "12\",a\"b\n7\" disk,\"x\ny\"\n\"z\" \"\n,d\n";
    text_after_a_closing_quote: "\"a\"b\"c,d\n\"e\"\"f\"g\n";
    a_delimiter_first_inside_of_quotes: "\",a\",\",b\"\n\",\n\",c\n";
}

#[test]
fn what_other_dialects_know_at_every_cut() {
    let dialect = Dialect {
        delimiter: b';'.into(),
        quote: Some(b'\''),
        double_quote: false,
        escape: Some(b'\\'),
        comment: Some(b'#'),
        skip_initial_space: true,
        keep_blank_lines: true,
    };
    let text = "#a'\r\n'b\\'\n';  'c\n;'\n\n \n#\n'd\\\r\n'\r\r\n;#e\n";
    let blank_lines = Dialect { keep_blank_lines: false, double_quote: true, ..dialect };
    for dialect in [dialect, blank_lines, Dialect { quote: None, ..dialect }] {
        for target in [1, 8, 1000] {
            at_every_cut(text, dialect, Layout { header: false, ..Layout::default() }, target);
        }
    }
}

/// However small the ranges, the error names the record in which the quote was opened.
#[test]
fn an_unclosed_quote_at_the_end_of_the_file_names_its_record() {
    let text = b"h\r\n1\n2,\"3\n4\n5\n";
    for range in 1..=text.len() {
        let found = split(text, &scanner(Dialect::CANONICAL, Layout::default(), 4), range);
        assert_eq!(found, Err(ReadError::UnclosedQuote(Position { offset: 5, line: 3, record: 2 })));
    }
}

#[test]
fn a_record_that_is_too_long_is_named_wherever_it_is_cut() {
    let text = format!("h\n{}\n{}\n2\n", "1".repeat(99), "3".repeat(100));
    let scanner = Scanner::new(Dialect::CANONICAL, Layout::default(), Sizes { chunk: 4, record: 100 });
    for range in 1..=text.len() {
        let found = split(text.as_bytes(), &scanner, range);
        assert_eq!(found, Err(ReadError::TooLong(Position { offset: 102, line: 3, record: 2 }, 100)));
    }
}
