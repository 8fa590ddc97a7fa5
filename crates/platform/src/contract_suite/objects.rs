//! The contract of objects.

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use sluice_contract::ByteRange;
use sluice_engine::checksum::Checksum;

use crate::Fault;
use crate::objects::{ContentType, Existing, Objects, Piece, Reading};

/// Tests a bucket.
///
/// # Panics
/// If it does not.
pub async fn objects(objects: &dyn Objects) {
    what_is_not_there(objects).await;
    a_small_object(objects).await;
    checksums(objects).await;
    listings(objects).await;
    ranges(objects).await;
    once(objects).await;
    writers(objects).await;
    pieces(objects).await;
}

/// Reads an object, or a range of it, in both ways, and checks that the results are the same.
pub(super) async fn bytes(objects: &dyn Objects, key: &str, range: Option<ByteRange>) -> Result<Bytes, Fault> {
    let pieces: Result<BytesMut, Fault> =
        async { objects.read(key, range, Reading::Plain).await?.try_collect().await }.await;
    let ahead: Result<BytesMut, Fault> =
        async { objects.read(key, range, Reading::Ahead).await?.try_collect().await }.await;
    let name = |fault: &Fault| fault.name();
    assert!(pieces.as_ref().map_err(name) == ahead.as_ref().map_err(name), "{key} read ahead is another");
    Ok(pieces?.freeze())
}

/// The length of an object, in bytes.
async fn length(objects: &dyn Objects, key: &str) -> Option<u64> {
    objects.head(key).await.unwrap().map(|known| known.bytes)
}

async fn what_is_not_there(objects: &dyn Objects) {
    assert_eq!(objects.head("suite/nothing").await.unwrap(), None);
    for range in [None, Some(ByteRange { start: 0, end: 1 })] {
        let read = bytes(objects, "suite/nothing", range).await;
        assert!(matches!(read, Err(Fault::Missing { .. })), "{read:?}");
    }
}

async fn a_small_object(objects: &dyn Objects) {
    for key in ["suite/small", "suite/a folder/a name with spaces, + and ü.csv"] {
        for text in ["first", "second, and longer", ""] {
            assert!(objects.put(key, ContentType::Csv, Bytes::from(text), Existing::Replace).await.unwrap());
            assert_eq!(bytes(objects, key, None).await.unwrap(), text);
            assert_eq!(length(objects, key).await, Some(text.len() as u64));
        }
    }
}

/// The bucket returns the checksum of an object's bytes, or none.
async fn checksums(objects: &dyn Objects) {
    let key = "suite/checksum";
    assert!(objects.put(key, ContentType::Csv, Bytes::from("id,price\n1,2\n"), Existing::Replace).await.unwrap());
    let known = objects.head(key).await.unwrap().unwrap().crc64nvme;
    assert!(known.is_none_or(|known| known == Checksum::of(b"id,price\n1,2\n").to_base64()));
}

/// A listing has every key with the prefix, and each once.
async fn listings(objects: &dyn Objects) {
    let keys = ["suite/list/a.yaml", "suite/list/b.yaml", "suite/list/b/c.yaml", "suite/list/ü +.yaml"];
    for key in keys.iter().rev().chain(&["suite/listed", "suite/list/a.yaml"]) {
        assert!(objects.put(key, ContentType::Binary, Bytes::from(*key), Existing::Replace).await.unwrap());
    }
    for (prefix, expected) in [
        ("suite/list/", &keys[..]),
        ("suite/list/b", &keys[1..3]),
        ("suite/list/b/", &keys[2..3]),
        ("suite/list/a.yaml", &keys[..1]),
        ("suite/list/c", &[]),
        ("suite/no such folder/", &[]),
    ] {
        assert_eq!(objects.list(prefix).await.unwrap(), expected, "{prefix}");
    }
    assert_eq!(objects.list("suite/list").await.unwrap().len(), keys.len() + 1, "a prefix may end within a name");
}

async fn ranges(objects: &dyn Objects) {
    let key = "suite/ranges";
    assert!(objects.put(key, ContentType::Binary, Bytes::from("0123456789"), Existing::Replace).await.unwrap());
    for (start, end, expected) in [(0, 10, "0123456789"), (0, 1, "0"), (3, 7, "3456"), (9, 10, "9"), (5, 5, "")] {
        let range = ByteRange { start, end };
        assert_eq!(bytes(objects, key, Some(range)).await.unwrap(), expected, "{range:?}");
    }
    for (start, end) in [(0, 11), (9, 11), (10, 11), (20, 30)] {
        let range = ByteRange { start, end };
        let read = bytes(objects, key, Some(range)).await;
        assert!(matches!(read, Err(Fault::Corrupt { .. })), "{range:?}: {read:?}");
    }
}

async fn once(objects: &dyn Objects) {
    let key = "suite/once/here";
    assert!(objects.put(key, ContentType::Json, Bytes::from("1"), Existing::Keep).await.unwrap());
    assert!(!objects.put(key, ContentType::Json, Bytes::from("2"), Existing::Keep).await.unwrap());
    assert_eq!(bytes(objects, key, None).await.unwrap(), "1");
}

async fn writers(objects: &dyn Objects) {
    let key = "suite/written";
    // 20 MiB and a byte are more than four parts in S3. Writes of 100,003 bytes never end at the end of a part.
    let long: Vec<u8> = (0..=20 * 1024 * 1024_u32).map(|index| (index % 251).to_le_bytes()[0]).collect();
    for content in [&b""[..], b"short", &long] {
        let mut writer = objects.create(key, ContentType::Csv).await.unwrap();
        for piece in content.chunks(100_003) {
            writer.write(piece).await.unwrap();
        }
        assert_eq!(writer.finish().await.unwrap(), content.len() as u64);
        assert_eq!(length(objects, key).await, Some(content.len() as u64));
        assert!(bytes(objects, key, None).await.unwrap() == content, "{} bytes come back different", content.len());
    }

    let key = "suite/unfinished";
    let mut writer = objects.create(key, ContentType::Csv).await.unwrap();
    writer.write(&long[..9 * 1024 * 1024]).await.unwrap();
    assert_eq!(objects.head(key).await.unwrap(), None, "nothing is visible before `finish`");
    drop(writer);
    assert_eq!(objects.head(key).await.unwrap(), None, "a writer that is dropped leaves nothing");
}

/// Tests how a bucket concatenates pieces, however many it takes at once.
///
/// # Panics
/// If it does not.
pub async fn pieces(objects: &dyn Objects) {
    const MIB: u64 = 1024 * 1024;
    // S3 copies some of these pieces, and some are sent with their neighbours. No two stretches of the bytes are the
    // same.
    let long: Vec<u8> =
        (0..6 * 1024 * 1024_u32).flat_map(|index| (index % 4093).to_le_bytes()).take(24 << 20).collect();
    let source = "suite/pieces/a source, + and ü";
    objects.put(source, ContentType::Binary, Bytes::from(long.clone()), Existing::Replace).await.unwrap();
    let bytes_of = |text: &'static str| Piece::Bytes(Bytes::from(text));
    let range = |start, end| Piece::Range { key: source.to_owned(), range: ByteRange { start, end } };
    let small: Vec<Piece> = (0..40).map(|index| range(index * 7_001, index * 7_001 + 7_000)).collect();
    let larger: Vec<Piece> = (0..5).map(|index| range(index * 3 * MIB + index, (index + 3) * 3 * MIB)).collect();
    for pieces in [
        vec![],
        vec![bytes_of("header\n"), range(5, 5)],
        vec![bytes_of("header\n"), range(0, 10), range(7, 8)],
        vec![
            bytes_of("header\n"),
            range(3, 7 * MIB),
            range(8 * MIB, 20 * MIB),
            range(9 * MIB, 24 * MIB),
            bytes_of("end"),
        ],
        [small.clone(), larger.clone(), small.clone()].concat(),
        vec![range(0, 24 * MIB)],
    ] {
        let mut expected = Vec::new();
        for piece in &pieces {
            match piece {
                Piece::Bytes(bytes) => expected.extend_from_slice(bytes),
                Piece::Range { range, .. } => {
                    let at = |offset: u64| usize::try_from(offset).unwrap();
                    expected.extend_from_slice(&long[at(range.start)..at(range.end)]);
                }
            }
        }
        let key = "suite/pieces/together";
        let count = pieces.len();
        let length = objects.concat(key, ContentType::Csv, "suite/pieces/scratch/", pieces).await.unwrap();
        assert_eq!(length, expected.len() as u64);
        assert!(bytes(objects, key, None).await.unwrap() == expected, "{count} pieces come back different");
    }

    for pieces in [
        vec![range(24 * MIB - 10, 24 * MIB + 1)],
        vec![range(0, 6 * MIB), range(18 * MIB, 24 * MIB + 1)],
        vec![
            range(0, 6 * MIB),
            Piece::Range { key: "suite/nothing".into(), range: ByteRange { start: 0, end: 6 * MIB } },
        ],
    ] {
        let key = "suite/pieces/never";
        assert!(objects.concat(key, ContentType::Csv, "suite/pieces/scratch/", pieces).await.is_err());
        assert_eq!(objects.head(key).await.unwrap(), None);
    }
}
