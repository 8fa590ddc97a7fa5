//! `sluice feed`: writes, checks and tests feeds.

mod case;
mod check;
mod compare;
mod encoding;
pub mod list;
mod new;
mod pull;
mod push;
mod schema;
pub mod show;
mod test;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use sluice_engine::feed::{self, FeedFiles, FeedPlan};
use sluice_engine::spec::{FeedProblem, FeedSpec};
use sluice_platform::feeds;

use crate::args::FeedCommand;
use crate::ending::{Ending, refused};

/// Runs the command.
pub async fn feed(command: &FeedCommand) -> anyhow::Result<Ending> {
    match command {
        FeedCommand::Check(args) => check::check(args),
        FeedCommand::New(args) => new::new(args),
        FeedCommand::Schema => Ok(schema::schema()),
        FeedCommand::Test(args) => test::test(args).await,
        FeedCommand::Push(args) => {
            push::push(args).await.with_context(|| format!("putting {} into the stack", args.feed.display()))
        }
        FeedCommand::List(args) => list::list(args).await.context("listing the feeds of the stack"),
        FeedCommand::Pull(args) => pull::pull(args).await.with_context(|| format!("getting the feed {}", args.feed)),
    }
}

/// A feed that can be used.
pub struct Loaded {
    /// The feed's location and text.
    pub feed: Feed,
    /// The feed as its author wrote it.
    pub spec: FeedSpec,
    /// The compiled feed.
    pub plan: Arc<FeedPlan>,
}

/// Reads and compiles a feed. The error of an unusable feed lists all its problems.
pub fn load(path: &Path) -> anyhow::Result<Loaded> {
    let feed = Feed::read(path)?;
    let compiled = feed.plan().and_then(|plan| Ok((feed::read(&feed.yaml)?.0, plan)));
    match compiled {
        Ok((spec, plan)) => Ok(Loaded { feed, spec, plan }),
        Err(problems) => {
            let problems: Vec<_> = problems.iter().map(|problem| format!("\n  {}", problem.located())).collect();
            Err(refused(format!("{} cannot be used:{}", path.display(), problems.concat())))
        }
    }
}

/// A feed in a folder, with the files beside it that it refers to.
pub struct Feed {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub yaml: String,
    /// The files that it refers to, as far as they exist.
    pub files: FeedFiles,
}

impl Feed {
    /// Reads a feed and the files that it refers to. Missing files are reported when the feed is compiled.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let reading = |path: &Path| format!("reading {}", path.display());
        let yaml = std::fs::read(path).with_context(|| reading(path))?;
        // Bytes that are not UTF-8 become replacement characters, which the YAML parser then reports in their
        // place.
        let yaml = String::from_utf8_lossy(&yaml).into_owned();
        let mut files = FeedFiles::default();
        for name in feed::files_of(&yaml) {
            let beside = path.with_file_name(&name);
            if beside.is_file() {
                let text = std::fs::read_to_string(&beside).with_context(|| reading(&beside))?;
                files.insert(name, text);
            }
        }
        Ok(Self { path: path.to_owned(), yaml, files })
    }

    /// The compiled feed, or all its problems.
    pub fn plan(&self) -> Result<Arc<FeedPlan>, Vec<FeedProblem>> {
        feeds::compile(&self.yaml, &self.files)
    }

    /// The text that contains a problem, with its path.
    fn text_of(&self, problem: &FeedProblem) -> (PathBuf, &str) {
        match &problem.file {
            Some(name) => (self.path.with_file_name(name), self.files.get(name).unwrap_or_default()),
            None => (self.path.clone(), &self.yaml),
        }
    }
}
