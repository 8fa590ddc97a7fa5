//! A row of the restructured object.

use sluice_engine::Problem;
use sluice_engine::feed::FeedPlan;
use sluice_engine::group::ItemRecords;
use sluice_engine::problem::cell;
use sluice_engine::record::{Record, Text};
use sluice_engine::validate::Texts;

/// The position of a row's record in its file: record and line from 1, offset in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) record: u64,
    pub(crate) line: u64,
    pub(crate) offset: u64,
}

/// A row of the restructured object.
pub(crate) struct Row<'a> {
    pub(crate) origin: Origin,
    pub(crate) fate: Fate<'a>,
    /// The records of the item.
    pub(crate) records: ItemRecords,
    /// The number of cells before the fields.
    own: usize,
    cells: Text<'a>,
}

/// What `restructure` says of a record.
pub(crate) enum Fate<'a> {
    /// It is omitted under this name.
    Omitted(&'a str),
    /// It is rejected, and its problems are known.
    Rejected,
    /// It is to be judged.
    Left,
}

/// Number of cells before the fields. A feed with groups has two more.
const OWN: usize = 4;

/// Number of cells before the fields of a feed.
pub(crate) fn before_fields(plan: &FeedPlan) -> usize {
    if plan.group.is_some() { OWN + 2 } else { OWN }
}

impl<'a> Row<'a> {
    /// Reads a row of a feed, and puts its problems so far into `problems`.
    pub(crate) fn read(record: Record<'a>, plan: &FeedPlan, problems: &mut Vec<Problem>) -> Result<Self, String> {
        let own = before_fields(plan);
        let expected = own + plan.fields.len();
        if record.len() != expected {
            return Err(format!("it has {} cells, and not {expected}", record.len()));
        }
        let cells = record.text().ok_or("it is not UTF-8")?;
        // The message must not show the cell: in a broken row it may hold any data.
        let whole = |cell: usize| {
            let text = cells.get(cell).unwrap_or_default();
            text.parse::<u64>().map_err(|error| format!("a number of ours: {error}"))
        };
        problems.clear();
        let said = cells.get(3).unwrap_or_default();
        let fate = if said.is_empty() {
            Fate::Left
        } else if cell::has_problems(said) {
            let is_all = cell::read(said, problems).ok_or("_problems is not readable")?;
            if is_all { Fate::Rejected } else { Fate::Left }
        } else {
            Fate::Omitted(said)
        };
        let mut records = ItemRecords::default();
        if own > OWN {
            let cell = |at: usize| cells.get(OWN + at).unwrap_or_default();
            records.others = cell(0).parse().map_err(|error| format!("_rows: {error}"))?;
            records.found = cell(1).parse().map_err(|error| format!("_found: {error}"))?;
        }
        Ok(Self { origin: Origin { record: whole(0)?, line: whole(1)?, offset: whole(2)? }, fate, records, own, cells })
    }
}

impl Texts for Row<'_> {
    #[inline]
    fn text(&self, field: usize) -> &str {
        self.cells.get(self.own + field).unwrap_or_default()
    }
}
