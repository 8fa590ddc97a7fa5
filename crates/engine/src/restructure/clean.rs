//! Cleaning: small steps on a text.

use std::borrow::Cow;

use crate::feed::CleanSpec;

/// Applies a step. A text that it does not change is not copied.
pub(super) fn apply<'a>(step: &CleanSpec, text: Cow<'a, str>) -> Cow<'a, str> {
    match step {
        CleanSpec::Trim => map(text, str::trim),
        CleanSpec::CollapseWhitespace => collapse(text),
        CleanSpec::Upper if text.chars().any(|c| c.is_lowercase() || !c.is_ascii()) => text.to_uppercase().into(),
        CleanSpec::Lower if text.chars().any(|c| c.is_uppercase() || !c.is_ascii()) => text.to_lowercase().into(),
        CleanSpec::Strip(characters) if text.contains(|c| characters.contains(c)) => {
            text.chars().filter(|c| !characters.contains(*c)).collect::<String>().into()
        }
        CleanSpec::Default(value) if text.is_empty() => value.0.clone().into(),
        CleanSpec::Upper | CleanSpec::Lower | CleanSpec::Strip(_) | CleanSpec::Default(_) => text,
    }
}

fn map(text: Cow<'_, str>, part: impl Fn(&str) -> &str) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text)),
        Cow::Owned(text) => Cow::Owned(part(&text).to_owned()),
    }
}

fn collapse(text: Cow<'_, str>) -> Cow<'_, str> {
    let words = || text.split_whitespace();
    let length = words().map(str::len).sum::<usize>() + words().count().saturating_sub(1);
    let single_spaces = text.chars().all(|c| c == ' ' || !c.is_whitespace());
    if length == text.len() && single_spaces { text } else { words().collect::<Vec<_>>().join(" ").into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Scalar;

    #[test]
    fn table_of_steps() {
        for (step, text, expected) in [
            (CleanSpec::Trim, " \u{a0}a b\t", "a b"),
            (CleanSpec::Trim, "", ""),
            (CleanSpec::CollapseWhitespace, "  a \n\t b ", "a b"),
            (CleanSpec::CollapseWhitespace, "a b", "a b"),
            (CleanSpec::CollapseWhitespace, "a\tb", "a b"),
            (CleanSpec::Upper, "straße1", "STRASSE1"),
            (CleanSpec::Upper, "ABC", "ABC"),
            (CleanSpec::Lower, "ÄB", "äb"),
            (CleanSpec::Strip("€ ".into()), "1 200 €", "1200"),
            (CleanSpec::Strip("€".into()), "12", "12"),
            (CleanSpec::Default(Scalar("EUR".into())), "", "EUR"),
            (CleanSpec::Default(Scalar("EUR".into())), "USD", "USD"),
        ] {
            assert_eq!(apply(&step, Cow::Borrowed(text)), expected, "{step:?} {text:?}");
            assert_eq!(apply(&step, Cow::Owned(text.to_owned())), expected, "{step:?} {text:?}");
        }
    }
}
