//! `sluice dataset push`: puts a dataset into a stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use sluice_contract::keys;
use sluice_engine::dataset::DatasetPlan;
use sluice_engine::feed::FeedPlan;
use sluice_platform::documents::read_up_to;
use sluice_platform::feeds::{self, FeedError, MAX_BYTES};
use sluice_platform::objects::{ContentType, Existing, Objects};
use sluice_platform::{Fault, World};

use super::{Dataset, check};
use crate::args::DatasetPushArgs;
use crate::ending::Ending;
use crate::place::Deployed;
use crate::screen::say;

/// Checks a dataset against the feeds of the stack, and puts it there if it can be used.
pub async fn push(args: &DatasetPushArgs) -> anyhow::Result<Ending> {
    let bytes = std::fs::read(&args.dataset)?;
    let yaml = String::from_utf8_lossy(&bytes).into_owned();
    let deployed = Deployed::find(&args.stack).await?;
    let objects = deployed.world.objects();
    let plan = match DatasetPlan::from_yaml(&yaml) {
        Ok(plan) => {
            let feeds = feeds_of(&*objects, &plan).await?;
            let mut problems = plan.check_feeds(&yaml, |name| feeds.get(name.as_str()).map(|plan| &**plan));
            problems.extend(misnamed(args, &plan));
            if problems.is_empty() { Ok(plan) } else { Err(problems) }
        }
        Err(problems) => Err(problems),
    };
    let dataset = Dataset { path: args.dataset.clone(), yaml, feeds: BTreeMap::new(), plan };
    let Ok(plan) = &dataset.plan else { return Ok(check::print(&dataset)) };
    let key = keys::dataset(&plan.name);
    let before = match read_up_to(&*objects, &key, MAX_BYTES).await {
        Ok(before) => before,
        Err(Fault::Missing { .. }) => None,
        Err(fault) => return Err(fault.into()),
    };
    if before.as_deref() == Some(&bytes[..]) {
        say(&format!("{key}: unchanged"));
        return Ok(Ending::Good);
    }
    let what = if before.is_some() { "changed" } else { "new" };
    objects.put(&key, ContentType::Binary, Bytes::from(bytes), Existing::Replace).await?;
    say(&format!("{key}: {what}"));
    say(&format!(
        "Files that came before belong to a set once the sweep has found their runs. The sets: sluice dataset status {}",
        plan.name
    ));
    Ok(Ending::Good)
}

fn misnamed(args: &DatasetPushArgs, plan: &DatasetPlan) -> Option<sluice_engine::spec::FeedProblem> {
    let stem = args.dataset.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
    let message = || {
        format!(
            "is {:?}, but its file is named {stem:?}: a dataset is found by the name of its file",
            plan.name.as_str()
        )
    };
    (stem != plan.name.as_str()).then(|| sluice_engine::spec::FeedProblem::new("dataset", message()))
}

/// The feeds of the stack that a dataset names, as far as they can be used.
async fn feeds_of(objects: &dyn Objects, plan: &DatasetPlan) -> Result<BTreeMap<String, Arc<FeedPlan>>, Fault> {
    let mut found = BTreeMap::new();
    let members = plan.members.iter().map(|member| &member.feed);
    for name in members.chain(&plan.into).chain(&plan.orphans.into) {
        match feeds::load(objects, name).await {
            Ok(feed) => {
                if let Ok(compiled) = feed.compile() {
                    found.insert(name.to_string(), compiled);
                }
            }
            Err(FeedError::Fault(fault)) => return Err(fault),
            Err(FeedError::Unknown(_) | FeedError::Unreadable(_)) => {}
        }
    }
    Ok(found)
}
