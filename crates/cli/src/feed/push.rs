//! `sluice feed push`: puts a feed into a stack, with the files that it names.

use std::path::Path;

use anyhow::Context;
use bytes::Bytes;
use similar::TextDiff;
use sluice_contract::keys;
use sluice_engine::feed::{FeedName, FeedPlan};
use sluice_platform::documents::read_up_to;
use sluice_platform::feeds::{self, FeedError, MAX_BYTES, accept};
use sluice_platform::objects::{ContentType, Existing, Objects};
use sluice_platform::sink::{SinkKind, Target};
use sluice_platform::{Fault, World};

use super::{Feed, check};
use crate::args::FeedPushArgs;
use crate::connection::CORRECT_CONNECTION;
use crate::ending::{Ending, refused};
use crate::place::Deployed;
use crate::queue::CREATE_QUEUE;
use crate::screen::say;

/// Checks a feed, and puts it into the stack if it can be used.
pub async fn push(args: &FeedPushArgs) -> anyhow::Result<Ending> {
    let feed = Feed::read(&args.feed)?;
    let (errors, notes) = check::problems(&feed);
    if !errors.is_empty() {
        check::text(&feed, &errors, &notes);
        return Ok(Ending::Refused);
    }
    let plan = feed.plan().map_err(|_| refused(format!("{} cannot be used", args.feed.display())))?;
    let files = files(&feed, &plan.name)?;
    let deployed = Deployed::find(&args.stack).await?;
    let objects = deployed.world.objects();
    let changes = changes(&*objects, files).await?;
    let broken = broken_by(&*objects, &plan.name, &changes).await?;
    if !broken.is_empty() {
        return Err(refused(broken.join("\n")));
    }
    for change in &changes {
        say(&change.text(args.dry_run));
    }
    if args.dry_run {
        say("nothing was written: this was a dry run");
        return Ok(Ending::Good);
    }
    put(&*objects, &changes).await?;
    for sentence in target(&deployed, &plan).await {
        say(&sentence);
    }
    Ok(Ending::Good)
}

/// A file of a feed.
#[derive(Debug)]
struct File {
    key: String,
    text: String,
}

/// The files of a feed. Those that it names come first, so that the stack never has the feed without them.
fn files(feed: &Feed, name: &FeedName) -> anyhow::Result<Vec<File>> {
    let beside = feed.files.iter().map(|(name, _)| (keys::feed_file(name), feed.path.with_file_name(name)));
    beside.chain([(keys::feed(name), feed.path.clone())]).map(|(key, path)| file(key, &path)).collect()
}

/// Reads a file as a function of the stack will read it.
fn file(key: String, path: &Path) -> anyhow::Result<File> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let text = accept(&path.display().to_string(), bytes).map_err(|problem| refused(problem.to_string()))?;
    Ok(File { key, text })
}

/// A file, and what the stack has under its key.
#[derive(Debug)]
struct Change {
    file: File,
    before: Before,
}

/// What the stack has under a key.
#[derive(Debug, PartialEq)]
enum Before {
    /// Nothing.
    Nothing,
    /// The same.
    Same,
    /// Another text; `None` if it is longer than a file of a feed may be.
    Other(Option<String>),
}

/// Compares files with what the stack has.
async fn changes(objects: &dyn Objects, files: Vec<File>) -> Result<Vec<Change>, Fault> {
    let mut changes = Vec::new();
    for file in files {
        let before = match read_up_to(objects, &file.key, MAX_BYTES).await {
            Ok(Some(bytes)) if bytes == file.text.as_bytes() => Before::Same,
            Ok(bytes) => Before::Other(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())),
            Err(Fault::Missing { .. }) => Before::Nothing,
            Err(fault) => return Err(fault),
        };
        changes.push(Change { file, before });
    }
    Ok(changes)
}

impl Change {
    /// Describes what happens to the file. A dry run shows every line that differs.
    fn text(&self, dry_run: bool) -> String {
        let File { key, text } = &self.file;
        match &self.before {
            Before::Same => format!("{key}: unchanged"),
            Before::Nothing => format!("{key}: new"),
            Before::Other(before) => match before.as_ref().filter(|_| dry_run) {
                Some(before) => {
                    let difference = TextDiff::from_lines(before.as_str(), text.as_str());
                    let names = (format!("{key} (in the stack)"), format!("{key} (here)"));
                    let mut difference = difference.unified_diff();
                    let lines = difference.context_radius(2).header(&names.0, &names.1).to_string();
                    format!("{key}: changed\n{}", lines.trim_end())
                }
                None => format!("{key}: changed"),
            },
        }
    }
}

/// Writes the files that differ from those in the stack.
async fn put(objects: &dyn Objects, changes: &[Change]) -> Result<(), Fault> {
    for Change { file: File { key, text }, .. } in changes.iter().filter(|change| change.before != Before::Same) {
        objects.put(key, ContentType::Binary, Bytes::from(text.clone()), Existing::Replace).await?;
    }
    Ok(())
}

/// Finds other feeds that also name a changed file, and could no longer be used with it. Returns a sentence for each.
async fn broken_by(objects: &dyn Objects, pushed: &FeedName, changes: &[Change]) -> anyhow::Result<Vec<String>> {
    let replaced: Vec<&Change> = changes.iter().filter(|change| matches!(change.before, Before::Other(_))).collect();
    let beside = replaced.iter().filter(|change| change.file.key != keys::feed(pushed)).count();
    let mut broken = Vec::new();
    if beside == 0 {
        return Ok(broken);
    }
    for name in feeds::list(objects).await? {
        let Some(name) = name.parse::<FeedName>().ok().filter(|name| name != pushed) else { continue };
        let mut other = match feeds::load(objects, &name).await {
            Ok(other) if other.compile().is_ok() => other,
            // It cannot be used already.
            Ok(_) | Err(FeedError::Unknown(_) | FeedError::Unreadable(_)) => continue,
            Err(FeedError::Fault(fault)) => return Err(fault.into()),
        };
        let mut names = Vec::new();
        for Change { file: File { key, text }, .. } in &replaced {
            let beside: Vec<String> = other.files.iter().map(|(name, _)| name.to_owned()).collect();
            let shared = beside.into_iter().filter(|name| keys::feed_file(name) == *key);
            for name in shared {
                other.files.insert(name, text.clone());
                names.push(key.as_str());
            }
        }
        if let Err(problems) = other.compile() {
            let problems: Vec<_> = problems.iter().map(|problem| format!("\n  {}", problem.located())).collect();
            let names = names.join(", ");
            broken.push(format!(
                "the feed {name} names {names} too, and could not be used with it:{}",
                problems.concat()
            ));
        }
    }
    Ok(broken)
}

/// Says what must be done before a file of the feed can be imported: sentences about its target.
async fn target(deployed: &Deployed, plan: &FeedPlan) -> Vec<String> {
    let target = Target::of(plan);
    let sink = deployed.world.sinks().open(&target);
    match sink.check(&target).await {
        Ok(problems) if problems.is_empty() => Vec::new(),
        Ok(problems) => {
            // A name of a stack or feed needs no quotes.
            let todo = match target.sink {
                SinkKind::Table => format!("sluice table create {} --stack {}", plan.name, deployed.stack.name),
                SinkKind::Queue => CREATE_QUEUE.to_owned(),
                SinkKind::Collection => CORRECT_CONNECTION.to_owned(),
                SinkKind::Outputs => String::new(),
            };
            let create = format!("  what to do: {todo}");
            problems.into_iter().chain([create]).collect()
        }
        // A person who writes feeds may lack the permission for tables.
        Err(fault) => vec![format!("could not check whether the {} of the feed exists: {fault}", plan.sink.target())],
    }
}

#[cfg(test)]
mod tests;
