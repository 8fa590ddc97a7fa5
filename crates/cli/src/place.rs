//! Where runs are: in a deployed stack, or in a folder on this machine.

use anyhow::Context;
use sluice_contract::{RunId, keys};
use sluice_engine::report::Report;
use sluice_platform::documents::find_json;
use sluice_platform::world::AwsWorld;
use sluice_platform::{Aws, World, clock};

use crate::args::{DEFAULT_CHUNK_BYTES, DEFAULT_MAX_RECORD_BYTES, PlaceArgs};
use crate::ending::Ending;
use crate::follow::follow;
use crate::local::Lasting;
use crate::print;
use crate::run::Limits;
use crate::screen::{Terminal, say};
use crate::stack::Stack;
use crate::watch::StepFunctions;
use crate::work::Work;

/// Where runs are.
pub enum Place {
    /// A deployed stack, whose functions do the work.
    Stack(Box<Deployed>),
    /// A folder on this machine, in which this process does the work.
    Folder(Box<Lasting>),
}

impl Place {
    /// Finds the place, to do something there; `doing` says to others what.
    pub async fn open(args: &PlaceArgs, doing: &str) -> anyhow::Result<Self> {
        match &args.into {
            Some(folder) => Ok(Self::Folder(Box::new(Lasting::reopen(folder, doing, clock::system).await?))),
            None => Ok(Self::Stack(Box::new(Deployed::find(&args.stack()).await?))),
        }
    }

    /// Finds the place, to look at something there.
    pub async fn look(args: &PlaceArgs) -> anyhow::Result<Self> {
        match &args.into {
            Some(folder) => Ok(Self::Folder(Box::new(Lasting::look(folder)?))),
            None => Ok(Self::Stack(Box::new(Deployed::find(&args.stack()).await?))),
        }
    }

    /// What is there.
    pub fn world(&self) -> &dyn World {
        match self {
            Self::Stack(deployed) => &deployed.world,
            Self::Folder(lasting) => &lasting.local,
        }
    }

    /// Goes on with an execution that was just started. A stack runs it by itself, and is followed where that is asked for.
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
    aws: Aws,
    stack: Stack,
    world: AwsWorld,
}

impl Deployed {
    /// Asks for the stack of this name.
    pub async fn find(name: &str) -> anyhow::Result<Self> {
        let aws = Aws::from_env().await;
        let stack = Stack::find(aws.config(), name).await?;
        Ok(Self::new(aws, stack))
    }

    /// Clients for a stack.
    pub fn new(aws: Aws, stack: Stack) -> Self {
        let world = AwsWorld::new(aws.clone(), stack.settings());
        Self { aws, stack, world }
    }

    /// Follows an execution of a run to its end, and tells how it ended.
    pub async fn follow(&self, run: &RunId, execution: &str) -> anyhow::Result<Ending> {
        let watch = StepFunctions::new(self.aws.config());
        let arn = self.stack.execution_arn(execution);
        let entry = follow(&*self.world.ledger(), &watch, &Terminal::new(), run, execution, &arn).await?;
        let conclusion = entry.conclusion.as_ref().context("the ledger has no conclusion")?;
        let report: Option<Report> = match entry.feed.parse() {
            Ok(feed) => find_json(&*self.world.objects(), &keys::output(&feed, run, keys::REPORT_JSON)).await?,
            Err(_) => None,
        };
        say(&print::ending(&entry, conclusion, report.as_ref()));
        say(&print::mail(entry.mail.as_ref()));
        Ok(Ending::of(conclusion.verdict, conclusion.tally.as_ref(), report.and_then(|report| report.would).as_ref()))
    }
}
