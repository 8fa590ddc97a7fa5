use super::*;
use crate::dialect::Dialect;
use crate::header;
use crate::record::{Position, Reader};

const FEED: &str = "
version: 1
name: products
restructure:
  id: {from: SKU, clean: [trim, upper]}
  updated: {from: Updated, clean: [trim], date: '%d.%m.%Y'}
schema: {fields: [{name: id, constraints: {required: true}}, {name: updated, type: date}]}
import: {table: products, key: [id]}
";

/// Restructures the last record of a file.
fn last(file: &[u8]) -> (Vec<String>, Vec<String>) {
    let plan = FeedPlan::from_yaml(FEED).map_err(|problems| format!("{problems:?}")).unwrap();
    let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
    reader.push(file);
    reader.end();
    let header: Vec<Vec<u8>> = reader.next_record().unwrap().unwrap().iter().map(<[u8]>::to_vec).collect();
    let binding = header::check(&plan, &header).binding.unwrap();
    let mut result = None;
    while let Some(record) = reader.next_record().unwrap() {
        let made = restructure(&plan, &binding, &record);
        result = Some((
            made.texts.iter().map(ToString::to_string).collect(),
            made.problems.iter().map(ToString::to_string).collect(),
        ));
    }
    result.unwrap()
}

#[test]
fn cleans_maps_and_reads_dates() {
    assert_eq!(last(b"Updated,Note,SKU\n 21.11.2026,x, ab-1 "), (vec!["AB-1".into(), "2026-11-21".into()], vec![]));
}

#[test]
fn too_many_and_too_few_cells_are_told_and_nothing_is_shifted() {
    let (texts, problems) = last(b"SKU,Note,Updated\na,b,21.11.2026,c");
    assert_eq!(texts, ["", ""]);
    assert_eq!(problems, ["[extra-cell] has 4 cells, but the header has 3: 1 too many"]);
    let (_, problems) = last(b"SKU,Note,Updated\na,b");
    assert_eq!(
        problems,
        ["[missing-cell] has 2 cells, but the header has 3: none for \"Updated\", or one was lost before"]
    );
}

#[test]
fn every_broken_field_is_told_with_its_column() {
    let (texts, problems) = last(b"SKU,Updated\n1,21.11.2026\n\"a\xE9\",soon");
    assert_eq!(texts, ["", ""]);
    assert_eq!(
        problems,
        [
            "[encoding-error] id (column \"SKU\"): byte 0xE9 at offset 27 of the file is not UTF-8",
            "[type-error] updated (column \"Updated\"): \"soon\" is not a date as the pattern %d.%m.%Y has it",
        ]
    );
}
