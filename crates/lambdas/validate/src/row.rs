//! A row as `restructure` wrote it.

use sluice_engine::Problem;
use sluice_engine::record::{Record, Text};
use sluice_engine::validate::Texts;

/// Where the record of a row lies in its file.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) record: u64,
    pub(crate) line: u64,
    pub(crate) offset: u64,
}

/// A row of the restructured object.
pub(crate) struct Row<'a> {
    pub(crate) origin: Origin,
    /// The name under which the record is omitted, where it is.
    pub(crate) omitted: Option<&'a str>,
    cells: Text<'a>,
}

/// The cells before those of the fields.
pub(crate) const OWN: usize = 4;

impl<'a> Row<'a> {
    /// Reads a row with so many fields, and what is wrong with it so far.
    pub(crate) fn read(record: Record<'a>, fields: usize, problems: &mut Vec<Problem>) -> Result<Self, String> {
        if record.len() != OWN + fields {
            return Err(format!("it has {} cells, and not {}", record.len(), OWN + fields));
        }
        let cells = record.text().ok_or("it is not UTF-8")?;
        // What stands in the cell is not told: in a broken row it may be anybody's data.
        let whole = |cell: usize| {
            let text = cells.get(cell).unwrap_or_default();
            text.parse::<u64>().map_err(|error| format!("a number of ours: {error}"))
        };
        problems.clear();
        let told = cells.get(3).unwrap_or_default();
        // Problems are a list; a record that is omitted has a name there.
        let omitted = (!told.is_empty() && !told.starts_with('[')).then_some(told);
        if omitted.is_none() && !told.is_empty() {
            *problems = serde_json::from_str(told).map_err(|_| "_problems is not readable")?;
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
