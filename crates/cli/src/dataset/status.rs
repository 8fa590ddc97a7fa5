//! `sluice dataset status`: the sets of a dataset.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use sluice_contract::documents::{JoinEnd, Origin};
use sluice_contract::keys;
use sluice_engine::dataset::DatasetPlan;
use sluice_engine::display::count;
use sluice_platform::World;
use sluice_platform::clock::rfc3339;
use sluice_platform::datasets::{DatasetError, Datasets, DynamoDatasets, SetEntry, load};
use sluice_platform::ledger::RunFilter;

use crate::args::DatasetStatusArgs;
use crate::ending::Ending;
use crate::place::Place;
use crate::screen::say;

/// How far back files without a key are looked for, in days.
const DAYS: i64 = 7;
/// The most files without a key that are shown.
const MOST: usize = 10;

/// Prints the sets of a dataset, or one of them.
pub async fn status(args: &DatasetStatusArgs) -> anyhow::Result<Ending> {
    let place = Place::look(&args.place).await?;
    let datasets: Arc<dyn Datasets> = match &place {
        Place::Stack(deployed) => Arc::new(DynamoDatasets::new(&deployed.aws, &deployed.stack.datasets_table())),
        Place::Folder(lasting) => lasting.local.datasets(),
    };
    let mut from = None;
    let mut shown = 0;
    loop {
        let page = datasets.page(&args.dataset, from.as_deref()).await?;
        for entry in page.sets.iter().filter(|entry| args.set.as_ref().is_none_or(|set| *set == entry.set.as_str())) {
            say(&text(entry));
            shown += 1;
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    if shown == 0 {
        say("There is no such set yet: a set begins when a run of one of its files has ended.");
    }
    if args.set.is_none() {
        match load(&*place.world().objects(), &args.dataset).await {
            Ok(dataset) => say_outside(&outside(place.world(), &dataset.plan).await?),
            Err(DatasetError::Fault(fault)) => return Err(fault.into()),
            Err(error) => say(&format!("No more files are taken: {error}")),
        }
    }
    Ok(Ending::Good)
}

/// The latest files of members whose names have no key of a set, with the latest run of each.
async fn outside(world: &dyn World, plan: &DatasetPlan) -> anyhow::Result<BTreeMap<(String, String), String>> {
    let search = world.search();
    let since = world.clock()().checked_sub(SignedDuration::from_hours(24 * DAYS))?;
    let since = rfc3339(since);
    let mut found = BTreeMap::new();
    for member in &plan.members {
        let filter = RunFilter { feed: Some(member.feed.as_str()), since: Some(&since) };
        let mut from = None;
        loop {
            let page = search.runs(filter, from.as_deref()).await?;
            for run in page.runs {
                // The file of a repair is named as people like; it belongs to the set of the file that it repairs.
                let is_repair = matches!(run.origin, Origin::Repair { .. });
                let file = keys::file_name(&run.upload.key);
                if !is_repair && !keys::is_dry_run(&run.upload.key) && !matches!(plan.set.of_file(file), Ok(Some(_))) {
                    found.insert((member.name.clone(), file.to_owned()), run.run_id.to_string());
                }
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
    }
    Ok(found)
}

fn say_outside(found: &BTreeMap<(String, String), String>) {
    if found.is_empty() {
        return;
    }
    let mut text = format!("In no set, because their names have no key of one (the last {DAYS} days):");
    for ((member, file), run) in found.iter().take(MOST) {
        text.push_str(&format!("\n  {member}: {file} ({run})"));
    }
    if found.len() > MOST {
        text.push_str(&format!("\n  and {}", count((found.len() - MOST) as u64, "more file")));
    }
    say(&text);
}

/// What there is to know of a set, in some lines.
fn text(entry: &SetEntry) -> String {
    let mut text = format!("{}  {}  generation {}", entry.set, entry.state.as_str(), entry.generation);
    for member in entry.slots.keys() {
        let runs: Vec<String> = entry.runs(member).iter().map(ToString::to_string).collect();
        let file = entry.slots.get(member).map_or("", |slot| &slot.file);
        text.push_str(&format!("\n  {member}: {file} ({})", runs.join(", ")));
    }
    for member in &entry.missing {
        text.push_str(&match entry.notes.get(member) {
            Some(note) => format!("\n  {member}: missing; {} ended {} ({})", note.file, note.verdict, note.run),
            None => format!("\n  {member}: missing"),
        });
    }
    if let Some(end) = entry.ends.last() {
        let made = match end.end {
            JoinEnd::Published | JoinEnd::Stopped => {
                format!(": {}, {}", count(end.joined, "record"), count(end.orphans, "orphan"))
            }
            JoinEnd::Superseded | JoinEnd::Failed => String::new(),
        };
        text.push_str(&format!("\n  generation {} ended {} at {}{made}", end.generation, end.end.as_str(), end.at));
    }
    text
}
