//! Can the file be imported? Finds every reason against it at once.

use std::sync::Arc;

use sluice_contract::keys;
use sluice_engine::feed::{FeedName, FeedPlan};
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::Fault;
use sluice_platform::feeds::{self, FeedError};
use sluice_platform::ledger::RunEntry;
use sluice_platform::objects::Objects;
use sluice_platform::sink::Target;

use crate::Deps;

/// Whether a file can be imported.
pub(crate) struct FileCheck {
    /// The reasons against importing; empty if there are none.
    pub(crate) reasons: Vec<Problem>,
    /// The feed, if it could be read and compiled.
    pub(crate) plan: Option<Arc<FeedPlan>>,
}

/// Checks size, feed, target, and the tables that records refer to.
pub(crate) async fn check(deps: &Deps, entry: &RunEntry) -> Result<FileCheck, Fault> {
    let mut reasons = Vec::new();
    let (bytes, limit) = (entry.upload.bytes, deps.config.max_file_bytes);
    if bytes > limit {
        let message = format!("the file has {bytes} bytes; this stack accepts up to {limit}");
        reasons.push(Problem::new(Stage::Intake, Code::FileTooLarge, message));
    }
    let feed = match stray(&entry.upload.key) {
        Some(why) => Err(vec![Problem::new(Stage::Intake, Code::UnknownFeed, why)]),
        None => feed(&*deps.objects, &entry.feed).await?,
    };
    let plan = match feed {
        Ok(plan) => {
            let target = Target::of(&plan);
            let found = deps.sinks.open(&target).check(&target).await?;
            reasons.extend(found.into_iter().map(invalid));
            let mut referenced: Vec<Target> = Vec::new();
            for target in plan.references.iter().map(Target::referenced) {
                if !referenced.contains(&target) {
                    let found = deps.sinks.open(&target).check(&target).await?;
                    reasons.extend(
                        found.into_iter().map(|why| invalid(format!("{why} (A rule \"reference\" needs it.)"))),
                    );
                    referenced.push(target);
                }
            }
            Some(plan)
        }
        Err(problems) => {
            reasons.extend(problems);
            None
        }
    };
    Ok(FileCheck { reasons, plan })
}

/// Says why a file is in no feed's folder; `None` if it is in one.
fn stray(key: &str) -> Option<String> {
    const EXPECTED: &str = "only the folder says which feed imports a file: inbox/<feed>/<file>";
    if keys::parse_upload(key).is_some() {
        None
    } else if !key.starts_with(keys::INBOX) {
        Some(format!("the key {key:?} is outside inbox/, and {EXPECTED}"))
    } else if key.ends_with('/') {
        Some(format!(
            "the key {key:?} ends in /, as that of a folder does, but it holds something: a file needs a name"
        ))
    } else {
        Some(format!("the key {key:?} is in no feed's folder, and {EXPECTED}"))
    }
}

/// The problem of a table that is missing, or not as the feed says.
fn invalid(why: String) -> Problem {
    Problem::new(Stage::Intake, Code::InvalidTarget, why)
}

/// Loads and compiles the feed of a folder; otherwise returns every problem.
pub(crate) async fn feed(objects: &dyn Objects, folder: &str) -> Result<Result<Arc<FeedPlan>, Vec<Problem>>, Fault> {
    let unknown = |message: String| Ok(Err(vec![Problem::new(Stage::Intake, Code::UnknownFeed, message)]));
    let name: FeedName = match folder.parse() {
        Ok(name) => name,
        Err(error) => return unknown(format!("the folder of the upload is no feed: {error}")),
    };
    let feed = match feeds::load(objects, &name).await {
        Ok(feed) => feed,
        Err(FeedError::Fault(fault)) => return Err(fault),
        Err(error @ FeedError::Unknown(_)) => return unknown(error.to_string()),
        Err(FeedError::Unreadable(problems)) => return Ok(Err(problems.into_iter().map(Problem::from).collect())),
    };
    Ok(feed.compile().map_err(|problems| problems.into_iter().map(Problem::from).collect()))
}
