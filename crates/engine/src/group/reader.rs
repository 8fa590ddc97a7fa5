//! Reads the records of a feed with groups.

use crate::Problem;
use crate::RunContext;
use crate::encoding::SourceText;
use crate::feed::GroupPlan;
use crate::header::{Binding, Reads};
use crate::record::{MadeCells, Record};
use crate::reject::Place;
use crate::restructure::{Restructured, Restructurer};
use crate::row::Row;
use crate::row_reader::RowReader;
use crate::schema::Field;

/// A record, read.
#[derive(Debug, Default)]
pub struct ReadRecord {
    /// The name under which a condition of the feed omits the record; then the rest says nothing.
    pub omitted: Option<String>,
    /// The key: the value that the records of an item share. `None` if it is empty or cannot be read.
    pub key: Option<String>,
    /// The texts of the fields of [`GroupPlan::rows`], with what they inherit.
    pub texts: Vec<String>,
    /// Whether each of these fields has a value without what it inherits.
    pub is_own: Vec<bool>,
    /// The problems so far.
    pub problems: Vec<Problem>,
    /// Its length in the file, in bytes.
    pub bytes: usize,
    /// In a repair, its place among the records that were rejected together.
    pub place: Option<Place>,
}

/// Reads records in the order of their file. An empty cell of a column that the feed fills down inherits the content of the record
/// above, if both have the same key; a column of the key itself inherits it always.
pub struct RecordReader<'p> {
    group: &'p GroupPlan,
    restructurer: Restructurer<'p>,
    /// The number of columns.
    columns: usize,
    /// The columns that are filled down.
    filled: Vec<Filled>,
    /// The key of the record above; `None` if it is not known.
    key: Option<String>,
    /// In a repair, the first of the records with which the record above was rejected.
    first: Option<u64>,
    made: MadeCells,
}

/// A column that is filled down.
struct Filled {
    column: usize,
    /// Whether the key is read from it.
    is_of_key: bool,
    /// The content of the record above, with what it inherited.
    above: Vec<u8>,
}

impl<'p> RecordReader<'p> {
    /// Reads the records of a file with this header and encoding.
    #[must_use]
    pub fn new(group: &'p GroupPlan, binding: &'p Binding, text: SourceText, run: &'p RunContext) -> Self {
        let of_key = match binding.reads.get(group.by) {
            Some(Reads::Column(at)) => vec![*at],
            Some(Reads::Columns(columns)) => columns.clone(),
            _ => Vec::new(),
        };
        let filled = group.fill_down.iter().filter_map(|name| binding.place(name)).map(|column| Filled {
            column,
            is_of_key: of_key.contains(&column),
            above: Vec::new(),
        });
        Self {
            group,
            restructurer: Restructurer::new(&group.rows, binding, text, run),
            columns: binding.labels.len(),
            filled: filled.collect(),
            key: None,
            first: None,
            made: MadeCells::default(),
        }
    }

    /// Reads a record as the file holds it, or the one that the row reader makes of it.
    pub fn read(&mut self, row_reader: Option<&mut RowReader>, record: &Record<'_>) -> ReadRecord {
        let bytes = record.raw.len();
        let Some(row_reader) = row_reader else { return ReadRecord { bytes, ..self.read_record(record, None) } };
        let Row { place, record: made, problem, .. } = row_reader.read(record);
        if let (Ok(made), None) = (made, &problem) {
            // A row of a repair has more than its record.
            let bytes = bytes.min(made.iter().map(|cell| cell.len() + 1).sum());
            return ReadRecord { bytes, place, ..self.read_record(&made, place) };
        }
        self.key = None;
        ReadRecord { bytes, place, problems: problem.into_iter().collect(), ..ReadRecord::default() }
    }

    /// Reads a record. Those that were rejected together inherit nothing from others.
    fn read_record(&mut self, record: &Record<'_>, place: Option<Place>) -> ReadRecord {
        let first = place.map(|place| place.first);
        if std::mem::replace(&mut self.first, first) != first {
            self.filled.iter_mut().for_each(|of| of.above.clear());
            self.key = None;
        }
        let Self { group, restructurer, columns, filled, key, made, .. } = self;
        let trimmed;
        let record = if group.rows.source.ignores_trailing {
            trimmed = record.without_trailing(*columns);
            &trimmed
        } else {
            record
        };
        if record.len() != *columns {
            *key = None;
            return taken(group, restructurer.restructure(record));
        }
        let inherits = |filled: &[Filled], of_key: bool| {
            filled.iter().any(|of| (of_key == of.is_of_key) && is_blank(record, of.column) && !of.above.is_empty())
        };
        let mut read = if inherits(filled, true) {
            taken(group, restructurer.restructure(&fill(made, record, filled, |of| of.is_of_key)))
        } else {
            taken(group, restructurer.restructure(record))
        };
        if read.omitted.is_some() {
            // The records behind it may be without a key of their own, and belong to it and not to the item before it.
            for of in filled.iter_mut().filter(|of| of.is_of_key && !is_blank(record, of.column)) {
                of.above.clear();
                of.above.extend_from_slice(record.get(of.column).unwrap_or_default());
            }
            return read;
        }
        let is_same = key.is_some() && *key == read.key;
        if is_same && inherits(filled, false) {
            let is_own = std::mem::take(&mut read.is_own);
            let again = taken(group, restructurer.restructure(&fill(made, record, filled, |_| true)));
            read = ReadRecord { is_own, ..again };
        }
        for of in filled.iter_mut() {
            if !is_blank(record, of.column) || !(is_same || of.is_of_key) {
                of.above.clear();
                of.above.extend_from_slice(record.get(of.column).unwrap_or_default());
            }
        }
        key.clone_from(&read.key);
        read
    }
}

/// What restructuring made of a record.
fn taken(group: &GroupPlan, Restructured { omitted, texts, problems }: Restructured<'_>) -> ReadRecord {
    let texts: Vec<String> = texts.iter().map(str::to_owned).collect();
    let by = group.rows.fields.get(group.by).map(|field| field.name.as_str());
    let problems = std::mem::take(problems);
    let hides_key =
        |problem: &Problem| !problem.is_warning() && (problem.field.is_none() || problem.field.as_deref() == by);
    // Equal values are the same key, however they are written.
    let value = |(field, text): (&Field, &String)| {
        if field.is_missing(text) { None } else { field.read(text).map(|value| value.canonical().into_owned()) }
    };
    let key = group.rows.fields.get(group.by).zip(texts.get(group.by)).and_then(value);
    let key = key.filter(|key| !key.trim().is_empty() && !problems.iter().any(hides_key));
    let has_value = |(field, text): (&Field, &String)| !text.is_empty() && !field.is_missing(text);
    let is_own = group.rows.fields.iter().zip(&texts).map(has_value).collect();
    ReadRecord { omitted: omitted.map(str::to_owned), key, texts, is_own, problems, ..ReadRecord::default() }
}

fn is_blank(record: &Record<'_>, column: usize) -> bool {
    record.get(column).is_none_or(|cell| cell.trim_ascii().is_empty())
}

/// The record with the content of the record above in some of its empty cells.
fn fill<'a>(
    made: &'a mut MadeCells,
    record: &Record<'a>,
    filled: &[Filled],
    fills: impl Fn(&Filled) -> bool,
) -> Record<'a> {
    made.reset(record.len());
    for (at, cell) in record.iter().enumerate() {
        let above = filled.iter().find(|of| of.column == at && fills(of) && is_blank(record, at));
        let cell = above.map_or(cell, |of| &of.above);
        let Ok(()) = made.make(at, |copied| {
            copied.extend_from_slice(cell);
            Ok::<_, std::convert::Infallible>(())
        });
    }
    made.record(record.position, record.raw)
}
