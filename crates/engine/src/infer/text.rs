//! Texts of a file as they are shown in comments.

/// Longest text that is shown, in characters.
const MAX_SHOWN: usize = 40;

/// A text in quotes, on one line, cut where it is long.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(MAX_SHOWN).collect();
    if cut.len() == text.len() { format!("{text:?}") } else { format!("{cut:?} …") }
}

/// Texts in quotes, at most so many.
pub(super) fn list<'a>(texts: impl ExactSizeIterator<Item = &'a str>, most: usize) -> String {
    let more = texts.len().saturating_sub(most);
    let shown = texts.take(most).map(shown).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
