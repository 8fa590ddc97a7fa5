//! Rejects come back as a CSV that can be fixed and uploaded again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sluice_contract::documents::{Origin, RunDocument, Upload};
use sluice_contract::steps::{ReportInput, RunInput};
use sluice_contract::{RunId, Tally, Verdict, keys};
use sluice_engine::Code;
use sluice_engine::repair::{SavedFormat, Separator};
use sluice_platform::Fault;
use sluice_platform::ledger::{Ledger, RunEntry, RunStage};
use sluice_platform::rejects::{Block, DueReject, MemoryRejects, RejectEntry, RejectState, Rejects};

use crate::world::{FEED, World};

const KEY: &str = "inbox/prices/monday.csv";
const REPAIR: &str = "inbox/prices/repair.csv";

/// Of these, records 2 and 4 are rejected.
const MONDAY: &str = "id,price\na,1\nb,x\nc,3\nd,y\ne,5\n";

/// The rejects of a run, changed.
fn changed(world: &World, run: &RunId, changes: &[(&str, &str)]) -> String {
    let mut text = world.output(run, keys::REJECTS_CSV);
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in {text}");
        text = text.replacen(from, to, 1);
    }
    text
}

fn tally(read: u64, imported: u64, stale: u64, rejected: u64) -> Tally {
    Tally { read, imported, stale, rejected, ..Tally::default() }
}

/// Record, state, and the run that closed it.
fn states(world: &World, run: &RunId) -> Vec<(u64, RejectState, Option<RunId>)> {
    world.rejects.of(run).into_iter().map(|entry| (entry.record, entry.state, entry.closed_by)).collect()
}

async fn refused(world: &World, key: &str, file: impl Into<Vec<u8>>) -> String {
    let upload = world.upload(key, file);
    let answer = world.deliver(&upload, true).await;
    assert_eq!(answer.done, sluice_intake::Done::Refused);
    let conclusion = world.entry(&answer.run_id.unwrap()).await.conclusion.unwrap();
    assert_eq!(conclusion.verdict, Verdict::Refused);
    let found: Vec<_> = conclusion.reasons.iter().filter(|reason| reason.code == Code::InvalidRepair).collect();
    assert_eq!(found.len(), 1, "{:?}", conclusion.reasons);
    found[0].message.clone()
}

#[tokio::test]
async fn a_repaired_record_is_imported_and_closes_its_reject() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let open = |record| (record, RejectState::Open, None);
    assert_eq!(states(&world, &monday), [open(2), open(4)]);

    let (repair, verdict) = world.import_file(REPAIR, changed(&world, &monday, &[("b,x", "b,2")])).await;
    assert_eq!((verdict, world.tally(&repair).tally), (Verdict::Imported, tally(2, 1, 0, 1)));
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,price\n1,b,2\n");
    assert_eq!(world.sink.items("prices").len(), 4);

    // Records are counted anew in the repair; messages name the original record.
    assert_eq!(
        world.output(&repair, keys::REJECTS_CSV).replace(repair.as_str(), "REPAIR").replace(monday.as_str(), "MONDAY"),
        "id,price,_run,_record,_line,_errors,_raw\n\
         d,y,REPAIR,2,3,\"[type-error] price: \"\"y\"\" is not a decimal number, such as 12.50 (record 4 of MONDAY)\",\n"
    );
    let closed = |record| (record, RejectState::Closed, Some(repair.clone()));
    assert_eq!(states(&world, &monday), [closed(2), closed(4)], "what is rejected again is a reject of its own");
    assert_eq!(states(&world, &repair), [open(2)]);
    assert!(world.rejects.of(&repair)[0].problems[0].message.ends_with(&format!("(record 4 of {monday})")));

    // Recipients, ledger and report know its parent.
    let (parent, child) = (world.entry(&monday).await, world.entry(&repair).await);
    assert_eq!(
        child.origin,
        Origin::Repair { parent: monday.clone(), order: parent.order(), saved: SavedFormat::default() }
    );
    assert_eq!(child.order(), parent.order());
    let mail = world.mailer.sent().pop().unwrap();
    assert!(mail.text.contains(&format!("Repairs rejects of: {monday}")), "{}", mail.text);
    assert!(mail.html.contains(monday.as_str()));
    let report: serde_json::Value = serde_json::from_str(&world.output(&repair, keys::REPORT_JSON)).unwrap();
    assert_eq!(report["parent"], serde_json::json!({"run_id": monday.as_str(), "kind": "repair"}));
}

#[tokio::test]
async fn mondays_reject_fixed_on_wednesday_does_not_overwrite_tuesdays_value() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let (tuesday, _) = world.import_file("inbox/prices/tuesday.csv", "id,price\nb,22\n").await;
    let file = changed(&world, &monday, &[("b,x", "b,2"), ("d,y", "d,4")]);
    let (wednesday, verdict) = world.import_file(REPAIR, file).await;
    assert_eq!((verdict, world.tally(&wednesday).tally), (Verdict::Imported, tally(2, 1, 1, 0)));
    let by = |run: &RunId| world.sink.items("prices").iter().filter(|item| item.run() == run.as_str()).count();
    assert_eq!((by(&monday), by(&tuesday), by(&wednesday)), (3, 1, 1));
    assert!(states(&world, &monday).iter().all(|(_, state, _)| *state == RejectState::Closed));
    // A file that came after Monday overwrites the repaired record.
    let (thursday, _) = world.import_file("inbox/prices/thursday.csv", "id,price\nd,44\n").await;
    assert_eq!((world.tally(&thursday).tally, by(&wednesday)), (tally(1, 1, 0, 0), 0));
}

#[tokio::test]
async fn a_repair_does_not_overwrite_what_its_parent_has_imported() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, "id,price\na,x\na,2\n").await;
    let (repair, _) = world.import_file(REPAIR, changed(&world, &monday, &[("a,x", "a,1")])).await;
    assert_eq!(world.tally(&repair).tally, tally(1, 0, 1, 0));
}

#[tokio::test]
async fn a_repair_can_be_repaired() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let (first, _) = world.import_file(REPAIR, changed(&world, &monday, &[("b,x", "b,2")])).await;
    let (second, verdict) = world.import_file(REPAIR, changed(&world, &first, &[("d,y", "d,4")])).await;
    assert_eq!((verdict, world.tally(&second).tally), (Verdict::Imported, tally(1, 1, 0, 0)));
    assert_eq!(world.entry(&second).await.order(), world.entry(&monday).await.order());
    assert_eq!(states(&world, &first), [(2, RejectState::Closed, Some(second))]);
    assert_eq!(world.sink.items("prices").len(), 5);
}

#[tokio::test]
async fn a_repair_that_is_delivered_twice_writes_once() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let file = changed(&world, &monday, &[("b,x", "b,2"), ("d,y", "d,4")]);
    let upload = world.upload(REPAIR, file.clone());
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    assert_eq!(world.deliver(&upload, false).await.run_id, Some(run.clone()));
    world.run(&run).await;
    assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Known);
    let before = world.sink.items("prices");
    // The same file, uploaded again, is another run that finds everything written.
    let (again, verdict) = world.import_file(REPAIR, file).await;
    assert_eq!((verdict, world.tally(&again).tally), (Verdict::Imported, tally(2, 0, 2, 0)));
    assert_eq!(world.sink.items("prices"), before);
    assert!(states(&world, &monday).iter().all(|(.., by)| by.as_ref() == Some(&run)), "closed by the first");
}

#[tokio::test]
async fn rejects_of_two_runs_in_one_file_are_kept_apart() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let (tuesday, _) = world.import_file("inbox/prices/tuesday.csv", "id,price\nf,z\n").await;
    let other = world.output(&tuesday, keys::REJECTS_CSV);
    let other = other.lines().nth(1).unwrap().replace("f,z", "f,6");
    let file = changed(&world, &monday, &[("b,x", "b,2"), ("d,y", "d,4")]) + &other + "\n";
    let (repair, verdict) = world.import_file(REPAIR, file).await;
    assert_eq!((verdict, world.tally(&repair).tally), (Verdict::Imported, tally(3, 2, 0, 1)));
    assert_eq!(world.tally(&repair).by_code, [("other-run".to_owned(), 1)].into());
    assert_eq!(states(&world, &tuesday), [(1, RejectState::Open, None)]);
    // The row of the other run stays as it came. A repair of the repair cannot import it, because its order differs.
    let rejects = world.output(&repair, keys::REJECTS_CSV);
    assert!(rejects.contains(&format!(",,{repair},3,4,")) && rejects.contains("f,6,"), "{rejects}");
    let (again, _) = world.import_file(REPAIR, rejects).await;
    assert_eq!(world.tally(&again).by_code, [("extra-cell".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_file_of_another_dialect_comes_back_as_it_was() {
    let world = World::new();
    let source =
        "source: {delimiter: ';', encoding: latin1, skipLines: 1, footer: {marker: END, countCell: 2}}\nschema:";
    let limits = "validate: {limits: {maxRejectPercent: 90, minRecords: 4}}\nimport:";
    world.feed("prices", &FEED.replace("schema:", source).replace("import:", limits));
    // The file has a preamble, formulas, semicolons and quotes in cells, letters of Latin-1, too many cells, and a footer.
    let text = "of today\nid;price\n=K\u{e4};x\n\"a;\"\"b\";x\n'=c;x\nd;4;\u{f6}\n@e\u{fc};5\nEND;5\n";
    let latin1: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let (monday, verdict) = world.import_file(KEY, latin1).await;
    assert_eq!((verdict, world.tally(&monday).tally), (Verdict::Imported, tally(5, 1, 0, 4)));

    // Correct the row in `_raw` in the dialect of the file, and the prices of the other rows.
    let file = changed(&world, &monday, &[(",x,", ",1,"), (",x,", ",2,"), (",x,", ",3,"), ("d;4;ö", "d\u{f6};4")]);
    assert!(file.starts_with("id,price,_run,_record,_line,_errors,_raw\n'=Kä,1,"), "{file}");
    let spreadsheet = format!("\u{feff}{}", file.replace('\n', "\r\n"));
    let (repair, verdict) = world.import_file(REPAIR, spreadsheet).await;
    let reasons = world.tally(&repair).reasons;
    assert_eq!((verdict, world.tally(&repair).tally, reasons), (Verdict::Imported, tally(4, 4, 0, 0), vec![]));
    assert_eq!(
        world.output(&repair, keys::IMPORTED_CSV),
        "_record,id,price\n1,=Kä,1\n2,\"a;\"\"b\",2\n3,'=c,3\n4,dö,4\n"
    );
    assert!(states(&world, &monday).iter().all(|(_, state, _)| *state == RejectState::Closed));
}

#[tokio::test]
async fn a_feed_that_names_the_columns_itself_finds_them_in_the_header_of_a_repair() {
    let world = World::new();
    world.feed("prices", &FEED.replace("schema:", "source: {header: false, columns: [id, price]}\nschema:"));
    let (monday, _) = world.import_file(KEY, "a,1\nb,x\nc,3,4\n").await;
    let file = changed(&world, &monday, &[("b,x", "b,2"), ("\"c,3,4\"", "\"c,3\"")]);
    let (repair, _) = world.import_file(REPAIR, file).await;
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,price\n1,b,2\n2,c,3\n");
}

#[tokio::test]
async fn columns_may_stand_anywhere_and_ours_be_missing() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let file = format!("_record,price,note,_run,id\n4,4,why,{monday},d\n2,2,,{monday},b\n");
    let (repair, verdict) = world.import_file(REPAIR, file).await;
    assert_eq!((verdict, world.tally(&repair).tally), (Verdict::Imported, tally(2, 2, 0, 0)));
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,price\n1,d,4\n2,b,2\n");
    // A note reports the producer's extra column, as in any file, but not the columns of Sluice.
    let notes: Vec<String> = world.tally(&repair).notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].starts_with("[incorrect-label] ") && notes[1].starts_with("[extra-label] note: "), "{notes:?}");
}

#[tokio::test]
async fn rows_without_a_record_number_or_with_a_repeated_one_are_reported() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let file = format!("id,price,_run,_record\nb,2,{monday},2\nc2,2,{monday},2\nd,4,{monday},four\n");
    let (repair, _) = world.import_file(REPAIR, file).await;
    assert_eq!(world.tally(&repair).tally, tally(3, 2, 0, 1));
    assert_eq!(world.tally(&repair).by_code, [("unknown-record".to_owned(), 1)].into());
    let notes: Vec<String> = world.tally(&repair).notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "[repeated-record] 1 row is about a record that a row before is about, such as record 2: each is taken for a \
          record of its own"
        ]
    );
    let closed: Vec<_> = states(&world, &monday).into_iter().map(|(record, state, _)| (record, state)).collect();
    assert_eq!(closed, [(2, RejectState::Closed), (4, RejectState::Open)]);
}

#[tokio::test]
async fn a_byte_that_could_not_be_decoded_is_never_imported_as_its_mark() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, b"id,price\nM\xfcller,1\n{\\x81},x\n".to_vec()).await;
    let file = changed(&world, &monday, &[]);
    assert!(file.contains("M{\\xFC}ller,1,") && file.contains("{\\\\x81},x,"), "{file}");
    // Even if columns are removed or emptied, the mark shows that the cell is not repaired.
    let removed = format!("id,price,_run,_record\nM{{\\xFC}}ller,1,{monday},1\n");
    let emptied = format!("id,price,_run,_record,_errors,_raw\nM{{\\xFC}}ller,1,{monday},1,,\n");
    let in_raw = format!("id,price,_run,_record,_raw\n,,{monday},1,\"M{{\\xFC}}ller,1\"\n");
    let mut last = monday;
    for untouched in [removed, emptied, in_raw] {
        (last, _) = world.import_file(REPAIR, untouched).await;
        assert_eq!(world.tally(&last).by_code, [("encoding-error".to_owned(), 1)].into());
        let rejects = world.output(&last, keys::REJECTS_CSV);
        let message = "byte 0xFC could not be decoded; replace the mark {\\xFC} in the row by the intended text";
        assert!(rejects.contains("\nM{\\xFC}ller,1,") && rejects.contains(message), "{rejects}");
    }
    let (repair, _) = world.import_file(REPAIR, changed(&world, &last, &[("M{\\xFC}ller", "Müller")])).await;
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,price\n1,Müller,1\n");
    // A text of the file that only looks like a mark comes back unchanged.
    let (repair, _) = world.import_file(REPAIR, file.replace(",x,", ",2,")).await;
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,price\n2,{\\x81},2\n");
}

#[tokio::test]
async fn a_repair_is_read_as_spreadsheets_save_it() {
    let utf16 =
        |text: &str| -> Vec<u8> { format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let broken = b"id,price\n\"a;1,\tb\",x\nc,\xFF\n";
    for (separator, sep_line, bom) in [
        (Separator::Comma, false, true),
        (Separator::Comma, true, false),
        (Separator::Semicolon, false, true),
        (Separator::Semicolon, true, true),
        (Separator::Tab, false, false),
        (Separator::Tab, false, true),
    ] {
        let world = World::new();
        let (monday, _) = world.import_file(KEY, broken.to_vec()).await;
        let delimiter = char::from(separator.byte());
        let sep = if sep_line { format!("sep={delimiter}\r\n") } else { String::new() };
        let row = |record: u64, id: &str, price: &str| {
            [id, price, monday.as_str(), &record.to_string()]
                .map(|cell| format!("\"{cell}\""))
                .join(&delimiter.to_string())
        };
        let header = ["id", "price", "_run", "_record"].join(&delimiter.to_string());
        let text = format!("{sep}{header}\r\n{}\r\n{}\r\n", row(1, "a;1,\tb", "2"), row(2, "c", "{\\xFF}"));
        let tabs_in_utf16 = separator == Separator::Tab && bom;
        let file = match (tabs_in_utf16, bom) {
            (true, _) => utf16(&text),
            (false, true) => format!("\u{feff}{text}").into_bytes(),
            (false, false) => text.into_bytes(),
        };
        let (repair, verdict) = world.import_file(REPAIR, file.clone()).await;
        assert_eq!((verdict, world.tally(&repair).tally), (Verdict::Imported, tally(2, 1, 0, 1)), "{separator:?}");
        assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,price\n1,\"a;1,\tb\",2\n");
        let document: RunDocument = world.document(&keys::run_document(&repair));
        assert_eq!(document.repairs.unwrap().saved, SavedFormat { delimiter: separator, sep_line });
        assert!(states(&world, &monday).iter().all(|(_, state, _)| *state == RejectState::Closed));
        // A record that is rejected again comes back in the usual form of rejects.csv, and can be repaired.
        let again = changed(&world, &repair, &[("c,{\\xFF}", "c,3")]);
        let (second, _) = world.import_file(REPAIR, again).await;
        assert_eq!(world.output(&second, keys::IMPORTED_CSV), "_record,id,price\n1,c,3\n");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_a_repair_is_refused_and_says_why() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let file = changed(&world, &monday, &[]);
    let latin1 = [file.as_bytes(), b"\xfc"].concat();
    let header = "id,price,_run,_record\n";
    let unknown = "prices-0123456789abcdef01234567";
    for (file, expected) in [
        (latin1, "is not UTF-8"),
        (header.into(), "no rows"),
        (format!("{header}b,2,monday,2\n").into(), "\"monday\" in _run; expected the id of the run"),
        (format!("{header}b,2,{unknown},2\n").into(), "which is not in the ledger"),
        (format!("{header}{},2,{monday},2\n", "b".repeat(1 << 20)).into(), "its first row does not end within 1048576"),
    ] {
        let why = refused(&world, REPAIR, file).await;
        assert!(why.contains(expected), "{why}");
    }
    world.feed("other", &FEED.replace("name: prices", "name: other"));
    let why = refused(&world, "inbox/other/repair.csv", file.clone()).await;
    assert!(why.contains("a run of the feed \"prices\", and lies in the folder of \"other\""), "{why}");

    let upload = world.upload("inbox/prices/later.csv", MONDAY);
    let running = world.deliver(&upload, true).await.run_id.unwrap();
    let why = refused(&world, REPAIR, format!("{header}b,2,{running},2\n")).await;
    assert!(why.contains("which has not ended yet"), "{why}");
    // A dry run, or a file that was rejected as a whole, cannot be repaired, because nothing was imported.
    let (dry, _) = world.import_file("inbox/prices/dry-run/a.csv", MONDAY).await;
    let why = refused(&world, REPAIR, format!("{header}b,2,{dry},2\n")).await;
    assert!(why.contains("ended PASSED: nothing of it was imported"), "{why}");
    assert_eq!(world.sink.items("prices").len(), 3);
    assert!(states(&world, &monday).iter().all(|(_, state, _)| *state == RejectState::Open));
}

#[tokio::test]
async fn a_refusal_is_repeated_if_intake_was_killed_before_its_mail() {
    let world = World::new();
    let upload = world.upload(KEY, MONDAY);
    let monday = world.deliver(&upload, true).await.run_id.unwrap();
    let file = format!("id,price,_run,_record\nb,2,{monday},2\n");
    let upload = world.upload(REPAIR, file);
    // As if intake had registered the file as an ordinary one while its parent was at work, and was killed then.
    let id = RunId::derive(&"prices".parse().unwrap(), crate::world::INBOX, REPAIR, &upload.version_id);
    let mut entry = world.entry(&monday).await;
    entry.run_id = id.clone();
    entry.upload.key = REPAIR.into();
    entry.upload.version_id.clone_from(&upload.version_id);
    entry.upload.bytes = upload.bytes;
    entry.stage = RunStage::Registered;
    world.ledger.register(&entry).await.unwrap();
    world.run(&monday).await;
    // The parent has ended since. But the run is registered as an ordinary one, and would overwrite newer values.
    assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Refused);
    let conclusion = world.entry(&id).await.conclusion.unwrap();
    assert!(conclusion.reasons[0].message.contains("upload it again"), "{:?}", conclusion.reasons);
}

#[tokio::test]
async fn a_rerun_of_a_repair_reads_it_as_one() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let file = changed(&world, &monday, &[("b,x", "b,2")]);
    let (repair, _) = world.import_file(REPAIR, file.clone()).await;
    // Register it as a rerun does: the same file, its origin, and the order right after its parent.
    let upload = world.upload(REPAIR, file);
    let entry = world.entry(&repair).await;
    let run = RunId::derive(&"prices".parse().unwrap(), crate::world::INBOX, REPAIR, &upload.version_id);
    let now = "2026-11-22T00:00:00Z";
    let origin = Origin::Rerun { parent: repair.clone(), order: entry.order().after(now, &run) };
    let upload = Upload { version_id: upload.version_id, ..entry.upload };
    let entry = RunEntry::new(run, "prices", upload, origin, now);
    world.ledger.register(&entry).await.unwrap();
    assert_eq!(world.run(&entry.run_id).await, Verdict::Imported);
    let tally = world.tally(&entry.run_id).tally;
    assert_eq!((tally.read, tally.unchanged, tally.rejected), (2, 1, 1), "{tally:?}");
    assert!(states(&world, &monday).iter().all(|(.., by)| by.as_ref() == Some(&repair)), "closed by the first");
}

#[tokio::test]
async fn a_feed_may_read_columns_that_are_called_as_ours_are() {
    let world = World::new();
    let feed = FEED.replace("import:", "restructure: {id: {from: _run}, price: {from: _record}}\nimport:");
    world.feed("prices", &feed);
    let (monday, verdict) = world.import_file(KEY, "_run,_record\na,1\nb,x\n").await;
    assert_eq!((verdict, world.tally(&monday).tally), (Verdict::Imported, tally(2, 1, 0, 1)));
    let file = changed(&world, &monday, &[("b,x", "b,2")]);
    assert!(file.starts_with("__run,__record,_run,_record,_line,_errors,_raw\n"), "{file}");
    let (repair, _) = world.import_file(REPAIR, file).await;
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,price\n1,b,2\n");
}

#[tokio::test]
async fn a_dry_run_of_a_repair_closes_nothing() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let file = changed(&world, &monday, &[("b,x", "b,2"), ("d,y", "d,4")]);
    let (dry, verdict) = world.import_file("inbox/prices/dry-run/repair.csv", file).await;
    assert_eq!((verdict, world.tally(&dry).tally.withheld), (Verdict::Passed, 2));
    assert!(states(&world, &monday).iter().all(|(_, state, _)| *state == RejectState::Open));
}

#[tokio::test]
async fn checks_of_a_whole_file_do_not_apply_to_a_repair() {
    let world = World::new();
    let rules = "validate:
  rules: [{range: {field: price, maximum: 100, severity: abort}}]
  limits: {minRecords: 3, maxRejects: 1, totals: [{field: price, equals: 8}]}
import:";
    world.feed("prices", &FEED.replace("import:", rules));
    let (monday, verdict) = world.import_file(KEY, "id,price\na,3\nb,x\nc,5\n").await;
    assert_eq!(verdict, Verdict::Imported, "{:?}", world.tally(&monday).reasons);
    let file = changed(&world, &monday, &[("b,x", "b,2")]);
    let row = file.lines().nth(1).unwrap().to_owned();
    let more = format!("{}\n{}\n", row.replace("b,2", "c,z"), row.replace("b,2", "d,101"));
    let (repair, verdict) = world.import_file(REPAIR, file + &more).await;
    assert_eq!((verdict, world.tally(&repair).tally), (Verdict::Imported, tally(3, 1, 0, 2)));
}

#[tokio::test]
async fn without_what_the_parent_left_a_repair_is_imported_but_for_its_raw_rows() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, "id,price\na,1\nb,x\nc,3,4\n").await;
    let file = changed(&world, &monday, &[("b,x", "b,2"), ("\"c,3,4\"", "\"c,3\"")]);
    for key in world.objects.keys(&format!("runs/{monday}/")) {
        world.objects.remove(&key);
    }
    let (repair, _) = world.import_file(REPAIR, file).await;
    assert_eq!(world.tally(&repair).tally, tally(2, 1, 0, 1));
    assert_eq!(world.tally(&repair).by_code, [("raw-error".to_owned(), 1)].into());
    let document: RunDocument = world.document(&keys::run_document(&repair));
    assert_eq!(document.repairs.map(|repairs| repairs.columns), Some(None));
}

#[tokio::test]
async fn a_reject_of_a_retry_knows_how_often_it_was_tried() {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let file = format!("id,price,_run,_record,_attempt\nb,x,{monday},2,3\nd,y,{monday},4,\n");
    let (retry, _) = world.import_file(REPAIR, file).await;
    let attempts: Vec<u32> = world.rejects.of(&retry).iter().map(|entry| entry.attempts).collect();
    assert_eq!(attempts, [3, 0]);
}

/// An index that fails once, after a number of closes.
struct Broken {
    index: MemoryRejects,
    closes_left: AtomicU32,
}

#[async_trait::async_trait]
impl Rejects for Broken {
    async fn record(&self, run: &RunId, rejects: &[RejectEntry]) -> Result<(), Fault> {
        self.index.record(run, rejects).await
    }

    async fn list(&self, run: &RunId, block: Block) -> Result<Vec<RejectEntry>, Fault> {
        self.index.list(run, block).await
    }

    async fn close(&self, run: &RunId, records: &[u64], by: &RunId) -> Result<(), Fault> {
        for record in records {
            let left = self.closes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            if left.is_err() {
                return Err(Fault::Transient { what: "close".into(), source: "the connection broke".into() });
            }
            self.index.close(run, &[*record], by).await?;
        }
        Ok(())
    }

    async fn due(&self, feed: Option<&str>, now: i64, limit: usize) -> Result<Vec<DueReject>, Fault> {
        self.index.due(feed, now, limit).await
    }

    async fn postpone(&self, run: &RunId, record: u64, attempt: u32, until: i64) -> Result<bool, Fault> {
        self.index.postpone(run, record, attempt, until).await
    }

    async fn exhaust(&self, run: &RunId, record: u64) -> Result<bool, Fault> {
        self.index.exhaust(run, record).await
    }
}

/// Imports a repair that is killed after `closes` closes, with every step called twice. Returns the final state.
async fn killed(closes: Option<u32>) -> (Vec<u64>, Tally, String, usize, RejectState) {
    let world = World::new();
    let (monday, _) = world.import_file(KEY, MONDAY).await;
    let upload = world.upload(REPAIR, changed(&world, &monday, &[("b,x", "b,2")]));
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let times = if closes.is_some() { 2 } else { 1 };
    for _ in 0..times {
        let split = world.until_checked(&run).await;
        assert!(world.gate(&run).await);
        world.import_chunks(&run, &split).await;
        world.deliver(&upload, true).await;
    }
    if let Some(closes) = closes {
        let rejects = Arc::new(Broken { index: world.rejects.clone(), closes_left: closes.into() });
        let deps = sluice_merge::Deps { rejects, ..sluice_merge::Deps::new(&*world) };
        let merged = sluice_merge::run(&deps, RunInput { run_id: run.clone() }).await;
        assert_eq!(merged.is_err(), closes < 2);
    }
    for _ in 0..times {
        assert_eq!(world.finish(&run).await, Verdict::Imported);
    }
    let failure = ReportInput { execution: run.to_string(), failure: None };
    assert_eq!(world.run_report(failure).await, Verdict::Imported);
    let closed = states(&world, &monday);
    assert!(closed.iter().all(|(_, state, by)| *state == RejectState::Closed && by.as_ref() == Some(&run)));
    let document = world.tally(&run);
    let own = world.rejects.of(&run);
    assert_eq!(own.len(), 1);
    (
        closed.into_iter().map(|(record, ..)| record).collect(),
        document.tally,
        world.output(&run, keys::REJECTS_CSV),
        world.sink.items("prices").len(),
        own[0].state,
    )
}

#[tokio::test]
async fn a_repair_that_is_killed_between_any_two_steps_ends_the_same() {
    let undisturbed = killed(None).await;
    for closes in 0..3 {
        assert_eq!(killed(Some(closes)).await, undisturbed, "killed after {closes} closes");
    }
}
