//! Failures of the outside world, divided by who can act on them.

use sluice_contract::ErrorName;

/// A failure of the outside world: network, service, permission, setting.
///
/// `what` says in a few words what was being done, and to which object, table or address. The source has the details.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A temporary failure: try again.
    #[error("failed to {what}")]
    Transient {
        /// What was being done.
        what: String,
        /// Why it failed.
        source: Source,
    },
    /// A service asks to slow down: try again later.
    #[error("throttled while trying to {what}")]
    Throttled {
        /// What was being done.
        what: String,
        /// What the service said.
        source: Source,
    },
    /// The requested object, version or execution does not exist.
    #[error("{what} does not exist")]
    Missing {
        /// What is not there.
        what: String,
    },
    /// Not permitted, or not set up: trying again does not help.
    #[error("not able to {what}; check permissions and settings")]
    Misconfigured {
        /// What was being done.
        what: String,
        /// What the service said.
        source: Source,
    },
    /// The data differs from what was requested or written.
    #[error("{what} is not what was expected: {found}")]
    Corrupt {
        /// What was read.
        what: String,
        /// What was found.
        found: String,
    },
}

/// The cause of a fault.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

impl Fault {
    /// The error name of a function that fails with it.
    #[must_use]
    pub fn name(&self) -> ErrorName {
        match self {
            Self::Transient { .. } => ErrorName::Transient,
            Self::Throttled { .. } => ErrorName::Throttled,
            Self::Missing { .. } => ErrorName::Incomplete,
            Self::Misconfigured { .. } => ErrorName::Misconfigured,
            Self::Corrupt { .. } => ErrorName::Corrupt,
        }
    }
}

/// The error of a step.
pub trait StepError: std::error::Error + Send + Sync + 'static {
    /// The name that the state machine sees.
    fn name(&self) -> ErrorName;
}

impl StepError for Fault {
    fn name(&self) -> ErrorName {
        Fault::name(self)
    }
}
