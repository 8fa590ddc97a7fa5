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

/// A condition on the cell with a label, as a value in YAML; `None` if the label or the text would need escapes.
/// `write` puts the cell and the text, as CEL, into the condition.
pub(super) fn on_cell(label: &str, text: &str, write: impl FnOnce(&str, &str) -> String) -> Option<String> {
    let is_plain = |text: &str| !text.chars().any(|c| c.is_control() || matches!(c, '"' | '\'' | '\\'));
    let fits = is_plain(label) && is_plain(text) && !label.is_empty();
    fits.then(|| format!("'{}'", write(&format!("row[\"{label}\"]"), &format!("\"{text}\""))))
}
