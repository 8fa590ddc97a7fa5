//! The allowed values of a field: `enum` and `categories`.

use std::collections::HashSet;

use crate::schema::Value;
use crate::suggest;

/// Maximum number of values that a message lists.
const LISTED: usize = 10;

/// Up to this many values are compared one by one.
const FEW: usize = 16;

/// A set of values.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    values: Vec<Value<'static>>,
    /// Their canonical texts. Equal values have equal texts, so one hash look-up is enough.
    texts: HashSet<String>,
    /// The same texts if there are few, because comparing a few costs less than hashing.
    few: Vec<String>,
    /// The values as a message lists them.
    listed: String,
}

impl Allowed {
    /// Creates a set of values; messages list them in this order.
    #[must_use]
    pub fn new(values: Vec<Value<'static>>) -> Self {
        let texts: HashSet<_> = values.iter().map(|value| value.canonical().into_owned()).collect();
        let few = if texts.len() > FEW { Vec::new() } else { texts.iter().cloned().collect() };
        let mut listed = values.iter().take(LISTED).map(Value::canonical).collect::<Vec<_>>().join(", ");
        if values.len() > LISTED {
            listed.push_str(&format!(" and {} more", values.len() - LISTED));
        }
        Self { values, texts, few, listed }
    }

    /// The values.
    #[must_use]
    pub fn values(&self) -> &[Value<'static>] {
        &self.values
    }

    /// Whether a value is one of them.
    #[must_use]
    pub fn contains(&self, value: &Value<'_>) -> bool {
        self.contains_text(&value.canonical())
    }

    /// Whether the value with this canonical text is in the set.
    #[inline]
    pub(in crate::schema) fn contains_text(&self, text: &str) -> bool {
        if self.texts.len() > FEW {
            return self.texts.contains(text);
        }
        // Most other texts differ in their first byte.
        let first = text.as_bytes().first();
        self.few.iter().any(|other| other.as_bytes().first() == first && other == text)
    }

    /// The expectation, if a value is not in the set.
    pub(super) fn refuses(&self, value: &Value<'_>) -> Option<String> {
        if self.contains(value) {
            return None;
        }
        let all: Vec<_> = self.values.iter().map(Value::canonical).collect();
        let hint = suggest::did_you_mean(&value.canonical(), all.iter().map(AsRef::as_ref)).unwrap_or_default();
        Some(format!("one of {}{hint}", self.listed))
    }
}
