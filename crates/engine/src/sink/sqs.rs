//! What a queue of Amazon SQS can hold.
//!
//! The limits are those of *Amazon SQS message quotas*
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>). A message is the
//! record as JSON, with attributes of its own. JSON can escape every character, so SQS refuses none of them.

use super::attribute::{Attribute, is_nested};
use super::item::path;
use super::rules::{Limits, Shape, SinkRules};
use crate::Code;
use crate::spec::FieldType;

/// A queue of Amazon SQS.
#[derive(Clone, Copy, Debug)]
pub struct Sqs;

impl Sqs {
    /// Whether this is the name of a FIFO queue.
    #[must_use]
    pub fn is_fifo(name: &str) -> bool {
        name.strip_suffix(FIFO).is_some()
    }
}

static LIMITS: Limits = Limits {
    // SQS has no such limit, but parsers of JSON have: the lowest common one is 100 levels or more.
    levels: 100,
    record_bytes: MESSAGE,
    record: ["a message", "messages"],
    too_large: Code::MessageTooLarge,
    // The state of a message has the hash of its key, so only the message itself limits a key.
    key_bytes: &[MESSAGE; 8],
    key_name_bytes: usize::MAX,
};

/// Maximum size of a message with its attributes: 1 MiB.
const MESSAGE: usize = 1 << 20;
/// The size of the attributes of a message (`run`, `record`, `feed`, `order`, `hash`) with their types, rounded up.
const OWN_ATTRIBUTES: usize = 1024;
/// Maximum length of a queue's name: 80, of which the shortest prefix of a stack, `s-target-`, takes 9. Intake checks the
/// whole name.
const MAX_NAME: usize = 71;
/// The end of the name of a FIFO queue.
const FIFO: &str = ".fifo";
/// The most bytes that JSON makes of one: a control character becomes `\u0001`.
const MOST_ESCAPED: usize = 6;
/// The two quotes of a text, the comma and the colon of a member, the two braces of an object.
const PAIR: usize = 2;

impl SinkRules for Sqs {
    fn target(&self) -> &'static str {
        "queue"
    }

    fn effect(&self) -> Option<&'static str> {
        Some(
            "at least once: if a call is killed, the same message may come again; and the messages of a key may come out of order. \
             Each has an order, and consumers drop a message whose order is lower than that of another one with the same key",
        )
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn refuse_name(&self, name: &str) -> Option<String> {
        if name.starts_with("https://") || name.starts_with("arn:") {
            return Some(format!("{name:?} is an address: write the queue's name, without the prefix of the stack"));
        }
        let own = name.strip_suffix(FIFO).unwrap_or(name);
        let valid = (1..=MAX_NAME).contains(&name.len())
            && !own.is_empty()
            && own.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        (!valid).then(|| {
            format!(
                "{name:?} is not a queue name: up to {MAX_NAME} of a-z, A-Z, 0-9, - and _; that of a FIFO queue ends in {FIFO}"
            )
        })
    }

    fn may_be_key(&self, field_type: FieldType) -> bool {
        field_type != FieldType::Boolean && !is_nested(field_type)
    }

    fn refuse_number(&self, _: &str) -> Option<String> {
        // JSON has numbers of any length.
        None
    }

    fn overhead(&self, shape: Shape<'_>) -> usize {
        let part = |part: &str| PAIR + escaped(part) + PAIR;
        // Each dot of a name makes an object. A value that is a text has quotes.
        let field = |name: &str| path(name).into_iter().map(|name| part(name) + PAIR).sum::<usize>();
        OWN_ATTRIBUTES + PAIR + shape.content().map(|(_, of)| field(&of.name)).sum::<usize>()
    }

    fn text_size(&self, text: &str) -> usize {
        escaped(text)
    }

    fn size(&self, value: &Attribute<'_>) -> usize {
        match value {
            Attribute::Text(text) | Attribute::Date(text) => PAIR + escaped(text),
            Attribute::Number(number) | Attribute::Integer(number) => number.len(),
            Attribute::Bool(true) | Attribute::Null => "true".len(),
            Attribute::Bool(false) => "false".len(),
            Attribute::List(elements) => {
                PAIR + elements.len().saturating_sub(1)
                    + elements.iter().map(|element| self.size(element)).sum::<usize>()
            }
            Attribute::Map(members) => {
                let size = |(name, value): (&String, &Attribute<'_>)| PAIR + escaped(name) + 1 + self.size(value);
                PAIR + members.len().saturating_sub(1) + members.iter().map(size).sum::<usize>()
            }
        }
    }

    fn surely_holds<'t>(&self, _: Shape<'_>, bytes: usize, _: &dyn Fn(usize) -> &'t str) -> bool {
        MOST_ESCAPED * bytes <= MESSAGE
    }
}

/// The size of a text in JSON without its quotes. Beside what JSON must escape, these are the two characters that SQS does not
/// take, U+FFFE and U+FFFF.
fn escaped(text: &str) -> usize {
    let more = |character: char| match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 1,
        '\0'..='\u{1f}' => MOST_ESCAPED - 1,
        '\u{fffe}' | '\u{ffff}' => MOST_ESCAPED - 3,
        _ => 0,
    };
    text.len() + text.chars().map(more).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Problem;
    use crate::feed::FeedPlan;

    fn plan(message: &str) -> FeedPlan {
        FeedPlan::from_yaml(&format!(
            "
version: 1
name: p
schema:
  fields:
    - {{name: a, constraints: {{required: true}}}}
    - {{name: b}}
    - {{name: n, type: number}}
    - {{name: deep.down, type: object}}
import: {{queue: p.fifo, key: [a]{message}}}
"
        ))
        .unwrap()
    }

    fn check(plan: &FeedPlan, texts: &[&str]) -> Vec<Problem> {
        let (mut problems, shape) = (Vec::new(), plan.shape());
        plan.sink.check(shape, plan.sink.overhead(shape), &|field| texts[field], &mut problems);
        problems
    }

    #[test]
    fn table_of_names() {
        let long = |length: usize| "q".repeat(length);
        for name in ["a", "a-B_9", "a.fifo", &long(71), &format!("{}.fifo", long(66))] {
            assert_eq!(Sqs.refuse_name(name), None, "{name}");
        }
        for name in ["", ".fifo", "a b", "a.b", "a.FIFO", "ä", &long(72), &format!("{}.fifo", long(67))] {
            assert!(Sqs.refuse_name(name).is_some_and(|why| why.contains("is not a queue name")), "{name}");
        }
        for name in ["https://sqs.eu-central-1.amazonaws.com/1/a", "arn:aws:sqs:eu-central-1:1:a"] {
            assert!(Sqs.refuse_name(name).is_some_and(|why| why.contains("is an address")), "{name}");
        }
    }

    #[test]
    fn table_of_limits() {
        let plan = plan("");
        let (big, digits) = ("x".repeat(MESSAGE - 2048), "9".repeat(400));
        let quotes = "\"".repeat(MESSAGE / 2);
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (b, n, json, code) in [
            ("", "1", "{\"a\": [1, null]}", None),
            ("\u{ffff}\u{0}", &digits, "[1e999]", None),
            (&big, "1", "", None),
            (&quotes, "1", "", Some(Code::MessageTooLarge)),
            ("", "1", &nested(99), None),
            ("", "1", &nested(100), Some(Code::SinkRefused)),
            ("", "1", &format!("[{}1]", "1,".repeat(MESSAGE / 2)), Some(Code::MessageTooLarge)),
        ] {
            let problems = check(&plan, &["a", b, n, json]);
            assert_eq!(problems.first().map(|problem| problem.code), code, "{:?}", problems.first());
        }
        let message = &check(&plan, &["a", &quotes, "", ""])[0].message;
        assert!(message.ends_with("but the queue holds messages of up to 1048576"), "{message}");
    }

    #[test]
    fn only_the_fields_of_the_message_count() {
        let big = "x".repeat(MESSAGE);
        assert_eq!(check(&plan(", message: [n]"), &["a", &big, "1", &big]).len(), 0);
        assert_eq!(check(&plan(", message: [b]"), &["a", &big, "1", ""]).len(), 1);
        assert_eq!(check(&plan(", message: [n]"), &[&big, "", "1", ""]).len(), 1, "the key is in each message");
    }

    proptest! {
        #[test]
        fn what_surely_fits_is_not_refused(text in "[\\x00-\\x7f\u{fffe}\u{ffff}ä]{0,40}", times in 0_usize..30_000) {
            let plan = plan("");
            let (text, shape) = (text.repeat(times), plan.shape());
            let texts = ["a", &text, "1", ""];
            let bytes = plan.sink.overhead(shape) + texts.concat().len();
            let surely = plan.sink.surely_holds(shape, bytes, &|field| texts[field]);
            prop_assert!(!surely || check(&plan, &texts).is_empty());
        }
    }
}
