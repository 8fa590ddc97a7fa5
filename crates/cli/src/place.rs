//! The place of runs: a deployed stack, or a folder on this machine.

use std::path::Path;

use anyhow::Context;
use sluice_contract::{RunId, keys};
use sluice_engine::report::{Report, shell_word};
use sluice_platform::documents::find_json;
use sluice_platform::ledger::RunEntry;
use sluice_platform::objects::Objects;
use sluice_platform::world::AwsWorld;
use sluice_platform::{Aws, Fault, World, clock};

use crate::args::{AccountArgs, DEFAULT_CHUNK_BYTES, DEFAULT_MAX_RECORD_BYTES, PlaceArgs, StackArgs};
use crate::ending::Ending;
use crate::follow::follow;
use crate::local::Lasting;
use crate::print;
use crate::run::Limits;
use crate::screen::{Terminal, say};
use crate::stack::Stack;
use crate::watch::StepFunctions;
use crate::work::Work;

/// The place of runs.
pub enum Place {
    /// A deployed stack, whose functions do the work.
    Stack(Box<Deployed>),
    /// A folder on this machine, in which this process does the work.
    Folder(Box<Lasting>),
}

impl Place {
    /// Opens the place to work in it. If it is a folder, other processes are shown `doing` while this one holds it.
    pub async fn open(args: &PlaceArgs, doing: &str) -> anyhow::Result<Self> {
        match &args.into {
            Some(folder) => Ok(Self::Folder(Box::new(Lasting::reopen(folder, doing, clock::system).await?))),
            None => Self::stack(args).await,
        }
    }

    /// Opens the place to read from it.
    pub async fn look(args: &PlaceArgs) -> anyhow::Result<Self> {
        match &args.into {
            Some(folder) => Ok(Self::Folder(Box::new(Lasting::look(folder)?))),
            None => Self::stack(args).await,
        }
    }

    async fn stack(args: &PlaceArgs) -> anyhow::Result<Self> {
        Ok(Self::Stack(Box::new(Deployed::named(&args.stack(), &args.account).await?)))
    }

    /// The ports of the place.
    pub fn world(&self) -> &dyn World {
        match self {
            Self::Stack(deployed) => &deployed.world,
            Self::Folder(lasting) => &lasting.local,
        }
    }

    /// Continues with an execution that was just started. A stack runs it by itself; with `wait`, it is followed to its end.
    pub async fn go_on(&self, run: &RunId, execution: &str, wait: bool) -> anyhow::Result<Ending> {
        match self {
            Self::Stack(deployed) if wait => deployed.follow(run, execution).await,
            Self::Stack(_) => Ok(Ending::Good),
            Self::Folder(lasting) => {
                let limits =
                    Limits { chunk_bytes: DEFAULT_CHUNK_BYTES.get(), max_record_bytes: DEFAULT_MAX_RECORD_BYTES };
                Work { lasting, run, limits, keep: false }.see_through(execution, &Terminal::new()).await
            }
        }
    }
}

/// A deployed stack, and clients for it.
pub struct Deployed {
    /// The account and the region.
    pub aws: Aws,
    /// The parts of the stack.
    pub stack: Stack,
    /// The stack as its functions see it.
    pub world: AwsWorld,
}

impl Deployed {
    /// Finds the stack that the arguments name.
    pub async fn find(args: &StackArgs) -> anyhow::Result<Self> {
        Self::named(&args.name, &args.account).await
    }

    async fn named(name: &str, account: &AccountArgs) -> anyhow::Result<Self> {
        let aws = account.aws().await;
        let stack = Stack::find(aws.config(), name).await;
        let stack = match &account.profile {
            Some(profile) => stack.with_context(|| format!("using the profile {profile:?}"))?,
            None => stack?,
        };
        Ok(Self::new(aws, stack))
    }

    /// Clients for a stack.
    pub fn new(aws: Aws, stack: Stack) -> Self {
        let world = AwsWorld::new(aws.clone(), stack.settings());
        Self { aws, stack, world }
    }

    /// Follows an execution of a run to its end, and prints how it ended.
    pub async fn follow(&self, run: &RunId, execution: &str) -> anyhow::Result<Ending> {
        let watch = StepFunctions::new(self.aws.config());
        let arn = self.stack.execution_arn(execution);
        let entry = follow(&*self.world.ledger(), &watch, &Terminal::new(), run, execution, &arn).await?;
        let conclusion = entry.conclusion.as_ref().context("the ledger has no conclusion")?;
        let report = report(&*self.world.objects(), &entry).await?;
        say(&print::ending(&entry, conclusion, report.as_ref()));
        say(&print::mail(entry.mail.as_ref()));
        Ok(Ending::of(conclusion.verdict, conclusion.tally.as_ref(), report.and_then(|report| report.would).as_ref()))
    }
}

/// The report of a run; `None` if it has none.
pub async fn report(objects: &dyn Objects, entry: &RunEntry) -> Result<Option<Report>, Fault> {
    match entry.feed.parse() {
        Ok(feed) => find_json(objects, &keys::output(&feed, &entry.run_id, keys::REPORT_JSON)).await,
        // The folder of a refused file need not be the name of a feed.
        Err(_) => Ok(None),
    }
}

/// Adds `--into` to the commands in a text, if the place is a folder.
pub fn name_place(text: &str, args: &PlaceArgs) -> String {
    match &args.into {
        Some(folder) => name_folder(text, folder),
        None => text.to_owned(),
    }
}

/// Adds `--into` to the commands in a text that are about runs. The steps write such texts without it, because only the
/// command line knows of the folder.
pub fn name_folder(text: &str, folder: &Path) -> String {
    let into = format!(" --into {}", shell_word(&folder.display().to_string()));
    let mut parts = text.split("sluice ");
    let mut named = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (command, rest) = part.split_at(command_length(part));
        let is_complete = command.is_empty() || rest.starts_with(" --into");
        named.extend(["sluice ", command, if is_complete { "" } else { into.as_str() }, rest]);
    }
    named
}

/// The command that lists runs.
const RUNS: &str = "runs";

/// The length in bytes of the `resume RUN` or the like with which a text begins, or of `runs`; 0 if it begins otherwise.
fn command_length(text: &str) -> usize {
    if text.split_whitespace().next() == Some(RUNS) {
        return RUNS.len();
    }
    let Some(after) = ["resume ", "rerun ", "rejects ", "show "].iter().find_map(|verb| text.strip_prefix(*verb))
    else {
        return 0;
    };
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(after.len());
    let (run, rest) = after.split_at(end);
    if run.parse::<RunId>().is_ok() { text.len() - rest.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_about_a_run_name_the_folder_once() {
        for (text, expected) in [
            ("go on: sluice resume RUN", "go on: sluice resume RUN --into 'my data'"),
            ("(sluice rejects RUN), sluice rerun RUN.", "(sluice rejects RUN INTO), sluice rerun RUN INTO."),
            ("sluice resume RUN --into 'my data'", "sluice resume RUN INTO"),
            ("to list the runs: sluice runs", "to list the runs: sluice runs INTO"),
            ("sluice rerun ID, sluice run a.csv, sluice ", "sluice rerun ID, sluice run a.csv, sluice "),
        ] {
            let full =
                |text: &str| text.replace("RUN", "prices-0123456789abcdef01234567").replace("INTO", "--into 'my data'");
            assert_eq!(name_folder(&full(text), Path::new("my data")), full(expected));
        }
    }
}
