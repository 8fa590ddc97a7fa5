//! What became of an item, by the document that is there afterwards.

use mongodb::bson::RawDocument;
use mongodb::bson::raw::RawBsonRef;
use sluice_platform::sink::{Stamp, Written};

/// The answer for an item whose key a document has; `None` if the write did not take effect, so that it is to be repeated.
pub(crate) fn of(document: &RawDocument, stamp: &Stamp<'_>) -> Option<Written> {
    let text = |name: &str| document.get_str(name).unwrap_or_default();
    if text("_run") == stamp.run.as_str() {
        let unchanged = text("_was") == text("_hash");
        Some(if unchanged { Written::Unchanged } else { Written::Imported })
    } else {
        let is_earlier = match document.get("_order") {
            Ok(Some(RawBsonRef::String(order))) => order < stamp.order.as_str(),
            // Numbers are below texts in the order of the server, and so is a document without an order.
            Ok(None | Some(RawBsonRef::Null | RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Double(_))) => {
                true
            }
            _ => false,
        };
        (!is_earlier).then_some(Written::Stale)
    }
}
