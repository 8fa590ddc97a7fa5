//! The origin of a run.

use serde::{Deserialize, Serialize};
use sluice_engine::repair::SavedFormat;

use crate::documents::{Generation, Upload};
use crate::{Order, RunId};

/// The origin of a run, which determines its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Origin {
    /// A file as a producer uploaded it.
    #[default]
    Upload,
    /// Repaired rejects of an earlier run. It has the order of that run, so it never overwrites anything
    /// newer.
    Repair {
        /// The run that rejected them.
        parent: RunId,
        /// That run's order.
        order: Order,
        /// The format in which the file was saved.
        #[serde(default, skip_serializing_if = "SavedFormat::is_canonical")]
        saved: SavedFormat,
    },
    /// The archived source of an earlier run, imported again. Its order comes right after that of the run.
    Rerun {
        /// The earlier run.
        parent: RunId,
        /// See [`Order::after`].
        order: Order,
    },
    /// A file that a join put into the inbox.
    Join {
        /// The generation that was joined.
        of: Generation,
        /// See [`Order::of_join`].
        order: Order,
    },
}

impl Origin {
    /// The run that this run repairs or repeats.
    #[must_use]
    pub fn parent(&self) -> Option<&RunId> {
        match self {
            Self::Upload | Self::Join { .. } => None,
            Self::Repair { parent, .. } | Self::Rerun { parent, .. } => Some(parent),
        }
    }

    /// The order of a run with this origin.
    #[must_use]
    pub fn order(&self, upload: &Upload, run: &RunId) -> Order {
        match self {
            Self::Upload => Order::new(&upload.last_modified, &upload.sequencer, run),
            Self::Repair { order, .. } | Self::Rerun { order, .. } | Self::Join { order, .. } => order.clone(),
        }
    }

    /// Whether this is a file as a producer uploaded it.
    #[must_use]
    pub fn is_upload(&self) -> bool {
        *self == Self::Upload
    }
}
