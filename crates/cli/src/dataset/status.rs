//! `sluice dataset status`: the sets of a dataset.

use std::path::Path;

use sluice_contract::documents::JoinEnd;
use sluice_engine::display::count;
use sluice_platform::World;
use sluice_platform::datasets::{Datasets, DynamoDatasets, FileDatasets, SetEntry};
use std::sync::Arc;

use crate::args::DatasetStatusArgs;
use crate::ending::Ending;
use crate::place::Place;
use crate::screen::say;

/// Prints the sets of a dataset, or one of them.
pub async fn status(args: &DatasetStatusArgs) -> anyhow::Result<Ending> {
    let datasets: Arc<dyn Datasets> = match &args.place.into {
        Some(folder) => Arc::new(FileDatasets::new(Path::new(folder).join("sets"))),
        None => match Place::look(&args.place).await? {
            Place::Stack(deployed) => Arc::new(DynamoDatasets::new(&deployed.aws, &deployed.stack.datasets_table())),
            Place::Folder(lasting) => lasting.local.datasets(),
        },
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
    Ok(Ending::Good)
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
