//! CSV objects of a run. The writer records length and checksum, and readers compare them before they use an object.

use sluice_contract::documents::Part;
use sluice_engine::checksum::Crc64Nvme;

use crate::Fault;
use crate::objects::{ContentType, ObjectWriter, Objects};

/// Writes an object and describes it as a [`Part`]. It computes the checksum while it writes, so nothing is read again.
pub struct PartWriter {
    key: String,
    object: Box<dyn ObjectWriter>,
    sum: Crc64Nvme,
}

impl PartWriter {
    /// Begins an object.
    ///
    /// # Errors
    /// As [`Objects::create`].
    pub async fn create(objects: &dyn Objects, key: String) -> Result<Self, Fault> {
        let object = objects.create(&key, ContentType::Csv).await?;
        Ok(Self { key, object, sum: Crc64Nvme::new() })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// If the bytes cannot be written.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.sum.update(bytes);
        self.object.write(bytes).await
    }

    /// Completes the object and describes it. `header_bytes` is the length of its header in bytes, `records` the number
    /// of its records.
    ///
    /// # Errors
    /// If it cannot be completed; `Corrupt` if its length differs from what was written.
    pub async fn finish(self, header_bytes: u64, records: u64) -> Result<Part, Fault> {
        let (bytes, sum) = (self.object.finish().await?, self.sum.checksum());
        if bytes != sum.bytes() {
            let found = format!("it has {bytes} bytes, but {} were written", sum.bytes());
            return Err(Fault::Corrupt { what: format!("object {}", self.key), found });
        }
        Ok(Part { key: self.key, header_bytes, bytes, records, crc64nvme: sum.to_base64() })
    }
}

/// Compares an object's length, and its checksum if the bucket knows it, with what was written. It takes one request,
/// whatever the length of the object.
///
/// # Errors
/// `Missing` if there is no such object; `Corrupt` if it differs.
pub async fn confirm(objects: &dyn Objects, part: &Part) -> Result<(), Fault> {
    let what = || format!("object {}", part.key);
    let known = objects.head(&part.key).await?.ok_or_else(|| Fault::Missing { what: what() })?;
    let found = if known.bytes == part.bytes {
        match known.crc64nvme {
            Some(crc) if crc != part.crc64nvme => {
                format!("its CRC64NVME is {crc}, but the written one was {}", part.crc64nvme)
            }
            _ => return Ok(()),
        }
    } else {
        format!("it has {} bytes, but {} were written", known.bytes, part.bytes)
    };
    Err(Fault::Corrupt { what: what(), found })
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::objects::MemoryObjects;

    #[test]
    fn what_the_bucket_knows_is_held_against_what_was_written() {
        let objects = MemoryObjects::new();
        let part = block_on(async {
            let mut writer = PartWriter::create(&objects, "k".to_owned()).await.unwrap();
            writer.write(b"a\n").await.unwrap();
            writer.write(b"1\n").await.unwrap();
            writer.finish(2, 1).await.unwrap()
        });
        assert_eq!((part.header_bytes, part.bytes, part.records), (2, 4, 1));
        assert!(block_on(confirm(&objects, &part)).is_ok());
        for (bytes, expected) in [("a\n", "it has 2 bytes, but 4 were written"), ("a\n2\n", "its CRC64NVME is ")] {
            objects.insert("k", bytes.as_bytes().to_vec());
            let fault = block_on(confirm(&objects, &part)).unwrap_err();
            assert!(
                matches!(&fault, Fault::Corrupt { what, found } if what == "object k" && found.starts_with(expected))
            );
        }
        objects.remove("k");
        assert!(matches!(block_on(confirm(&objects, &part)), Err(Fault::Missing { .. })));
    }
}
