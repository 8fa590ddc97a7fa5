//! Rows that are in no joined record.

use sluice_contract::documents::{JoinMember, JoinedRows};
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_engine::display;
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::part::PartWriter;
use sluice_platform::row_writer::RowWriter;

use crate::join::{At, Join, split};

/// Lines are written in pieces of this size, in bytes.
const FLUSH_BYTES: usize = 256 * 1024;

/// Why a row is in no joined record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The fields that hold the key of the parent are empty.
    NoReference,
    /// No record has the key.
    NoParent,
    /// The record with the key is an orphan itself.
    ParentOrphan,
    /// The base file, or an earlier repair, has a record with the same key.
    DuplicateKey,
    /// The joined record would be too large.
    TooLarge,
}

impl Reason {
    /// The name, as the output has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoReference => "no-reference",
            Self::NoParent => "no-parent",
            Self::ParentOrphan => "parent-orphan",
            Self::DuplicateKey => "duplicate-key",
            Self::TooLarge => "too-large",
        }
    }
}

/// The labels of the output.
pub(crate) const LABELS: [&str; 5] = ["member", "run", "record", "reason", "row"];

/// Writes orphans: as CSV, and as JSON Lines if a feed gets them.
pub(crate) struct Orphans<'a> {
    members: &'a [JoinMember],
    /// How each JSON line begins.
    begin: String,
    rows: RowWriter<'a>,
    lines: Option<Lines<'a>>,
}

/// JSON Lines that become an object.
struct Lines<'a> {
    objects: &'a dyn Objects,
    key: String,
    text: String,
    records: u64,
    sum: Crc64Nvme,
    object: Option<PartWriter>,
}

impl<'a> Orphans<'a> {
    /// Begins the orphans of a call.
    pub(crate) fn new(objects: &'a dyn Objects, join: &'a Join, at: At) -> Self {
        let of = &join.document.of;
        let begin = format!("{{\"dataset\":\"{}\",\"set\":\"{}\"", of.dataset, of.set);
        let rows = RowWriter::new(objects, join.object(at, "orphans")(1), LABELS);
        let lines = join.plan.orphans.into.is_some().then(|| Lines {
            objects,
            key: join.object(at, "orphan-lines")(1),
            text: String::new(),
            records: 0,
            sum: Crc64Nvme::new(),
            object: None,
        });
        Self { members: &join.document.members, begin, rows, lines }
    }

    /// Adds a row, and counts it.
    pub(crate) async fn add(
        &mut self,
        written: &mut JoinedRows,
        member: usize,
        position: u64,
        reason: Reason,
        fields: &str,
    ) -> Result<(), Fault> {
        let (run, record) = split(position);
        let of = self.members.get(member);
        let name = of.map_or("", |member| &member.name);
        let run = of.and_then(|member| member.runs.get(run)).map_or("", |run| run.as_str());
        let reason = reason.as_str();
        written.counts.orphan(name, reason);
        self.rows.row(|row| {
            row.cell(name);
            row.cell(run);
            row.number(record);
            row.cell(reason);
            row.cell(format!("{{{fields}}}"));
        });
        if self.rows.is_full() {
            self.rows.flush().await?;
        }
        if let Some(lines) = &mut self.lines {
            lines.text.push_str(&self.begin);
            lines.text.push_str(&format!(
                ",\"member\":\"{name}\",\"run\":\"{run}\",\"record\":{record},\"reason\":\"{reason}\",\"row\":{{{fields}}}}}\n"
            ));
            lines.records += 1;
            if lines.text.len() >= FLUSH_BYTES {
                lines.write().await?;
            }
        }
        Ok(())
    }

    /// Completes the orphans, and describes them.
    pub(crate) async fn finish(self, written: &mut JoinedRows) -> Result<(), Fault> {
        written.orphans = self.rows.finish().await?;
        if let Some(mut lines) = self.lines.filter(|lines| lines.records > 0) {
            lines.write().await?;
            written.orphan_sum = lines.sum.checksum();
            if let Some(object) = lines.object {
                written.orphan_lines = object.finish(0, lines.records).await?;
            }
        }
        Ok(())
    }
}

impl Lines<'_> {
    async fn write(&mut self) -> Result<(), Fault> {
        let object = match &mut self.object {
            Some(object) => object,
            none => none.insert(PartWriter::create(self.objects, self.key.clone()).await?),
        };
        object.write(self.text.as_bytes()).await?;
        self.sum.update(self.text.as_bytes());
        self.text.clear();
        Ok(())
    }
}

/// Why a set with so many orphans is stopped; `None` if it is not.
pub(crate) fn too_many(orphans: u64, rows: u64, max_percent: u8) -> Option<String> {
    let is_more = u128::from(orphans) * 100 > u128::from(rows) * u128::from(max_percent);
    is_more.then(|| {
        let (orphans, rows) = (display::count(orphans, "orphan"), display::count(rows, "row"));
        format!("{orphans} of {rows} are more than the {max_percent} percent that the dataset allows")
    })
}

/// The checksum of several objects, one after another.
pub(crate) fn sum_of(sums: impl Iterator<Item = Checksum>) -> Checksum {
    sums.fold(Checksum::default(), Checksum::then)
}
