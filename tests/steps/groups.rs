//! Items of several records: products with variants and pictures, whatever the chunks.

use std::fmt::Write;

use proptest::prelude::*;
use sluice_contract::{RunId, Tally, Verdict, keys};
use sluice_engine::Code;

use crate::world::World;

const KEY: &str = "inbox/products/a.csv";

const FEED: &str = "
version: 1
name: products
restructure:
  handle: {from: Handle}
  title: {from: Title}
  option: {from: Option Name}
  value: {from: Option Value}
  sku: {from: SKU}
  price: {from: Price}
  image: {from: Image}
group:
  by: handle
  into:
    variants: [sku, option, value, price]
    images: image
  fillDown: [Option Name]
schema:
  fields:
    - {name: handle, constraints: {required: true}}
    - {name: title, constraints: {required: true}}
    - {name: sku, constraints: {required: true}}
    - {name: option}
    - {name: value}
    - {name: price, type: number, constraints: {minimum: 1}}
    - {name: image, format: uri}
    - {name: variants, type: array}
    - {name: images, type: array}
import: {table: products, key: [handle]}
";

const FILE: &str = "\
Handle,Title,Option Name,Option Value,SKU,Price,Image
tee,Tee,Size,S,T-S,29.00,https://img.example/1.jpg
tee,,,M,T-M,29.50,https://img.example/2.jpg
,,,,,,
tee,,,L,T-L,31,
tee,,,,,,https://img.example/4.jpg
bowl,Bowl,Title,Default,B-1,42.50,
cup,Cup,Colour,Red,C-R,0.50,
cup,,,Blue,C-B,2,
lid,,,,L-1,3,
jar,Jar,,,J-1,1234567890123456789.25,
jar,Pot,,,J-2,4,
";

const IMPORTED: &str = "_record,_rows,handle,title,variants,images\n\
    1,2 4-5,tee,Tee,\"[{\"\"option\"\":\"\"Size\"\",\"\"price\"\":29,\"\"sku\"\":\"\"T-S\"\",\"\"value\"\":\"\"S\"\"},\
    {\"\"option\"\":\"\"Size\"\",\"\"price\"\":29.5,\"\"sku\"\":\"\"T-M\"\",\"\"value\"\":\"\"M\"\"},\
    {\"\"option\"\":\"\"Size\"\",\"\"price\"\":31,\"\"sku\"\":\"\"T-L\"\",\"\"value\"\":\"\"L\"\"}]\",\
    \"[\"\"https://img.example/1.jpg\"\",\"\"https://img.example/2.jpg\"\",\"\"https://img.example/4.jpg\"\"]\"\n\
    6,,bowl,Bowl,\"[{\"\"option\"\":\"\"Title\"\",\"\"price\"\":42.5,\"\"sku\"\":\"\"B-1\"\",\"\"value\"\":\"\"Default\"\"}]\",\n";

fn world(feed: &str) -> World {
    let world = World::new();
    world.feed("products", feed);
    world
}

fn rejects(world: &World, run: &RunId) -> String {
    world.output(run, keys::REJECTS_CSV).replace(run.as_str(), "RUN")
}

/// The lines of `rejects.csv` as number of the record, place and codes.
fn rejected(world: &World, run: &RunId) -> Vec<(u64, String, String)> {
    let text = world.output(run, keys::REJECTS_CSV);
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|label| label == name).unwrap();
    let (record, place, errors) = (at("_record"), at("_group"), at("_errors"));
    let codes = |errors: &str| {
        let codes = errors.split('[').skip(1).filter_map(|part| part.split_once(']'));
        codes.map(|(code, _)| code.to_owned()).collect::<Vec<_>>().join(" ")
    };
    rows.records()
        .map(|row| row.unwrap())
        .map(|row| (row[record].parse().unwrap(), row[place].to_owned(), codes(&row[errors])))
        .collect()
}

#[tokio::test]
async fn records_of_one_key_become_an_item_whatever_the_chunks() {
    for chunk_bytes in [1, 40, 100, 100_000] {
        let mut world = world(FEED);
        world.chunk_bytes = chunk_bytes;
        let (run, verdict) = world.import_file(KEY, FILE).await;
        let document = world.tally(&run);
        let expected = Tally { read: 11, omitted: 1, imported: 5, rejected: 5, ..Tally::default() };
        assert_eq!((verdict, document.tally, document.items), (Verdict::Imported, expected, Some(2)), "{chunk_bytes}");
        assert_eq!(world.output(&run, keys::IMPORTED_CSV), IMPORTED);
        let of = |record, place: &str, codes: &str| (record, place.to_owned(), codes.to_owned());
        assert_eq!(
            rejected(&world, &run),
            [
                of(7, "1 of 2 from 7", "constraint-error"),
                of(8, "2 of 2 from 7", "item-rejected"),
                of(9, "1 of 1 from 9", "constraint-error"),
                of(10, "1 of 2 from 10", "item-rejected"),
                of(11, "2 of 2 from 10", "group-conflict"),
            ]
        );
        let again = world.import_file(KEY, FILE).await.0;
        let expected = Tally { read: 11, omitted: 1, unchanged: 5, rejected: 5, ..Tally::default() };
        assert_eq!(world.tally(&again).tally, expected);
    }
}

#[tokio::test]
async fn problems_stand_in_the_row_that_is_wrong_and_the_others_name_it() {
    let world = world(FEED);
    let (run, _) = world.import_file(KEY, FILE).await;
    let rejects = rejects(&world, &run);
    for message in [
        "[constraint-error] price (column \"\"Price\"\"): \"\"0.50\"\" must be at least 1 (constraint \"\"minimum\"\")\",",
        "[constraint-error] title (column \"\"Title\"\"): is empty, but a value is required (constraint \"\"required\"\")\"",
        "[group-conflict] title (column \"\"Title\"\"): \"\"Pot\"\" differs from \"\"Jar\"\" in record 10 of the same item; \
         expected one value in all its records, or none\"",
        "RUN,8,9,\"[item-rejected] record 7 of the same item is rejected, and this one with it\",",
    ] {
        assert!(rejects.contains(message), "{message}\n{rejects}");
    }
}

/// All rows of an item are corrected and come back; one row alone does not.
#[tokio::test]
async fn a_repair_brings_all_rows_of_an_item() {
    let mut world = world(FEED);
    world.chunk_bytes = 1;
    let (run, _) = world.import_file(KEY, FILE).await;
    let rejects = world.output(&run, keys::REJECTS_CSV);
    let fixed = rejects.replace("C-R,0.50", "C-R,1.50").replace("jar,Pot", "jar,Jar").replace("lid,,", "lid,Lid,");
    let part = |leave: &str| -> String {
        fixed.lines().filter(|line| !line.contains(leave)).fold(String::new(), |text, line| text + line + "\n")
    };
    let (repair, _) = world.import_file("inbox/products/part.csv", part("C-B")).await;
    let document = world.tally(&repair);
    assert_eq!(document.tally, Tally { read: 4, imported: 3, rejected: 1, ..Tally::default() });
    assert_eq!(document.by_code, [(Code::IncompleteGroup.to_string(), 1)].into());
    assert!(self::rejects(&world, &repair).contains("row 2 is missing, repeated or out of place"));
    // What was imported by then is stale, because another repair of the same file has written it.
    let (repair, verdict) = world.import_file("inbox/products/all.csv", fixed.clone()).await;
    let document = world.tally(&repair);
    let expected = Tally { read: 5, imported: 2, stale: 3, ..Tally::default() };
    assert_eq!((verdict, document.tally, document.items), (Verdict::Imported, expected, Some(1)));
    // The same rows without the column that says what belongs together, and one of them twice.
    let bare: String = fixed.lines().fold(String::new(), |text, line| text + line.rsplit_once(',').unwrap().0 + "\n");
    let twice = fixed
        .replace("cup,,,Blue", "cup,,,Red,C-X,9,,RUN,8,9,,,2 of 2 from 7\ncup,,,Blue")
        .replace("RUN", run.as_str());
    for (file, message) in
        [(bare, "the row does not say in the column _group"), (twice, "row 2 is missing, repeated or out of place")]
    {
        let (repair, _) = world.import_file("inbox/products/other.csv", file).await;
        assert!(self::rejects(&world, &repair).contains(message), "{message}");
    }
}

/// A record whose key cannot be read may belong to either neighbour, so both are rejected with it, and come back together.
#[tokio::test]
async fn a_record_without_a_key_rejects_its_neighbours() {
    for chunk_bytes in [1, 100_000] {
        let mut world = world(FEED);
        world.chunk_bytes = chunk_bytes;
        let file = "Handle,Title,Option Name,Option Value,SKU,Price,Image\n\
                    a,A,,,A-1,1,\na,,,,A-2,1,\n,,,,B-0,1,\nb,B,,,B-1,1,\nc,C,,,C-1,1,\nc,,C-2,1\nd,D,,,D-1,1,\ne,E,,,E-1,1,\n";
        let (run, _) = world.import_file(KEY, file).await;
        let places: Vec<_> = rejected(&world, &run).into_iter().map(|(record, place, _)| (record, place)).collect();
        let of = |record, place: &str| (record, place.to_owned());
        assert_eq!(
            places,
            [
                of(1, "1 of 4 from 1"),
                of(2, "2 of 4 from 1"),
                of(3, "3 of 4 from 1"),
                of(4, "4 of 4 from 1"),
                of(5, "1 of 3 from 5"),
                of(6, "2 of 3 from 5"),
                of(7, "3 of 3 from 5"),
            ],
            "{chunk_bytes}"
        );
        let fixed = world
            .output(&run, keys::REJECTS_CSV)
            .replace(",,,,B-0,1,", "b,B,,,B-0,1,")
            .replace("\"c,,C-2,1\"", "\"c,,,,C-2,1,\"");
        let (repair, _) = world.import_file("inbox/products/fix.csv", fixed).await;
        let document = world.tally(&repair);
        assert_eq!(document.tally, Tally { read: 7, imported: 7, ..Tally::default() }, "{chunk_bytes}");
        assert_eq!(document.items, Some(4));
    }
}

/// What came of an item that is not complete says so again, however often it comes.
#[tokio::test]
async fn the_repair_of_an_incomplete_repair_is_incomplete() {
    let world = world(FEED);
    let (run, _) = world.import_file(KEY, FILE).await;
    let fixed = world.output(&run, keys::REJECTS_CSV).replace("C-R,0.50", "C-R,1.50");
    let keeps = |line: &&str| line.starts_with("Handle") || line.contains("C-R");
    let part: String = fixed.lines().filter(keeps).fold(String::new(), |text, line| text + line + "\n");
    let (first, _) = world.import_file("inbox/products/part.csv", part).await;
    let (second, _) = world.import_file("inbox/products/again.csv", world.output(&first, keys::REJECTS_CSV)).await;
    for run in [&first, &second] {
        assert_eq!(world.tally(run).tally, Tally { read: 1, rejected: 1, ..Tally::default() });
        assert_eq!(rejected(&world, run), [(1, "1 of 2 from 7".to_owned(), "incomplete-group".to_owned())]);
    }
}

/// Equal values are one key, a missing one is none, and what is omitted is not part of the item before it.
#[tokio::test]
async fn keys_are_values() {
    let feed = FEED
        .replace(
            "{name: handle, constraints: {required: true}}",
            "{name: handle, type: integer, missingValues: ['', 'NULL'], constraints: {required: true}}",
        )
        .replace("fillDown: [Option Name]", "fillDown: [Handle]")
        .replace(
            "name: products\n",
            "name: products\nsource: {omit: {conditions: [{name: draft, when: 'row[\"Image\"] == \"draft\"'}]}}\n",
        );
    let header = "Handle,Title,Option Name,Option Value,SKU,Price,Image\n";
    let world = world(&feed);
    for (rows, imported, rejected, items) in [
        ("1,A,,,a1,1,\n01,,,,a2,1.0,\n+1,A,,,a3,1,\n", 3, 0, 1),
        ("1,A,,,a1,1,\nNULL,,,,a2,1,\n1,A,,,a3,1,\n", 0, 3, 0),
        ("1,A,,,a1,1,\n,,,,a2,1,\n2,B,,,b1,1,draft\n,B,,,b2,1,\n,,,,b3,1,\n3,C,,,c1,1,\n", 5, 0, 3),
    ] {
        let (run, _) = world.import_file(KEY, format!("{header}{rows}")).await;
        let document = world.tally(&run);
        let tally = document.tally;
        assert_eq!((tally.imported, tally.rejected, document.items), (imported, rejected, Some(items)), "{rows}");
    }
}

/// A default gives way to what a record says, other ways to write a value are no contradiction, and empty elements are none.
#[tokio::test]
async fn values_of_an_item_may_be_written_differently() {
    let feed = FEED
        .replace("title: {from: Title}", "title: {from: Title, clean: [{default: none}]}")
        .replace("    - {name: option}", "    - {name: option, missingValues: ['', 'NULL']}");
    let world = world(&feed);
    let file = "Handle,Title,Option Name,Option Value,SKU,Price,Image\na,Tee,,,a1,1,\na,,,,a2,1,\na,,NULL,,,,https://a.example/1\n";
    let (run, _) = world.import_file(KEY, file).await;
    assert_eq!(world.tally(&run).tally.imported, 3);
    let imported = world.output(&run, keys::IMPORTED_CSV);
    assert!(imported.contains("1,2-3,a,Tee,") && !imported.contains("{}"), "{imported}");
}

/// What a column of a sensitive field shows is sensitive in each part of the item.
#[tokio::test]
async fn what_is_sensitive_is_so_in_items_and_lists() {
    let feed = FEED
        .replace("value: {from: Option Value}", "value: {from: SKU}")
        .replace("    - {name: value}", "    - {name: value, constraints: {maxLength: 2}}")
        .replace(
            "{name: sku, constraints: {required: true}}",
            "{name: sku, sensitive: true, constraints: {required: true}}",
        );
    let world = world(&feed);
    let (run, _) =
        world.import_file(KEY, "Handle,Title,Option Name,Option Value,SKU,Price,Image\na,A,,,SECRET,1,\n").await;
    let errors = format!("{:?}", world.rejects.of(&run));
    assert!(errors.contains("is not shown") && !errors.contains("SECRET"), "{errors}");
}

/// Omitted records between the items, however many, change nothing; a repair is measured by its records.
#[tokio::test]
async fn the_size_of_an_item_is_that_of_its_records() {
    let rows = |price: &str| (0..40).fold(String::new(), |text, at| text + &format!("big,Big,,,S{at:02},{price},\n"));
    let file = |price: &str| {
        format!(
            "Handle,Title,Option Name,Option Value,SKU,Price,Image\na,A,,,A,1,\n{}{}b,B,,,B,1,\n",
            ",,,,,,\n".repeat(400),
            rows(price)
        )
    };
    for chunk_bytes in [300, 100_000] {
        let mut world = world(&FEED.replace("fillDown", "maxGroup: 1024\n  fillDown"));
        world.chunk_bytes = chunk_bytes;
        let (run, verdict) = world.import_file(KEY, file("0")).await;
        let expected = Tally { read: 442, omitted: 400, imported: 2, rejected: 40, ..Tally::default() };
        assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, expected), "{chunk_bytes}");
        let fixed = world.output(&run, keys::REJECTS_CSV).replace(",0,", ",1,");
        let (repair, _) = world.import_file("inbox/products/fix.csv", fixed).await;
        assert_eq!(world.tally(&repair).tally, Tally { read: 40, imported: 40, ..Tally::default() }, "{chunk_bytes}");
    }
}

/// A mode leaves all records of an item alone.
#[tokio::test]
async fn what_a_mode_leaves_alone_is_counted_in_records() {
    let world = world(&FEED.replace("key: [handle]", "key: [handle], mode: update_only"));
    let (run, verdict) = world.import_file(KEY, FILE).await;
    let expected = Tally { read: 11, omitted: 1, left: 5, rejected: 5, ..Tally::default() };
    assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, expected));
}

/// Two items of one key are neighbours in `rejects.csv` if what was between them is imported. They stay two items.
#[tokio::test]
async fn items_of_one_key_that_become_neighbours_stay_apart() {
    let file = "Handle,Title,Option Name,Option Value,SKU,Price,Image\n\
                a,A,Size,,A-1,0,\na,,,,A-2,1,\nb,B,,,B-1,1,\na,A,,,A-3,0,\n";
    for chunk_bytes in [1, 100_000] {
        let mut world = world(FEED);
        world.chunk_bytes = chunk_bytes;
        let (run, _) = world.import_file(KEY, file).await;
        let fixed = world.output(&run, keys::REJECTS_CSV).replace(",0,", ",2,");
        let (repair, _) = world.import_file("inbox/products/fix.csv", fixed).await;
        let document = world.tally(&repair);
        assert_eq!(document.tally, Tally { read: 3, imported: 1, duplicate: 2, ..Tally::default() }, "{chunk_bytes}");
        let imported = world.output(&repair, keys::IMPORTED_CSV);
        assert!(imported.ends_with("3,,a,A,\"[{\"\"price\"\":2,\"\"sku\"\":\"\"A-3\"\"}]\",\n"), "{imported}");
    }
}

/// A key that comes back later is another item, of which `duplicates` decides; all records of an item share its fate.
#[tokio::test]
async fn an_item_that_loses_its_key_takes_its_records_along() {
    let file = "Handle,Title,Option Name,Option Value,SKU,Price,Image\n\
                a,A,,,A-1,1,\na,,,,A-2,1,\nb,B,,,B-1,1,\na,A,,,A-3,1,\n";
    for (rule, tally) in [
        ("last", Tally { read: 4, imported: 2, duplicate: 2, ..Tally::default() }),
        ("first", Tally { read: 4, imported: 3, duplicate: 1, ..Tally::default() }),
        ("reject", Tally { read: 4, imported: 1, rejected: 3, ..Tally::default() }),
    ] {
        for chunk_bytes in [1, 100_000] {
            let mut world = world(&FEED.replace("key: [handle]", &format!("key: [handle], duplicates: {rule}")));
            world.chunk_bytes = chunk_bytes;
            let (run, verdict) = world.import_file(KEY, file).await;
            assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, tally), "{rule} {chunk_bytes}");
        }
    }
}

/// An item that is too large stops the file, whether a chunk would begin in it or not.
#[tokio::test]
async fn an_item_that_is_too_large_stops_the_file() {
    let mut file = FILE.to_owned();
    for at in 0..60 {
        let _ = writeln!(file, "big,Big,,,BIG-{at},1,https://img.example/{at}.jpg");
    }
    for chunk_bytes in [64, 100_000] {
        let mut world = world(&FEED.replace("fillDown", "maxGroup: 1024\n  fillDown"));
        world.chunk_bytes = chunk_bytes;
        let (run, verdict) = world.import_file(KEY, file.clone()).await;
        let document = world.tally(&run);
        assert_eq!((verdict, document.tally.imported), (Verdict::Rejected, 0), "{chunk_bytes}");
        assert!(document.reasons.iter().any(|reason| reason.code == Code::GroupTooLarge), "{:?}", document.reasons);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Chunks of any size give the same items, also with records that have no key, that cannot be read, or that are omitted.
    #[test]
    fn items_do_not_depend_on_chunks(rows in prop::collection::vec(0_u8..12, 1..40), chunk_bytes in 1_u64..200) {
        let mut file = "Handle,Title,Option Name,Option Value,SKU,Price,Image\n".to_owned();
        for (at, kind) in rows.iter().enumerate() {
            let _ = match kind {
                0 => writeln!(file, ",,,,,,"),
                1 => writeln!(file, ",,,,X-{at},1,"),
                2 => writeln!(file, "a,A,lost"),
                3 => writeln!(file, "b,B,Size,S,B-{at},0,"),
                _ => writeln!(file, "{key},{key},,\"x\ny\",S-{at},1,", key = ["a", "b", "c", "a"][usize::from(kind % 4)]),
            };
        }
        let outputs = |chunk_bytes| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut world = world(FEED);
                world.chunk_bytes = chunk_bytes;
                let (run, verdict) = world.import_file(KEY, file.clone()).await;
                (verdict, world.tally(&run).tally, world.output(&run, keys::IMPORTED_CSV), rejects(&world, &run))
            })
        };
        prop_assert_eq!(outputs(chunk_bytes), outputs(1_000_000));
    }
}
