//! The meaning of a text without quotes.

use serde_json::Number;

use super::Kind;

/// The value of a text without quotes: null, a truth value, a number as in JSON, or a text.
pub(super) fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" => Kind::Null,
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        _ => text.parse::<Number>().map_or_else(|_| Kind::Text(text.to_owned()), Kind::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_text() {
        for text in [
            "0",
            "-1",
            "0.10",
            "1e+400",
            "123456789012345678901234567890.5",
            "-0.0",
            "1.50e-3",
            "123456789012345678901234567890",
        ] {
            assert!(matches!(plain(text), Kind::Number(number) if number.to_string() == text), "{text}");
        }
    }

    #[test]
    fn what_json_does_not_take_for_a_number_or_a_truth_value_is_a_text() {
        for text in ["007", "+5", ".5", "5.", "0x1F", "0o7", ".inf", "1_000", "no", "y", "TRUE", "NULL", "1,5", "- 1"] {
            assert!(matches!(plain(text), Kind::Text(read) if read == text), "{text}");
        }
        assert!(matches!(plain("true"), Kind::Bool(true)));
        assert!(matches!(plain("~"), Kind::Null));
    }
}
