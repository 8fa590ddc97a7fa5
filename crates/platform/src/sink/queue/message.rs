//! A record as a message: its body, its attributes, and the hashes by which it is known.

use sha2::{Digest, Sha256};

use super::super::json;
use super::super::key::{KeyRefusal, push_key};
use super::super::{Item, Stamp, Target};
use super::entry::Claim;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The fields of the record that have a value, as an object of JSON.
    pub body: String,
    /// Whose message it is.
    pub attributes: Attributes,
    /// A hash of its key: the group of the message in a FIFO queue.
    pub group: String,
    /// A hash of key, order and content: a FIFO queue takes only one such message within five minutes.
    pub deduplication: String,
    /// The name of the entry of its key.
    pub entry: String,
}

/// The attributes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// The run that sends it.
    pub run: String,
    /// The number of the record in the file.
    pub record: u64,
    /// The feed.
    pub feed: String,
    /// The order of the run. A consumer drops a message whose order is lower than that of an earlier one with the same key.
    pub order: String,
    /// The hash of the content.
    pub hash: String,
}

impl Attributes {
    /// Names, types and values, as SQS takes them.
    #[must_use]
    pub fn list(&self) -> [(&'static str, &'static str, String); 5] {
        let Self { run, record, feed, order, hash } = self;
        [
            ("run", "String", run.clone()),
            ("record", "Number", record.to_string()),
            ("feed", "String", feed.clone()),
            ("order", "String", order.clone()),
            ("hash", "String", hash.clone()),
        ]
    }
}

impl Message {
    /// The message of an item.
    pub(super) fn of(target: &Target, item: &Item<'_>, stamp: &Stamp<'_>) -> Result<Self, KeyRefusal> {
        let mut key: String = target.key.iter().map(|field| if field.number { 'n' } else { 't' }).collect();
        push_key(target, &item.fields, &mut key)?;
        let mut body = "{".to_owned();
        json::fields(&item.fields, &mut body);
        body.push('}');
        let attributes = Attributes {
            run: stamp.run.to_string(),
            record: item.record,
            feed: stamp.run.feed().to_owned(),
            order: stamp.order.to_string(),
            hash: item.hash.to_string(),
        };
        // The key itself would put a cell of the record into a name.
        let group = hash(&[&key]);
        Ok(Self {
            body: within_xml(body),
            deduplication: hash(&[&group, &attributes.order, &attributes.hash]),
            entry: format!("{}/{group}", target.name),
            attributes,
            group,
        })
    }

    /// Its size, as SQS counts it: the body, and the names, types and values of the attributes.
    #[must_use]
    pub fn size(&self) -> usize {
        let attributes = self.attributes.list();
        let sizes = attributes.iter().map(|(name, kind, value)| name.len() + kind.len() + value.len());
        self.body.len() + sizes.sum::<usize>()
    }

    /// The claim by which it may be sent.
    pub(super) fn claim(&self) -> Claim<'_> {
        let Attributes { run, order, hash, .. } = &self.attributes;
        Claim { entry: &self.entry, run, order, hash }
    }
}

/// JSON without the two characters that SQS does not take and JSON need not escape. They only stand in texts.
fn within_xml(json: String) -> String {
    if json.contains(['\u{fffe}', '\u{ffff}']) {
        json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
    } else {
        json
    }
}

/// A hash of texts. No two lists of texts that are hashed have the same lines.
fn hash(texts: &[&str]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(texts.join("\n")) {
        digits.push_str(&format!("{byte:02x}"));
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sluice_engine::feed::FeedPlan;
    use sluice_engine::sink::Columns;

    use super::*;
    use crate::sink::decision::two_runs;

    const FEED: &str = "
version: 1
name: p
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: 'the \"text\"'}
    - {name: price.amount, type: number}
    - {name: price.currency}
    - {name: more, type: object}
    - {name: left.out}
import: {queue: q, key: [id], message: ['the \"text\"', price.amount, more]}
";

    fn message(plan: &FeedPlan, texts: [&str; 6]) -> Message {
        let columns = Columns::new(plan.sink, plan.shape());
        let mut fields = Vec::new();
        columns.attributes(texts.into_iter(), &mut fields).unwrap();
        let hash = columns.hash(texts.into_iter(), &mut Vec::new());
        let [(run, order), _] = two_runs();
        let stamp = Stamp { run: &run, order: &order };
        Message::of(&Target::of(plan), &Item { record: 7, fields: fields.into(), hash, deletion: None }, &stamp)
            .unwrap()
    }

    #[test]
    fn a_message_is_the_record_with_whose_it_is() {
        let plan = FeedPlan::from_yaml(FEED).unwrap();
        let made = message(&plan, ["a", "x\u{1}\u{ffff}", "1.50", "EUR", "{\"a\":[1e400]}", "left out"]);
        assert_eq!(
            made.body,
            r#"{"id":"a","the \"text\"":"x\u0001\uffff","price":{"amount":1.50},"more":{"a":[1e400]}}"#
        );
        assert_eq!((made.attributes.record, made.attributes.feed.as_str()), (7, "p"));
        assert!(made.entry.starts_with("q/") && made.entry.ends_with(&made.group));
        assert_eq!((made.group.len(), made.deduplication.len()), (64, 64), "SQS takes 128");
        let without = message(&plan, ["a", "x\u{1}\u{ffff}", "1.50", "USD", "{\"a\":[1e400]}", ""]);
        assert_eq!(without, made, "a field that is not in the message changes nothing");
        let other = message(&plan, ["a", "y", "1.50", "EUR", "", ""]);
        assert_eq!(other.group, made.group);
        assert_ne!(other.deduplication, made.deduplication);
    }

    proptest! {
        /// So the queue refuses no record that was found valid.
        #[test]
        fn a_message_is_no_larger_than_the_rules_say(
            text in "[\\x00-\\x7f\u{80}\u{fffe}\u{ffff}ä€𝄞]{0,40}",
            number in "[0-9]{1,30}[.][0-9]{1,9}",
            more in "[\\x20-\\x7e\u{ffff}]{0,20}",
        ) {
            let plan = FeedPlan::from_yaml(FEED).unwrap();
            let (rules, shape) = (plan.sink, plan.shape());
            let more = serde_json::json!({ &more: [&more, 1, true, null, {}, { "a": false }] }).to_string();
            let texts = ["a", &text, &number, "", &more, &text];
            let made = message(&plan, texts);
            // Fill up a field until the record is refused: the message of one byte less must fit.
            let mut size = rules.overhead(shape);
            for (at, field) in shape.content() {
                let value = sluice_engine::sink::Attribute::of(rules, field.field_type, texts[at]);
                size += match value {
                    Ok(sluice_engine::sink::Attribute::Text(text)) => rules.text_size(&text),
                    Ok(value) => rules.size(&value),
                    Err(_) => 0,
                };
            }
            prop_assert!(made.size() <= size, "{} > {size}: {}", made.size(), made.body);
            let read: serde_json::Value = serde_json::from_str(&made.body).unwrap();
            prop_assert_eq!(read["the \"text\""].as_str().unwrap_or_default(), text);
        }
    }
}
