//! Shows texts of a file in comments.

/// Maximum length of a text, in characters.
const MAX_SHOWN: usize = 40;

/// A text in quotes, on one line, cut if it is long.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(MAX_SHOWN).collect();
    if cut.len() == text.len() { format!("{text:?}") } else { format!("{cut:?} …") }
}

/// At most this many texts in quotes.
pub(super) fn list<'a>(texts: impl ExactSizeIterator<Item = &'a str>, most: usize) -> String {
    let more = texts.len().saturating_sub(most);
    let shown = texts.take(most).map(shown).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
