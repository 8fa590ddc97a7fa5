//! Encodings, compression, and files that cannot be read.

use std::io::Write;

use sluice_contract::documents::{RunDocument, SourceDocument};
use sluice_contract::steps::PinInput;
use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::Code;
use sluice_engine::checksum::Checksum;
use sluice_platform::inbox::Inbox;

use crate::world::{FEED, World};

const KEY: &str = "inbox/prices/a.csv";
const TEXT: &str = "id,price\nKäse,2\n\"Öl\nund €\",3.50\nbroken,x\n";

/// A world whose feed has this `source` section.
fn world(source: &str) -> World {
    let world = World::new();
    world.feed("prices", &FEED.replace("schema:", &format!("source: {{{source}}}\nschema:")));
    world
}

fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}".chars().chain(text.chars()).collect::<String>().encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn source(world: &World, run: &RunId) -> SourceDocument {
    world.document(&keys::source_document(run))
}

#[tokio::test]
async fn every_way_in_which_a_text_can_come_gives_the_same() {
    let western = TEXT.chars().map(|c| if c == '€' { 0x80 } else { u8::try_from(u32::from(c)).unwrap() });
    let western: Vec<u8> = western.collect();
    let mut outputs = Vec::new();
    for (said, file, made) in [
        ("", TEXT.as_bytes().to_vec(), false),
        ("encoding: auto", TEXT.as_bytes().to_vec(), false),
        ("encoding: latin1", western.clone(), false),
        ("", utf16(TEXT), true),
        ("encoding: auto", utf16(TEXT), true),
        ("encoding: windows-1252", gzip(&western), true),
        ("", gzip(TEXT.as_bytes()), true),
        ("", zstd(TEXT.as_bytes()), true),
        ("", gzip(&utf16(TEXT)), true),
    ] {
        let world = world(said);
        let (run, verdict) = world.import_file(KEY, file.clone()).await;
        assert_eq!(verdict, Verdict::Imported, "{said}");
        let (source, archive) =
            (source(&world, &run), world.document::<RunDocument>(&keys::run_document(&run)).archive);
        assert_eq!(source.key, if made { keys::source_text(&run) } else { archive.clone() });
        assert_eq!(source.bytes, world.objects.bytes(&source.key).unwrap().len() as u64);
        let checksum = Checksum::of(&world.objects.bytes(&source.key).unwrap()).to_base64();
        assert_eq!(source.crc64nvme, Some(checksum));
        assert_eq!(world.objects.bytes(&archive).unwrap(), file, "the archive has the file as it came");
        let noted = world.tally(&run).notes.iter().any(|note| note.code == Code::SourceDecoded);
        assert_eq!(noted, made, "{said}");
        let outputs_of_this = [keys::IMPORTED_CSV, keys::REJECTS_CSV].map(|file| world.output(&run, file));
        assert!(outputs_of_this[0].contains("\"Öl\nund €\",3.5") && outputs_of_this[1].contains("broken,x"));
        outputs.push(outputs_of_this);
    }
    assert!(outputs.iter().all(|output| *output == outputs[0]));
}

#[tokio::test]
async fn a_byte_that_cannot_be_decoded_is_a_reject_that_names_it() {
    let mut lone = utf16("id,price\nK");
    lone.extend(0xD83Du16.to_le_bytes());
    lone.extend(&utf16(",2\nÖl,3\n")[2..]);
    for (said, file, message, shown) in [
        (
            "encoding: windows-1252",
            b"id,price\nK\xE4\x81,2\n\xD6l,3\n".to_vec(),
            "byte 0x81 at offset 11 of the file is not windows-1252",
            "Kä{\\x81},2,RUN,1",
        ),
        (
            "",
            b"id,price\nK\xE4,2\n\xC3\x96l,3\n".to_vec(),
            "byte 0xE4 at offset 10 of the file is not UTF-8",
            "K{\\xE4},2,RUN,1",
        ),
        (
            "",
            gzip(b"id,price\nK\xE4,2\n\xC3\x96l,3\n"),
            "byte 0xE4 at offset 10 of the expanded file is not UTF-8",
            "K{\\xE4},2,RUN,1",
        ),
        ("", lone, "lone surrogate U+D83D at offset 10 of the decoded text is not UTF-16LE", "K{\\uD83D},2,RUN,1"),
    ] {
        let world = world(said);
        let (run, verdict) = world.import_file(KEY, file).await;
        let tally = world.tally(&run);
        assert_eq!((verdict, tally.tally.imported, tally.tally.rejected), (Verdict::Imported, 1, 1), "{message}");
        let rejects = world.output(&run, keys::REJECTS_CSV).replace(run.as_str(), "RUN");
        assert!(rejects.contains(message) && rejects.contains(shown), "{rejects}");
        assert!(world.output(&run, keys::IMPORTED_CSV).contains("Öl"));
    }
}

#[tokio::test]
async fn one_stray_byte_in_a_small_file_costs_its_record_and_no_other() {
    let world = world("encoding: auto");
    let file = [&b"id,price\nCaf\xC3\xA9,1\nRen\xE9,2\nZo\xC3\xAB,3\n"[..], "TÃªte,4\n".as_bytes()].concat();
    let (run, verdict) = world.import_file(KEY, file).await;
    let tally = world.tally(&run);
    assert_eq!((verdict, tally.tally.imported, tally.tally.rejected), (Verdict::Imported, 3, 1));
    assert_eq!(world.output(&run, keys::IMPORTED_CSV), "_record,id,price\n1,Café,1\n3,Zoë,3\n4,TÃªte,4\n");
    let rejects = world.output(&run, keys::REJECTS_CSV);
    assert!(rejects.contains("\nRen{\\xE9},2,") && rejects.contains("byte 0xE9 at offset 20 of the file"), "{rejects}");
    let notes: Vec<String> = tally.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "[encoding-detected] the file is read as UTF-8: in the file, 4 multi-byte characters are UTF-8 and 1 byte is \
             not; windows-1252 would turn 'é' into \"Ã©\". Records with bytes that are not UTF-8 are rejected; if the whole \
             file is in another encoding, declare source.encoding",
            "[double-encoding] 1 place in the file seems to be text that was encoded as UTF-8 twice, such as \"Ãª\" where 'ê' \
             was meant. It is imported unchanged; fix it where the file is produced",
        ]
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_unpacked_is_rejected_and_kept() {
    let records: Vec<String> = (0..20_000).map(|number| format!("{number},{}\n", number % 7)).collect();
    let text = format!("id,price\n{}", records.concat());
    let mut damaged = gzip(text.as_bytes());
    let middle = damaged.len() / 2;
    damaged[middle..middle + 100].fill(0xFF);
    for (said, file, code, message) in [
        ("", gzip(&vec![b'a'; 3_000_000]), Code::ExpansionError, "the feed allows 100 times its size"),
        ("maxExpansion: 2", zstd(&vec![b'a'; 3_000_000]), Code::ExpansionError, "expands to more than 1048576"),
        ("", gzip(text.as_bytes())[..middle].to_vec(), Code::ExpansionError, "in the middle of its data"),
        ("", zstd(text.as_bytes())[..middle].to_vec(), Code::ExpansionError, "in the middle of its data"),
        ("", damaged, Code::ExpansionError, "is damaged near byte"),
        (
            "",
            b"PK\x03\x04\x14\0..xl/workbook.xml".to_vec(),
            Code::ExpansionError,
            "the ZIP archive is damaged or incomplete",
        ),
        ("", b"\xD0\xCF\x11\xE0\xA1".to_vec(), Code::SourceError, "an old office document"),
        ("", b"\n<!DOCTYPE html>\n<html>".to_vec(), Code::SourceError, "a page (HTML)"),
    ] {
        let world = world(said);
        let (run, verdict) = world.import_file(KEY, file.clone()).await;
        assert_eq!(verdict, Verdict::Rejected, "{message}");
        let reasons = world.tally(&run).reasons;
        assert_eq!((reasons.len(), reasons[0].code), (1, code), "{reasons:?}");
        assert!(reasons[0].message.contains(message), "{reasons:?}");
        let archive = world.document::<RunDocument>(&keys::run_document(&run)).archive;
        assert_eq!(world.objects.bytes(&archive).unwrap(), file);
        assert_eq!(world.objects.bytes(&keys::source_text(&run)), None);
        assert!(world.inbox.versions(KEY).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn killed_anywhere_it_goes_on_and_what_is_done_is_not_done_again() {
    let world = world("");
    let upload = world.upload(KEY, gzip(TEXT.as_bytes()));
    let run_id = world.deliver(&upload, true).await.run_id.unwrap();
    let input = PinInput { run_id: run_id.clone(), execution: run_id.to_string() };
    let output = sluice_pin::run(&world.pin(), input.clone()).await.unwrap();
    let (document, text) = (keys::source_document(&run_id), keys::source_text(&run_id));
    let first = (world.objects.bytes(&document).unwrap(), world.objects.bytes(&text).unwrap());
    assert_eq!(first.1, TEXT);
    // As if killed before source.csv was complete, or before source.json was written. The upload is gone already.
    for gone in [&[&document, &text][..], &[&document]] {
        for key in gone {
            assert!(world.objects.remove(key));
        }
        assert_eq!(sluice_pin::run(&world.pin(), input.clone()).await.unwrap(), output);
        assert_eq!((world.objects.bytes(&document).unwrap(), world.objects.bytes(&text).unwrap()), first);
    }
    // Another call that wrote source.csv again would replace this mark.
    world.objects.insert(&text, "marked");
    for gone in [None, Some(&document)] {
        if let Some(key) = gone {
            assert!(world.objects.remove(key));
        }
        sluice_pin::run(&world.pin(), input.clone()).await.unwrap();
        assert_eq!(world.objects.bytes(&text).unwrap(), "marked");
    }
}

const SCHEMA: &str =
    r#"{"fields": [{"name": "id", "constraints": {"required": true}}, {"name": "price", "type": "number"}]}"#;

fn with_schema_beside() -> World {
    let (before, after) = (FEED.split_once("schema:").unwrap().0, FEED.split_once("import:").unwrap().1);
    let world = World::new();
    world.feed("prices", &format!("{before}schema: prices.schema.json\nimport:{after}"));
    world
}

#[tokio::test]
async fn the_files_beside_a_feed_are_fixed_with_it() {
    let world = with_schema_beside();
    world.objects.insert("feeds/prices.schema.json", SCHEMA);
    let upload = world.upload(KEY, "id,price\n1,2\n2,x\n");
    let run_id = world.deliver(&upload, true).await.run_id.unwrap();
    sluice_pin::run(&world.pin(), PinInput { run_id: run_id.clone(), execution: run_id.to_string() }).await.unwrap();
    assert!(world.objects.remove("feeds/prices.schema.json"));
    assert_eq!(world.run(&run_id).await, Verdict::Imported);
    let tally = world.tally(&run_id).tally;
    assert_eq!((tally.imported, tally.rejected), (1, 1));
}

#[tokio::test]
async fn a_missing_file_beside_a_feed_is_reported_before_anything_starts() {
    let world = with_schema_beside();
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let answer = world.deliver(&upload, true).await;
    assert_eq!(answer.done, sluice_intake::Done::Refused);
    let mails = format!("{:?}", world.mailer.sent());
    assert!(mails.contains("there is no file"), "{mails}");
}

/// A feed that reads one column three times. Because of its control total, `validate` judges all rows.
const THRICE: &str = "
version: 1
name: prices
schema:
  fields: [{name: id, constraints: {required: true}}, {name: a}, {name: b}, {name: c}, {name: n, type: integer}]
restructure: {a: {from: text}, b: {from: text}, c: {from: text}}
validate: {limits: {totals: [{field: n, equals: 3}]}}
import: {table: prices, key: [id]}
report: {recipients: [shop@example.com]}
";

/// The limit of a record applies to the source only. The rows that steps write may be longer: here a cell is written three times.
#[tokio::test]
async fn a_record_within_the_limit_may_become_a_row_that_is_longer() {
    let mut world = World::new();
    world.max_record_bytes = 500_000;
    world.feed("prices", THRICE);
    let text = "\"\"".repeat(200_000);
    let file = format!("id,text,n\n1,\"{text}\",1\n2,\"{text}\",1\n3,short,1\n");
    let (run, _) = world.import_file(KEY, file).await;
    assert_eq!(world.document::<RunDocument>(&keys::run_document(&run)).max_record_bytes, 500_000);
    // Each record is a chunk.
    let chunk = world.chunks(&run)[0];
    let row = world.objects.bytes(&keys::restructured(&run, chunk.chunk)).unwrap().len();
    assert!(row > sluice_engine::record::MAX_RECORD, "{row} bytes");
    let tally = world.tally(&run).tally;
    assert_eq!(tally.imported + tally.rejected, 3, "{tally:?}");
}

#[tokio::test]
async fn an_unusable_file_is_reported_with_its_reason_and_a_remedy() {
    let long = "x".repeat(3000);
    for (said, file, message) in [
        ("", String::new(), "[source-error] the file is empty: it has no bytes; expected a header and records"),
        (
            "skipLines: 2",
            "a\nb\n\n".into(),
            "[source-error] the file has no records: nothing stands behind the 2 lines that source.skipLines skips; expected \
             a header and records",
        ),
        (
            "",
            "id;price\na;1\n".into(),
            "[dialect-error] 2 columns that the feed reads are not in the header; the header line has no \",\" but 1 of \
             \";\": set source.delimiter: \";\"",
        ),
        (
            "delimiter: ';'",
            "sep=;\r\nid;price\r\na;1\r\n".into(),
            "[dialect-error] 2 columns that the feed reads are not in the header; line 1 is the sep= line of a spreadsheet, \
             and the labels are on line 2: set source.skipLines: 1",
        ),
        (
            "",
            format!("id,price\na,1\nb,{long}\n"),
            "[source-error] the record that begins on line 3 (record 2, byte 13) is longer than 2048 bytes, and no quote is \
             open there. If records may be that long, raise the limit (the parameter MaxRecordBytes of the stack, or \
             --max-record-bytes); otherwise a line break is missing",
        ),
        (
            "",
            format!("id,price\na,1\nb,\"{long}\n"),
            "[source-error] the record that begins on line 3 (record 2, byte 13) is longer than 2048 bytes: the quoted \
             cell that begins on line 3, character 3 does not end within them; most likely its closing quote is missing",
        ),
    ] {
        let mut world = world(said);
        world.max_record_bytes = 2048;
        let (run, verdict) = world.import_file(KEY, file).await;
        assert_eq!(verdict, Verdict::Rejected, "{message}");
        let reasons: Vec<String> = world.tally(&run).reasons.iter().map(ToString::to_string).collect();
        assert_eq!(reasons, [message]);
    }
}

#[tokio::test]
async fn what_every_record_has_is_noted_once() {
    let world = World::new();
    let (run, _) = world.import_file(KEY, "id,price\na,1,\nb,2,\nc,3,\n").await;
    let tally = world.tally(&run);
    assert_eq!(tally.tally.rejected, 3);
    let notes: Vec<_> = tally.notes.iter().filter(|note| note.code == Code::ExtraCell).collect();
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0].message.starts_with("every record ends in a delimiter, and the header does not: 3 cells for 2 labels")
    );
    // The suggested change helps.
    world.feed(
        "prices",
        &FEED.replace("schema:", "source: {header: false, skipLines: 1, columns: [id, price, rest]}\nschema:"),
    );
    let (run, _) = world.import_file("inbox/prices/b.csv", "id,price\na,1,\nb,2,\nc,3,\n").await;
    assert_eq!(world.tally(&run).tally.imported, 3);
}
