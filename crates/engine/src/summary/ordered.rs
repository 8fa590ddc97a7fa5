//! Texts and numbers as bytes whose order is theirs, so that entries are sorted without being decoded.
//!
//! Each encoding shows where it ends, so several can stand one after the other.

use crate::decimal::Decimal;

/// The byte that ends a text. The same byte within a text is followed by [`ESCAPED`].
const END: u8 = 0;
/// Follows a zero within a text. No text begins or continues with a byte above it, so that the end sorts first.
const ESCAPED: u8 = 0xff;

/// The first byte of a number, or of none.
const NOTHING: u8 = 0x00;
const NEGATIVE: u8 = 0x7f;
const ZERO: u8 = 0x80;
const POSITIVE: u8 = 0x81;
/// Added to the power of ten of a number's first digit. A number has at most a few thousand digits.
const BIAS: i64 = 0x8000;

/// Appends a text.
pub(super) fn push_text(text: &str, bytes: &mut Vec<u8>) {
    for byte in text.bytes() {
        bytes.push(byte);
        if byte == END {
            bytes.push(ESCAPED);
        }
    }
    bytes.extend([END, END]);
}

/// The bytes of the first text, and the rest; `None` if there is none.
pub(super) fn split_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    loop {
        let zero = at + bytes.get(at..)?.iter().position(|byte| *byte == END)?;
        match bytes.get(zero + 1)? {
            &END => return bytes.split_at_checked(zero + 2),
            _ => at = zero + 2,
        }
    }
}

/// The text of these bytes.
pub(super) fn text_of(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len());
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        match (*byte, bytes.as_slice().first()) {
            (END, Some(&ESCAPED)) => {
                text.push(END);
                bytes.next();
            }
            (END, _) => break,
            (byte, _) => text.push(byte),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Appends a number; without one, what sorts before all numbers.
pub(super) fn push_number(number: Option<&Decimal>, bytes: &mut Vec<u8>) {
    let Some(number) = number else {
        bytes.push(NOTHING);
        return;
    };
    let text = number.to_string();
    let digits = || text.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0');
    let Some(last) = digits().enumerate().filter(|(_, digit)| *digit != b'0').map(|(at, _)| at).last() else {
        bytes.push(ZERO);
        return;
    };
    let is_negative = text.starts_with('-');
    bytes.push(if is_negative { NEGATIVE } else { POSITIVE });
    let start = bytes.len();
    let power = u16::try_from(number.magnitude().saturating_add(BIAS)).unwrap_or(u16::MAX);
    bytes.extend(power.to_be_bytes());
    bytes.extend(digits().take(last + 1).map(|digit| digit - b'0' + 1));
    bytes.push(0);
    if is_negative {
        invert(&mut bytes[start..]);
    }
}

/// Skips a number without reading it; `None` if there is none.
pub(super) fn skip_number(bytes: &mut &[u8]) -> Option<()> {
    let (first, rest) = bytes.split_first()?;
    let end = match *first {
        NOTHING | ZERO => 0,
        NEGATIVE | POSITIVE => {
            let of = |byte: u8| if *first == NEGATIVE { !byte } else { byte };
            2 + rest.get(2..)?.iter().position(|byte| of(*byte) == 0)? + 1
        }
        _ => return None,
    };
    *bytes = rest.get(end..)?;
    Some(())
}

/// Reads a number; the rest stays. `None` within if there was none.
#[expect(clippy::option_option, reason = "no number is something else than bytes that are none")]
pub(super) fn take_number(bytes: &mut &[u8]) -> Option<Option<Decimal>> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    let is_negative = match *first {
        NOTHING => return Some(None),
        ZERO => return Some(Some(Decimal::whole(0))),
        NEGATIVE => true,
        POSITIVE => false,
        _ => return None,
    };
    let of = |byte: u8| if is_negative { !byte } else { byte };
    let (power, rest) = rest.split_first_chunk::<2>()?;
    let power = i64::from(u16::from_be_bytes(power.map(of))) - BIAS;
    let length = rest.iter().position(|byte| of(*byte) == 0)?;
    let (digits, rest) = (rest.get(..length)?, rest.get(length + 1..)?);
    *bytes = rest;
    let sign = if is_negative { "-" } else { "" };
    let digits: String = digits.iter().map(|digit| char::from(of(*digit).wrapping_sub(1).wrapping_add(b'0'))).collect();
    let places = i64::try_from(digits.len()).ok()? - 1;
    // A number is at most so long that its exponent can be read again.
    Decimal::of_any_length(&format!("{sign}{digits}e{}", power - places)).ok().map(Some)
}

/// Reverses the order of bytes.
pub(super) fn invert(bytes: &mut [u8]) {
    for byte in bytes {
        *byte = !*byte;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_number(Some(&text.parse().unwrap()), &mut bytes);
        bytes
    }

    fn text(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_text(text, &mut bytes);
        bytes
    }

    proptest! {
        #[test]
        fn bytes_are_in_the_order_of_numbers(
            a in "-?[0-9]{1,12}(\\.[0-9]{1,8})?(e-?[0-9]{1,2})?", b in "-?[0-9]{1,12}(\\.[0-9]{1,8})?(e-?[0-9]{1,2})?",
        ) {
            let [x, y]: [Decimal; 2] = [a.parse().unwrap(), b.parse().unwrap()];
            prop_assert_eq!(number(&a).cmp(&number(&b)), x.cmp(&y));
            let mut bytes = number(&a);
            bytes.extend(text("rest"));
            let mut rest = &bytes[..];
            prop_assert_eq!(take_number(&mut rest), Some(Some(x)));
            prop_assert_eq!(rest, &text("rest")[..]);
            let mut rest = &bytes[..];
            prop_assert_eq!(skip_number(&mut rest).map(|()| rest), Some(&text("rest")[..]));
            let (mut a, mut b) = (number(&a), number(&b));
            let before = a.cmp(&b);
            invert(&mut a);
            invert(&mut b);
            prop_assert_eq!(a.cmp(&b), before.reverse());
        }

        #[test]
        fn bytes_are_in_the_order_of_texts(a in "[\\x00\\x01a-c\u{7f}\u{ff}]{0,6}", b in "[\\x00\\x01a-c\u{7f}\u{ff}]{0,6}") {
            prop_assert_eq!(text(&a).cmp(&text(&b)), a.as_bytes().cmp(b.as_bytes()));
            let both = [text(&a), text(&b)].concat();
            let (first, rest) = split_text(&both).unwrap();
            prop_assert_eq!((text_of(first), text_of(rest)), (a.clone(), b.clone()));
            prop_assert_eq!(first, &text(&a)[..]);
        }

        #[test]
        fn broken_bytes_are_not_read(bytes: Vec<u8>) {
            let _ = skip_number(&mut &bytes[..]);
            let _ = take_number(&mut &bytes[..]);
            let _ = split_text(&bytes).map(|(first, rest)| (text_of(first), text_of(rest)));
        }
    }

    #[test]
    fn nothing_sorts_before_all_numbers() {
        let mut nothing = Vec::new();
        push_number(None, &mut nothing);
        assert!(nothing < number("-1e200"));
        assert_eq!(take_number(&mut &nothing[..]), Some(None));
    }
}
