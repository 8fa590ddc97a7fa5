//! What the sink needs to know of a record, and what it cannot hold.
//!
//! The limits are those of Amazon DynamoDB
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>). They are
//! held when a record is checked, so that nothing is left to be refused when it is written.

mod attribute;
mod item;

use twox_hash::XxHash3_128;

pub use attribute::{Attribute, InvalidValue, MAX_LEVELS, is_json};
pub use item::{attributes, path};

use crate::decimal::Decimal;
use crate::feed::FeedPlan;
use crate::spec::FieldType;
use crate::{Code, Problem, Stage};

/// Largest item: 400 KB, names and values together.
const MAX_ITEM: usize = 400 * 1024;
/// What Sluice writes beside the fields (`_run`, `_order`, `_hash`, `_was`), rounded up.
const OWN_ATTRIBUTES: usize = 1024;
/// Most fields of a feed: an item is written by one update expression of at most 4 KB, of which a
/// field takes up to 14 bytes (`#f249=:v249,` and its share of the rest).
pub const MAX_FIELDS: usize = 250;
/// Longest partition key and sort key in bytes.
pub(crate) const MAX_KEY: [usize; 2] = [2048, 1024];
/// Most significant digits of a number.
const MAX_DIGITS: u64 = 38;
/// How many bytes are hashed without memory of their own: those of most keys.
const SHORT: usize = 128;
/// Powers of ten of the smallest and the largest number.
const MAGNITUDES: std::ops::RangeInclusive<i64> = -130..=125;

/// What an item takes beside the values of its fields.
pub(crate) fn names_size(plan: &FeedPlan) -> usize {
    // Each dot of a name makes a map, which takes up to 4 bytes beside what is in it.
    let size = |name: &str| name.len() + 4 * around(name);
    OWN_ATTRIBUTES + plan.fields.iter().map(|field| size(&field.name)).sum::<usize>()
}

/// How many maps a field is in.
fn around(name: &str) -> usize {
    path(name).len() - 1
}

/// Whether the sink surely holds a record of canonical texts, of which none is JSON or a number of more digits than are
/// stored. Where it is not sure, [`check_limits`] knows.
pub(crate) fn surely_fits(plan: &FeedPlan, names_size: usize, texts: &[&str]) -> bool {
    let mut keys = plan.import.key.iter().zip(MAX_KEY);
    names_size + texts.iter().map(|text| text.len()).sum::<usize>() <= MAX_ITEM
        && keys.all(|(index, limit)| texts.get(*index).is_some_and(|text| text.len() <= limit))
}

/// Reports what the sink could not hold. `text` answers the canonical text of each field of a valid record, whose names
/// take `names_size` bytes.
pub(crate) fn check_limits<'a>(
    plan: &FeedPlan,
    names_size: usize,
    text: impl Fn(usize) -> &'a str,
    problems: &mut Vec<Problem>,
) {
    let mut size = names_size;
    for (at, field) in plan.fields.iter().enumerate() {
        let text = text(at);
        if text.is_empty() {
            continue;
        }
        let refused = match field.field_type {
            FieldType::Integer | FieldType::Number if !storable(text) => Some(not_exact(text)),
            json if is_json(json) => {
                match Attribute::tree(json, text, MAX_LEVELS.saturating_sub(around(&field.name))) {
                    Ok(value) => {
                        size += value.size();
                        None
                    }
                    Err(why) => Some(why.to_string()),
                }
            }
            _ => {
                size += text.len();
                None
            }
        };
        if let Some(message) = refused {
            problems.push(Problem::new(Stage::Validate, Code::SinkRefused, message).field(&field.name).value(text));
        }
    }
    for (index, limit) in plan.import.key.iter().zip(MAX_KEY) {
        let length = text(*index).len();
        if length > limit {
            let message = format!("has {length} bytes, but the table holds keys of up to {limit}");
            problems.push(Problem::new(Stage::Validate, Code::SinkRefused, message).field(&plan.fields[*index].name));
        }
    }
    if size > MAX_ITEM {
        let message = format!("makes an item of {size} bytes, but the table holds items of up to {MAX_ITEM}");
        problems.push(Problem::new(Stage::Validate, Code::ItemTooLarge, message));
    }
}

/// Whether a number can be stored exactly.
pub(crate) fn storable(text: &str) -> bool {
    is_short(text)
        || text.parse::<Decimal>().is_ok_and(|number| {
            number == Decimal::from(0)
                || number.significant_digits() <= MAX_DIGITS && MAGNITUDES.contains(&number.magnitude())
        })
}

/// Whether a text surely is a number that can be stored: in plain notation, and no longer than the digits allowed.
fn is_short(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (mut points, mut others) = (0, 0);
    for byte in digits {
        points += usize::from(*byte == b'.');
        others += usize::from(!byte.is_ascii_digit() && *byte != b'.');
    }
    others == 0 && points <= 1 && (points + 1..=38).contains(&digits.len())
}

/// What is told of a number that cannot.
fn not_exact(number: &str) -> String {
    format!("{number} cannot be stored exactly: the table holds {MAX_DIGITS} digits, from 1e-130 to 1e126")
}

/// A hash of the key of a record: equal keys have equal hashes, and two of 10^9 different keys
/// share one with a probability of about 10^-21.
#[must_use]
pub fn key_hash<T: AsRef<str>>(plan: &FeedPlan, texts: &[T]) -> u128 {
    key_hash_by(plan, |index| texts[index].as_ref())
}

/// The same for texts that are not in a list: `text` answers each by its index.
#[must_use]
pub fn key_hash_by<'a>(plan: &FeedPlan, text: impl Fn(usize) -> &'a str) -> u128 {
    hash(plan.import.key.iter().map(|index| text(*index)))
}

/// A hash of the content of a record: its fields that have a value, by name.
#[must_use]
pub fn content_hash<T: AsRef<str>>(plan: &FeedPlan, texts: &[T]) -> String {
    let parts = plan.fields.iter().zip(texts).filter(|(_, text)| !text.as_ref().is_empty());
    format!("{:032x}", hash(parts.flat_map(|(field, text)| [field.name.as_str(), text.as_ref()])))
}

pub(crate) fn hash<'a>(parts: impl Iterator<Item = &'a str>) -> u128 {
    let (mut short, mut used, mut long) = ([0; SHORT], 0, Vec::new());
    for part in parts {
        // The length before each part keeps ("ab", "c") and ("a", "bc") apart.
        for bytes in [&(part.len() as u64).to_le_bytes()[..], part.as_bytes()] {
            match short.get_mut(used..used + bytes.len()) {
                Some(room) if long.is_empty() => {
                    room.copy_from_slice(bytes);
                    used += bytes.len();
                }
                _ => {
                    if long.is_empty() {
                        long.extend_from_slice(&short[..used]);
                    }
                    long.extend_from_slice(bytes);
                }
            }
        }
    }
    XxHash3_128::oneshot(if long.is_empty() { &short[..used] } else { &long })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> FeedPlan {
        FeedPlan::from_yaml(
            "
version: 1
name: p
schema:
  fields:
    - {name: a, constraints: {required: true}}
    - {name: b, constraints: {required: true}}
    - {name: n, type: number}
    - {name: deep.down, type: object}
import: {table: p, key: [a, b]}
",
        )
        .map_err(|problems| format!("{problems:?}"))
        .unwrap()
    }

    #[test]
    fn keys_and_contents_are_told_apart() {
        let plan = plan();
        assert_eq!(key_hash(&plan, &["a", "bc", "1", ""]), key_hash(&plan, &["a", "bc", "2", ""]));
        assert_ne!(key_hash(&plan, &["a", "bc", "", ""]), key_hash(&plan, &["ab", "c", "", ""]));
        assert_ne!(content_hash(&plan, &["a", "b", "1", ""]), content_hash(&plan, &["a", "b", "2", ""]));
        assert_ne!(content_hash(&plan, &["a", "b", "1", ""]), content_hash(&plan, &["a", "b", "", ""]));
    }

    #[test]
    fn long_texts_are_hashed_as_short_ones_are() {
        for length in [0, 1, 100, 111, 112, 113, 119, 120, 121, 300] {
            let texts = ["x".repeat(length), "y".repeat(7)];
            let mut bytes = Vec::new();
            for text in &texts {
                bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
            assert_eq!(hash(texts.iter().map(String::as_str)), XxHash3_128::oneshot(&bytes), "{length}");
        }
    }

    #[test]
    fn a_short_number_is_seen_to_be_storable() {
        let nines = "9".repeat(38);
        for text in ["0", "-1", "12.50", ".5", "-0.00", nines.as_str(), &format!("0.{}", "1".repeat(36))] {
            let slow = text.parse::<Decimal>().is_ok_and(|number| number.significant_digits() <= MAX_DIGITS);
            assert!(is_short(text) && slow, "{text}");
        }
        for text in ["", "-", ".", "-.", "1e5", "1.2.3", "x", &"9".repeat(39)] {
            assert!(!is_short(text), "{text}");
        }
    }

    #[test]
    fn table_of_limits() {
        let plan = plan();
        for (a, n, code) in [
            ("x".to_owned(), "1".to_owned(), None),
            ("x".to_owned(), "9".repeat(38), None),
            ("x".to_owned(), format!("1{}", "0".repeat(125)), None),
            ("x".to_owned(), "0".to_owned(), None),
            ("x".to_owned(), "9".repeat(39), Some(Code::SinkRefused)),
            ("x".to_owned(), format!("1{}", "0".repeat(126)), Some(Code::SinkRefused)),
            ("x".to_owned(), format!("1e{}", "9".repeat(20)), Some(Code::SinkRefused)),
            ("x".repeat(2049), "1".to_owned(), Some(Code::SinkRefused)),
        ] {
            let mut problems = Vec::new();
            let texts = [a.as_str(), "b", &n, ""];
            check_limits(&plan, names_size(&plan), |field| texts[field], &mut problems);
            assert_eq!(problems.first().map(|problem| problem.code), code, "{problems:?}");
        }
    }

    #[test]
    fn table_of_limits_of_json() {
        let plan = plan();
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (json, code) in [
            ("{\"a\": [1, null]}".to_owned(), None),
            // The field is in a map already.
            (nested(31), None),
            (nested(32), Some(Code::SinkRefused)),
            (format!("[{}]", "9".repeat(39)), Some(Code::SinkRefused)),
            (format!("[{}1]", "1,".repeat(200_000)), None),
            (format!("[{}1]", "1,".repeat(210_000)), Some(Code::ItemTooLarge)),
            (format!("[{}null]", "{},".repeat(110_000)), Some(Code::ItemTooLarge)),
        ] {
            let mut problems = Vec::new();
            let texts = ["a", "b", "1", &json];
            check_limits(&plan, names_size(&plan), |field| texts[field], &mut problems);
            assert_eq!(problems.first().map(|problem| problem.code), code, "{:?}", problems.first());
        }
    }
}
