//! Finds earlier runs of the same content.
//!
//! After the source is read, feed, size and checksum identify its content. If an earlier run had the same content, the report says
//! so, and the feed decides whether the file is skipped. The index behind the search may lag by a moment, so two files that arrive
//! at the same time may not find each other. The manifest fixes the result.

use sluice_contract::{RunId, Verdict};
use sluice_engine::checksum::Checksum;
use sluice_engine::spec::SameContent;
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::Fault;
use sluice_platform::ledger::RunEntry;
use sluice_platform::run::Run;

use crate::Deps;

/// An earlier run with the same content.
pub(crate) struct Same {
    /// The earlier run.
    pub(crate) run: RunId,
    /// Whether the feed skips this file for it.
    pub(crate) skip: bool,
    /// What the report says about it.
    pub(crate) note: Problem,
}

/// Searches an earlier run with the same content, and notes the result in the ledger.
///
/// A dry run searches, and later runs do not find it. A rerun does not search, because it has the content of its parent, but later
/// runs find it. A repair does neither.
pub(crate) async fn look(deps: &Deps, run: &Run, checksum: Checksum) -> Result<Option<Same>, Fault> {
    let document = &run.document;
    let content = format!("{}#{}#{}", document.feed, run.source()?.bytes, checksum.to_base64());
    let is_upload = document.origin.is_upload();
    let earlier = if is_upload { earlier(deps, run, &content).await? } else { None };
    let is_repair = matches!(document.origin, sluice_contract::documents::Origin::Repair { .. });
    let findable = (!document.dry_run && !is_repair).then_some(content.as_str());
    let same_as = earlier.as_ref().map(|entry| &entry.run_id);
    if findable.is_some() || same_as.is_some() {
        deps.ledger.set_content(&document.run_id, findable, same_as).await?;
    }
    Ok(earlier.map(|entry| {
        let wanted = run.plan.source.same_content == SameContent::Skip;
        let skip = wanted && !document.dry_run && is_imported(&entry);
        Same { skip, note: note(&entry, skip), run: entry.run_id }
    }))
}

/// The latest earlier run with this content that was imported. If none was imported, the latest earlier one.
async fn earlier(deps: &Deps, run: &Run, content: &str) -> Result<Option<RunEntry>, Fault> {
    let document = &run.document;
    let mut found: Option<RunEntry> = None;
    for other in deps.search.same_content(content, &document.as_of).await? {
        if other == document.run_id {
            continue;
        }
        let Some(entry) = deps.ledger.get(&other).await? else { continue };
        if entry.order() < document.order {
            if is_imported(&entry) {
                return Ok(Some(entry));
            }
            found = found.or(Some(entry));
        }
    }
    Ok(found)
}

fn is_imported(entry: &RunEntry) -> bool {
    entry.conclusion.as_ref().is_some_and(|conclusion| conclusion.verdict == Verdict::Imported)
}

fn note(entry: &RunEntry, skip: bool) -> Problem {
    let (run, key) = (&entry.run_id, &entry.upload.key);
    let ended = entry.conclusion.as_ref().map_or_else(
        || "has not ended yet".to_owned(),
        |conclusion| format!("ended {} at {}", conclusion.verdict, conclusion.at),
    );
    let advice = if skip { format!(". To import it once more: sluice rerun {run}") } else { String::new() };
    let message = format!("the file holds exactly what {key} held: the run {run}, which {ended}{advice}");
    Problem::new(Stage::Split, Code::SameContent, message)
}
