//! Both ways to read JSON, compared with the list of `JSONTestSuite` and with `serde_json`, for any cut of the input.

mod suite;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::dialect::Dialect;
use crate::encoding::SourceText;
use crate::record::{Position, Reader};
use crate::scan::{Layout, Scanner, Sizes, Summary};
use crate::{Code, Problem};

/// What is found in a line, with its number.
type Found = (u64, Result<Vec<String>, Problem>);

/// The cells of the records of JSON Lines, in pieces.
fn numbered(labels: &[&str], text: SourceText, file: &[u8], piece: usize) -> Vec<Found> {
    read(labels, text, file, piece, Position::START_OF_DATA)
}

/// The same for bytes that begin at a position.
fn read(labels: &[&str], text: SourceText, file: &[u8], piece: usize, position: Position) -> Vec<Found> {
    let mut reader = Reader::new(Dialect::LINES, position);
    let mut json = LineReader::new(labels, text);
    let mut found = Vec::new();
    let mut pieces = file.chunks(piece).fuse();
    loop {
        let next = pieces.next();
        match next {
            Some(piece) => reader.push(piece),
            None => reader.end(),
        }
        while let Some(line) = reader.next_record().unwrap() {
            let cell = |cell: &[u8]| String::from_utf8(cell.to_vec()).unwrap();
            found.push((line.position.line, json.read(&line).map(|record| record.iter().map(cell).collect())));
        }
        if next.is_none() {
            return found;
        }
    }
}

/// The same without the numbers of the lines.
fn lines(labels: &[&str], text: SourceText, file: &[u8], piece: usize) -> Vec<Result<Vec<String>, Problem>> {
    numbered(labels, text, file, piece).into_iter().map(|(_, found)| found).collect()
}

/// The cells of a line.
fn line(labels: &[&str], line: &str) -> Result<Vec<String>, String> {
    let mut found = lines(labels, SourceText::UTF_8, line.as_bytes(), usize::MAX);
    assert_eq!(found.len(), 1, "{line}");
    found.remove(0).map_err(|problem| problem.message)
}

/// What an array becomes, in pieces.
fn rewrite(records: &str, file: &[u8], piece: usize) -> Result<Vec<u8>, String> {
    let mut rewriter = Rewriter::new(records.parse().unwrap(), true);
    let mut out = Vec::new();
    for piece in file.chunks(piece) {
        rewriter.push(piece, &mut out).map_err(|error| error.to_string())?;
    }
    rewriter.finish().map(|()| out).map_err(|error| error.to_string())
}

/// Whether a value is accepted as an element of an array, and as a line once it is rewritten.
fn accepted_in_array(value: &[u8]) -> bool {
    let Ok(out) = rewrite("", &[b"[0,", value, b",0]"].concat(), 9) else { return false };
    // A text may also be several elements, and then it is no value.
    matches!(&lines(&[""], SourceText::UTF_8.rewritten(), &out, 7)[..], [_, found, _] if found.is_ok())
}

/// Whether a value is accepted as a line; `None` if it is several lines, or none.
fn accepted_in_line(value: &[u8]) -> Option<bool> {
    match &lines(&[""], SourceText::UTF_8, value, 5)[..] {
        [found] => Some(found.is_ok()),
        _ => None,
    }
}

#[test]
fn the_list_of_json_test_suite_is_accepted_and_rejected_as_it_says() {
    let good = suite::GOOD.iter().map(|(name, text)| (*name, *text, true));
    let bad = suite::BAD.iter().chain(suite::TWICE).map(|(name, text)| (*name, *text, false));
    let mut in_lines = 0;
    for (name, text, expected) in good.chain(bad).chain(suite::OPEN.iter().copied()) {
        assert_eq!(accepted_in_array(text), expected, "{name} in an array");
        // A text with a line break is not one line of JSON Lines.
        if let Some(found) = accepted_in_line(text) {
            assert_eq!(found, expected, "{name} as a line");
            in_lines += 1;
        }
    }
    let all = suite::GOOD.len() + suite::BAD.len() + suite::TWICE.len() + suite::OPEN.len();
    assert!(all > 300 && in_lines > all - 15, "{in_lines} of {all}");
    for bomb in [&b"["[..], b"[{\"\":"] {
        assert!(!accepted_in_array(&bomb.repeat(100_000)) && accepted_in_line(&bomb.repeat(100_000)) == Some(false));
    }
}

#[test]
fn table_of_cells() {
    let labels = ["/id", "/price/amount", "/tags", "/tags/1", "/a~1b", ""];
    for (text, cells) in [
        ("{}", ["", "", "", "", "", "{}"]),
        (r#"{"id": "x"}"#, ["x", "", "", "", "", r#"{"id": "x"}"#]),
        (
            r#"{"id":1,"price":{"amount":123456789012345678901234567890.50,"x":1},"tags":["a", "b\n"],"a/b":true}"#,
            [
                "1",
                "123456789012345678901234567890.50",
                r#"["a", "b\n"]"#,
                "b\n",
                "true",
                r#"{"id":1,"price":{"amount":123456789012345678901234567890.50,"x":1},"tags":["a", "b\n"],"a/b":true}"#,
            ],
        ),
        (
            r#"{"i\u0064":-1e400,"price":null,"tags":{}}"#,
            ["-1e400", "", "{}", "", "", r#"{"i\u0064":-1e400,"price":null,"tags":{}}"#],
        ),
        (
            r#"{"id":null,"price":5,"tags":[[0],{"x":1}]}"#,
            ["", "", r#"[[0],{"x":1}]"#, r#"{"x":1}"#, "", r#"{"id":null,"price":5,"tags":[[0],{"x":1}]}"#],
        ),
        (r#"  {"id":"\ud83d\ude00 \u00fc"}  "#, ["😀 ü", "", "", "", "", r#"{"id":"\ud83d\ude00 \u00fc"}"#]),
        (r#"{"x":{"id":2},"id":false}"#, ["false", "", "", "", "", r#"{"x":{"id":2},"id":false}"#]),
        ("5", ["", "", "", "", "", "5"]),
    ] {
        assert_eq!(line(&labels, text), Ok(cells.map(str::to_owned).to_vec()), "{text}");
    }
    assert_eq!(line(&["/0", "/1/x", "/01"], r#"["a",{"x":3}]"#), Ok(vec!["a".into(), "3".into(), String::new()]));
    // A label that is no pointer finds nothing, as in a repair with a column of somebody's own.
    assert_eq!(line(&["note", "/id"], r#"{"note":1,"id":2}"#), Ok(vec![String::new(), "2".into()]));
}

#[test]
fn table_of_faults() {
    let many = (0..100).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(",");
    for (text, message) in [
        ("{\"id\":1,}", "line 1, column 9: not JSON: found \"}\", expected a name in double quotes"),
        ("{\"ü\":1 x}", "line 1, column 8: not JSON: found a letter, expected \",\" or \"}\""),
        ("{'id':1}", "line 1, column 2: not JSON: found \"'\", expected a name in double quotes or \"}\""),
        ("{\"id\":01}", "line 1, column 8: not JSON: found a digit, expected \",\" or \"}\""),
        ("{\"id\":NaN}", "line 1, column 7: not JSON: found a letter, expected a value"),
        (
            "{\"id\":\"a\tb\"}",
            "line 1, column 9: not JSON: found a tab, expected the rest of a string and its closing quote",
        ),
        (
            "{\"id\":\"a\\q\"}",
            "line 1, column 10: not JSON: found a letter, expected one of \" \\ / b f n r t u after the backslash",
        ),
        ("{\"id\":1} {\"id\":2}", "line 1, column 10: not JSON: found \"{\", expected nothing more"),
        ("{\"id\":[1", "line 1, column 9: not JSON: found the end, expected \",\" or \"]\""),
        (
            "{\"id\":1,\"x\":{\"y\":[{\"a\":1,\"a\":2}]}}",
            "line 1, column 26: the member \"a\" occurs twice in /x/y/0; expected each name once",
        ),
        ("{\"id\":1,\"i\\u0064\":2}", "line 1, column 9: the member \"id\" occurs twice; expected each name once"),
        (
            "{\"id\":\"\\ud800\"}",
            "line 1, column 8: half of a surrogate pair, which is no character; expected \\uD800 to \\uDBFF only before \\uDC00 to \\uDFFF",
        ),
        ("[1]", "line 1, column 1: the record is an array; expected an object with the members that the feed reads"),
        ("\"x\"", "line 1, column 1: the record is a string; expected an object with the members that the feed reads"),
        ("null", "line 1, column 1: the record is null; expected an object with the members that the feed reads"),
        (
            &format!("{{{many},\"73\":1}}"),
            &format!("line 1, column {}: the member \"73\" occurs twice; expected each name once", many.len() + 3),
        ),
    ] {
        assert_eq!(line(&["/id"], text), Err(message.to_owned()), "{text}");
    }
    assert!(line(&["/id"], &format!("{{{many}}}")).is_ok());
    let deep = |levels: usize| format!("{{\"id\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    assert!(line(&["/id"], &deep(MAX_DEPTH)).is_ok() && serde_json::from_str::<Value>(&deep(MAX_DEPTH)).is_ok());
    assert!(serde_json::from_str::<Value>(&deep(MAX_DEPTH + 1)).is_err());
    assert_eq!(
        line(&["/id"], &deep(MAX_DEPTH + 1)),
        Err("line 1, column 133: nested more than 127 levels deep".into())
    );
}

#[test]
fn a_line_is_read_in_the_encoding_of_the_file() {
    let latin = SourceText::new(encoding_rs::WINDOWS_1252, None);
    let file = b"{\"id\":\"caf\xe9\"}\n{\"id\":\"\x81\"}\n";
    let found = lines(&["/id"], latin, file, 3);
    assert_eq!(found[0], Ok(vec!["café".to_owned()]));
    let problem = found[1].clone().unwrap_err();
    assert_eq!(
        (problem.code, &*problem.message),
        (Code::EncodingError, "byte 0x81 at offset 21 of the file is not windows-1252")
    );
    let found = lines(&["/id"], SourceText::UTF_8, b"{\"id\":1}\n{\"x\":\"\xff\"}\n", 3);
    assert_eq!(found[1].clone().unwrap_err().message, "byte 0xFF at offset 15 of the file is not UTF-8");
}

#[test]
fn table_of_arrays() {
    for (records, file, expected) in [
        ("", "[]", Ok("")),
        ("", " [ ] ", Ok("")),
        ("", "[1,\"a b\", null ]", Ok("1\n\"a b\"\nnull\n")),
        ("", "\u{feff}[{\"a\": [1, 2]}]", Ok("{\"a\":[1,2]}\n")),
        // Each element has its line.
        ("", "[\n{\n\"a\": 1\n},\n{\"a\": 2}\n]\n", Ok("\n{\"a\":1}\n\n\n{\"a\":2}\n")),
        ("", "[\r\n1,\r\n\r\n2,3,\r4]", Ok("\n1\n\n2\n3\n4\n")),
        ("/items", "{\"n\": [0], \"items\": [1,\n2], \"m\": {\"items\": [3]}}", Ok("1\n2\n")),
        ("/data/items", "{\"data\": {\"x\": {}, \"i\\u0074ems\": [{\"items\": [9]}]}}", Ok("{\"items\":[9]}\n")),
        ("/1/a", "[{\"a\": [1]}, {\"a\": [2]}, {\"a\": [3]}]", Ok("2\n")),
        (
            "",
            "[1",
            Err(
                "line 1, column 3: the file ends here, and \",\" or \"]\" is missing; most likely its creation or upload was interrupted",
            ),
        ),
        ("", "[1,\n {\"ü\" 2}]", Err("line 2, column 7: not JSON: found a digit, expected \":\"")),
        ("", "[1]\n]", Err("line 2, column 1: not JSON: found \"]\", expected nothing more")),
        ("", "", Err("line 1, column 1: the file ends here, and a value is missing")),
        ("", "id,name\n", Err("line 1, column 1: not JSON: found a letter, expected a value")),
        (
            "",
            "{\"a\": 1}\n{\"a\": 2}\n",
            Err(
                "line 1, column 1: the file is an object; expected an array of records. If a member of it is the array, name it in \
             source.records, such as /items; if the file has a record on each line, write source.format: jsonl",
            ),
        ),
        (
            "/itms",
            "{\"n\": 1, \"items\": []}",
            Err(
                "line 1, column 21: there is no /itms (source.records): the file has the members \"n\", \"items\"; did you mean \"items\"?",
            ),
        ),
        ("/a/b", "{\"a\": {}}", Err("line 1, column 8: there is no /a/b (source.records): /a has no members")),
        ("/a/b", "{\"a\": \"x\"}", Err("line 1, column 7: /a is a string, so there is no /a/b in it (source.records)")),
        ("/a", "{\"a\": null}", Err("line 1, column 7: /a is null; expected an array of records")),
        (
            "/a/1",
            "{\"a\": [[]]}",
            Err("line 1, column 10: there is no /a/1 (source.records): /a is an array of 1 element"),
        ),
        (
            "/a",
            "{\"a\": [1], \"b\": 0, \"a\": [2]}",
            Err(
                "line 1, column 22: /a occurs twice, so it is not certain which array is meant; expected each name once",
            ),
        ),
        (
            "/a/b",
            "{\"a\": {\"b\": [1]}, \"c\": {\"a\": 0, \"b\": 0}, \"a\": 0}",
            Err(
                "line 1, column 44: /a occurs twice, so it is not certain which array is meant; expected each name once",
            ),
        ),
    ] {
        for piece in 1..=file.len().max(1) {
            assert_eq!(
                rewrite(records, file.as_bytes(), piece),
                expected.map(|text| text.as_bytes().to_vec()).map_err(str::to_owned),
                "{file:?} {piece}"
            );
        }
    }
}

#[test]
fn line_breaks_without_end_take_little_memory() {
    let breaks = b"\n".repeat(100_000);
    // Around elements they are written as they come.
    let mut rewriter = Rewriter::new("/a".parse().unwrap(), true);
    let mut lines = 0;
    for part in [&b"{\"a\":"[..], b"[1,", b"2]", b"}"] {
        rewriter.push(part, &mut Vec::new()).unwrap();
        for _ in 0..30 {
            let mut out = Vec::new();
            rewriter.push(&breaks, &mut out).unwrap();
            assert!(out.len() <= breaks.len() + 10);
            lines += out.len();
        }
    }
    assert!(rewriter.finish().is_ok() && lines > 5_000_000);
    // Within one they have to wait for its end.
    let mut rewriter = Rewriter::new(Pointer::default(), true);
    rewriter.push(b"[[", &mut Vec::new()).unwrap();
    let error = (0..30).find_map(|_| rewriter.push(&breaks, &mut Vec::new()).err()).unwrap();
    assert_eq!(error.to_string(), "line 1048578, column 1: a record has more than 1048576 line breaks");
}

#[test]
fn brackets_without_end_take_little_memory() {
    let mut rewriter = Rewriter::new(Pointer::default(), true);
    let error = rewriter.push(&b"[".repeat(2_000_000), &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "line 1, column 1048577: the file is nested more than 1048576 levels deep");
}

/// Texts that are JSON, nearly JSON, or pieces of it.
fn texts() -> impl Strategy<Value = String> {
    let tokens = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\\u0061\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"",
        "\\",
        "0",
        "-1.5e+3",
        "01",
        "1.",
        "true",
        "null",
        "fals",
        " ",
        "\t",
        "ü",
        "\"ü\"",
        "\u{1}",
    ]);
    prop_oneof![
        prop::collection::vec(tokens, 0..12).prop_map(|parts| parts.concat()),
        json().prop_map(|value| value.to_string())
    ]
}

/// Values without numbers that `serde_json` would write in another way.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-cü\"\\\\\n]{0,4}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c/~]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Whether a text is JSON to `serde_json` and has no member twice. That parser takes the last of two.
fn is_json(text: &str) -> bool {
    struct Once;
    impl<'de> serde::de::DeserializeSeed<'de> for Once {
        type Value = ();
        fn deserialize<D: serde::Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
            value.deserialize_any(self)
        }
    }
    impl<'de> serde::de::Visitor<'de> for Once {
        type Value = ();
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("JSON")
        }
        fn visit_unit<E>(self) -> Result<(), E> {
            Ok(())
        }
        fn visit_bool<E>(self, _: bool) -> Result<(), E> {
            Ok(())
        }
        fn visit_i64<E>(self, _: i64) -> Result<(), E> {
            Ok(())
        }
        fn visit_u64<E>(self, _: u64) -> Result<(), E> {
            Ok(())
        }
        fn visit_str<E>(self, _: &str) -> Result<(), E> {
            Ok(())
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
            while seq.next_element_seed(Once)?.is_some() {}
            Ok(())
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            let mut names = std::collections::HashSet::new();
            while let Some(name) = map.next_key::<String>()? {
                map.next_value_seed(Once)?;
                if !names.insert(name) {
                    return Err(serde::de::Error::custom("twice"));
                }
            }
            Ok(())
        }
    }
    let mut read = serde_json::Deserializer::from_str(text);
    serde::de::DeserializeSeed::deserialize(Once, &mut read).is_ok() && read.end().is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_json_is_what_serde_json_takes(text in texts()) {
        prop_assert_eq!(accepted_in_line(text.as_bytes()).unwrap_or(false), is_json(&text) && !text.is_empty());
        prop_assert_eq!(accepted_in_array(text.as_bytes()), is_json(&text));
    }

    #[test]
    fn a_record_has_what_its_pointers_find(value in json()) {
        let value = serde_json::json!({"a": value, "b": {"a": 1, "~/": "x"}});
        let labels = ["/a", "/a/a", "/a/b", "/a/0", "/a/b/1", "/b/a", "/b/~0~1", "/c", ""];
        let expected: Vec<String> = labels.iter().map(|label| match value.pointer(label) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }).collect();
        prop_assert_eq!(line(&labels, &value.to_string()), Ok(expected));
    }

    /// However the array is written and cut, its lines are its elements.
    #[test]
    fn an_array_becomes_its_elements(values in prop::collection::vec(json(), 0..5), pretty: bool, around: bool, piece in 1..40usize) {
        let array = Value::from(values.clone());
        let file = if around { serde_json::json!({"a": [1], "items": array, "z": {"items": 2}}) } else { array };
        let file = if pretty { serde_json::to_string_pretty(&file).unwrap() } else { file.to_string() };
        let records = if around { "/items" } else { "" };
        let text = String::from_utf8(rewrite(records, file.as_bytes(), piece).unwrap()).unwrap();
        let found: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        let expected: Vec<String> = values.iter().map(Value::to_string).collect();
        prop_assert_eq!(found, expected);
    }

    /// An element that begins on a line of its own has the number of that line.
    #[test]
    fn an_element_keeps_its_line(values in prop::collection::vec((json(), 1..3usize), 0..5), crlf: bool, piece in 1..40usize) {
        let (mut file, mut at, mut expected) = ("[".to_owned(), 1, Vec::new());
        for (value, breaks) in &values {
            let text = serde_json::to_string_pretty(value).unwrap();
            file += &format!("{}{}{text}", if expected.is_empty() { "" } else { "," }, "\n".repeat(*breaks));
            at += *breaks;
            expected.push((at as u64, Ok(vec![value.pointer("").filter(|value| !value.is_null()).map_or(String::new(), |value| {
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            })])));
            at += text.lines().count() - 1;
        }
        file += "\n]";
        let file = if crlf { file.replace('\n', "\r\n") } else { file };
        let out = rewrite("", file.as_bytes(), piece).unwrap();
        prop_assert_eq!(numbered(&[""], SourceText::UTF_8.rewritten(), &out, piece), expected);
    }

    #[test]
    fn the_error_of_a_broken_array_does_not_depend_on_the_pieces(text in texts(), piece in 1..9usize) {
        let file = format!("[\n{text}\n,1]");
        prop_assert_eq!(rewrite("", file.as_bytes(), piece), rewrite("", file.as_bytes(), usize::MAX));
    }

    /// The records of the chunks are those of the file, whatever the size of the chunks and of the ranges that are scanned.
    #[test]
    fn chunks_of_lines_hold_the_records_of_the_file(
        lines_of in prop::collection::vec(texts(), 0..12), crlf: bool, last: bool, chunk in 1..60u64, range in 1..40usize,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let file = lines_of.join(end) + if last { end } else { "" };
        let file = file.as_bytes();
        let layout = Layout { skip_lines: 0, header: false, ..Layout::default() };
        let scanner = Scanner::new(Dialect::LINES, layout, Sizes { chunk, record: 1 << 20 });
        let plan = scanner.plan(file).unwrap();
        let (mut whole, mut start) = (Summary::start(0), 0);
        for part in file.chunks(range) {
            whole = whole.then(&scanner.scan(start, part), scanner.sizes());
            start += part.len() as u64;
        }
        let outline = scanner.outline(scanner.preamble().end(), &whole, file.len() as u64).unwrap();
        prop_assert_eq!(&outline.plan(&scanner, b"", b"").unwrap(), &plan);
        let mut found = Vec::new();
        for span in &plan.chunks {
            let position = Position { offset: span.range.start, line: span.first_line, record: span.first_record };
            let bytes = &file[usize::try_from(span.range.start).unwrap()..usize::try_from(span.range.end).unwrap()];
            let records = read(&["/a", ""], SourceText::UTF_8, bytes, usize::MAX, position);
            prop_assert_eq!(records.len() as u64, span.records);
            found.extend(records);
        }
        prop_assert_eq!(found, numbered(&["/a", ""], SourceText::UTF_8, file, usize::MAX));
    }

    /// A cut of the file changes no record and no line number of it.
    #[test]
    fn lines_are_the_same_in_any_pieces(lines_of in prop::collection::vec(texts(), 0..5), crlf: bool, piece in 1..40usize) {
        let file = lines_of.join(if crlf { "\r\n" } else { "\n" });
        let all = lines(&["/a", ""], SourceText::UTF_8, file.as_bytes(), usize::MAX);
        prop_assert_eq!(lines(&["/a", ""], SourceText::UTF_8, file.as_bytes(), piece), all);
    }
}
