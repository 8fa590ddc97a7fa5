//! The type `boolean`: words for true and for false.

/// The words of a boolean field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::schema) struct Words {
    pub(in crate::schema) yes: Vec<String>,
    pub(in crate::schema) no: Vec<String>,
}

impl Default for Words {
    fn default() -> Self {
        let words = |words: [&str; 4]| words.map(str::to_owned).to_vec();
        Self { yes: words(["true", "True", "TRUE", "1"]), no: words(["false", "False", "FALSE", "0"]) }
    }
}

impl Words {
    /// The words of the canonical text.
    pub(in crate::schema) fn canonical() -> Self {
        Self { yes: vec!["true".to_owned()], no: vec!["false".to_owned()] }
    }

    pub(in crate::schema) fn read(&self, text: &str) -> Option<bool> {
        let is = |words: &[String]| words.iter().any(|word| word == text);
        if is(&self.yes) {
            Some(true)
        } else if is(&self.no) {
            Some(false)
        } else {
            None
        }
    }
}
