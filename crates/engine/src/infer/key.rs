//! Finds the columns that identify the records of a file.

use super::column::{Column, Guess};
use super::label_kind::LabelKind;
use super::survey::Survey;
use crate::sink;

/// Maximum length of a key without the label of an identifier, in bytes.
const LONG: usize = 64;

/// The proposed key, and how certain it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The columns; empty if a field that joins all columns becomes the key.
    pub columns: Vec<usize>,
    /// How certain it is.
    pub sure: Sure,
}

/// How certain a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sure {
    /// It has the label of an identifier, and is present and distinct in every record.
    Named,
    /// It is present and distinct in every record.
    Different,
    /// It is distinct wherever present, but some records lack it.
    Gaps,
    /// Several records share it, and are one thing.
    Grouped,
    /// Nothing identifies the records.
    Nothing,
}

/// Finds a key among columns of these kinds; `fields` are the possible ones.
pub(super) fn find(survey: &Survey, kinds: &[Guess], fields: &[usize]) -> Key {
    let column = |at: usize| &survey.columns[at];
    let fit = |at: usize, place: usize| fits(column(at), &kinds[at], place);
    let full = |at: usize| column(at).empty == 0 && column(at).filled > 0;
    let different = |at: usize| column(at).unique.holds() && column(at).filled > 0;
    let singles = || fields.iter().copied().filter(|at| fit(*at, 0) && full(*at) && different(*at));
    let labelled = |wanted: LabelKind| singles().find(|at| column(*at).label == wanted);
    let key = |columns: Vec<usize>, sure| Key { columns, sure };

    if let Some(at) = labelled(LabelKind::Id).or_else(|| labelled(LabelKind::Code)) {
        return key(vec![at], Sure::Named);
    }
    // The first column and columns of codes are often keys; numbers and texts in other places seldom are.
    let likely = |at: &usize| {
        let first = fields.first() == Some(at);
        let column = column(*at);
        !column.spaced
            && (first || kinds[*at] == Guess::Text && column.label == LabelKind::Anything && has_digits(column))
    };
    if let Some(at) = singles().find(likely) {
        return key(vec![at], Sure::Different);
    }
    let pair = |named: bool| {
        survey.pairs.iter().find(|(left, right, unique)| {
            let can = |at: &usize, place| fields.contains(at) && fit(*at, place) && full(*at);
            let is_named = column(*left).label.is_identifier() || column(*right).label.is_identifier();
            unique.holds() && can(left, 0) && can(right, 1) && (is_named || !named)
        })
    };
    if let Some((left, right, _)) = pair(true) {
        return key(vec![*left, *right], Sure::Different);
    }
    if let Some(at) = singles().find(|at| kinds[*at] == Guess::Text) {
        return key(vec![at], Sure::Different);
    }
    if let Some((left, right, _)) = pair(false) {
        return key(vec![*left, *right], Sure::Different);
    }
    let mut gaps =
        fields.iter().copied().filter(|at| fit(*at, 0) && different(*at) && column(*at).label.is_identifier());
    if let Some(at) = gaps.find(|at| column(*at).filled > column(*at).empty) {
        return key(vec![at], Sure::Gaps);
    }
    let any = fields.iter().copied().find(|at| fit(*at, 0) && full(*at));
    key(any.into_iter().collect(), Sure::Nothing)
}

fn has_digits(column: &Column) -> bool {
    column.values().is_none_or(|values| values.keys().any(|value| value.bytes().any(|byte| byte.is_ascii_digit())))
}

/// Whether a column may be the partition key (`place` 0) or the sort key (1), by its kind, name and length.
fn fits(column: &Column, kind: &Guess, place: usize) -> bool {
    let of_kind = match kind {
        Guess::Text | Guess::Integer => !column.is_time(),
        Guess::Nothing | Guess::Array | Guess::Boolean(_) | Guess::Number(_) | Guess::Either(_) | Guess::Date(_) => {
            false
        }
    };
    let limit = match sink::TABLES.limits().key_bytes.get(place) {
        Some(limit) if column.label.is_identifier() => *limit,
        _ => LONG,
    };
    of_kind && column.label.may_be_key() && column.bytes <= limit
}
