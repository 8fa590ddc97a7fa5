//! The key of an item, for sinks that look items up themselves.

use std::fmt::Write;

use bigdecimal::BigDecimal;

use super::{Attribute, ItemField, Target};

/// Why an item has no key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// A key field is empty.
    #[error("the key field {0:?} has no value")]
    Empty(String),
    /// A key field has another type.
    #[error("the key field {name:?} is not a {expected}")]
    Type {
        /// The field.
        name: String,
        /// The expected type.
        expected: &'static str,
    },
}

/// The key of an item of a table as one text; see [`push_key`].
pub(crate) fn key_of(target: &Target, fields: &[ItemField<'_>]) -> Result<Box<str>, KeyRefusal> {
    let mut key = String::new();
    push_key(target, fields, &mut key)?;
    Ok(key.into())
}

/// Appends the key of an item of a table as one text. Different keys of one table have different texts, because all of
/// them have the same number of fields. Numbers are normalised, because 1 and 1.0 are the same key in every sink with
/// numbers.
///
/// # Errors
/// If a key field has no value, or a value of another type.
pub fn push_key(target: &Target, fields: &[ItemField<'_>], key: &mut String) -> Result<(), KeyRefusal> {
    for field in &target.key {
        let value = fields.iter().find(|(name, _)| *name == field.name).and_then(|(_, value)| value.as_ref());
        let wrong = |expected| KeyRefusal::Type { name: field.name.clone(), expected };
        let start = key.len();
        match (value, field.number) {
            (None, _) => return Err(KeyRefusal::Empty(field.name.clone())),
            (Some(Attribute::Text(text) | Attribute::Date(text)), false) if text.is_empty() => {
                return Err(KeyRefusal::Empty(field.name.clone()));
            }
            (Some(Attribute::Text(text) | Attribute::Date(text)), false) => key.push_str(text),
            (Some(Attribute::Number(number) | Attribute::Integer(number)), true) => {
                push_number(number, key).ok_or_else(|| wrong("number"))?;
            }
            (Some(_), true) => return Err(wrong("number")),
            (Some(_), false) => return Err(wrong("text")),
        }
        if target.key.len() > 1 {
            // The length after each part distinguishes ("ab", "c") from ("a", "bc"). Writing to a text cannot fail.
            let length = key.len() - start;
            let _ = write!(key, ":{length};");
        }
    }
    Ok(())
}

/// Appends the normal form of a number: its digits without zeros at the ends, and the power of ten.
fn push_number(number: &str, key: &mut String) -> Option<()> {
    match surely_normal(number) {
        Some((sign, whole, fraction, power)) => {
            let _ = write!(key, "{sign}{whole}{fraction}e{power}");
        }
        None => {
            let (digits, scale) = number.parse::<BigDecimal>().ok()?.normalized().into_bigint_and_scale();
            let _ = write!(key, "{digits}e{}", -scale);
        }
    }
    Some(())
}

/// The parts of the normal form of a number in plain notation, which has digits and at most one point between digits: the sign,
/// the digits before and after the point, and the power of ten.
fn surely_normal(number: &str) -> Option<(&str, &str, &str, i64)> {
    let (sign, digits) = if number.starts_with('-') { number.split_at(1) } else { ("", number) };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(whole) || !is_plain(fraction) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    Some(match (whole, fraction) {
        ("", "") => ("", "0", "", 0),
        ("", fraction) => (sign, "", fraction.trim_start_matches('0'), -i64::try_from(fraction.len()).ok()?),
        (whole, "") => {
            let digits = whole.trim_end_matches('0');
            (sign, digits, "", i64::try_from(whole.len() - digits.len()).ok()?)
        }
        (whole, fraction) => (sign, whole, fraction, -i64::try_from(fraction.len()).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{KeyField, SinkKind};
    use super::*;

    fn key(value: Option<Attribute<'_>>, number: bool) -> Result<Box<str>, KeyRefusal> {
        key_of(&target(&[number]), &[("0", value)])
    }

    /// A table whose key has these fields, which are numbers or not.
    fn target(key: &[bool]) -> Target {
        let field = |(at, number): (usize, &bool)| KeyField { name: at.to_string(), number: *number };
        Target {
            sink: SinkKind::Table,
            name: "t".to_owned(),
            key: key.iter().enumerate().map(field).collect(),
            via: None,
            manner: crate::sink::Manner::default(),
        }
    }

    #[test]
    fn a_number_has_one_form() {
        let number = |text: &'static str| key(Some(Attribute::Number(text.into())), true);
        assert_eq!(number("100"), number("1.00e2"));
        assert_eq!(number("0"), number("-0.0"));
        assert_eq!(number("-0.50"), number("-5e-1"));
        assert_ne!(number("0.1"), number("0.10000000000000000000001"));
        assert_ne!(number("0.1"), number("-0.1"));
    }

    proptest! {
        #[test]
        fn a_number_in_plain_notation_has_the_form_that_every_other_notation_has(
            text in "-?[0-9]{0,6}0{0,3}(\\.0{0,3}[0-9]{0,6}0{0,3})?"
        ) {
            let (mut plain, mut other) = (String::new(), String::new());
            let is_number = push_number(&text, &mut plain).is_some();
            // A power of ten leads to the slow way.
            prop_assert_eq!(is_number, push_number(&format!("{text}e0"), &mut other).is_some());
            prop_assert_eq!(plain, other);
        }
    }

    #[test]
    fn keys_are_one_text_each() {
        let text = |parts: &[&'static str]| {
            let fields = ["0", "1"].into_iter().zip(parts);
            let fields: Vec<_> = fields.map(|(name, part)| (name, Some(Attribute::Text((*part).into())))).collect();
            key_of(&target(&vec![false; parts.len()]), &fields).unwrap()
        };
        assert_eq!(&*text(&["a:b"]), "a:b");
        assert_ne!(text(&["ab", "c"]), text(&["a", "bc"]));
        assert_ne!(text(&["a:1;b", "c"]), text(&["a", "b:1;c"]));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(key(None, false), Err(KeyRefusal::Empty("0".to_owned())));
        assert_eq!(key(Some(Attribute::Text("".into())), false), Err(KeyRefusal::Empty("0".to_owned())));
        assert!(key(Some(Attribute::Text("1".into())), true).is_err());
        assert!(key(Some(Attribute::Number("x".into())), true).is_err());
        assert!(key(Some(Attribute::Bool(true)), false).is_err());
    }
}
