use encoding_rs::WINDOWS_1252;
use proptest::prelude::*;

use super::*;
use crate::record::{Position, Reader};

fn plan(source: &str) -> FeedPlan {
    let feed = format!(
        "version: 1\nname: p\nsource: {{{source}}}\nschema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\n\
         import: {{table: p, key: [id]}}\n"
    );
    FeedPlan::from_yaml(&feed).unwrap()
}

/// The names under which the records of a file with a header are omitted.
fn names(source: &str, text: SourceText, file: &[u8]) -> Vec<Option<&'static str>> {
    let plan = plan(source);
    let mut reader = Reader::new(plan.dialect, Position::START);
    reader.push(file);
    reader.end();
    let labels: Vec<String> =
        reader.next_record().unwrap().unwrap().iter().map(|cell| text.show(cell).trim().to_owned()).collect();
    let omit = Omit::new(&plan, &labels, text);
    let mut names = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        names.push(omit.name(&record));
    }
    names
}

const E: Option<&str> = Some(EMPTY);
const H: Option<&str> = Some(REPEATED_HEADER);

#[test]
fn table_of_records() {
    let loose = "labels: {match: loose}";
    for (source, file, expected) in [
        // Without content, with any number of cells.
        ("", "id,b\n,\n , \n\"\",\"\n\"\n,,,\n \t\n\u{a0},\u{2003}\u{3000}\n\u{feff},\n", vec![E; 7]),
        ("", "id,b\n1,\n,x\n\u{a0}x,\n0,0\n-,-\n\u{200b},\n", vec![None; 6]),
        ("blankLines: keep", "id,b\n\n1,2\n", vec![E, None]),
        // An empty quoted cell has no content either.
        ("", "id\n\"\"\n\" \"\nid\n", vec![E, E, None]),
        // The header with white space around labels, and with the byte order mark of a joined part.
        ("", "id,b\nid,b\n id ,b\n\"id\",\"b\"\n\u{feff}id,b\n\u{feff}\"id\",\"b\"\n", vec![H; 5]),
        ("quoteChar: \"'\"", "id,b\n\u{feff}'id','b'\n\u{feff}\"id\",b\n", vec![H, None]),
        ("", "id,b\nid,c\nb,id\nid\nid,b,\nID,b\nids,b\n\u{feff}x,b\n", vec![None; 7]),
        ("", "größe,ä\ngröße,ä\ngrosse,ä\n", vec![H, None]),
        // Labels are compared as the feed compares them.
        (loose, "Article No,(Price)\narticle_no,price\n(Article No),\"Price \"\narticle,price\n", vec![H, H, None]),
        (loose, "#,%\n#,%\n-,-\n#,-\n", vec![H, None, None]),
        // With unnamed columns, the only label may be a value.
        ("", "id,,\nid,,\n,,\n", vec![None, E]),
        ("", ",id,b\n,id,b\n,id,c\n", vec![H, None]),
    ] {
        assert_eq!(names(source, SourceText::UTF_8, file.as_bytes()), expected, "{source} {file:?}");
    }
}

#[test]
fn a_feed_can_keep_both_kinds() {
    let file = "id,b\n,\nid,b\n";
    let of = |omit: &str| names(&format!("omit: {{{omit}}}"), SourceText::UTF_8, file.as_bytes());
    assert_eq!(of("empty: false"), [None, H]);
    assert_eq!(of("repeatedHeader: false"), [E, None]);
    assert_eq!(of("empty: false, repeatedHeader: false"), [None, None]);
}

#[test]
fn cells_are_read_in_the_encoding_of_the_file() {
    let latin = SourceText::new(WINDOWS_1252, None);
    assert_eq!(names("", latin, b"gr\xf6\xdfe,b\ngr\xf6\xdfe,b\n\xa0,\xa0\n\xf6,\n"), [H, E, None]);
    // Undecodable bytes are content, and are reported.
    assert_eq!(names("", SourceText::UTF_8, b"id,b\n\xa0,\n"), [None]);
    assert_eq!(names("", latin, b"id,b\n\x81,\n"), [None]);
}

/// The decision from the cells alone, each as text.
fn slowly(matching: LabelMatch, labels: &[&str], cells: &[Vec<u8>]) -> Option<&'static str> {
    let texts: Vec<_> = cells.iter().map(|cell| std::str::from_utf8(cell).map(str::to_owned)).collect();
    let blank =
        |text: &Result<String, _>| text.as_ref().is_ok_and(|text| text.replacen('\u{feff}', "", 1).trim().is_empty());
    if texts.iter().all(|text: &Result<String, std::str::Utf8Error>| blank(text)) {
        return Some(EMPTY);
    }
    let same = |label: &str, text: &str| match matching {
        LabelMatch::Exact => label == text.trim(),
        LabelMatch::Loose => label == text.trim() || !label.is_empty() && header::same_loosely(label, text),
    };
    let texts: Vec<String> = texts.into_iter().collect::<Result<_, _>>().ok()?;
    let first = texts[0].strip_prefix('\u{feff}').map_or(&*texts[0], |text| text.trim_matches('"'));
    let cells = std::iter::once(first).chain(texts.iter().skip(1).map(String::as_str));
    let named = labels.iter().filter(|label| !label.is_empty()).count() > 1;
    let equal = labels.len() == texts.len() && labels.iter().zip(cells).all(|(label, cell)| same(label, cell));
    (named && equal).then_some(REPEATED_HEADER)
}

proptest! {
    /// The check of the first byte never changes the decision.
    #[test]
    fn what_is_seen_at_once_is_what_all_cells_say(
        loose in any::<bool>(),
        labels in proptest::sample::select(vec![
            vec!["id", "b"], vec!["é", "b"], vec!["#", "İd"], vec!["(a)", "(b)"], vec!["", "b"], vec!["", "b", "c"], vec!["id"],
        ]),
        cells in proptest::collection::vec(
            "(\u{feff}|\u{a0}| |\t|)(|id|ID|i|é|#|İd|i\u{307}d|a|\\(a\\)|b|B|\\(b\\)|c)( |\u{3000}|)", 1..4,
        ),
    ) {
        let plan = plan(if loose { "labels: {match: loose}" } else { "" });
        let omit = Omit::new(&plan, &labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>(), SourceText::UTF_8);
        let mut row = crate::record::Rows::default();
        row.row(&cells);
        let mut reader = Reader::new(plan.dialect, Position { offset: 1, ..Position::START });
        reader.push(row.as_bytes());
        let record = reader.next_record().unwrap().unwrap();
        let cells: Vec<Vec<u8>> = record.iter().map(<[u8]>::to_vec).collect();
        prop_assert_eq!(omit.name(&record), slowly(plan.labels.matching, &labels, &cells));
    }
}
