//! Small files that expand to large ones.

use std::io::Write;
use std::time::{Duration, Instant};

use sluice_contract::{Verdict, keys};
use sluice_engine::Code;
use sluice_engine::encoding::{EncodingPlan, SAMPLE_BYTES};
use sluice_engine::unpack::{Unpacker, inspect};

use super::import;
use crate::world::World;

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

/// The start of an archive with one file of a gigabyte. Sluice does not open archives, so the rest does not matter.
fn zip_bomb() -> Vec<u8> {
    [b"PK\x03\x04\x14\0\0\0\x08\0", &gzip_bomb()[..10_000]].concat()
}

#[tokio::test]
async fn a_bomb_is_found_early_and_leaves_nothing() {
    for (bomb, code, words) in [
        (gzip_bomb(), Code::ExpansionError, "the feed allows 100 times its size"),
        (zstd_bomb(), Code::ExpansionError, "the feed allows 100 times its size"),
        (zip_bomb(), Code::SourceError, "ZIP archive"),
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
