//! How the world can fail us, split by who can act on it.

use sluice_contract::ErrorName;

/// A failure of something outside: network, service, permission, setting.
///
/// `what` says in a few words what was being done and to which object, table or address; the
/// source has the details.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Will pass: try again.
    #[error("failed to {what}")]
    Transient {
        /// What was being done.
        what: String,
        /// Why it failed.
        source: Source,
    },
    /// Asked to slow down: try again, later.
    #[error("throttled while trying to {what}")]
    Throttled {
        /// What was being done.
        what: String,
        /// What the service said.
        source: Source,
    },
    /// What was asked for is not there.
    #[error("{what} does not exist")]
    Missing {
        /// What is not there.
        what: String,
    },
    /// Not permitted, or not set up: trying again changes nothing.
    #[error("not able to {what}; check permissions and settings")]
    Misconfigured {
        /// What was being done.
        what: String,
        /// What the service said.
        source: Source,
    },
    /// What came back cannot be what was asked for or written.
    #[error("{what} is not what was expected: {found}")]
    Corrupt {
        /// What was looked at.
        what: String,
        /// What was found.
        found: String,
    },
}

/// The error beneath a fault.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

impl Fault {
    /// The name under which a function fails with it.
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

/// An error under which a step fails.
pub trait StepError: std::error::Error + Send + Sync + 'static {
    /// The name under which the state machine sees it.
    fn name(&self) -> ErrorName;
}

impl StepError for Fault {
    fn name(&self) -> ErrorName {
        Fault::name(self)
    }
}
