//! What the current feed says about retries.

use std::sync::Arc;

use sluice_engine::Verdict;
use sluice_engine::feed::{FeedName, FeedPlan};
use sluice_platform::Fault;
use sluice_platform::feeds::{FeedError, load};

use crate::Deps;

/// Attempts if the feed cannot be read. Intake then refuses the offered files, and says why.
const ATTEMPTS: u32 = 5;

/// The feed, if it can be read.
async fn plan(deps: &Deps, feed: &str) -> Result<Option<Arc<FeedPlan>>, Fault> {
    let Ok(name) = feed.parse::<FeedName>() else { return Ok(None) };
    match load(&*deps.objects, &name).await {
        Ok(feed) => Ok(feed.compile().ok()),
        Err(FeedError::Fault(fault)) => Err(fault),
        Err(FeedError::Unknown(_) | FeedError::Unreadable(_)) => Ok(None),
    }
}

/// How often the feed's rejects are tried again.
pub(crate) async fn attempts(deps: &Deps, feed: &str) -> Result<u32, Fault> {
    Ok(plan(deps, feed).await?.map_or(ATTEMPTS, |plan| plan.retry.attempts))
}

/// Addresses that get the mail about the feed's rejects, beside the operators.
pub(crate) async fn recipients(deps: &Deps, feed: &str) -> Result<Vec<String>, Fault> {
    // They are the recipients of an imported run with rejects.
    Ok(plan(deps, feed).await?.map_or_else(Vec::new, |plan| plan.report.recipients_of(Verdict::Imported, 1)))
}
