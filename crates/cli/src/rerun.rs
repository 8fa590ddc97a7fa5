//! `sluice resume` and `sluice rerun`: start a run again, in a deployed stack or in a folder.

use sluice_contract::RunId;
use sluice_engine::report::shell_word;
use sluice_intake::rerun::{Error as TurnedDown, Rerun, resume as start_again};

use crate::args::{AgainArgs, PlaceArgs, RerunArgs};
use crate::ending::{Ending, misused, refused};
use crate::feed;
use crate::place::{Place, name_place};
use crate::screen::say;

/// Resumes a failed or interrupted run. In a stack, follows it if asked to.
pub async fn resume(args: &AgainArgs) -> anyhow::Result<Ending> {
    let place = Place::open(&args.place, &format!("sluice resume {}", args.run)).await?;
    let world = place.world();
    let execution = start_again(&*world.ledger(), &*world.executions(), &args.run)
        .await
        .map_err(|error| turned_down(error, &args.place))?;
    say(&format!("resumed {} as {execution}", args.run));
    place.go_on(&args.run, &execution, args.follow).await
}

/// Imports the source of a run again. In a stack, follows the new run if asked to.
pub async fn rerun(args: &RerunArgs) -> anyhow::Result<Ending> {
    let RerunArgs { again: AgainArgs { run: parent, follow, place: place_args }, feed } = args;
    let mut place = Place::open(place_args, &format!("sluice rerun {parent}")).await?;
    if let Some(path) = feed {
        take_feed(&mut place, parent, path).await?;
    }
    let run = begin(&place, parent).await.map_err(|error| turned_down(error, place_args))?;
    say(&format!("imports the source of {parent} once more\nrun {run}"));
    place.go_on(&run, run.as_str(), *follow).await
}

/// Begins the rerun with the feed that the place has.
async fn begin(place: &Place, parent: &RunId) -> Result<RunId, TurnedDown> {
    let world = place.world();
    let (objects, ledger, sinks, executions) = (world.objects(), world.ledger(), world.sinks(), world.executions());
    let rerun =
        Rerun { objects: &*objects, ledger: &*ledger, sinks: &*sinks, executions: &*executions, clock: world.clock() };
    rerun.begin(parent).await
}

/// Replaces the feed in the folder, which a rerun takes.
async fn take_feed(place: &mut Place, parent: &RunId, path: &std::path::Path) -> anyhow::Result<()> {
    let Place::Folder(lasting) = place else {
        return Err(misused("a stack has its feeds in the data bucket: put the feed there"));
    };
    let loaded = feed::load(path)?;
    let name = &loaded.plan.name;
    if parent.as_str().rsplit_once('-').is_none_or(|(of, _)| of != name.as_str()) {
        let path = shell_word(&path.display().to_string());
        return Err(refused(format!("{path} is the feed {name}, and {parent} is a run of another one")));
    }
    lasting.name_feed(path);
    Ok(lasting.local.put_feed(name, &loaded.feed).await?)
}

/// Turns the reason why a run cannot start again into an error: refused, or failed for an outside fault.
fn turned_down(error: TurnedDown, place: &PlaceArgs) -> anyhow::Error {
    match error {
        TurnedDown::Fault(fault) => fault.into(),
        other => refused(name_place(&other.to_string(), place)),
    }
}
