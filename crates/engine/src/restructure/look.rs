//! The fast path of a field in one file that asks the schema first: a text that the schema accepts is often one that no
//! cleaning step changes, so one look at a cell makes it the final text of the field.
//!
//! What a look says of a cell depends on nothing but the bytes of the cell. If it is not sure, the field takes the
//! [`ShortWay`](super::way::ShortWay) or all steps.

use crate::clean::CleanStep;
use crate::clean::piece::{Bench, Piece};
use crate::fast::alphabet::Alphabet;
use crate::fast::glance::{Glance, QUOTED, UNMEANT};
use crate::fast::layout::Layout;
use crate::fast::memo::{Memo, Short};
use crate::fast::screen::Screen;
use crate::mapping::Mapping;
use crate::record::Text;
use crate::schema::Field;
use crate::spec::FieldType;

/// How the cells of a column are looked at.
#[derive(Debug)]
pub(super) struct Look<'p> {
    /// The single column of the field; without one, there is nothing to look at.
    column: Option<usize>,
    field: &'p Field,
    /// Whether an empty cell gives an empty text, which the field allows.
    may_be_empty: bool,
    kind: Option<Kind>,
    /// The fields with few different texts remember what these come to.
    memo: Option<Memo<Known>>,
}

/// What is looked at.
#[derive(Debug)]
enum Kind {
    /// Only what the schema accepts: no step changes such a text.
    Schema { with_sign: bool, is_bare: bool },
    /// Dates in the layout of their pattern. If `is_free`, the field takes every date.
    Date { layout: Layout, is_free: bool },
    /// The bytes that a step may change, and then the schema.
    Free(Screen),
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
    /// Determines how the cells of a column are looked at. `is_trimmed` says that they are trimmed before the steps.
    pub(super) fn of(field: &'p Field, mapping: &'p Mapping, column: Option<usize>, is_trimmed: bool) -> Self {
        let steps = || is_trimmed.then_some(&CleanStep::Trim).into_iter().chain(&mapping.clean);
        let keeps = |texts: &Alphabet| !texts.may_show(UNMEANT) && steps().all(|step| step.surely_keeps(texts));
        let kind = match &mapping.patterns[..] {
            [] => {
                let accepted = |with_sign| field.alphabet(with_sign).filter(keeps).map(|texts| (with_sign, texts));
                match accepted(true).or_else(|| accepted(false)) {
                    Some((with_sign, texts)) => Some(Kind::Schema { with_sign, is_bare: !texts.may_show(QUOTED) }),
                    None => {
                        let bits = steps().fold(UNMEANT, |bits, step| bits | step.may_change());
                        Screen::of(bits).map(Kind::Free)
                    }
                }
            }
            [pattern, ..] if field.field_type == FieldType::Date => pattern
                .date_layout()
                .filter(|layout| keeps(&layout.alphabet()))
                .map(|layout| Kind::Date { layout: layout.clone(), is_free: field.surely_takes_dates() }),
            _ => None,
        };
        let may_be_empty = !field.constraints.required && mapping.read("").is_ok_and(|text| text.is_empty());
        let has_few = |step: &CleanStep| matches!(step, CleanStep::Map(_) | CleanStep::Boolean(_));
        let is_remembered = field.has_few_texts() || mapping.clean.iter().any(has_few);
        Self { column, field, may_be_empty, kind, memo: is_remembered.then(Memo::new) }
    }

    /// The final text of a cell, if it is sure. It is marked as sure if it certainly is valid, too.
    #[inline]
    pub(super) fn surely_final(&self, record: &Text<'_>, bench: &mut Bench<'_>) -> Option<Piece> {
        let (whole, place) = (record.whole(), record.place(self.column?)?);
        if place.is_empty() && self.may_be_empty {
            return Some(Piece::of_record(place).bare().sure());
        }
        let bytes = whole.as_bytes();
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
        let (is_bare, is_clean) = match self.kind.as_ref()? {
            Kind::Date { layout, is_free } => {
                let date = layout.date(bytes.get(place)?)?;
                let date = std::str::from_utf8(&date).ok()?;
                let piece = made(bench, date)?.bare();
                let is_sure = *is_free || self.field.surely_final(date).is_some();
                return Some(if is_sure { piece.sure() } else { piece });
            }
            Kind::Schema { with_sign: false, .. } if bytes.get(place.start) == Some(&b'-') => return None,
            Kind::Schema { is_bare, .. } => (*is_bare, false),
            Kind::Free(screen) => (!screen.surely_clean(bytes, place.clone())?, true),
        };
        let piece = Piece::of_record(place.clone()).bare_if(is_bare);
        match self.field.surely_final_at(whole, &place) {
            Some(_) => Some(piece.sure()),
            // No step changes it, whatever the schema makes of it.
            None => is_clean.then_some(piece),
        }
    }

    /// Remembers what a cell came to, if the field has few different texts and the text certainly is valid.
    pub(super) fn remember(&mut self, record: &Text<'_>, bench: &Bench<'_>, piece: Piece) {
        if let Some(memo) = &mut self.memo
            && let Some(place) = self.column.and_then(|column| record.place(column))
            && let Some(short) = Short::of(record.whole().as_bytes(), place.clone())
            && memo.has_room(short)
            && is_final(self.field, bench.text(piece))
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

/// A new text; `None` if the record has too much of them, which the slow way reports.
fn made(bench: &mut Bench<'_>, text: &str) -> Option<Piece> {
    let piece = bench.make(text);
    (!bench.is_too_much()).then_some(piece)
}

/// Whether a text is valid, and written as its value is.
fn is_final(field: &Field, text: &str) -> bool {
    let mut problems = Vec::new();
    let value = field.check(text, &mut problems);
    problems.is_empty() && value.map_or(text.is_empty(), |value| value.canonical() == text)
}

#[cfg(test)]
mod tests;
