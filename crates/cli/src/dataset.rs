//! `sluice dataset`: writes, checks and pushes datasets, and shows the state of their sets.

mod check;
mod new;
mod push;
pub mod run;
mod status;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use sluice_engine::dataset::DatasetPlan;
use sluice_engine::feed::FeedPlan;
use sluice_engine::spec::FeedProblem;

use crate::args::DatasetCommand;
use crate::ending::{Ending, refused};
use crate::feed::Feed;

/// Runs the command.
pub async fn dataset(command: &DatasetCommand) -> anyhow::Result<Ending> {
    match command {
        DatasetCommand::Check(args) => check::check(args),
        DatasetCommand::New(args) => new::new(args),
        DatasetCommand::Push(args) => {
            push::push(args).await.with_context(|| format!("putting {} into the stack", args.dataset.display()))
        }
        DatasetCommand::Status(args) => {
            status::status(args).await.with_context(|| format!("looking at the dataset {}", args.dataset))
        }
    }
}

/// A dataset on this machine, with the feeds that it names.
pub struct Dataset {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub yaml: String,
    /// The feeds that it names, as far as they can be used.
    pub feeds: BTreeMap<String, (Feed, Arc<FeedPlan>)>,
    /// Its checked form, or all its problems.
    pub plan: Result<DatasetPlan, Vec<FeedProblem>>,
}

impl Dataset {
    /// Reads a dataset, and the feeds in a folder that it names.
    pub fn read(path: &Path, feeds: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let yaml = String::from_utf8_lossy(&bytes).into_owned();
        let mut found = BTreeMap::new();
        let plan = DatasetPlan::from_yaml(&yaml).and_then(|plan| {
            let members = plan.members.iter().map(|member| &member.feed);
            for name in members.chain(&plan.into).chain(&plan.orphans.into) {
                let file = feeds.join(format!("{name}.yaml"));
                if let Some(feed) = file.is_file().then(|| Feed::read(&file).ok()).flatten()
                    && let Ok(compiled) = feed.plan()
                {
                    found.insert(name.to_string(), (feed, compiled));
                }
            }
            let mut problems = plan.check_feeds(&yaml, |name| found.get(name.as_str()).map(|(_, plan)| &**plan));
            let stem = path.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
            if stem != plan.name.as_str() {
                let message = format!(
                    "is {:?}, but its file is named {stem:?}: a dataset is found by the name of its file",
                    plan.name.as_str()
                );
                problems.insert(0, FeedProblem::new("dataset", message));
            }
            if problems.is_empty() { Ok(plan) } else { Err(problems) }
        });
        Ok(Self { path: path.to_owned(), yaml, feeds: found, plan })
    }

    /// The checked dataset. The error of an unusable one lists all its problems.
    pub fn usable(&self) -> anyhow::Result<&DatasetPlan> {
        self.plan.as_ref().map_err(|problems| {
            let problems: Vec<_> = problems.iter().map(|problem| format!("\n  {}", problem.located())).collect();
            refused(format!("{} cannot be used:{}", self.path.display(), problems.concat()))
        })
    }
}
