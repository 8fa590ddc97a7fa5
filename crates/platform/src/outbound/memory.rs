//! An outbound bucket in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sluice_contract::Order;

use super::{Delivered, Delivery, Outbound};
use crate::Fault;
use crate::documents::read_all;
use crate::objects::MemoryObjects;
use crate::shared::Shared;

/// An outbound bucket in memory; clones share it.
#[derive(Clone, Debug)]
pub struct MemoryOutbound {
    objects: MemoryObjects,
    files: Shared<BTreeMap<String, (Order, Vec<u8>)>>,
}

impl MemoryOutbound {
    /// An empty bucket beside this data bucket.
    #[must_use]
    pub fn new(objects: &MemoryObjects) -> Self {
        Self { objects: objects.clone(), files: Shared::default() }
    }

    /// The files by key.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.files.lock().iter().map(|(key, (_, bytes))| (key.clone(), bytes.clone())).collect()
    }
}

#[async_trait]
impl Outbound for MemoryOutbound {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Delivered, Fault> {
        let bytes = read_all(&self.objects, delivery.from, None).await?;
        let mut files = self.files.lock();
        if files.get(delivery.to).is_some_and(|(order, _)| order > delivery.order) {
            return Ok(Delivered::Overtaken);
        }
        files.insert(delivery.to.to_owned(), (delivery.order.clone(), bytes));
        Ok(Delivered::Written)
    }

    fn location(&self, key: &str) -> String {
        format!("outbound://{key}")
    }
}
