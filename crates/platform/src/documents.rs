//! JSON documents in the data bucket.

use bytes::Bytes;
use futures::TryStreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_contract::ByteRange;

use crate::Fault;
use crate::objects::{ContentType, Existing, Objects, Reading};

/// Reads a small object, or a range of one, into memory.
///
/// # Errors
/// As [`Objects::read`].
pub async fn read_all(objects: &dyn Objects, key: &str, range: Option<ByteRange>) -> Result<Vec<u8>, Fault> {
    let mut body = objects.read(key, range, Reading::Plain).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = body.try_next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Reads an object of at most so many bytes into memory, in one request; `None` if it has more.
///
/// # Errors
/// As [`Objects::read`].
pub async fn read_up_to(objects: &dyn Objects, key: &str, most: u64) -> Result<Option<Vec<u8>>, Fault> {
    let mut body = objects.read(key, None, Reading::Plain).await?;
    let mut bytes = Vec::new();
    while let Some(piece) = body.try_next().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > most {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

/// Reads a document.
///
/// # Errors
/// `Missing` if there is none; `Corrupt` if it does not have the form of its type.
pub async fn read_json<T: DeserializeOwned>(objects: &dyn Objects, key: &str) -> Result<T, Fault> {
    let bytes = read_all(objects, key, None).await?;
    serde_json::from_slice(&bytes).map_err(|error| Fault::Corrupt { what: key.to_owned(), found: error.to_string() })
}

/// Reads a document; `None` if there is none.
///
/// # Errors
/// `Corrupt` if it does not have the form of its type.
pub async fn find_json<T: DeserializeOwned>(objects: &dyn Objects, key: &str) -> Result<Option<T>, Fault> {
    match read_json(objects, key).await {
        Ok(document) => Ok(Some(document)),
        Err(Fault::Missing { .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Writes a document, and replaces an existing one.
///
/// # Errors
/// If it cannot be written.
pub async fn put_json<T: Serialize + Sync>(objects: &dyn Objects, key: &str, document: &T) -> Result<(), Fault> {
    objects.put(key, ContentType::Json, json(key, document)?, Existing::Replace).await?;
    Ok(())
}

/// Writes a document unless there is one already, and returns whether it did.
///
/// # Errors
/// If it cannot be written.
pub async fn put_json_once<T: Serialize + Sync>(objects: &dyn Objects, key: &str, document: &T) -> Result<bool, Fault> {
    objects.put(key, ContentType::Json, json(key, document)?, Existing::Keep).await
}

/// Writes a document unless there is one already, and returns the document that is stored then. So the first writer
/// decides.
///
/// # Errors
/// If it cannot be written, or if the existing one cannot be read.
pub async fn settle_json<T>(objects: &dyn Objects, key: &str, document: T) -> Result<T, Fault>
where
    T: Serialize + DeserializeOwned + Send + Sync,
{
    if put_json_once(objects, key, &document).await? { Ok(document) } else { read_json(objects, key).await }
}

fn json<T: Serialize>(key: &str, document: &T) -> Result<Bytes, Fault> {
    let bytes = serde_json::to_vec_pretty(document);
    bytes.map(Bytes::from).map_err(|error| Fault::Corrupt { what: key.to_owned(), found: error.to_string() })
}
