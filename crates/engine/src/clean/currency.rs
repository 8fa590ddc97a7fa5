//! Takes signs and codes of currencies off a text.

use std::borrow::Cow;

use super::part;
use super::space::trim;
use crate::currency::{after, before};
use crate::fast::text::surely_without_currency;

const SIGNS: [char; 3] = ['-', '+', '−'];

/// The part of a text that [`strip`] leaves; `None` if it makes a new text.
#[inline]
pub(super) fn narrow(text: &str) -> Option<&str> {
    let text = trim(text);
    // A number with a single euro or dollar sign before it is frequent.
    let rest = text.strip_prefix('€').or_else(|| text.strip_prefix('$'));
    let rest = rest.map(|rest| rest.strip_prefix(' ').unwrap_or(rest));
    if let Some(rest) = rest
        && surely_without_currency(rest)
        && !rest.is_empty()
    {
        return Some(rest);
    }
    let inner = inside(text).or_else(|| text.strip_prefix(SIGNS));
    match inner {
        Some(rest) => (both(rest) == rest).then_some(text),
        None => Some(both(text)),
    }
}

/// Removes a currency sign or code at either end, and the space beside it.
///
/// A sign before it is kept: `-€ 5` becomes `-5`, and so are parentheses: `($5)` becomes `(5)`. A code that is
/// part of a word stays.
pub(super) fn strip(text: Cow<'_, str>) -> Cow<'_, str> {
    let trimmed = trim(&text);
    if let Some(inner) = inside(trimmed) {
        let bare = both(inner);
        return if bare == inner { part(text, trim) } else { Cow::Owned(format!("({bare})")) };
    }
    if let Some(sign) = trimmed.chars().next().filter(|first| SIGNS.contains(first)) {
        let rest = &trimmed[sign.len_utf8()..];
        let bare = both(rest);
        return if bare == rest { part(text, trim) } else { Cow::Owned(format!("{sign}{bare}")) };
    }
    part(text, |text| both(trim(text)))
}

/// What stands between parentheses around the whole text.
fn inside(text: &str) -> Option<&str> {
    text.strip_prefix('(')?.strip_suffix(')')
}

fn both(text: &str) -> &str {
    let text = match before(text) {
        Some(length) => text[length..].trim_start(),
        None => text,
    };
    match after(text) {
        Some(length) => text[..text.len() - length].trim_end(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_short_way_leaves_what_the_long_way_leaves(
            text in "[ \t]?\\(?(€|\\$|EUR|kr|-|\\+|−|£)? {0,2}\u{a0}?[0-9.]{0,4} ?(€|\\$|EUR|kr)?\\)? ?|\\PC{0,5}",
        ) {
            let long = strip(Cow::Borrowed(&text));
            prop_assert_eq!(narrow(&text).is_none(), matches!(long, Cow::Owned(_)));
            prop_assert!(narrow(&text).is_none_or(|short| short == long), "{text:?}: {long:?}");
        }
    }
}
