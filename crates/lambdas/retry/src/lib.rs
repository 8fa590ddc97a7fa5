//! `retry`: offers rejects that may succeed later again, and gives up those that were tried often enough.
//!
//! It has three roles. `collect` finds the rejects that are due, in batches of one run each. `offer` writes a batch into the inbox as
//! a file of repaired rejects, with the rows of the run's `rejects.csv`. The import of that file has the order of the run that
//! rejected the records, and closes the rejects that it reads. `exhaust` gives up rejects that have used all attempts of the feed.
//!
//! Each attempt is made at most once: a conditional write claims the reject in the index before its row is written. If a call is
//! killed in between, an attempt can be lost. A reject cannot, because it becomes due again.

mod answer;
mod collect;
mod exhaust;
mod feed;
mod offer;

pub use answer::Answer;

use std::sync::Arc;

use sluice_contract::ErrorName;
use sluice_contract::steps::RetryInput;
use sluice_platform::ledger::Ledger;
use sluice_platform::links::Links;
use sluice_platform::mail::Mailer;
use sluice_platform::objects::Objects;
use sluice_platform::rejects::Rejects;
use sluice_platform::{Fault, StepError, World};

/// What `retry` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// The data bucket as people see it: `s3://bucket/`.
    pub location: String,
    /// The inbox bucket.
    pub inbox: Arc<dyn Objects>,
    /// The index of rejects.
    pub rejects: Arc<dyn Rejects>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Addresses that get a mail about all rejects that are given up.
    pub operators: Vec<String>,
    /// Makes the links in the mail.
    pub links: Links,
}

impl Deps {
    /// Takes what `retry` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized)) -> Self {
        Self {
            objects: world.objects(),
            location: world.location(),
            inbox: world.inbox_objects(),
            rejects: world.rejects(),
            ledger: world.ledger(),
            mailer: world.mailer(),
            operators: world.operators(),
            links: Links::new(world),
        }
    }
}

/// Why rejects could not be retried.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The time of the execution cannot be read.
    #[error("{0:?} is not a time as RFC 3339 has it")]
    Time(String),
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Time(_) => ErrorName::InvalidInput,
        }
    }
}

/// Collects, offers or exhausts, as the input asks.
///
/// # Errors
/// `InvalidInput` if the time cannot be read, and failures of the world.
pub async fn run(deps: &Deps, input: RetryInput) -> Result<Answer, Error> {
    Ok(match input {
        RetryInput::Collect { at, options } => {
            let at: jiff::Timestamp = at.parse().map_err(|_| Error::Time(at))?;
            Answer::Collected(collect::collect(deps, at.as_second(), &options).await?)
        }
        RetryInput::Offer(lot) => Answer::Done(offer::offer(deps, &lot).await?),
        RetryInput::Exhaust(lot) => Answer::Done(exhaust::exhaust(deps, &lot).await?),
    })
}
