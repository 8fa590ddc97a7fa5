//! What the document of a key says of the runs that wrote it.

use mongodb::bson::RawDocument;
use mongodb::bson::raw::{RawBson, RawBsonRef};
use sluice_engine::spec::Mode;
use sluice_platform::sink::{ContentHash, Stamp, Written};

/// The state of a document, as the majority of the members has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    /// Its order, whatever its type: a document that Sluice did not write may have any value there, or none.
    pub(crate) order: RawBson,
    /// The hash of its content; empty if Sluice did not write it.
    pub(crate) hash: String,
    run: String,
    was: String,
}

impl State {
    /// The state of a document.
    pub(crate) fn of(document: &RawDocument) -> Self {
        let text = |name: &str| document.get_str(name).unwrap_or_default().to_owned();
        let order = document.get("_order").ok().flatten().map_or(RawBson::Null, RawBson::from);
        Self { order, hash: text("_hash"), run: text("_run"), was: text("_was") }
    }

    /// The answer for an item of a run that has written the document, or that a later one has overtaken, or whose mode leaves the
    /// document alone; `None` if the document is to be changed.
    pub(crate) fn answer(&self, stamp: &Stamp<'_>, mode: Mode) -> Option<Written> {
        if self.run == stamp.run.as_str() {
            return Some(if self.was == self.hash { Written::Unchanged } else { Written::Imported });
        }
        let is_earlier = match self.order.as_raw_bson_ref() {
            RawBsonRef::String(order) => order < stamp.order.as_str(),
            // Sluice writes no others, so this is no order.
            _ => true,
        };
        if !is_earlier {
            return Some(Written::Stale);
        }
        mode.leaves(true).then_some(Written::Left)
    }

    /// Whether Sluice wrote this content last.
    pub(crate) fn has_content(&self, hash: ContentHash) -> bool {
        self.hash == hash.to_string()
    }

    /// The answer for an item that was written over this state.
    pub(crate) fn written(state: Option<&Self>, hash: ContentHash) -> Written {
        if state.is_some_and(|state| state.has_content(hash)) { Written::Unchanged } else { Written::Imported }
    }
}
