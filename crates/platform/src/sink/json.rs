//! Values as JSON. Numbers stay exactly as they are written.

use serde_json::value::RawValue;

use super::{Attribute, ItemField};

/// Appends the fields that have a value as members of an object, in their order. The text ends with the brace of that object.
pub(super) fn fields(fields: &[ItemField<'_>], line: &mut String) {
    for (name, value) in fields {
        if let Some(value) = value {
            member(line, name);
            attribute(line, value);
        }
    }
}

/// Appends a value.
pub(super) fn attribute(line: &mut String, value: &Attribute<'_>) {
    match value {
        Attribute::Bool(value) => line.push_str(if *value { "true" } else { "false" }),
        Attribute::Number(value) | Attribute::Integer(value) if is_json_number(value) => line.push_str(value),
        Attribute::Text(value) | Attribute::Number(value) | Attribute::Integer(value) | Attribute::Date(value) => {
            text(line, value);
        }
        Attribute::Null => line.push_str("null"),
        Attribute::List(elements) => {
            line.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    line.push(',');
                }
                attribute(line, element);
            }
            line.push(']');
        }
        Attribute::Map(members) => {
            line.push('{');
            for (name, value) in members {
                member(line, name);
                attribute(line, value);
            }
            line.push('}');
        }
    }
}

/// Begins a member of an object. It is the first member if the line ends with a brace.
pub(super) fn member(line: &mut String, name: &str) {
    if !line.ends_with('{') {
        line.push(',');
    }
    text(line, name);
    line.push(':');
}

/// A text as JSON.
pub(super) fn text(line: &mut String, value: &str) {
    if surely_plain(value) {
        line.push('"');
        line.push_str(value);
        line.push('"');
    } else {
        // Writing a text as JSON cannot fail.
        line.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
    }
}

/// Whether a text surely has no character that JSON escapes: a control character, a quote or a backslash. Eight bytes are looked
/// at together, and the last eight once more if they are not a word of their own.
fn surely_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let odd = if let Some(last) = bytes.last_chunk() {
        bytes.as_chunks().0.iter().fold(odd_bytes(*last), |odd, word| odd | odd_bytes(*word))
    } else if let (Some([a, b, c, d]), Some([e, f, g, h])) = (bytes.first_chunk(), bytes.last_chunk()) {
        odd_bytes([*a, *b, *c, *d, *e, *f, *g, *h])
    } else {
        return bytes.iter().all(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\');
    };
    odd == 0
}

/// Zero if JSON escapes none of these bytes.
fn odd_bytes(word: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(word);
    let (quotes, backslashes) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
    // The high bit of a byte is set if the byte is less than a space, or equal to one of the two.
    let odd = (word.wrapping_sub(ONES * u64::from(b' ')) & !word)
        | (quotes.wrapping_sub(ONES) & !quotes)
        | (backslashes.wrapping_sub(ONES) & !backslashes);
    odd & HIGHS
}

/// Whether a number is valid JSON as it is written. Other numbers (`+1`, `.5`) are written as texts, which are exact
/// too.
fn is_json_number(number: &str) -> bool {
    surely_json_number(number.as_bytes())
        || number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
            && serde_json::from_str::<&RawValue>(number).is_ok()
}

/// Whether a number surely is valid JSON: it is in plain notation, without a zero that leads.
fn surely_json_number(number: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = number.strip_prefix(b"-").unwrap_or(number);
    let (whole, rest) = number.split_at(digits(number));
    let starts_well = matches!(whole, [b'0'] | [b'1'..=b'9', ..]);
    starts_well
        && match rest {
            [] => true,
            [b'.', fraction @ ..] => !fraction.is_empty() && digits(fraction) == fraction.len(),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_json_escapes_is_seen_at_every_place() {
        let plain = "ein Stück Käse, ~100g";
        for odd in (0..b' ').chain([b'"', b'\\']) {
            for (end, at) in (0..=plain.len()).flat_map(|end| (0..=end).map(move |at| (end, at))) {
                let mut bytes = plain.as_bytes()[..end].to_vec();
                bytes.insert(at, odd);
                if let Ok(text) = str::from_utf8(&bytes) {
                    assert!(!surely_plain(text), "{text:?}");
                }
            }
        }
        for plain in ["", " ", "ein Stück Käse, 100 g", "\u{7f}\u{80}\u{a2}\u{dc}\u{10ffff}!#[]^"] {
            assert!(surely_plain(plain), "{plain:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_that_surely_is_plain_is_not_escaped(text in "\\PC{0,20}[\\x00-\\x7f]{0,4}") {
            let mut line = String::new();
            super::text(&mut line, &text);
            prop_assert_eq!(line, serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn a_number_that_surely_is_json_is(number in "[-+]?[0-9]{0,3}[.e]?[0-9.]{0,3}") {
            prop_assert!(!surely_json_number(number.as_bytes()) || serde_json::from_str::<&RawValue>(&number).is_ok());
        }
    }
}
