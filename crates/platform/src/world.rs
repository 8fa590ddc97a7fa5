//! The world that a step works in: every port, and the names of buckets and addresses.
//!
//! A step takes from it what its `Deps` need, and nothing else. There are four worlds: [`AwsWorld`] for functions,
//! [`MemoryWorld`] for tests, [`FaultyWorld`] in front of another world, and a folder for `sluice run`.

mod aws;
mod faulty;
mod memory;

use std::path::PathBuf;
use std::sync::Arc;

pub use aws::AwsWorld;
pub use faulty::FaultyWorld;
pub use memory::{Front, MemoryWorld};

use crate::clock::Clock;
use crate::datasets::Datasets;
use crate::events::Events;
use crate::executions::Executions;
use crate::inbox::Inbox;
use crate::joins::Joins;
use crate::ledger::{Ledger, RunSearch};
use crate::mail::Mailer;
use crate::meter::Meter;
use crate::objects::Objects;
use crate::outbound::Outbound;
use crate::references::References;
use crate::rejects::Rejects;
use crate::run::Runs;
use crate::sink::Sinks;

/// Everything that a step can be given. Each method makes one port, so a world makes only the ports that a step needs.
pub trait World {
    /// The data bucket.
    fn objects(&self) -> Arc<dyn Objects>;

    /// The name of the data bucket, for the readers of the Maps.
    fn data_bucket(&self) -> String;

    /// The prefix of the data bucket's keys in texts for people, such as `s3://bucket/`.
    fn location(&self) -> String;

    /// Loads runs from the data bucket.
    fn runs(&self) -> Runs;

    /// The outbound bucket, to which summaries are delivered.
    fn outbound(&self) -> Arc<dyn Outbound>;

    /// The inbox: uploads and their versions.
    fn inbox(&self) -> Arc<dyn Inbox>;

    /// The name of the inbox bucket, as events have it.
    fn inbox_bucket(&self) -> String;

    /// The inbox bucket as plain objects, to put files into it.
    fn inbox_objects(&self) -> Arc<dyn Objects>;

    /// The ledger of runs.
    fn ledger(&self) -> Arc<dyn Ledger>;

    /// The same ledger, for searching runs.
    fn search(&self) -> Arc<dyn RunSearch>;

    /// Executions of the main orchestrator.
    fn executions(&self) -> Arc<dyn Executions>;

    /// The table of sets of datasets.
    fn datasets(&self) -> Arc<dyn Datasets>;

    /// Executions of the state machine that joins a set.
    fn joins(&self) -> Arc<dyn Joins>;

    /// Opens the sink of a feed: where its valid records go.
    fn sinks(&self) -> Arc<dyn Sinks>;

    /// Tables in which the references of records are looked up.
    fn references(&self) -> Arc<dyn References>;

    /// The index of rejects.
    fn rejects(&self) -> Arc<dyn Rejects>;

    /// How many days the index of rejects keeps an entry.
    fn rejects_days(&self) -> u32;

    /// Sends mail.
    fn mailer(&self) -> Arc<dyn Mailer>;

    /// The addresses that get a mail about every run.
    fn operators(&self) -> Vec<String>;

    /// Publishes events for programs.
    fn events(&self) -> Arc<dyn Events>;

    /// The clock.
    fn clock(&self) -> Clock;

    /// Measures what a call uses, for the cost estimate.
    fn meter(&self) -> Meter;

    /// The region whose console shows the files and the executions; `None` if no console does.
    fn region(&self) -> Option<String>;

    /// Where runs run. What people can do about a run depends on it.
    fn site(&self) -> Site;
}

/// Where a world runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// A deployed stack, into whose inbox files are uploaded.
    Stack,
    /// A folder on this machine for a single run. The run begins with an empty table, and cannot be resumed.
    Once,
    /// A folder on this machine, which keeps its table and its ledger from run to run.
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The feed, by the path that the user gave; `None` if the command takes the feed that the folder has.
        feed: Option<PathBuf>,
    },
}
