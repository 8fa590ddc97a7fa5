//! Broken quotes: the records that they swallow are not imported, and come back as rejects.

use sluice_contract::documents::Manifest;
use sluice_contract::{Tally, Verdict, keys};
use sluice_engine::Code;
use sluice_platform::rejects::RejectState;

use crate::world::World;

const KEY: &str = "inbox/products/a.csv";
const REPAIR: &str = "inbox/products/repair.csv";

const FEED: &str = "
version: 1
name: products
schema: {fields: [{name: id, constraints: {required: true}}, {name: name}]}
import: {table: products, key: [id]}
report: {recipients: [shop@example.com]}
";

/// The first record swallows two others; the last has a quote too many.
const FILE: &str = "id,name\n1,\"Chair\n2,Table\n3,5\" pipe\n4,Lamp\n5,Desk\"\n";

fn world(source: &str) -> World {
    let world = World::new();
    world.feed("products", &format!("{FEED}source: {source}\n"));
    world
}

fn tally(read: u64, imported: u64, rejected: u64) -> Tally {
    Tally { read, imported, rejected, ..Tally::default() }
}

#[tokio::test]
async fn a_record_with_broken_quotes_is_rejected_with_every_line_that_it_swallowed() {
    let world = world("{}");
    let (run, verdict) = world.import_file(KEY, FILE).await;
    let document = world.tally(&run);
    assert_eq!((verdict, document.tally), (Verdict::Imported, tally(3, 2, 1)));
    assert_eq!(
        world.output(&run, keys::REJECTS_CSV).replace(run.as_str(), "RUN"),
        "id,name,_run,_record,_line,_errors,_raw\n\
         ,,RUN,1,2,\"[quote-error] a quote opens a cell on line 2, character 3, another closes it on line 4, character 4, but \
         text follows there; the cell spans 3 lines and may have swallowed records; expected a delimiter or the end of the \
         record (a quote within a quoted cell must be doubled)\",\"1,\"\"Chair\n2,Table\n3,5\"\" pipe\"\n"
    );
    assert_eq!(world.output(&run, keys::IMPORTED_CSV), "_record,id,name\n2,4,Lamp\n3,5,\"Desk\"\"\"\n");
    let warned = serde_json::to_value(&document.warnings).unwrap();
    assert_eq!(warned["stray-quote"]["records"], 1, "{warned}");
}

#[tokio::test]
async fn a_lenient_feed_reads_broken_quotes_as_most_programs_do() {
    let world = world("{quotes: lenient}");
    let (run, verdict) = world.import_file(KEY, FILE).await;
    assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, tally(3, 3, 0)));
    assert!(world.output(&run, keys::IMPORTED_CSV).starts_with("_record,id,name\n1,1,\"Chair\n2,Table\n3,5 pipe\"\n"));
    assert!(world.tally(&run).warnings.is_empty());
}

/// One row of the repair becomes three records. The reject is closed once, and no record counts as repeated.
#[tokio::test]
async fn a_corrected_raw_may_hold_several_records() {
    let world = world("{}");
    let (monday, _) = world.import_file(KEY, FILE).await;
    let rejects = world.output(&monday, keys::REJECTS_CSV);
    let broken = "\"1,\"\"Chair\n2,Table\n3,5\"\" pipe\"";
    assert!(rejects.contains(broken));

    let fixed = rejects.replace(broken, "\"1,Chair\n2,Table,9\n3,\"\"5\"\"\"\" pipe\"\"\n\"");
    let (repair, verdict) = world.import_file(REPAIR, fixed).await;
    assert_eq!((verdict, world.tally(&repair).tally), (Verdict::Imported, tally(3, 2, 1)));
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,name\n1,1,Chair\n3,3,\"5\"\" pipe\"\n");
    let again = world.output(&repair, keys::REJECTS_CSV).replace(repair.as_str(), "REPAIR");
    assert!(again.contains(",,REPAIR,2,3,\"[extra-cell] _raw: has 3 cells"), "{again}");
    assert!(again.ends_with(",\"2,Table,9\"\n"), "{again}");

    let states = |run| world.rejects.of(run).into_iter().map(|entry| (entry.record, entry.state)).collect::<Vec<_>>();
    assert_eq!(states(&monday), [(1, RejectState::Closed)]);
    assert_eq!(states(&repair), [(2, RejectState::Open)]);
    let codes: Vec<Code> = world.tally(&repair).notes.iter().map(|note| note.code).collect();
    assert!(!codes.contains(&Code::RepeatedRecord), "{codes:?}");
    let manifest: Manifest = world.document(&keys::manifest(&repair));
    let note = manifest.notes.iter().find(|note| note.code == Code::SourceDecoded).unwrap();
    assert_eq!(
        note.message,
        "1 row holds several records in _raw, 3 in all; each is read and counted as one of its own"
    );

    // A row that is still broken comes back again, and can be repaired again.
    let (again, _) = world.import_file("inbox/products/again.csv", world.output(&monday, keys::REJECTS_CSV)).await;
    assert_eq!(world.tally(&again).by_code, [("quote-error".to_owned(), 1)].into());
    assert_eq!(states(&again), [(1, RejectState::Open)]);
}

/// The repair as a spreadsheet saves it in countries with a decimal comma.
#[tokio::test]
async fn several_records_in_raw_are_read_whatever_separates_the_cells_of_the_file() {
    for (saved, separator) in [("sep=;\r\n", ";"), ("", ";"), ("", "\t"), ("", ",")] {
        let world = world("{}");
        let (monday, _) = world.import_file(KEY, FILE).await;
        let header = ["id", "name", "_run", "_record", "_line", "_errors", "_raw"].join(separator);
        let raw = "\"1,Chair\n2,\"\"Table; round\"\"\"";
        let row = ["", "", monday.as_str(), "1", "2", "", raw].join(separator);
        let (repair, verdict) = world.import_file(REPAIR, format!("{saved}{header}\r\n{row}\r\n")).await;
        assert_eq!(
            (verdict, world.tally(&repair).tally),
            (Verdict::Imported, tally(2, 2, 0)),
            "{saved:?} {separator:?}"
        );
        assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,name\n1,1,Chair\n2,2,Table; round\n");
    }
}

#[tokio::test]
async fn a_header_with_broken_quotes_stops_the_file() {
    for (source, verdict) in [("{}", Verdict::Rejected), ("{quotes: lenient}", Verdict::Imported)] {
        let world = world(source);
        let (run, found) = world.import_file(KEY, "id,\"na\"me\n1,a\n").await;
        assert_eq!(found, verdict, "{source}");
        let manifest: Manifest = world.document(&keys::manifest(&run));
        let codes: Vec<Code> = manifest.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes.contains(&Code::QuoteError), verdict == Verdict::Rejected, "{codes:?}");
    }
}
