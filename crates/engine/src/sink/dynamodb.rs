//! What a table of Amazon DynamoDB can hold.
//!
//! The limits are those of *Quotas in Amazon DynamoDB*
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>). An item may have any number of attributes, as
//! far as its size allows.

use super::attribute::{Attribute, is_nested};
use super::item::path;
use super::rules::{Limits, Shape, SinkRules, is_short_number};
use crate::Code;
use crate::decimal::Decimal;
use crate::spec::FieldType;

/// A table of Amazon DynamoDB.
#[derive(Clone, Copy, Debug)]
pub struct DynamoDb;

static LIMITS: Limits = Limits {
    levels: 32,
    record_bytes: 400 * 1024,
    record: ["an item", "items"],
    too_large: Code::ItemTooLarge,
    key_bytes: &[2048, 1024],
    key_name_bytes: 255,
};

/// The size of the attributes that Sluice writes beside the fields (`_run`, `_order`, `_hash`, `_was`), in bytes, rounded up.
const OWN_ATTRIBUTES: usize = 1024;
/// Maximum length of a table name: it may have 255 characters, up to 80 of which are the stack's prefix.
const MAX_NAME: usize = 170;
/// Maximum number of significant digits of a number.
const MAX_DIGITS: usize = 38;
/// The powers of ten of the smallest and the largest number.
const MAGNITUDES: std::ops::RangeInclusive<i64> = -130..=125;
/// The size of a list or a map without its elements, in bytes.
const CONTAINER: usize = 3;
/// The size of an element without its name and its value, in bytes.
const ELEMENT: usize = 1;

impl SinkRules for DynamoDb {
    fn target(&self) -> &'static str {
        "table"
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn refuse_name(&self, name: &str) -> Option<String> {
        let valid = (1..=MAX_NAME).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        (!valid).then(|| format!("{name:?} is not a table name: a-z, A-Z, 0-9, -, _ and ."))
    }

    fn may_be_key(&self, field_type: FieldType) -> bool {
        field_type != FieldType::Boolean && !is_nested(field_type)
    }

    fn refuse_number(&self, number: &str) -> Option<String> {
        let held = is_short_number(number, MAX_DIGITS)
            || number.parse::<Decimal>().is_ok_and(|number| {
                number == Decimal::from(0)
                    || number.significant_digits() <= MAX_DIGITS as u64 && MAGNITUDES.contains(&number.magnitude())
            });
        (!held).then(|| {
            format!("{number} cannot be stored exactly: the table holds {MAX_DIGITS} digits, from 1e-130 to 1e126")
        })
    }

    fn overhead(&self, shape: Shape<'_>) -> usize {
        // Each dot of a name makes a map.
        let size = |name: &str| name.len() + (CONTAINER + ELEMENT) * (path(name).len() - 1);
        OWN_ATTRIBUTES + shape.fields.iter().map(|field| size(&field.name)).sum::<usize>()
    }

    fn size(&self, value: &Attribute<'_>) -> usize {
        match value {
            Attribute::Text(text) | Attribute::Number(text) | Attribute::Integer(text) | Attribute::Date(text) => {
                text.len()
            }
            Attribute::Bool(_) | Attribute::Null => 1,
            Attribute::List(elements) => {
                CONTAINER + elements.iter().map(|element| ELEMENT + self.size(element)).sum::<usize>()
            }
            Attribute::Map(members) => {
                let size = |(name, value): (&String, &Attribute<'_>)| ELEMENT + name.len() + self.size(value);
                CONTAINER + members.iter().map(size).sum::<usize>()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Problem;
    use crate::feed::FeedPlan;

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
        .unwrap()
    }

    fn check(plan: &FeedPlan, texts: &[&str]) -> Vec<Problem> {
        let mut problems = Vec::new();
        let shape = plan.shape();
        plan.sink.check(shape, plan.sink.overhead(shape), &|field| texts[field], &mut problems);
        problems
    }

    #[test]
    fn a_short_number_is_seen_to_be_storable() {
        let nines = "9".repeat(38);
        for text in ["0", "-1", "12.50", ".5", "-0.00", nines.as_str(), &format!("0.{}", "1".repeat(36))] {
            let slow = text.parse::<Decimal>().is_ok_and(|number| number.significant_digits() <= MAX_DIGITS as u64);
            assert!(is_short_number(text, MAX_DIGITS) && slow, "{text}");
        }
        for text in ["", "-", ".", "-.", "1e5", "1.2.3", "x", &"9".repeat(39)] {
            assert!(!is_short_number(text, MAX_DIGITS), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_surely_fits_is_not_refused(a in 0_usize..4096, b in 0_usize..2048, digits in 0_usize..18, big: bool) {
            let plan = plan();
            let texts = ["x".repeat(a), "y".repeat(b), "9".repeat(digits), String::new()];
            let texts = [&*texts[0], &*texts[1], &*texts[2], &*texts[3]];
            let (shape, more) = (plan.shape(), if big { 400 * 1024 } else { 0 });
            let overhead = plan.sink.overhead(shape) + more;
            let (mut problems, bytes) = (Vec::new(), overhead + texts.concat().len());
            plan.sink.check(shape, overhead, &|field| texts[field], &mut problems);
            prop_assert!(!plan.sink.surely_holds(shape, bytes, &|field| texts[field]) || problems.is_empty(), "{problems:?}");
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
            let problems = check(&plan, &[&a, "b", &n, ""]);
            assert_eq!(problems.first().map(|problem| problem.code), code, "{problems:?}");
        }
    }

    #[test]
    fn table_of_limits_of_json() {
        let plan = plan();
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (json, code) in [
            ("{\"a\": [1, null]}".to_owned(), None),
            // The field is in a map, which is one level.
            (nested(31), None),
            (nested(32), Some(Code::SinkRefused)),
            (format!("[{}]", "9".repeat(39)), Some(Code::SinkRefused)),
            (format!("[{}1]", "1,".repeat(200_000)), None),
            (format!("[{}1]", "1,".repeat(210_000)), Some(Code::ItemTooLarge)),
            (format!("[{}null]", "{},".repeat(110_000)), Some(Code::ItemTooLarge)),
        ] {
            let problems = check(&plan, &["a", "b", "1", &json]);
            assert_eq!(problems.first().map(|problem| problem.code), code, "{:?}", problems.first());
        }
    }

    #[test]
    fn sizes_are_those_of_the_developer_guide() {
        for (text, size) in
            [("{}", 3), ("{\"ab\":true}", 3 + 1 + 2 + 1), ("[\"abc\",[null]]", 3 + 1 + 3 + 1 + 3 + 1 + 1)]
        {
            assert_eq!(DynamoDb.size(&Attribute::json(&DynamoDb, text, 32).unwrap()), size, "{text}");
        }
    }
}
