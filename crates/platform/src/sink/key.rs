//! The key of an item, for sinks that look items up themselves.

use bigdecimal::BigDecimal;

use super::{Attribute, Item, Target};

/// The values of an item's key fields, in the order of the key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ItemKey(Vec<String>);

/// Why an item has no key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyRefusal {
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

impl ItemKey {
    /// The key of an item of a table. Numbers are normalised, because 1 and 1.0 are the same key in every sink with
    /// numbers.
    pub(crate) fn of(target: &Target, item: &Item) -> Result<Self, KeyRefusal> {
        let part = |field: &super::KeyField| {
            let value = item.fields.iter().find(|(name, _)| *name == field.name).and_then(|(_, value)| value.as_ref());
            let wrong = |expected| KeyRefusal::Type { name: field.name.clone(), expected };
            match (value, field.number) {
                (None, _) => Err(KeyRefusal::Empty(field.name.clone())),
                (Some(Attribute::Text(text)), false) if text.is_empty() => Err(KeyRefusal::Empty(field.name.clone())),
                (Some(Attribute::Text(text)), false) => Ok(text.clone()),
                (Some(Attribute::Number(number)), true) => normal(number).ok_or_else(|| wrong("number")),
                (Some(_), true) => Err(wrong("number")),
                (Some(_), false) => Err(wrong("text")),
            }
        };
        target.key.iter().map(part).collect::<Result<_, _>>().map(Self)
    }
}

impl ItemKey {
    /// The key as one text; a key of one field is its value. Different keys of one table have different texts, because
    /// all of them have the same number of fields.
    pub(crate) fn into_text(self) -> Box<str> {
        match &self.0[..] {
            [text] => text.as_str().into(),
            // The length before each part distinguishes ("ab", "c") from ("a", "bc").
            texts => {
                let part = |all: String, text: &String| all + &text.len().to_string() + ":" + text;
                texts.iter().fold(String::new(), part).into()
            }
        }
    }
}

/// The normal form of a number.
fn normal(number: &str) -> Option<String> {
    number.parse::<BigDecimal>().ok().map(|number| number.normalized().to_scientific_notation())
}

#[cfg(test)]
mod tests {
    use super::super::{KeyField, SinkKind};
    use super::*;

    fn key(value: Option<Attribute>, number: bool) -> Result<ItemKey, KeyRefusal> {
        let target = Target {
            sink: SinkKind::Table,
            name: "t".to_owned(),
            key: vec![KeyField { name: "id".to_owned(), number }],
        };
        ItemKey::of(&target, &Item { fields: vec![("id".to_owned(), value)], hash: String::new() })
    }

    #[test]
    fn a_number_has_one_form() {
        let number = |text: &str| key(Some(Attribute::Number(text.to_owned())), true);
        assert_eq!(number("100"), number("1.00e2"));
        assert_eq!(number("0"), number("-0.0"));
        assert_ne!(number("0.1"), number("0.10000000000000000000001"));
    }

    #[test]
    fn keys_are_one_text_each() {
        let text = |parts: &[&str]| ItemKey(parts.iter().map(|part| (*part).to_owned()).collect()).into_text();
        assert_eq!(&*text(&["a:b"]), "a:b");
        assert_ne!(text(&["ab", "c"]), text(&["a", "bc"]));
        assert_ne!(text(&["1:a", "b"]), text(&["1", "a1:b"]));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(key(None, false), Err(KeyRefusal::Empty("id".to_owned())));
        assert_eq!(key(Some(Attribute::Text(String::new())), false), Err(KeyRefusal::Empty("id".to_owned())));
        assert!(key(Some(Attribute::Text("1".to_owned())), true).is_err());
        assert!(key(Some(Attribute::Bool(true)), false).is_err());
    }
}
