//! An outbound bucket as a folder, in which one process works at a time.
//!
//! The order of each file stands in `.orders/`, under the same name. It is written before the file: if the process is killed between the
//! two, the same run writes the file again.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use sluice_contract::Order;

use super::{Delivered, Delivery, Outbound};
use crate::Fault;
use crate::documents::find_json;
use crate::objects::{ContentType, Existing, FileObjects, Objects, Reading};

/// The folder of the orders.
const ORDERS: &str = ".orders/";

/// An outbound bucket as a folder.
#[derive(Clone, Debug)]
pub struct FileOutbound {
    objects: FileObjects,
    folder: PathBuf,
}

impl FileOutbound {
    /// The bucket in a folder, which the first delivery creates, beside the data bucket `objects`.
    #[must_use]
    pub fn new(objects: &FileObjects, folder: &Path) -> Self {
        Self { objects: objects.clone(), folder: folder.to_owned() }
    }
}

#[async_trait]
impl Outbound for FileOutbound {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Delivered, Fault> {
        let files = FileObjects::open(&self.folder)?;
        let order_key = format!("{ORDERS}{}", delivery.to);
        let known: Option<Order> = find_json(&files, &order_key).await?;
        if known.is_some_and(|known| known > *delivery.order) {
            return Ok(Delivered::Overtaken);
        }
        let mut body = self.objects.read(delivery.from, None, Reading::Plain).await?;
        let order = Bytes::from(serde_json::json!(delivery.order.as_str()).to_string());
        files.put(&order_key, ContentType::Json, order, Existing::Replace).await?;
        let mut file = files.create(delivery.to, delivery.content_type).await?;
        while let Some(bytes) = body.try_next().await? {
            file.write(&bytes).await?;
        }
        file.finish().await?;
        Ok(Delivered::Written)
    }

    fn location(&self, key: &str) -> String {
        self.folder.join(key).display().to_string()
    }
}
