//! The role `publish`: puts the joined file into the inboxes, and reports.
//!
//! It first claims the generation in the table of sets: only the current one may publish. Then it writes for each feed what it offers
//! ([`OfferDocument`]), and only then the file. So intake knows the file by its content, whoever else uploads something under its name, and
//! a call that is killed anywhere can be repeated: it finds its file in the inbox, or else the mark of `pin`, which has moved it on.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::documents::{Generation, JoinCounts, JoinEnd, JoinedRows, OfferDocument, Part, Version};
use sluice_contract::steps::JoinPublished;
use sluice_contract::{ByteRange, keys};
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_engine::feed::FeedName;
use sluice_engine::record::Rows;
use sluice_platform::Fault;
use sluice_platform::clock::rfc3339;
use sluice_platform::datasets::{JoinEnding, SetEntry, change};
use sluice_platform::documents::settle_json;
use sluice_platform::objects::{ContentType, Piece, Reading};
use sluice_platform::part::confirm;

use crate::join::{self, At, Join, LINK, MERGE, SORT};
use crate::orphans::{LABELS, sum_of, too_many};
use crate::report::{self, Reported};
use crate::{Deps, Error};

/// Documents and parts that are read at the same time.
const IN_FLIGHT: usize = 32;

/// Publishes a generation.
pub(crate) async fn publish(deps: &Deps, of: &Generation) -> Result<JoinPublished, Error> {
    let objects = &*deps.objects;
    let join = Join::load(objects, of).await?;
    let steps = steps(deps, &join).await?;
    let mut counts = JoinCounts::default();
    for step in &steps {
        counts += &step.counts;
    }
    let now = rfc3339((deps.clock)());
    let new = || SetEntry::new(&join.plan, &of.set, &now, &now);
    let (entry, _) = change(&*deps.datasets, new, |entry| entry.claim(of.generation)).await?;
    let ending = |end| JoinEnding {
        generation: of.generation,
        end,
        at: now.clone(),
        joined: counts.joined,
        orphans: counts.all_orphans(),
    };
    if entry.claimed != Some(of.generation) {
        let ending = ending(JoinEnd::Superseded);
        let (entry, _) = change(&*deps.datasets, new, |entry| entry.version > 0 && entry.end(&ending)).await?;
        // An earlier call may have published it before it was overtaken.
        let known = entry.ends.iter().find(|known| known.generation == of.generation).map(|known| known.end);
        return Ok(JoinPublished { ended: known.unwrap_or(JoinEnd::Superseded), offered: Vec::new() });
    }
    let orphans = assemble_orphans(deps, of, &steps).await?;
    let reason = too_many(counts.all_orphans(), counts.all_rows(), join.plan.orphans.max_percent);
    let mut offered = Vec::new();
    if reason.is_none() {
        let joined = File { parts: steps.iter().map(|step| (&step.joined, step.joined_sum)).collect() };
        for feed in &join.plan.into {
            offered.push(joined.offer(deps, &join, feed).await?);
        }
        let lines = File { parts: steps.iter().map(|step| (&step.orphan_lines, step.orphan_sum)).collect() };
        if let Some(feed) = join.plan.orphans.into.as_ref().filter(|_| orphans.is_some()) {
            offered.push(lines.offer(deps, &join, feed).await?);
        }
    }
    let ended = if reason.is_some() { JoinEnd::Stopped } else { JoinEnd::Published };
    let reported = Reported { ended, reason, counts: counts.clone(), offered: offered.clone(), orphans };
    report::report(deps, &join, reported).await?;
    let ending = ending(ended);
    change(&*deps.datasets, new, |entry| entry.end(&ending)).await?;
    Ok(JoinPublished { ended, offered })
}

/// What the calls wrote, in the order of the output.
async fn steps(deps: &Deps, join: &Join) -> Result<Vec<JoinedRows>, Error> {
    let partitions = join.document.partitions;
    let mut calls: Vec<At> = (0..).zip(&join.plan.members).map(|(member, _)| (SORT, member, 0)).collect();
    for (member, _) in (0..).zip(&join.plan.members).filter(|(_, member)| member.parent.is_some()) {
        calls.extend((0..partitions).map(|partition| (LINK, member, partition)));
    }
    calls.extend((0..partitions).map(|partition| (MERGE, 0, partition)));
    let of = &join.document.of;
    let steps = stream::iter(calls).map(|at| join::read(deps, of, at)).buffered(IN_FLIGHT);
    Ok(steps.try_collect().await?)
}

/// Has the bucket put the orphans together. Returns their key; `None` if there are none.
async fn assemble_orphans(deps: &Deps, of: &Generation, steps: &[JoinedRows]) -> Result<Option<String>, Error> {
    let parts: Vec<&Part> = steps.iter().map(|step| &step.orphans).filter(|part| part.records > 0).collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let asked = stream::iter(&parts).map(|part| confirm(&*deps.objects, part));
    asked.buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
    let mut header = Rows::default();
    header.row(LABELS);
    let mut pieces = vec![Piece::Bytes(Bytes::copy_from_slice(header.as_bytes()))];
    pieces.extend(parts.iter().map(|part| Piece::Range {
        key: part.key.clone(),
        range: ByteRange { start: part.header_bytes, end: part.bytes },
    }));
    let key = keys::join_output(of, keys::ORPHANS_CSV);
    let scratch = keys::join_file(of, "orphans/");
    deps.objects.concat(&key, ContentType::Csv, &scratch, pieces).await?;
    Ok(Some(key))
}

/// A file in parts that is put into an inbox.
struct File<'a> {
    parts: Vec<(&'a Part, Checksum)>,
}

impl File<'_> {
    /// Puts the file into the inbox of a feed, unless an earlier call did. Returns its key.
    async fn offer(&self, deps: &Deps, join: &Join, feed: &FeedName) -> Result<String, Error> {
        let of = &join.document.of;
        let key = keys::joined_upload(feed, of);
        let sum = sum_of(self.parts.iter().map(|(_, sum)| *sum));
        let offer = OfferDocument {
            version: Version,
            of: of.clone(),
            bytes: sum.bytes(),
            crc64nvme: sum.to_base64(),
            place: join.document.place.clone(),
            newest: join.document.newest.clone(),
        };
        let place = keys::offer(&key).ok_or_else(|| Error::Input(format!("{key} is no key of a joined file")))?;
        let known = settle_json(&*deps.objects, &place, offer.clone()).await?;
        if known != offer {
            let other = known.of;
            let why = format!(
                "{key} was offered with other bytes, or by another generation: {} {} {}",
                other.dataset, other.set, other.generation
            );
            return Err(Error::Input(why));
        }
        if !is_offered(deps, of, feed, &key, &offer).await? {
            self.copy(deps, &key, sum).await?;
        }
        Ok(key)
    }

    /// Copies the parts into an object of the inbox, which becomes visible as a whole.
    async fn copy(&self, deps: &Deps, key: &str, sum: Checksum) -> Result<(), Fault> {
        let mut file = deps.inbox.create(key, ContentType::Json).await?;
        let mut read = Crc64Nvme::new();
        for (part, _) in self.parts.iter().filter(|(part, _)| part.records > 0) {
            let mut body = deps.objects.read(&part.key, None, Reading::Ahead).await?;
            while let Some(piece) = body.try_next().await? {
                read.update(&piece);
                file.write(&piece).await?;
            }
        }
        if read.checksum() != sum {
            let found = "the checksum of its parts is not that of what was written".to_owned();
            return Err(Fault::Corrupt { what: format!("the joined file {key}"), found });
        }
        file.finish().await.map(drop)
    }
}

/// Whether an earlier call has put the file into the inbox: it is there, or pin wrote a mark before it moved the file out. An upload by
/// somebody else under the same name has other bytes.
async fn is_offered(
    deps: &Deps,
    of: &Generation,
    feed: &FeedName,
    key: &str,
    offer: &OfferDocument,
) -> Result<bool, Fault> {
    let there = deps.inbox.head(key).await?;
    let is_ours = there
        .is_some_and(|there| there.bytes == offer.bytes && there.crc64nvme.is_none_or(|crc| crc == offer.crc64nvme));
    Ok(is_ours || deps.objects.head(&keys::join_taken(of, feed)).await?.is_some())
}
