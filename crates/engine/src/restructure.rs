//! Turns the columns of a source into the fields of target records: cleans, standardizes and maps them.

mod cell;
mod conditions;
mod control;
mod look;
pub mod omit;
mod pairs;
mod way;

pub use omit::Omit;

use crate::clean;
use crate::clean::piece::{Bench, Piece};
use crate::display::count;
use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::fixed::FixedLayout;
use crate::header::{Binding, Reads};
use crate::mapping::{Mapping, Source};
use crate::record::{QuoteCheck, Record, Rows};
use crate::rules::GradedRule;
use crate::schema::{Json, Limits};
use crate::spec::Quotes;
use crate::validate::Texts;
use crate::{Code, Problem, RunContext, Stage};
use cell::Cells;
use conditions::Verdict;
use look::Look;
use way::ShortWay;

/// Turns records of a source into target records. Buffers are kept from record to record, so a typical record
/// needs no allocation.
pub struct Restructurer<'p> {
    plan: &'p FeedPlan,
    binding: &'p Binding,
    text: SourceText,
    run: &'p RunContext,
    /// `None` if the feed reads broken quotes leniently.
    quotes: Option<QuoteCheck>,
    /// For each field, its fast paths in this file, the fastest first.
    ways: Vec<(Look<'p>, ShortWay)>,
    pieces: Vec<Piece>,
    made: String,
    problems: Vec<Problem>,
}

/// A record of the source as a target record.
#[derive(Debug)]
pub struct Restructured<'a> {
    /// The name under which a condition of the feed omits the record; then the rest says nothing.
    pub omitted: Option<&'a str>,
    /// The text of each field; empty if it has none or is broken.
    pub texts: FieldTexts<'a>,
    /// The problems so far. A problem without a field concerns the whole record, which then has no fields.
    pub problems: &'a mut Vec<Problem>,
}

/// The texts of a record's fields: ranges of the original record, except for changed texts.
#[derive(Clone, Copy, Debug)]
pub struct FieldTexts<'a> {
    record: &'a str,
    made: &'a str,
    pieces: &'a [Piece],
    /// Whether all of them certainly are valid.
    are_sure: bool,
}

impl<'a> FieldTexts<'a> {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> {
        self.pieces.iter().map(|piece| piece.of(self.record, self.made))
    }

    /// Appends the texts to a row as cells. Texts that are adjacent in the record and need no quotes are copied at once.
    #[inline]
    pub fn write(&self, row: &mut Rows) {
        let record = self.record.as_bytes();
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            let Some(mut run) = piece.bare_in_record(record.len()) else {
                let text = piece.of(self.record, self.made);
                if piece.is_bare() {
                    row.bare(text.as_bytes(), 0..text.len());
                } else {
                    row.cell(text);
                }
                continue;
            };
            let follows = |end: usize, piece: &Piece| {
                piece
                    .bare_in_record(record.len())
                    .filter(|next| next.start == end + 1 && record.get(end) == Some(&b','))
            };
            while let Some(next) = pieces.peek().and_then(|piece| follows(run.end, piece)) {
                run.end = next.end;
                pieces.next();
            }
            row.bare(record, run);
        }
    }
}

impl Texts for FieldTexts<'_> {
    #[inline]
    fn text(&self, field: usize) -> &str {
        self.pieces.get(field).map_or("", |piece| piece.of(self.record, self.made))
    }

    #[inline]
    fn text_if_sure(&self, field: usize) -> (&str, bool) {
        self.pieces.get(field).map_or(("", false), |piece| (piece.of(self.record, self.made), piece.is_sure()))
    }

    #[inline]
    fn are_all_sure(&self) -> bool {
        self.are_sure
    }

    #[inline]
    fn bytes(&self, fields: usize) -> usize {
        self.pieces.iter().take(fields).map(|piece| piece.len()).sum()
    }

    #[inline]
    fn write(&self, _: usize, row: &mut Rows) {
        FieldTexts::write(self, row);
    }
}

impl<'p> Restructurer<'p> {
    /// Creates a restructurer for the records of a file with this header and encoding.
    #[must_use]
    pub fn new(plan: &'p FeedPlan, binding: &'p Binding, text: SourceText, run: &'p RunContext) -> Self {
        let ways = plan.fields.iter().zip(&plan.mappings).zip(&binding.reads).enumerate();
        let ways = ways.map(|(at, ((field, mapping), reads))| {
            let way = ShortWay::of(mapping, reads, binding);
            (Look::of(field, mapping, way.column, way.is_trimmed, bounds(&plan.rules, at)), way)
        });
        let ways = ways.collect();
        let quotes = (plan.source.quotes == Quotes::Strict).then(|| QuoteCheck::new(plan.dialect));
        let (pieces, made, problems) = (Vec::new(), String::new(), Vec::new());
        Self { plan, binding, text, run, quotes, ways, pieces, made, problems }
    }

    /// Turns a record into a target record.
    ///
    /// The conditions under which the feed omits records come first, whatever the number of cells. A record with
    /// broken quotes may have swallowed others, so no condition omits it.
    ///
    /// A record with a wrong number of cells or with broken quotes is reported and not read further, because
    /// guessing which cell is missing would shift columns.
    pub fn restructure<'s>(&'s mut self, record: &Record<'s>) -> Restructured<'s> {
        let Self { plan, binding, text, run, quotes, ways, pieces, made, problems } = self;
        pieces.clear();
        made.clear();
        problems.clear();
        let trimmed;
        let record = if plan.source.ignores_trailing {
            trimmed = record.without_trailing(binding.labels.len());
            &trimmed
        } else {
            record
        };
        let fault = quotes
            .as_ref()
            .and_then(|quotes| quotes.fault(record).or_else(|| quotes.joined(record, binding.labels.len())));
        if let Some(fault) = &fault {
            problems.push(fault.problem(Stage::Restructure));
        }
        let is_broken = fault.is_some_and(|fault| fault.breaks_record());
        let mut omitted = None;
        if !is_broken && !plan.omit.conditions.is_empty() {
            match conditions::judge(plan, &Cells::new(binding, *text, record), run) {
                Verdict::Data => {}
                Verdict::Undecided(problem) => problems.push(problem),
                Verdict::Omitted(name) => omitted = Some(name),
            }
        }
        if omitted.is_some() || is_broken || record.len() != binding.labels.len() {
            pieces.resize(plan.fields.len(), Piece::EMPTY);
            if omitted.is_none() && !is_broken {
                problems.push(match &plan.source.fixed {
                    Some(fixed) => wrong_length(fixed, *text, record),
                    None => wrong_number_of_cells(binding, record),
                });
            }
            let texts = FieldTexts { record: "", made: "", pieces, are_sure: false };
            return Restructured { omitted, texts, problems };
        }
        let cells = Cells::new(binding, *text, record);
        let mut bench = Bench::new(cells.whole(), made);
        let mut are_sure = true;
        pieces.extend(ways.iter_mut().zip(&plan.mappings).zip(&binding.reads).map(
            |(((look, way), mapping), reads)| {
                let piece = cells.plain.as_ref().and_then(|plain| look.surely_final(plain, &mut bench));
                let piece = piece.unwrap_or_else(|| {
                    let source = Given { mapping, reads, way, run };
                    source.field(&cells, &mut bench, look, problems)
                });
                are_sure &= piece.is_sure();
                piece
            },
        ));
        if !problems.is_empty() {
            plan.masks.apply(&plan.fields, problems, |_| false);
        }
        Restructured { omitted: None, texts: FieldTexts { record: cells.whole(), made, pieces, are_sure }, problems }
    }
}

/// The bounds that rules set for a field.
fn bounds(rules: &[GradedRule], field: usize) -> Vec<Limits> {
    let of_field = rules.iter().filter_map(|graded| graded.rule.bounds()).filter(|(at, _)| *at == field);
    of_field.filter_map(|(_, bounds)| Limits::between(bounds)).collect()
}

/// Adds the column to a problem, if the field is read from a single one.
fn with_column(problem: Problem, reads: &Reads, binding: &Binding) -> Problem {
    match reads {
        Reads::Column(at) => problem.column(&binding.labels[*at]),
        _ => problem,
    }
}

/// The source of a field in a file.
struct Given<'p> {
    mapping: &'p Mapping,
    reads: &'p Reads,
    way: &'p ShortWay,
    run: &'p RunContext,
}

impl Given<'_> {
    /// The text of the field; empty if it is broken, which is reported.
    #[inline(never)]
    fn field(
        &self,
        cells: &Cells<'_, '_>,
        bench: &mut Bench<'_>,
        look: &mut Look<'_>,
        problems: &mut Vec<Problem>,
    ) -> Piece {
        let Self { mapping, reads, way, .. } = self;
        if let Some(plain) = &cells.plain
            && let Some(piece) = look.surely_final_within(plain, bench)
        {
            return piece;
        }
        let cell = cells.plain.and_then(|plain| way.surely_unchanged(plain));
        let found = || self.text(cells);
        let piece = match cell {
            Some(piece) if way.is_all => Ok(piece),
            Some(piece) => mapping.clean(way.settled, bench, piece, found),
            None => self.piece(cells, bench).and_then(|piece| mapping.clean(0, bench, piece, found)),
        };
        let problem = match piece {
            Ok(piece) => {
                let warning = if cell.is_none() { control::warning(bench.text(piece)) } else { None };
                match (warning, &cells.plain) {
                    (Some(warning), _) => {
                        problems.push(with_column(warning.field(&mapping.field), reads, cells.binding));
                    }
                    (None, Some(plain)) => look.remember(plain, bench, piece),
                    (None, None) => {}
                }
                return piece;
            }
            Err(problem) => problem,
        };
        problems.push(with_column(problem.field(&mapping.field), reads, cells.binding));
        Piece::EMPTY
    }

    /// The text of a field before cleaning.
    fn piece(&self, cells: &Cells<'_, '_>, bench: &mut Bench<'_>) -> Result<Piece, Box<Problem>> {
        match (self.reads, &self.mapping.source) {
            (Reads::Column(at), _) => cells.piece(*at, bench),
            (Reads::Columns(columns), Source::Join { with, .. }) => {
                let texts = columns.iter().map(|at| cells.read(*at)).collect::<Result<Vec<_>, _>>()?;
                let texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
                Ok(bench.make(&texts.collect::<Vec<_>>().join(with)))
            }
            (Reads::Columns(columns), _) => {
                if let [only] = columns[..] {
                    let piece = cells.piece(only, bench)?;
                    return Ok(bench.narrow(piece, clean::trim));
                }
                let mut first = Piece::EMPTY;
                // An undecodable cell is reported even if another one is used.
                for at in columns {
                    let piece = cells.piece(*at, bench)?;
                    if bench.text(first).is_empty() {
                        first = bench.narrow(piece, clean::trim);
                    }
                }
                Ok(first)
            }
            (Reads::Kept(columns), _) => {
                let mut kept = serde_json::Map::new();
                for (name, at) in columns {
                    kept.insert(name.clone(), cells.read(*at)?.into());
                }
                Ok(bench.make(&serde_json::Value::Object(kept).to_string()))
            }
            (Reads::List(columns), _) => {
                let texts = columns.iter().map(|at| cells.read(*at)).collect::<Result<Vec<_>, _>>()?;
                let texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
                let list = Json::Array(texts.map(|text| Json::Text(text.to_owned())).collect());
                Ok(if list.as_array().is_some_and(<[_]>::is_empty) {
                    Piece::EMPTY
                } else {
                    bench.make(&list.to_string())
                })
            }
            (Reads::Pairs(columns), _) => pairs::object(cells, columns, bench),
            (Reads::Row, Source::Value(expression)) => {
                // The expression reports undecodable cells.
                if let Some(Ok(piece)) = self.way.column.map(|at| cells.piece(at, bench)) {
                    return Ok(piece);
                }
                let text = expression.text(cells, self.run);
                text.map(|text| bench.make(&text)).map_err(|cause| {
                    let message = format!("the expression gives no value: {cause}");
                    Problem::new(Stage::Restructure, Code::ExpressionError, message).into()
                })
            }
            (Reads::Row | Reads::Nothing, _) => Ok(Piece::EMPTY),
        }
    }

    /// The original text of the field, for messages.
    fn text(&self, cells: &Cells<'_, '_>) -> String {
        let mut made = String::new();
        let mut bench = Bench::new(cells.whole(), &mut made);
        match self.piece(cells, &mut bench) {
            Ok(piece) => bench.text(piece).to_owned(),
            Err(_) => String::new(),
        }
    }
}

/// The problem of a line that has more or less than its columns of fixed width take.
#[inline(never)]
fn wrong_length(layout: &FixedLayout, text: SourceText, record: &Record<'_>) -> Problem {
    let (found, expected) = (FixedLayout::characters(text, record.raw), layout.length());
    if record.raw == control::END_OF_FILE {
        return end_of_file();
    }
    if record.len() > layout.columns.len() {
        let message = format!("has text behind character {expected}, with which its last column ends");
        return Problem::new(Stage::Restructure, Code::ExtraCell, message);
    }
    let missing = layout.columns.get(record.len()..).unwrap_or_default();
    let missing = missing.iter().map(|column| format!("{:?}", column.label)).collect::<Vec<_>>().join(", ");
    let message = format!(
        "has {}, but its columns take {expected}: {missing} is cut off or missing; if the producer leaves out spaces at the end of a \
         line, set source.fixed.shortLines: fill",
        count(found as u64, "character")
    );
    Problem::new(Stage::Restructure, Code::MissingCell, message)
}

fn end_of_file() -> Problem {
    let message = "is the byte 0x1A, the end-of-file mark of DOS, not a record: remove it from the file";
    Problem::new(Stage::Restructure, Code::MissingCell, message)
}

fn wrong_number_of_cells(binding: &Binding, record: &Record<'_>) -> Problem {
    let (expected, found) = (binding.labels.len(), record.len());
    if found == 1 && record.get(0) == Some(control::END_OF_FILE) {
        return end_of_file();
    }
    if found > expected {
        let message = format!("has {found} cells, but the header has {expected}: {} too many", found - expected);
        return Problem::new(Stage::Restructure, Code::ExtraCell, message);
    }
    let missing = binding.labels[found..].iter().map(|label| format!("{label:?}")).collect::<Vec<_>>().join(", ");
    let message =
        format!("has {found} cells, but the header has {expected}: {missing} is missing, or an earlier cell was lost");
    Problem::new(Stage::Restructure, Code::MissingCell, message)
}

#[cfg(test)]
mod tests;
