//! The role `ended`: notes the end of a run in the sets to which its file belongs.

use sluice_contract::documents::{MemberDocument, Origin, RunDocument, TallyDocument, Version};
use sluice_contract::steps::RunNoted;
use sluice_contract::{RunId, Verdict, keys};
use sluice_platform::clock::rfc3339;
use sluice_platform::datasets::{DatasetError, Ended, Filled, LoadedDataset, SetEntry, SetState, change, list, load};
use sluice_platform::documents::{find_json, put_json_once};
use sluice_platform::executions::Started;
use sluice_platform::ledger::RunEntry;
use sluice_platform::{Fault, chain};

use crate::{Deps, Error};

/// The longest chain of repairs of repairs that is followed.
const MOST_PARENTS: usize = 1000;

/// Notes the end of a run, if its feed is a member of a dataset and it has ended.
pub(crate) async fn ended(deps: &Deps, run: &RunId) -> Result<RunNoted, Error> {
    let mut noted = RunNoted::default();
    let Some(entry) = deps.ledger.get(run).await? else { return Ok(noted) };
    for dataset in of_feed(deps, &entry.feed).await? {
        note(deps, &dataset, &entry, &mut noted).await?;
    }
    Ok(noted)
}

/// The datasets of which a feed is a member. One with problems is left out: its author is told by `sluice dataset check`, and once it is
/// right, the sweep notes what was left out.
async fn of_feed(deps: &Deps, feed: &str) -> Result<Vec<LoadedDataset>, Fault> {
    let mut found = Vec::new();
    for name in list(&*deps.objects).await? {
        match load(&*deps.objects, &name).await {
            Ok(dataset) if dataset.plan.member_of(feed).is_some() => found.push(dataset),
            Ok(_) | Err(DatasetError::Unknown(_)) => {}
            Err(DatasetError::Fault(fault)) => return Err(fault),
            Err(error @ DatasetError::Problems(_)) => {
                tracing::error!(dataset = name.as_str(), "the dataset cannot be used: {}", chain(&error));
            }
        }
    }
    Ok(found)
}

/// Notes the end of a run in its set of a dataset.
pub(crate) async fn note(
    deps: &Deps,
    dataset: &LoadedDataset,
    entry: &RunEntry,
    noted: &mut RunNoted,
) -> Result<(), Error> {
    let plan = &dataset.plan;
    let Some(member) = plan.member_of(&entry.feed).and_then(|member| plan.members.get(member)) else { return Ok(()) };
    let Some(root) = root_of(deps, entry).await? else { return Ok(()) };
    let file = keys::file_name(&root.upload.key).to_owned();
    let set = match plan.set.of_file(&file) {
        Ok(Some(set)) => set,
        Ok(None) => {
            tracing::warn!(dataset = plan.name.as_str(), run_id = %entry.run_id, "the name of the file has no key of a set");
            return Ok(());
        }
        Err(error) => {
            tracing::error!(dataset = plan.name.as_str(), run_id = %entry.run_id, "{}", chain(&error));
            return Ok(());
        }
    };
    let Some(ended) = end_of(deps, entry, &root, file).await? else { return Ok(()) };
    let now = rfc3339((deps.clock)());
    // A repair can be noted before the run that it repairs, of which the event may be lost.
    let base = match &ended.filled {
        Filled::Repair { .. } => {
            let file = ended.file.clone();
            end_of(deps, &root, &root, file).await?
        }
        _ => None,
    };
    let new = || SetEntry::new(plan, &set, &root.upload.last_modified, &now);
    let (after, _) = change(&*deps.datasets, new, |set| {
        let base = base.as_ref().is_some_and(|base| set.take(plan, &member.name, base, &now));
        set.take(plan, &member.name, &ended, &now) | base
    })
    .await?;
    noted.sets.push(format!("{}/{}", after.dataset, after.set));
    noted.started.extend(start(deps, &after).await?);
    Ok(())
}

/// Starts the join of a set that is complete. Returns the name of the execution, if this call started it.
pub(crate) async fn start(deps: &Deps, entry: &SetEntry) -> Result<Option<String>, Fault> {
    if entry.state != SetState::Joining {
        return Ok(None);
    }
    let started = deps.joins.start(&entry.current(), entry.attempt).await?;
    Ok((started == Started::New).then(|| keys::join_execution(&entry.current(), entry.attempt)))
}

/// The run whose file decides about the set: the run itself or, for a repair, the first run whose rejects it repairs. `None` if the
/// ledger has forgotten it.
async fn root_of(deps: &Deps, entry: &RunEntry) -> Result<Option<RunEntry>, Fault> {
    let mut root = entry.clone();
    for _ in 0..MOST_PARENTS {
        let Origin::Repair { parent, .. } = &root.origin else { return Ok(Some(root)) };
        match deps.ledger.get(parent).await? {
            Some(parent) => root = parent,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// What the end of a run means; `None` if it has not ended. Keeps what a join needs of it.
async fn end_of(deps: &Deps, entry: &RunEntry, root: &RunEntry, file: String) -> Result<Option<Ended>, Fault> {
    let Some(conclusion) = &entry.conclusion else { return Ok(None) };
    let verdict = conclusion.verdict;
    let is_dry = keys::is_dry_run(&entry.upload.key);
    let winners = match (verdict, &entry.same_content_as) {
        (Verdict::Imported, _) if !is_dry => Some(entry.run_id.clone()),
        (Verdict::Skipped, Some(same)) if !is_dry => Some(same.clone()),
        _ => None,
    };
    let kept = match &winners {
        Some(run) => keep(deps, run).await?,
        None => false,
    };
    let filled = match winners.filter(|_| kept) {
        None => Filled::Nothing(verdict),
        Some(_) if entry.run_id != root.run_id => {
            Filled::Repair { root: root.run_id.clone(), started_at: entry.started_at.clone() }
        }
        Some(run) => Filled::Base(run),
    };
    Ok(Some(Ended { run: entry.run_id.clone(), order: entry.order(), file, filled }))
}

/// Keeps what a join needs of a run, because its own documents expire. Returns whether that is kept.
async fn keep(deps: &Deps, run: &RunId) -> Result<bool, Fault> {
    let objects = &*deps.objects;
    let key = keys::member(run);
    if objects.head(&key).await?.is_some() {
        return Ok(true);
    }
    let document: Option<RunDocument> = find_json(objects, &keys::run_document(run)).await?;
    let tally: Option<TallyDocument> = find_json(objects, &keys::tally(run)).await?;
    let (Some(document), Some(tally)) = (document, tally) else {
        tracing::error!(run_id = %run, "the documents of the run have expired, so that it cannot be joined");
        return Ok(false);
    };
    let member = MemberDocument {
        version: Version,
        run_id: run.clone(),
        feed: document.feed,
        feed_yaml: document.feed_yaml,
        feed_files: document.feed_files,
        file: keys::file_name(&document.upload.key).to_owned(),
        read: tally.tally.read,
        imported: tally.imported,
        overtaken: tally.overtaken,
    };
    put_json_once(objects, &key, &member).await?;
    Ok(true)
}
