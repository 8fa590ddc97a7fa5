//! Removes, replaces and selects parts of a text.

use std::borrow::Cow;

use regex::Regex;

/// Removes the given characters.
pub(super) fn strip<'a>(characters: &str, text: Cow<'a, str>) -> Cow<'a, str> {
    if text.contains(|c| characters.contains(c)) {
        return text.chars().filter(|c| !characters.contains(*c)).collect::<String>().into();
    }
    text
}

/// Replaces a text by another.
pub(super) fn text<'a>(find: &str, with: &str, text: Cow<'a, str>) -> Cow<'a, str> {
    if text.contains(find) { Cow::Owned(text.replace(find, with)) } else { text }
}

/// Replaces the matches of a pattern.
pub(super) fn pattern<'a>(pattern: &Regex, with: &str, text: Cow<'a, str>) -> Cow<'a, str> {
    match pattern.replace_all(&text, with) {
        Cow::Borrowed(_) => text,
        Cow::Owned(replaced) => Cow::Owned(replaced),
    }
}

/// The part at a position, from 1, or from -1 at the end; empty if there is none.
pub(super) fn split<'a>(by: &str, take: i32, text: &'a str) -> &'a str {
    let at = usize::try_from(take.unsigned_abs()).unwrap_or(usize::MAX).saturating_sub(1);
    let part = if take > 0 { text.split(by).nth(at) } else { text.rsplit(by).nth(at) };
    part.unwrap_or_default()
}

/// The match of a pattern: its first group, or all of it.
pub(super) fn extract<'a>(pattern: &Regex, text: &'a str) -> &'a str {
    let group = usize::from(pattern.captures_len() > 1);
    pattern.captures(text).and_then(|found| found.get(group)).map_or("", |found| found.as_str())
}
