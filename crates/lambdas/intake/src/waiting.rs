//! Handles files that came before their feed. If a file was refused as `unknown-feed`, and for nothing else, its run stays open in the
//! ledger. The refusal was its first attempt; once the feed exists, the sweep starts the next one.

use sluice_contract::keys;
use sluice_engine::feed::FeedName;
use sluice_engine::{Code, Problem};
use sluice_platform::clock::rfc3339;
use sluice_platform::ledger::RunEntry;
use sluice_report::{Refusal, refuse};

use crate::{Deps, Error, check, repair};

/// The state of a file that waits for its feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The feed does not exist yet.
    Still,
    /// The feed exists, and the file passes every check: its next attempt can be started.
    Ready,
    /// The feed exists, but the file fails another check: it was refused for that, and waits no more.
    Refused,
}

/// The attempt as which a refused file goes on, if it waits for its feed. A file in no feed's folder never gets one.
pub(crate) fn next(entry: &RunEntry, reasons: &[Problem]) -> Option<u32> {
    let unknown = matches!(reasons, [only] if only.code == Code::UnknownFeed);
    let could_be = keys::parse_upload(&entry.upload.key).is_some() && entry.feed.parse::<FeedName>().is_ok();
    (unknown && could_be).then(|| entry.attempt().saturating_add(1))
}

/// Checks a file that waits for its feed as if it came now.
///
/// # Errors
/// If something outside fails.
pub async fn look_again(deps: &Deps, entry: &RunEntry) -> Result<Waiting, Error> {
    let Ok(feed) = entry.feed.parse::<FeedName>() else { return Ok(Waiting::Still) };
    if deps.objects.head(&keys::feed(&feed)).await?.is_none() {
        return Ok(Waiting::Still);
    }
    let mut check = check::check(deps, entry).await?;
    check.reasons.extend(repair::check(deps, entry).await?);
    if check.reasons.is_empty() {
        return Ok(Waiting::Ready);
    }
    let now = rfc3339((deps.clock)());
    // This moves the first refusal into the history. If the sweep is killed after it, the next sweep does the rest.
    let claimed = match &entry.conclusion {
        None => entry.clone(),
        Some(conclusion) => {
            let execution = entry.run_id.execution(conclusion.next.unwrap_or_else(|| entry.attempt()));
            match deps.ledger.fence(entry, &execution, &now).await? {
                Some(claimed) => claimed,
                None => return Ok(Waiting::Still),
            }
        }
    };
    let next = next(&claimed, &check.reasons);
    let refusal = Refusal { reasons: check.reasons, plan: check.plan.as_deref(), next };
    refuse(&*deps.ledger, &deps.notifier, &claimed, refusal, &now).await?;
    Ok(Waiting::Refused)
}
