//! Takes signs and codes of currencies off a text.

use std::borrow::Cow;

use super::part;
use super::space::trim;
use crate::currency::{after, before};

/// Removes a currency sign or code at either end, and the space beside it.
///
/// A sign before it is kept: `-€ 5` becomes `-5`. A code that is part of a word stays.
pub(super) fn strip(text: Cow<'_, str>) -> Cow<'_, str> {
    let trimmed = trim(&text);
    if let Some(sign) = trimmed.chars().next().filter(|first| matches!(first, '-' | '+' | '−')) {
        let rest = &trimmed[sign.len_utf8()..];
        let bare = both(rest);
        return if bare == rest { part(text, trim) } else { Cow::Owned(format!("{sign}{bare}")) };
    }
    part(text, |text| both(trim(text)))
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
