//! Truth values as words.

/// The words for true and for false, in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    yes: Vec<String>,
    no: Vec<String>,
}

impl Words {
    /// Takes the words as written; a word in both lists is an error.
    pub(crate) fn new(yes: &[String], no: &[String]) -> Result<Self, String> {
        let lower = |words: &[String]| words.iter().map(|word| word.trim().to_lowercase()).collect::<Vec<_>>();
        let words = Self { yes: lower(yes), no: lower(no) };
        match words.yes.iter().find(|word| words.no.contains(word)) {
            Some(word) => Err(format!("has {word:?} for both true and false")),
            None if words.yes.iter().chain(&words.no).any(String::is_empty) => {
                Err("has an empty word; use default for empty texts".into())
            }
            None => Ok(words),
        }
    }

    /// Whether there are words for a truth value.
    pub(super) fn has(&self, truth: bool) -> bool {
        if truth { !self.yes.is_empty() } else { !self.no.is_empty() }
    }

    /// Reads a word, ignoring case.
    pub(super) fn read(&self, text: &str) -> Result<&'static str, String> {
        let word = text.trim().to_lowercase();
        match (self.yes.contains(&word), self.no.contains(&word)) {
            (true, _) => Ok("true"),
            (_, true) => Ok("false"),
            _ => Err(format!(
                "{text:?} is neither a word for true ({}) nor one for false ({})",
                self.yes.join(", "),
                self.no.join(", ")
            )),
        }
    }
}
