//! The fast path of a field in one file that asks the schema first: a text that the schema accepts is often one that no
//! cleaning step changes, so one look at a cell makes it the final text of the field.
//!
//! What a look says of a cell depends on nothing but the bytes of the cell. If it is not sure, the field takes the
//! [`ShortWay`](super::way::ShortWay) or all steps.

use std::ops::Range;

use crate::clean::piece::{Bench, Piece, place_in};
use crate::clean::{self, CleanStep};
use crate::fast::alphabet::Alphabet;
use crate::fast::glance::{Glance, QUOTED, UNMEANT};
use crate::fast::layout::Layout;
use crate::fast::memo::{Memo, Short};
use crate::fast::screen::Screen;
use crate::fast::table::Table;
use crate::mapping::Mapping;
use crate::record::Text;
use crate::schema::{Field, Gist, Limits};
use crate::spec::FieldType;

/// How the cells of a column are looked at.
#[derive(Debug)]
pub(super) struct Look<'p> {
    /// The single column of the field; without one, there is nothing to look at.
    column: Option<usize>,
    field: &'p Field,
    /// Whether an empty cell gives an empty text, which the field allows.
    may_be_empty: bool,
    kind: Option<Kind<'p>>,
    /// Whether a cell is trimmed before the steps, and the first steps, as far as they take something off its ends.
    narrowing: (bool, &'p [CleanStep]),
    /// The fields with few different texts remember what these come to.
    memo: Option<Memo<Known>>,
    /// The bounds that rules set for the field.
    bounds: Vec<Limits>,
}

/// What is looked at.
#[derive(Debug)]
enum Kind<'p> {
    /// Only what the schema accepts: no step changes such a text.
    Schema { with_sign: bool, is_bare: bool },
    /// The same, of a schema that asks for nothing but numbers within bounds.
    Number { limits: Limits, is_whole: bool, with_sign: bool },
    /// The same, of a schema that asks for nothing but a pattern and a length.
    Pattern { table: &'p Table, lengths: (u64, u64), is_bare: bool },
    /// Dates in the layout of their pattern. If `is_free`, the field takes every date.
    Date { layout: Layout, is_free: bool },
    /// The bytes that a step may change, and then the schema, or just the length if it asks for nothing else.
    Free { screen: Screen, lengths: Option<(u64, u64)> },
}

/// What a text comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    /// A part of it.
    Part { start: usize, end: usize, is_bare: bool },
    /// Another text.
    Other { text: Box<str>, is_bare: bool },
}

impl<'p> Look<'p> {
    /// Determines how the cells of a column are looked at. `is_trimmed` says that they are trimmed before the steps, and
    /// `bounds` are those that rules set for the field.
    pub(super) fn of(
        field: &'p Field,
        mapping: &'p Mapping,
        column: Option<usize>,
        is_trimmed: bool,
        bounds: Vec<Limits>,
    ) -> Self {
        let steps = || is_trimmed.then_some(&CleanStep::Trim).into_iter().chain(&mapping.clean);
        let keeps = |texts: &Alphabet| !texts.may_show(UNMEANT) && steps().all(|step| step.surely_keeps(texts));
        let kind = match &mapping.patterns[..] {
            [] => {
                let accepted = |with_sign| field.alphabet(with_sign).filter(keeps).map(|texts| (with_sign, texts));
                match accepted(true).or_else(|| accepted(false)) {
                    Some((with_sign, texts)) => Some(Kind::of_schema(field, with_sign, &texts, &bounds)),
                    None => {
                        let bits = steps().fold(UNMEANT, |bits, step| bits | step.may_change());
                        let lengths = match field.gist() {
                            Some(Gist::Text { lengths, table: None }) => Some(lengths),
                            _ => None,
                        };
                        Screen::of(bits).map(|screen| Kind::Free { screen, lengths })
                    }
                }
            }
            [pattern, ..] if field.field_type == FieldType::Date => {
                let is_free = bounds.is_empty() && field.surely_takes_dates();
                let layout = pattern.date_layout().filter(|layout| keeps(&layout.alphabet()));
                layout.map(|layout| Kind::Date { layout: layout.clone(), is_free })
            }
            _ => None,
        };
        let narrowing = mapping.clean.iter().take_while(|step| step.narrows()).count();
        let narrowing = (is_trimmed, mapping.clean.get(..narrowing).unwrap_or_default());
        let may_be_empty = !field.constraints.required && mapping.read("").is_ok_and(|text| text.is_empty());
        let has_few = |step: &CleanStep| matches!(step, CleanStep::Map(_) | CleanStep::Boolean(_));
        let is_remembered = field.has_few_texts() || mapping.clean.iter().any(has_few);
        Self { column, field, may_be_empty, kind, narrowing, memo: is_remembered.then(Memo::new), bounds }
    }

    /// The final text of a cell, if it is sure. It is marked as sure if it certainly is valid and within the bounds of the
    /// rules, too.
    #[inline]
    pub(super) fn surely_final(&self, record: &Text<'_>, bench: &mut Bench<'_>) -> Option<Piece> {
        let place = record.place(self.column?)?;
        let bytes = record.whole().as_bytes();
        let text = bytes.get(place.clone())?;
        if text.is_empty() && self.may_be_empty {
            return Some(Piece::of_record(place).bare().sure());
        }
        if let Some(memo) = &self.memo
            && let Some(known) = Short::of(bytes, place.clone()).and_then(|short| memo.get(short))
        {
            let (piece, is_bare) = match known {
                Known::Part { start, end, is_bare } => {
                    (Piece::of_record(place.start + start..place.start + end), *is_bare)
                }
                Known::Other { text, is_bare } => (made(bench, text)?, *is_bare),
            };
            return Some(piece.bare_if(is_bare).sure());
        }
        self.final_at(record, place, bench)
    }

    /// The same for a cell that has something at its ends that the first steps take off: white space, or the sign of a
    /// currency. What remains is final if all steps keep it.
    #[inline(never)]
    pub(super) fn surely_final_within(&self, record: &Text<'_>, bench: &mut Bench<'_>) -> Option<Piece> {
        if self.memo.is_some() {
            // What the steps make of the cell is remembered.
            return None;
        }
        let (is_trimmed, steps) = self.narrowing;
        let (whole, place) = (record.whole(), record.place(self.column?)?);
        let mut text = whole.get(place.clone())?;
        if is_trimmed {
            text = clean::trim(text);
        }
        for step in steps {
            text = step.narrow(text)?;
        }
        if text.is_empty() || text.len() == place.len() {
            return None;
        }
        self.final_at(record, place_in(whole, text)?, bench)
    }

    /// The final text of a part of a cell, if it is sure that no step changes it.
    #[inline]
    fn final_at(&self, record: &Text<'_>, place: Range<usize>, bench: &mut Bench<'_>) -> Option<Piece> {
        let bytes = record.whole().as_bytes();
        let text = bytes.get(place.clone())?;
        let (is_sure, is_bare, is_clean) = match self.kind.as_ref()? {
            Kind::Number { limits, is_whole, with_sign } => {
                let is_sure = if *is_whole { limits.surely_whole(text) } else { limits.surely_final(text).is_some() };
                (is_sure && (*with_sign || text.first() != Some(&b'-')), true, false)
            }
            Kind::Pattern { table, lengths, is_bare } => {
                let is_sure = is_surely_long_enough(text, *lengths) && table.matches(text);
                (is_sure || self.surely_takes(record, &place), *is_bare, false)
            }
            Kind::Free { screen, lengths } => {
                let is_bare = !screen.surely_clean(bytes, place.clone())?;
                let is_sure = lengths.is_some_and(|lengths| is_surely_long_enough(text, lengths));
                (is_sure || self.surely_takes(record, &place), is_bare, true)
            }
            Kind::Date { layout, is_free } => {
                let date = layout.date(text)?;
                let date = std::str::from_utf8(&date).ok()?;
                let piece = made(bench, date)?.bare();
                let is_sure = || self.field.surely_final(date).is_some() && is_within(&self.bounds, date);
                return Some(if *is_free || is_sure() { piece.sure() } else { piece });
            }
            Kind::Schema { with_sign, is_bare } => {
                let is_sure = (*with_sign || text.first() != Some(&b'-')) && self.surely_takes(record, &place);
                (is_sure, *is_bare, false)
            }
        };
        let piece = Piece::of_record(place).bare_if(is_bare);
        // No step changes a clean text, whatever the schema makes of it.
        if is_sure { Some(piece.sure()) } else { is_clean.then_some(piece) }
    }

    /// Whether a part of a record certainly is valid and within the bounds of the rules.
    #[inline(never)]
    fn surely_takes(&self, record: &Text<'_>, place: &Range<usize>) -> bool {
        let text = record.whole().get(place.clone());
        text.is_some_and(|text| self.field.surely_final(text).is_some() && is_within(&self.bounds, text))
    }

    /// Remembers what a cell came to, if the field has few different texts and the text certainly is valid.
    pub(super) fn remember(&mut self, record: &Text<'_>, bench: &Bench<'_>, piece: Piece) {
        if let Some(memo) = &mut self.memo
            && let Some(place) = self.column.and_then(|column| record.place(column))
            && let Some(short) = Short::of(record.whole().as_bytes(), place.clone())
            && memo.has_room(short)
            && is_final(self.field, bench.text(piece))
            && is_within(&self.bounds, bench.text(piece))
        {
            let text = bench.text(piece);
            let is_bare = !Glance::at(text.as_bytes()).is_quoted();
            let within =
                piece.in_record(record.whole().len()).filter(|at| place.start <= at.start && at.end <= place.end);
            memo.keep(
                short,
                match within {
                    Some(at) => Known::Part { start: at.start - place.start, end: at.end - place.start, is_bare },
                    None => Known::Other { text: text.into(), is_bare },
                },
            );
        }
    }
}

impl<'p> Kind<'p> {
    /// The kind of a field of which no step changes the texts that its schema accepts.
    fn of_schema(field: &'p Field, with_sign: bool, texts: &Alphabet, bounds: &[Limits]) -> Self {
        let is_bare = !texts.may_show(QUOTED);
        match field.gist() {
            Some(Gist::Text { lengths, table: Some(table) }) => Self::Pattern { table, lengths, is_bare },
            Some(Gist::Number { limits, is_whole }) => {
                match bounds.iter().try_fold(limits, |limits, bounds| limits.and(bounds)) {
                    Some(limits) => Self::Number { limits, is_whole, with_sign },
                    None => Self::Schema { with_sign, is_bare },
                }
            }
            _ => Self::Schema { with_sign, is_bare },
        }
    }
}

/// Whether a valid text certainly is within the bounds of the rules, which an empty one always is.
fn is_within(bounds: &[Limits], text: &str) -> bool {
    text.is_empty() || bounds.iter().all(|bounds| bounds.surely_final(text.as_bytes()).is_some())
}

/// Whether a text certainly is not blank and has a number of characters, each of which has one to four bytes.
#[inline]
fn is_surely_long_enough(text: &[u8], (minimum, maximum): (u64, u64)) -> bool {
    let length = text.len() as u64;
    text.first().is_some_and(u8::is_ascii_graphic) && length / 4 >= minimum && length <= maximum
}

/// A new text; `None` if the record has too much of them, which the slow way reports.
fn made(bench: &mut Bench<'_>, text: &str) -> Option<Piece> {
    let piece = bench.make(text);
    (!bench.is_too_much()).then_some(piece)
}

/// Whether a text is valid, and written as its value is. It may say no for a few such texts.
fn is_final(field: &Field, text: &str) -> bool {
    // The full check of a wrong text makes a message, which nobody needs here.
    if field.is_quickly_checked() && !text.is_empty() {
        return field.surely_final(text).is_some_and(|canonical| canonical == text);
    }
    let mut problems = Vec::new();
    let value = field.check(text, &mut problems);
    problems.is_empty() && value.map_or(text.is_empty(), |value| value.canonical() == text)
}

#[cfg(test)]
mod tests;
