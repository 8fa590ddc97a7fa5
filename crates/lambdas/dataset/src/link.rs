//! The role `link`: gives each row of a partition its place below its parent.
//!
//! Rows and keys of the parent are both sorted by hash, so one pass over both finds the parent of each row.

use sluice_contract::documents::{Generation, JoinedRows, Spill};
use sluice_contract::steps::JoinStepDone;
use sluice_engine::dataset::Place;

use crate::join::{self, Join, LINK, SORT, hash_key, hash_of, position_of};
use crate::orphans::{Orphans, Reason};
use crate::spill::SpillReader;
use crate::{Deps, Error};

/// The bytes of the hash of a row's own key, before its fields.
const OWN: usize = 16;

/// Links a partition of a member.
pub(crate) async fn link(deps: &Deps, of: &Generation, member: u32, partition: u32) -> Result<JoinStepDone, Error> {
    let at = (LINK, member, partition);
    if join::done(deps, of, at).await?.is_some() {
        return Ok(JoinStepDone::default());
    }
    let objects = &*deps.objects;
    let join = Join::load(objects, of).await?;
    let plan = join.member(member)?;
    let parent = plan.parent.ok_or_else(|| Error::Input(format!("the member {} has no parent", plan.name)))?;
    let parent = u32::try_from(parent).unwrap_or(u32::MAX);
    let has_children = !plan.children.is_empty();
    let number = u8::try_from(member).unwrap_or(u8::MAX);
    let records = crate::sort::documents(deps, &join, 0).await?.first().map_or(0, |base| base.read);

    let sorted = join::read(deps, of, (SORT, member, 0)).await?;
    let mut rows = SpillReader::open(objects, &sorted.unplaced, partition, join.object(at, "scratch-rows")).await?;
    let above = keys_of(deps, &join, parent).await?;
    let mut above = SpillReader::open(objects, &above, partition, join.object(at, "scratch-keys")).await?;

    let mut placed = join.by_place(deps, at, records);
    let mut keys = join.by_hash(deps, at, "keys");
    let (mut orphans, mut written) = (Orphans::new(objects, &join, at), JoinedRows::default());
    // The current key of the parent, and the place of its record: none for an orphan.
    let (mut found, mut parent_place) = (None, None);
    let mut ended = false;
    let mut count = 0;
    while let Some((key, data)) = rows.next().await? {
        count += 1;
        let (hash, position) = (hash_of(key), position_of(key));
        while !ended && found.is_none_or(|known| known < hash) {
            match above.next().await? {
                Some((key, place)) => {
                    found = Some(hash_of(key));
                    parent_place = Place::from_bytes(place);
                }
                None => ended = true,
            }
        }
        let (own, fields) =
            if has_children { data.split_at_checked(OWN).unwrap_or_default() } else { (&data[..0], data) };
        let below = match &parent_place {
            _ if found != Some(hash) => Err(Reason::NoParent),
            Some(parent) => Ok(parent.child(number, position)),
            None => Err(Reason::ParentOrphan),
        };
        if has_children {
            let place = below.as_ref().map_or(&[][..], Place::as_bytes);
            keys.push(&hash_key(hash_of(own), position), &[place]);
        }
        match below {
            Ok(place) => placed.push(place.as_bytes(), &[fields]),
            Err(reason) => {
                let fields = std::str::from_utf8(fields).unwrap_or_default();
                orphans.add(&mut written, member as usize, position, reason, fields).await?;
            }
        }
        placed.make_room().await?;
        keys.make_room().await?;
    }
    orphans.finish(&mut written).await?;
    written.placed = placed.finish().await?;
    written.keys = keys.finish().await?;
    join::note(deps, of, at, &written).await?;
    Ok(JoinStepDone { rows: count })
}

/// The keys of the records of a member, with their places.
async fn keys_of(deps: &Deps, join: &Join, member: u32) -> Result<Vec<Spill>, Error> {
    let of = &join.document.of;
    let mut keys = join::read(deps, of, (SORT, member, 0)).await?.keys;
    if join.member(member)?.parent.is_some() {
        for partition in 0..join.document.partitions {
            keys.extend(join::read(deps, of, (LINK, member, partition)).await?.keys);
        }
    }
    Ok(keys)
}
