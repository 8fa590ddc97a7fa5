//! White space.

use std::borrow::Cow;

/// One space for every run of white space, and none at the ends.
pub(super) fn collapse(text: Cow<'_, str>) -> Cow<'_, str> {
    let words = || text.split_whitespace();
    let length = words().map(str::len).sum::<usize>() + words().count().saturating_sub(1);
    let single_spaces = text.chars().all(|c| c == ' ' || !c.is_whitespace());
    if length == text.len() && single_spaces { text } else { words().collect::<Vec<_>>().join(" ").into() }
}
