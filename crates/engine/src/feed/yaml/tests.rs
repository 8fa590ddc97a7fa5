use proptest::prelude::*;

use super::*;

fn reported(text: &str) -> Vec<String> {
    let problems = match parse(text) {
        Ok(Document { problems, repeated, .. }) => problems.into_iter().chain(repeated).collect(),
        Err(problems) => problems,
    };
    problems.iter().map(FeedProblem::located).collect()
}

fn place(text: &str, path: &str) -> Option<(usize, usize, usize)> {
    let place = parse(text).map_err(|_| ()).unwrap().root.place(path)?;
    Some((place.line, place.column, place.length))
}

#[test]
fn table_of_places() {
    let text = "a: 1\nb:\n  - c: 'x y'\n  - {d: 2, e: [3, 44]}\nprice.amount: {from: é, to: ü}\n\"q\": |\n  long\n";
    for (path, expected) in [
        ("a", Some((1, 4, 1))),
        ("b", Some((2, 1, 1))),
        ("b[0]", Some((3, 5, 1))),
        ("b[0].c", Some((3, 8, 5))),
        ("b[1].e", Some((4, 12, 1))),
        ("b[1].e[1]", Some((4, 19, 2))),
        // A missing part is shown where it should be.
        ("b[1].nothing", Some((4, 5, 1))),
        ("b[7]", Some((2, 1, 1))),
        ("price.amount.to", Some((5, 29, 1))),
        ("price.amount.date", Some((5, 1, 12))),
        ("nothing", None),
        ("", Some((1, 1, 1))),
    ] {
        assert_eq!(place(text, path), expected, "{path}");
    }
}

#[test]
fn table_of_what_is_wrong_with_the_text() {
    for (text, expected) in [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("a: [1", "line 1, column 4: not readable as YAML: unclosed bracket '['"),
        ("a:\n\t- b\n", "line 2, column 2: not readable as YAML"),
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: the key \"a\" is repeated; it was first used in line 1"),
        ("a: 1\n---\nb: 1\n", "line 2, column 1: holds a second document; a file is one document"),
        ("? [a]\n: b\n", "line 1, column 3: a list cannot be a key; put a text that begins with [ or { in quotes"),
        ("{a: b}: c\n", "line 1, column 1: a map cannot be a key"),
        (": c\n", "line 1, column 1: a key is missing before the colon"),
        (
            "a: *b\n",
            "line 1, column 4: not readable as YAML: while parsing node, found unknown anchor; put a text that begins with *",
        ),
        ("a: &a [*a]\n", "line 1, column 8: an alias refers to a value that contains it"),
        ("a: !secret b\n", "line 1, column 12: a tag has no meaning in a feed"),
        (
            "a: @b\n",
            "line 1, column 4: not readable as YAML: unexpected character: `@'; put a text that begins with this character",
        ),
        (
            "a: b: c\n",
            "line 1, column 5: not readable as YAML: mapping values are not allowed in this context; put a text with a colon",
        ),
        ("a: \"\\d\"\n", "line 1, column 4: not readable as YAML"),
    ] {
        let reported = reported(text);
        assert!(reported.len() == 1 && reported[0].starts_with(expected), "{text:?}: {reported:?}");
    }
}

#[test]
fn what_is_repeated_by_an_alias_is_there_twice() {
    let document = parse("a: &x {b: [1, 0.10]}\nc: *x\n").map_err(|_| ()).unwrap();
    assert_eq!(document.root.value()["c"].to_string(), r#"{"b":[1,0.10]}"#);
    assert_eq!(place("a: &x {b: [1, 2]}\nc: *x\n", "c.b[1]"), Some((1, 15, 1)));
}

#[test]
fn laughs_are_counted_and_not_laughed() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let item = format!("*a{}", n - 1);
        text.push_str(&format!("a{n}: &a{n} [{}]\n", [item.as_str(); 10].join(", ")));
    }
    assert!(
        reported(&text)[0].ends_with("has more than 100000 keys and values, aliases included"),
        "{:?}",
        reported(&text)
    );
}

#[test]
fn what_is_beyond_a_limit_is_reported() {
    let nested = format!("{}{}", "[".repeat(70), "]".repeat(70));
    assert!(reported(&nested)[0].ends_with("is nested more than 64 levels deep"), "{:?}", reported(&nested));
    let nested = format!("a: &a {}1{}\nb: {}*a{}\n", "[".repeat(40), "]".repeat(40), "[".repeat(40), "]".repeat(40));
    assert!(reported(&nested)[0].ends_with("an alias nests more than 64 levels deep"), "{:?}", reported(&nested));
    let very_nested = "[".repeat(100_000);
    assert_eq!(reported(&very_nested).len(), 1);
    let many = format!("[{}]", "1,".repeat(MAX_NODES));
    assert!(reported(&many)[0].contains("has more than 100000 keys and values"), "{:?}", reported(&many));
    assert_eq!(reported(&" ".repeat(MAX_BYTES + 1)), ["has 1048577 bytes; at most 1048576 are read"]);
    let long_key = format!("? {}\n: 1\n", "k".repeat(MAX_KEY + 1));
    assert_eq!(reported(&long_key), ["line 1, column 3: a key has more than 1024 characters"]);
}

proptest! {
    /// Any text is parsed or reported, and all places are within it.
    #[test]
    fn any_text_is_read_or_reported(text in "([a-c]|[-:,?&*!|>'\"%@`#{}\\[\\]\n\t ]|é|0|\\\\){0,60}") {
        match parse(&text) {
            Ok(document) => {
                let lines = text.split(['\n', '\r']).count();
                prop_assert!(document.root.at.line <= lines);
                document.root.value();
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}
