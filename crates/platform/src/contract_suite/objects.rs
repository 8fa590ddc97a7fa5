//! What objects must do.

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use sluice_contract::ByteRange;

use crate::Fault;
use crate::objects::{ContentType, Objects};

/// What every bucket must do.
///
/// # Panics
/// Where it does not.
pub async fn objects(objects: &dyn Objects) {
    what_is_not_there(objects).await;
    a_small_object(objects).await;
    ranges(objects).await;
    once(objects).await;
    writers(objects).await;
}

/// Reads an object, or a range of it.
pub(super) async fn bytes(objects: &dyn Objects, key: &str, range: Option<ByteRange>) -> Result<Bytes, Fault> {
    let pieces: BytesMut = objects.read(key, range).await?.try_collect().await?;
    Ok(pieces.freeze())
}

async fn what_is_not_there(objects: &dyn Objects) {
    assert_eq!(objects.size("suite/nothing").await.unwrap(), None);
    for range in [None, Some(ByteRange { start: 0, end: 1 })] {
        let read = bytes(objects, "suite/nothing", range).await;
        assert!(matches!(read, Err(Fault::Missing { .. })), "{read:?}");
    }
}

async fn a_small_object(objects: &dyn Objects) {
    for key in ["suite/small", "suite/a folder/a name with spaces, + and ü.csv"] {
        for text in ["first", "second, and longer", ""] {
            objects.put(key, ContentType::Csv, Bytes::from(text)).await.unwrap();
            assert_eq!(bytes(objects, key, None).await.unwrap(), text);
            assert_eq!(objects.size(key).await.unwrap(), Some(text.len() as u64));
        }
    }
}

async fn ranges(objects: &dyn Objects) {
    let key = "suite/ranges";
    objects.put(key, ContentType::Binary, Bytes::from("0123456789")).await.unwrap();
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
    assert!(objects.put_once(key, ContentType::Json, Bytes::from("1")).await.unwrap());
    assert!(!objects.put_once(key, ContentType::Json, Bytes::from("2")).await.unwrap());
    assert_eq!(bytes(objects, key, None).await.unwrap(), "1");
}

async fn writers(objects: &dyn Objects) {
    let key = "suite/written";
    // 20 MiB and a byte are two parts and a bit in S3; 100,003 bytes at a time never end with a part.
    let long: Vec<u8> = (0..=20 * 1024 * 1024_u32).map(|index| (index % 251).to_le_bytes()[0]).collect();
    for content in [&b""[..], b"short", &long] {
        let mut writer = objects.create(key, ContentType::Csv).await.unwrap();
        for piece in content.chunks(100_003) {
            writer.write(piece).await.unwrap();
        }
        assert_eq!(writer.finish().await.unwrap(), content.len() as u64);
        assert_eq!(objects.size(key).await.unwrap(), Some(content.len() as u64));
        assert!(bytes(objects, key, None).await.unwrap() == content, "{} bytes come back different", content.len());
    }

    let key = "suite/unfinished";
    let mut writer = objects.create(key, ContentType::Csv).await.unwrap();
    writer.write(&long[..9 * 1024 * 1024]).await.unwrap();
    assert_eq!(objects.size(key).await.unwrap(), None, "nothing is visible before `finish`");
    drop(writer);
    assert_eq!(objects.size(key).await.unwrap(), None, "a writer that is dropped leaves nothing");
}
