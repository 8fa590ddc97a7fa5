//! An error with its causes, as one line.

use std::error::Error;
use std::fmt::Write;

/// An error and its causes as one line: `a: b: c`.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some errors already repeat their cause in their own message.
        let more = error.to_string();
        if !text.ends_with(&more) {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {more}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    #[test]
    fn each_cause_is_told_once() {
        let innermost = Layer { text: "connection refused", source: None };
        let repeating = Layer { text: "tcp: connection refused", source: Some(Box::new(innermost)) };
        let error = Layer { text: "failed to read", source: Some(Box::new(repeating)) };
        assert_eq!(chain(&error), "failed to read: tcp: connection refused");
    }
}
