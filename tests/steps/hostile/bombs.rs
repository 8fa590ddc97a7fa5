//! Small files that expand to large ones.

use std::io::Write;
use std::time::{Duration, Instant};

use sluice_contract::{Verdict, keys};
use sluice_engine::Code;
use sluice_engine::encoding::{EncodingPlan, SAMPLE_BYTES};
use sluice_engine::unpack::{Unpacker, inspect};

use super::import;
use crate::workbook::make::{Book, Zip};
use crate::world::{FEED, World};

const KEY: &str = "inbox/prices/bomb.csv";
const GIGABYTE: usize = 1 << 30;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Members of 8 MiB of zeros each: together a gigabyte, in a megabyte.
fn gzip_bomb() -> Vec<u8> {
    gzip(&vec![0; 8 << 20]).repeat(GIGABYTE >> 23)
}

/// A frame whose blocks say "this byte, 128 KiB of it": together a gigabyte, in 32 KB.
fn zstd_bomb() -> Vec<u8> {
    const BLOCK: u32 = 128 << 10;
    // A frame with a window of 128 KiB, without checksum and without content size.
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38];
    let blocks = u32::try_from(GIGABYTE).unwrap() / BLOCK;
    for block in 1..=blocks {
        let header = u32::from(block == blocks) | (1 << 1) | (BLOCK << 3);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(b'a');
    }
    frame
}

/// An archive with one file of 100 MiB, in less than 1 MiB.
fn zip_bomb() -> Vec<u8> {
    Zip::default().file("bomb.csv", vec![0; 100 << 20]).finish()
}

#[tokio::test]
async fn a_bomb_is_found_early_and_leaves_nothing() {
    for (bomb, code, words) in [
        (gzip_bomb(), Code::ExpansionError, "the feed allows 100 times its size"),
        (zstd_bomb(), Code::ExpansionError, "the feed allows 100 times its size"),
        (zip_bomb(), Code::ExpansionError, "the feed allows 100 times its size"),
    ] {
        let (world, began) = (World::new(), Instant::now());
        assert!(bomb.len() <= 1 << 20, "{} bytes", bomb.len());
        let (run, verdict) = import(&world, KEY, bomb).await;
        assert_eq!(verdict, Verdict::Rejected);
        let reason = &world.tally(&run).reasons[0];
        assert_eq!(reason.code, code);
        assert!(reason.message.contains(words), "{reason}");
        assert_eq!(world.objects.bytes(&keys::source_text(&run)), None);
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    }
}

/// Elements without a meaning, cells far apart, and an entity that would stand for many others.
#[tokio::test]
async fn a_workbook_that_expands_is_found_early_and_leaves_nothing() {
    let rows = Book::of(&"<a/>".repeat(2 << 20));
    let far = Book::of("<row r='1'><c r='XFD1'><v>1</v></c></row><row r='1048576'><c><v>2</v></c></row>");
    let entities = Book { prolog: "<!DOCTYPE x [<!ENTITY a \"aaaa\">]>".to_owned(), ..Book::of("") };
    for (book, code, words) in [
        (rows, Code::ExpansionError, "the feed allows 100 times its size"),
        (far, Code::WorkbookError, "cells far apart make empty cells between them"),
        (entities, Code::WorkbookError, "a document type definition"),
    ] {
        let (world, began) = (World::new(), Instant::now());
        world.feed("prices", &FEED.replace("schema:", "source: {format: xlsx}\nschema:"));
        let bomb = book.finish();
        assert!(bomb.len() <= 1 << 20, "{} bytes", bomb.len());
        let (run, verdict) = world.import_file(KEY, bomb).await;
        assert_eq!(verdict, Verdict::Rejected);
        let reason = &world.tally(&run).reasons[0];
        assert_eq!(reason.code, code, "{reason}");
        assert!(reason.message.contains(words), "{reason}");
        assert_eq!(world.objects.bytes(&keys::source_text(&run)), None);
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    }
}

/// The content is compressed again. It counts as no text, because Sluice does not expand twice.
#[tokio::test]
async fn a_bomb_within_another_file_is_not_looked_for() {
    let world = World::new();
    let (run, verdict) = import(&world, KEY, gzip(&gzip_bomb())).await;
    assert_eq!(verdict, Verdict::Rejected);
    assert_eq!(world.tally(&run).reasons[0].code, Code::MissingLabel);
}

/// Sluice expands in pieces, whatever the total size.
#[test]
fn a_bomb_that_a_feed_allows_takes_no_more_memory_than_any_other_file() {
    for bomb in [gzip_bomb(), zstd_bomb()] {
        let text = inspect(EncodingPlan::Auto, &bomb[..bomb.len().min(SAMPLE_BYTES)], bomb.len() <= SAMPLE_BYTES).text;
        let mut unpacker = Unpacker::new(text, bomb.len() as u64, u32::MAX);
        let (mut out, mut bytes, mut rest) = (Vec::new(), 0, &bomb[..]);
        while unpacker.advance(&mut rest, &mut out).unwrap() {
            bytes += out.len();
            out.clear();
            assert!(out.capacity() <= 16 << 20, "{} bytes at once", out.capacity());
        }
        unpacker.finish(&mut out).unwrap();
        assert_eq!(bytes + out.len(), GIGABYTE);
    }
}
