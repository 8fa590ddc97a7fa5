//! The role `merge`: assembles the joined records of a partition from the rows in the order of their places.

use sluice_contract::documents::{Generation, JoinedRows, Spill};
use sluice_contract::steps::JoinStepDone;
use sluice_engine::checksum::Crc64Nvme;
use sluice_engine::dataset::{Assembler, Finished, Row};
use sluice_platform::part::PartWriter;

use crate::join::{self, Join, LINK, MERGE, SORT, position_of};
use crate::orphans::{Orphans, Reason};
use crate::spill::SpillReader;
use crate::{Deps, Error};

/// Joined records are written in pieces of this size, in bytes.
const FLUSH_BYTES: usize = 1024 * 1024;

/// Assembles a partition.
pub(crate) async fn merge(deps: &Deps, of: &Generation, partition: u32) -> Result<JoinStepDone, Error> {
    let at = (MERGE, 0, partition);
    if let Some(done) = join::done(deps, of, at).await? {
        return Ok(JoinStepDone { rows: done.counts.joined });
    }
    let objects = &*deps.objects;
    let join = Join::load(objects, of).await?;
    let placed = placed(deps, &join).await?;
    let mut rows = SpillReader::open(objects, &placed, partition, join.object(at, "scratch")).await?;
    let most = usize::try_from(join.document.max_record_bytes).unwrap_or(usize::MAX);
    let mut assembler = Assembler::new(&join.plan, most);
    let mut output = Output {
        orphans: Orphans::new(objects, &join, at),
        written: JoinedRows::default(),
        object: PartWriter::create(objects, join.object(at, "joined")(1)).await?,
        sum: Crc64Nvme::new(),
        piece: String::new(),
    };
    while let Some((place, fields)) = rows.next().await? {
        if !assembler.continues(place) {
            let finished = assembler.finish();
            output.take(&assembler, finished).await?;
            assembler.clear();
        }
        let fields = std::str::from_utf8(fields).unwrap_or_default();
        let finished = assembler.add(Row { place, tag: position_of(place), fields });
        output.take(&assembler, finished).await?;
    }
    let finished = assembler.finish();
    output.take(&assembler, finished).await?;
    let written = output.finish().await?;
    join::note(deps, of, at, &written).await?;
    Ok(JoinStepDone { rows: written.counts.joined })
}

/// All objects with placed rows.
async fn placed(deps: &Deps, join: &Join) -> Result<Vec<Spill>, Error> {
    let of = &join.document.of;
    let mut placed = Vec::new();
    for (member, plan) in (0..).zip(&join.plan.members) {
        match plan.parent {
            None => placed.extend(join::read(deps, of, (SORT, member, 0)).await?.placed),
            Some(_) => {
                for partition in 0..join.document.partitions {
                    placed.extend(join::read(deps, of, (LINK, member, partition)).await?.placed);
                }
            }
        }
    }
    Ok(placed)
}

/// What was assembled so far.
struct Output<'a> {
    orphans: Orphans<'a>,
    written: JoinedRows,
    object: PartWriter,
    sum: Crc64Nvme,
    piece: String,
}

impl Output<'_> {
    async fn take(&mut self, assembler: &Assembler<'_>, finished: Finished) -> Result<(), Error> {
        match finished {
            Finished::Nothing => {}
            Finished::Childless => self.written.counts.childless += 1,
            Finished::Joined => {
                self.written.counts.joined += 1;
                self.piece.push_str(assembler.line());
                if self.piece.len() >= FLUSH_BYTES {
                    self.write().await?;
                }
            }
            Finished::TooLarge => {
                for (node, position, fields) in assembler.rows() {
                    self.orphans.add(&mut self.written, node.0, position, Reason::TooLarge, fields).await?;
                }
            }
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Error> {
        self.object.write(self.piece.as_bytes()).await?;
        self.sum.update(self.piece.as_bytes());
        self.piece.clear();
        Ok(())
    }

    async fn finish(mut self) -> Result<JoinedRows, Error> {
        let records = self.written.counts.joined;
        if records > 0 {
            self.write().await?;
            self.written.joined_sum = self.sum.checksum();
            self.written.joined = self.object.finish(0, records).await?;
        }
        self.orphans.finish(&mut self.written).await?;
        Ok(self.written)
    }
}
