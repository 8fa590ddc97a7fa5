//! The role `plan`: pins what is joined.

use sluice_contract::Order;
use sluice_contract::documents::{Generation, JoinDocument, JoinMember, MemberDocument, Version};
use sluice_contract::keys;
use sluice_contract::steps::{DatasetInput, JoinLevel, JoinPlanned};
use sluice_platform::datasets::{SetEntry, load};
use sluice_platform::documents::{find_json, read_json, settle_json};
use sluice_platform::objects::Objects;

use crate::join::Join;
use crate::{Deps, Error};

/// The most calls of a Map. Its items lie in the state of the execution: 256 of some 150 bytes are 40 of 256 KB, for each of the levels.
const MOST_CALLS: u64 = 128;

/// Pins what is joined. If the generation is not the current one, there is nothing to join.
pub(crate) async fn plan(deps: &Deps, of: &Generation) -> Result<JoinPlanned, Error> {
    let objects = &*deps.objects;
    let superseded = || JoinPlanned { superseded: true, ..JoinPlanned::default() };
    let Some(entry) = deps.datasets.get(&of.dataset, &of.set).await? else { return Ok(superseded()) };
    if entry.generation != of.generation {
        return Ok(superseded());
    }
    let known: Option<JoinDocument> = find_json(objects, &keys::join_document(of)).await?;
    let document = match known {
        Some(document) => document,
        None => settle_json(objects, &keys::join_document(of), pin(deps, of, &entry).await?).await?,
    };
    let join = Join::of(document)?;
    let partitions = join.document.partitions;
    let members = || (0..).zip(&join.plan.members);
    let levels = join.plan.members.iter().map(|member| member.depth).max().unwrap_or_default();
    let level = |depth: usize| {
        let links = members().filter(|(_, member)| member.depth == depth).flat_map(|(member, _)| {
            (0..partitions).map(move |partition| DatasetInput::Link { of: of.clone(), member, partition })
        });
        JoinLevel { links: links.collect() }
    };
    Ok(JoinPlanned {
        superseded: false,
        sorts: members().map(|(member, _)| DatasetInput::Sort { of: of.clone(), member }).collect(),
        levels: (1..=levels).map(level).collect(),
        merges: (0..partitions).map(|partition| DatasetInput::Merge { of: of.clone(), partition }).collect(),
    })
}

/// Describes the join of a generation, with the dataset as it is now.
async fn pin(deps: &Deps, of: &Generation, entry: &SetEntry) -> Result<JoinDocument, Error> {
    let loaded = load(&*deps.objects, &of.dataset).await?;
    let members: Vec<JoinMember> = loaded
        .plan
        .members
        .iter()
        .map(|member| JoinMember { name: member.name.clone(), runs: entry.runs(&member.name) })
        .collect();
    if let Some(member) = members.iter().find(|member| member.runs.is_empty()) {
        // The dataset has got another member since the set was complete.
        return Err(Error::Input(format!("the set {} has no file of the member {}", of.set, member.name)));
    }
    let bytes = bytes(&*deps.objects, &members).await?;
    let widest = (1..=loaded.plan.members.len())
        .map(|depth| loaded.plan.members.iter().filter(|member| member.depth == depth).count() as u64)
        .max();
    let most = MOST_CALLS / widest.unwrap_or(1).max(1);
    let partitions = bytes.div_ceil(deps.config.partition_bytes.max(1)).clamp(1, most.max(1));
    let newest = entry.slots.values().map(|slot| &slot.order).max().cloned();
    Ok(JoinDocument {
        version: Version,
        of: of.clone(),
        place: of.set.place(loaded.plan.set.order, &entry.arrival),
        dataset_yaml: loaded.yaml,
        as_of: entry.changed_at.clone(),
        newest: newest.unwrap_or_else(Order::earliest),
        max_record_bytes: deps.config.max_record_bytes,
        partitions: u32::try_from(partitions).unwrap_or(1),
        members,
    })
}

/// The bytes of all files that are joined.
async fn bytes(objects: &dyn Objects, members: &[JoinMember]) -> Result<u64, Error> {
    let mut bytes = 0_u64;
    for run in members.iter().flat_map(|member| &member.runs) {
        let member: MemberDocument = read_json(objects, &keys::member(run)).await.inspect_err(|fault| {
            tracing::error!(error_name = %fault.name(), "the run {run} was noted, but not what a join needs of it");
        })?;
        bytes = bytes.saturating_add(member.imported.bytes).saturating_add(member.overtaken.bytes);
    }
    Ok(bytes)
}
