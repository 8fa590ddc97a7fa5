//! Wide files: a record may have as many fields as the item of a table has room for.

use std::fmt::Write;

use sluice_contract::{Verdict, keys};
use sluice_engine::Code;

use crate::world::World;

fn feed(columns: usize) -> String {
    let mut feed =
        "version: 1\nname: wide\nschema:\n  fields:\n    - {name: id, constraints: {required: true}}\n".to_owned();
    for column in 0..columns {
        writeln!(feed, "    - {{name: c{column}, type: {}}}", if column % 2 == 0 { "string" } else { "number" })
            .unwrap();
    }
    feed + "import: {table: wide, key: [id]}\n"
}

fn row(id: &str, columns: usize, cell: impl Fn(usize) -> String) -> String {
    [id.to_owned()].into_iter().chain((0..columns).map(cell)).collect::<Vec<_>>().join(",") + "\n"
}

#[tokio::test]
async fn a_file_of_thousands_of_columns_is_imported_cell_by_cell() {
    for (columns, chunk_bytes) in [(1_000, 1), (2_000, 1 << 20)] {
        let mut world = World::new();
        world.chunk_bytes = chunk_bytes;
        world.feed("wide", &feed(columns));
        let header = row("id", columns, |column| format!("c{column}"));
        let good = |id: &str| row(id, columns, |column| column.to_string());
        let bad = row("C", columns, |column| if column == 999 { "x".to_owned() } else { String::new() });
        let (run, verdict) =
            world.import_file("inbox/wide/a.csv", format!("{header}{}{}{bad}", good("A"), good("B"))).await;
        let tally = world.tally(&run).tally;
        assert_eq!((verdict, tally.imported, tally.rejected), (Verdict::Imported, 2, 1), "{columns} columns");
        let items = world.sink.items("wide");
        assert_eq!((items.len(), items[1].fields.len()), (2, columns + 1));
        assert!(world.output(&run, keys::IMPORTED_CSV).ends_with(&format!("\n2,{}", good("B"))));
        let problem = &world.rejects.of(&run)[0].problems[0];
        assert_eq!((problem.code, problem.field.as_deref()), (Code::TypeError, Some("c999")));
    }
}

/// What does not fit is the record, not the feed.
#[tokio::test]
async fn a_wide_record_that_is_too_large_is_rejected_alone() {
    let columns = 1_000;
    let mut world = World::new();
    world.chunk_bytes = 1 << 20;
    world.feed("wide", &feed(columns).replace("type: number", "type: string"));
    let header = row("id", columns, |column| format!("c{column}"));
    let of_length = |id: &str, length: usize| row(id, columns, |_| "x".repeat(length));
    let file = format!("{header}{}{}", of_length("A", 400), of_length("B", 410));
    let (run, _) = world.import_file("inbox/wide/a.csv", file).await;
    assert_eq!(world.tally(&run).by_code["item-too-large"], 1);
    assert_eq!(world.sink.items("wide").len(), 1);
}
