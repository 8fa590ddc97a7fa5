//! A row of the restructured object.

use sluice_engine::Problem;
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
    /// The name under which the record is omitted, if it is omitted.
    pub(crate) omitted: Option<&'a str>,
    cells: Text<'a>,
}

/// Number of cells before the fields.
pub(crate) const OWN: usize = 4;

impl<'a> Row<'a> {
    /// Reads a row with `fields` fields, and puts its problems so far into `problems`.
    pub(crate) fn read(record: Record<'a>, fields: usize, problems: &mut Vec<Problem>) -> Result<Self, String> {
        if record.len() != OWN + fields {
            return Err(format!("it has {} cells, and not {}", record.len(), OWN + fields));
        }
        let cells = record.text().ok_or("it is not UTF-8")?;
        // The message must not show the cell: in a broken row it may hold any data.
        let whole = |cell: usize| {
            let text = cells.get(cell).unwrap_or_default();
            text.parse::<u64>().map_err(|error| format!("a number of ours: {error}"))
        };
        problems.clear();
        let cell = cells.get(3).unwrap_or_default();
        // `_problems` holds a JSON list, or the name of an omitted record.
        let omitted = (!cell.is_empty() && !cell.starts_with('[')).then_some(cell);
        if omitted.is_none() && !cell.is_empty() {
            *problems = serde_json::from_str(cell).map_err(|_| "_problems is not readable")?;
        }
        Ok(Self { origin: Origin { record: whole(0)?, line: whole(1)?, offset: whole(2)? }, omitted, cells })
    }
}

impl Texts for Row<'_> {
    #[inline]
    fn text(&self, field: usize) -> &str {
        self.cells.get(OWN + field).unwrap_or_default()
    }
}
