//! Which columns tell the records of a file apart.

use super::called::Called;
use super::column::{Column, Guess};
use super::survey::Survey;
use crate::sink;

/// The longest value of a key that is not called like one, in bytes.
const LONG: usize = 64;

/// What to take for the key, and how far that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The columns; none where every column of the file is joined to a field of its own.
    pub columns: Vec<usize>,
    /// How good it is.
    pub sure: Sure,
}

/// How good a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sure {
    /// Called as an identifier is, filled and different in every record.
    Named,
    /// Filled and different in every record.
    Different,
    /// Different in every record that has it, but some have none.
    Gaps,
    /// Nothing tells the records apart.
    Nothing,
}

/// Looks for a key among columns of these kinds; `fields` are those that can be one.
pub(super) fn find(survey: &Survey, kinds: &[Guess], fields: &[usize]) -> Key {
    let column = |at: usize| &survey.columns[at];
    let fit = |at: usize, place: usize| fits(column(at), &kinds[at], place);
    let full = |at: usize| column(at).empty == 0 && column(at).filled > 0;
    let different = |at: usize| column(at).unique.holds() && column(at).filled > 0;
    let singles = || fields.iter().copied().filter(|at| fit(*at, 0) && full(*at) && different(*at));
    let called = |wanted: Called| singles().find(|at| column(*at).called == wanted);
    let key = |columns: Vec<usize>, sure| Key { columns, sure };

    if let Some(at) = called(Called::Id).or_else(|| called(Called::Code)) {
        return key(vec![at], Sure::Named);
    }
    // The first column, and what looks like a code, are often keys; numbers and texts in other places seldom are.
    let likely = |at: &usize| {
        let first = fields.first() == Some(at);
        let column = column(*at);
        !column.spaced
            && (first || kinds[*at] == Guess::Text && column.called == Called::Anything && has_digits(column))
    };
    if let Some(at) = singles().find(likely) {
        return key(vec![at], Sure::Different);
    }
    let pair = |named: bool| {
        survey.pairs.iter().find(|(left, right, unique)| {
            let can = |at: &usize, place| fields.contains(at) && fit(*at, place) && full(*at);
            let is_named = column(*left).called.is_identifier() || column(*right).called.is_identifier();
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
        fields.iter().copied().filter(|at| fit(*at, 0) && different(*at) && column(*at).called.is_identifier());
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
        Guess::Nothing | Guess::Boolean(_) | Guess::Number(_) | Guess::Either(_) | Guess::Date(_) => false,
    };
    let limit = match sink::TABLES.limits().key_bytes.get(place) {
        Some(limit) if column.called.is_identifier() => *limit,
        _ => LONG,
    };
    of_kind && column.called.may_be_key() && column.bytes <= limit
}
