//! The outbound bucket: files for others, each replaced only by a file of a later run.

mod files;
mod memory;
mod s3;

use async_trait::async_trait;
use sluice_contract::Order;

pub use files::FileOutbound;
pub use memory::MemoryOutbound;
pub use s3::S3Outbound;

use crate::Fault;
use crate::objects::ContentType;

/// A bucket to which files are delivered.
#[async_trait]
pub trait Outbound: Send + Sync {
    /// Copies an object of the data bucket to a key here, unless a file of a later order is there. Only one file is ever visible under
    /// the key, and never a part of one. A repeated delivery of the same order changes nothing.
    ///
    /// # Errors
    /// `Missing` if there is no such object in the data bucket, and if the file cannot be written.
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Delivered, Fault>;

    /// Where the file of a key is, for people.
    fn location(&self, key: &str) -> String;
}

/// A file to deliver.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The key of the object in the data bucket.
    pub from: &'a str,
    /// The key in the outbound bucket.
    pub to: &'a str,
    /// The content type of the file.
    pub content_type: ContentType,
    /// The order of the run that made it.
    pub order: &'a Order,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// The file is there.
    Written,
    /// A file of a later run is there, and stays.
    Overtaken,
}
