//! The role `sort`: reads the rows of a member, and sorts them by the hash of their parents' keys.
//!
//! The rows of the root know their places at once. A member has its base file and then its repairs. A row of a repair whose record is in
//! the base file, or in an earlier repair, is an orphan: the target has kept the earlier one, too.

use std::collections::HashSet;

use sluice_contract::documents::{Generation, JoinedRows, MemberDocument};
use sluice_contract::keys;
use sluice_contract::steps::JoinStepDone;
use sluice_engine::dataset::{MemberPlan, Place};
use sluice_platform::documents::read_json;

use crate::join::{self, At, Join, SORT, hash_key, position};
use crate::orphans::{Orphans, Reason};
use crate::rows::{Form, Winners};
use crate::spill::SpillWriter;
use crate::{Deps, Error};

/// Hashes of records, each with the set of fields that it is of.
type Identities = HashSet<(usize, u128)>;

/// Sorts a member.
pub(crate) async fn sort(deps: &Deps, of: &Generation, member: u32) -> Result<JoinStepDone, Error> {
    let at = (SORT, member, 0);
    if let Some(rows) = join::done(deps, of, at).await? {
        return Ok(JoinStepDone { rows: rows.counts.all_rows() });
    }
    let join = Join::load(&*deps.objects, of).await?;
    let plan = join.member(member)?;
    let runs = documents(deps, &join, member).await?;
    let forms = runs.iter().map(|run| Form::of(plan, run)).collect::<Result<Vec<_>, _>>()?;
    let mut repaired = identities(deps, runs.get(1..).unwrap_or_default(), forms.get(1..).unwrap_or_default()).await?;
    let mut sorted = Sorted::new(deps, &join, plan, at, runs.first().map_or(0, |base| base.read));
    for (number, (run, form)) in runs.iter().zip(&forms).enumerate() {
        let mut winners = Winners::open(&*deps.objects, run).await?;
        while let Some(record) = winners.advance().await? {
            let cells = form.cells(&winners)?;
            form.write_fields(&cells, &mut sorted.fields).map_err(|why| winners.corrupt(&why))?;
            let is_taken = !repaired.left.is_empty() && repaired.take(number, form.identities(&cells));
            sorted.add(position(number, record), form, &cells, is_taken).await?;
        }
    }
    let rows = sorted.finish().await?;
    join::note(deps, of, at, &rows).await?;
    Ok(JoinStepDone { rows: rows.counts.all_rows() })
}

/// What a join needs of the runs of a member.
pub(crate) async fn documents(deps: &Deps, join: &Join, member: u32) -> Result<Vec<MemberDocument>, Error> {
    let mut documents = Vec::new();
    for run in join.document.members.get(member as usize).iter().flat_map(|member| &member.runs) {
        documents.push(read_json(&*deps.objects, &keys::member(run)).await?);
    }
    Ok(documents)
}

/// The records of the repairs of a member. There are as many as were rejected, so memory holds them.
#[derive(Default)]
struct Repaired {
    /// Those that no row has taken yet.
    left: Identities,
    /// Those that a row has taken.
    taken: Identities,
}

impl Repaired {
    /// Whether an earlier row is the same record. Else this row takes the record.
    fn take(&mut self, run: usize, identities: impl Iterator<Item = (usize, u128)>) -> bool {
        let known: Vec<_> = identities.filter(|identity| self.left.contains(identity)).collect();
        if run > 0 && known.iter().any(|identity| self.taken.contains(identity)) {
            return true;
        }
        self.taken.extend(known);
        false
    }
}

async fn identities(deps: &Deps, runs: &[MemberDocument], forms: &[Form]) -> Result<Repaired, Error> {
    let mut repaired = Repaired::default();
    for (run, form) in runs.iter().zip(forms) {
        let mut winners = Winners::open(&*deps.objects, run).await?;
        while winners.advance().await?.is_some() {
            let cells = form.cells(&winners)?;
            repaired.left.extend(form.identities(&cells));
        }
    }
    Ok(repaired)
}

/// The rows of a member, as far as they were read.
struct Sorted<'a> {
    name: &'a str,
    member: u32,
    is_root: bool,
    has_children: bool,
    placed: SpillWriter<'a>,
    unplaced: SpillWriter<'a>,
    keys: SpillWriter<'a>,
    orphans: Orphans<'a>,
    written: JoinedRows,
    count: u64,
    /// The fields of the current row as JSON.
    fields: String,
}

impl<'a> Sorted<'a> {
    fn new(deps: &'a Deps, join: &'a Join, plan: &'a MemberPlan, at: At, records: u64) -> Self {
        Self {
            name: &plan.name,
            member: at.1,
            is_root: plan.parent.is_none(),
            has_children: !plan.children.is_empty(),
            placed: join.by_place(deps, at, records),
            unplaced: join.by_hash(deps, at, "unplaced"),
            keys: join.by_hash(deps, at, "keys"),
            orphans: Orphans::new(&*deps.objects, join, at),
            written: JoinedRows::default(),
            count: 0,
            fields: String::new(),
        }
    }

    async fn add(&mut self, position: u64, form: &Form, cells: &[&str], is_taken: bool) -> Result<(), Error> {
        self.count += 1;
        let key = if self.has_children { form.key(cells) } else { None };
        let parent = form.by(cells);
        if is_taken {
            // Its children find the record that is there.
            return self.orphan(position, Reason::DuplicateKey).await;
        }
        if self.is_root {
            let place = Place::root(position);
            self.placed.push(place.as_bytes(), &[self.fields.as_bytes()]);
            self.placed.make_room().await?;
            if let Some(key) = key {
                self.keys.push(&hash_key(key, position), &[place.as_bytes()]);
                self.keys.make_room().await?;
            }
            return Ok(());
        }
        let Some(parent) = parent else {
            if let Some(key) = key {
                // A key without a place: its children are orphans of an orphan.
                self.keys.push(&hash_key(key, position), &[]);
                self.keys.make_room().await?;
            }
            return self.orphan(position, Reason::NoReference).await;
        };
        let own = key.unwrap_or_default().to_be_bytes();
        let own: &[u8] = if self.has_children { &own } else { &[] };
        self.unplaced.push(&hash_key(parent, position), &[own, self.fields.as_bytes()]);
        Ok(self.unplaced.make_room().await?)
    }

    async fn orphan(&mut self, position: u64, reason: Reason) -> Result<(), Error> {
        Ok(self.orphans.add(&mut self.written, self.member as usize, position, reason, &self.fields).await?)
    }

    async fn finish(mut self) -> Result<JoinedRows, Error> {
        self.written.counts.rows.insert(self.name.to_owned(), self.count);
        self.orphans.finish(&mut self.written).await?;
        self.written.placed = self.placed.finish().await?;
        self.written.unplaced = self.unplaced.finish().await?;
        self.written.keys = self.keys.finish().await?;
        Ok(self.written)
    }
}
