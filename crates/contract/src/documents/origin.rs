//! Where a run comes from.

use serde::{Deserialize, Serialize};
use sluice_engine::repair::Saved;

use crate::documents::Upload;
use crate::{Order, RunId};

/// Where a run comes from, which decides its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Origin {
    /// A file as a producer uploaded it.
    #[default]
    Upload,
    /// Rejects of an earlier run, repaired. Its order is that run's: it never overwrites something newer.
    Repair {
        /// The run that rejected them.
        parent: RunId,
        /// That run's order.
        order: Order,
        /// How the file was saved.
        #[serde(default, skip_serializing_if = "Saved::is_canonical")]
        saved: Saved,
    },
    /// The archived source of an earlier run, once more. Its order comes right after that run's.
    Rerun {
        /// The earlier run.
        parent: RunId,
        /// See [`Order::after`].
        order: Order,
    },
}

impl Origin {
    /// The run without which there would not be this one.
    #[must_use]
    pub fn parent(&self) -> Option<&RunId> {
        match self {
            Self::Upload => None,
            Self::Repair { parent, .. } | Self::Rerun { parent, .. } => Some(parent),
        }
    }

    /// The order of the run that comes from here.
    #[must_use]
    pub fn order(&self, upload: &Upload, run: &RunId) -> Order {
        match self {
            Self::Upload => Order::new(&upload.last_modified, &upload.sequencer, run),
            Self::Repair { order, .. } | Self::Rerun { order, .. } => order.clone(),
        }
    }

    /// Whether this is a file as a producer uploaded it.
    #[must_use]
    pub fn is_upload(&self) -> bool {
        *self == Self::Upload
    }
}
