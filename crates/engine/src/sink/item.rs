//! The attributes of an item, and the hash of its content. Fields with dots in their names are combined into maps.

use std::collections::BTreeMap;

use super::attribute::{Attribute, InvalidValue};
use super::content::{self, ContentHash, Hashed};
use super::rules::{Shape, SinkRules};
use crate::spec::{Empty, FieldType};

/// The path to a field within its record: `price.amount` is `amount` in `price`. A name with an empty part before, between
/// or after its dots is a plain name, not a path.
#[must_use]
pub fn path(name: &str) -> Vec<&str> {
    let path: Vec<&str> = name.split('.').collect();
    if path.iter().any(|part| part.is_empty()) { vec![name] } else { path }
}

/// How valid records become attributes and a hash. It is made once for all records of a feed.
#[derive(Debug)]
pub struct Columns {
    rules: &'static dyn SinkRules,
    /// One for each field, in the order of the fields; `None` for a field that is not written.
    fields: Vec<Option<Column>>,
    /// Whether empty fields leave an item as it is.
    keeps: bool,
}

/// How a field becomes an attribute, or a part of one.
#[derive(Debug)]
struct Column {
    field_type: FieldType,
    /// The name of the attribute.
    name: String,
    /// The index of the attribute.
    index: usize,
    /// Whether the field is the first one of the attribute.
    is_first: bool,
    /// The path to the value in the map of the attribute; empty if the value is the attribute.
    below: Vec<String>,
    hashed: Hashed,
}

impl Columns {
    /// The columns of a feed with records of this shape, for this sink.
    #[must_use]
    pub fn new(rules: &'static dyn SinkRules, shape: Shape<'_>) -> Self {
        let (mut columns, mut attributes) = (Vec::with_capacity(shape.fields.len()), Vec::new());
        for (at, field) in shape.fields.iter().enumerate() {
            if !shape.writes(at) {
                columns.push(None);
                continue;
            }
            let mut path = path(&field.name).into_iter().map(str::to_owned);
            let name = path.next().unwrap_or_default();
            let below: Vec<String> = path.collect();
            let known = if below.is_empty() { None } else { attributes.iter().position(|known| *known == name) };
            let index = known.unwrap_or(attributes.len());
            if known.is_none() {
                attributes.push(name.clone());
            }
            let (field_type, hashed) = (field.field_type, Hashed::new(&field.name));
            columns.push(Some(Column { field_type, name, index, is_first: known.is_none(), below, hashed }));
        }
        Self { rules, fields: columns, keeps: shape.empty == Empty::Keep }
    }

    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Appends the attributes of a valid record with these texts, in the order of the fields; `None` for an attribute without a
    /// value.
    ///
    /// # Errors
    /// If a text is not canonical. That happens if another feed has checked it.
    pub fn attributes<'a>(
        &'a self,
        texts: impl Iterator<Item = &'a str>,
        attributes: &mut Vec<(&'a str, Option<Attribute<'a>>)>,
    ) -> Result<(), InvalidValue> {
        let start = attributes.len();
        for (column, text) in self.fields.iter().zip(texts) {
            let Some(column) = column else { continue };
            let value = if text.is_empty() { None } else { Some(Attribute::of(self.rules, column.field_type, text)?) };
            match (value, column.below.split_last()) {
                (value, None) => attributes.push((&column.name, value)),
                (value, Some((last, path))) => {
                    if column.is_first {
                        attributes.push((&column.name, None));
                    }
                    if let Some(value) = value {
                        put(&mut attributes[start + column.index].1, path, last, value);
                    }
                }
            }
        }
        Ok(())
    }

    /// The hash of a valid record with these texts. `input` is a buffer that is kept from record to record.
    pub fn hash<'t>(&self, texts: impl Iterator<Item = &'t str>, input: &mut Vec<u8>) -> ContentHash {
        input.clear();
        if self.keeps {
            content::push_keeps(input);
        }
        for (column, text) in self.fields.iter().zip(texts) {
            if let Some(column) = column.as_ref().filter(|_| !text.is_empty()) {
                column.hashed.push(text, input);
            }
        }
        content::hash(input)
    }
}

/// Puts a value at its path, and creates missing maps on the way.
fn put<'a>(place: &mut Option<Attribute<'a>>, path: &[String], last: &str, value: Attribute<'a>) {
    let map = place.get_or_insert_with(|| Attribute::Map(BTreeMap::new()));
    let Attribute::Map(members) = map else { return };
    match path {
        [] => {
            members.insert(last.to_owned(), value);
        }
        [next, rest @ ..] => {
            let mut inner = members.remove(next);
            put(&mut inner, rest, last, value);
            members.extend(inner.map(|inner| (next.clone(), inner)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedPlan;

    fn plan() -> FeedPlan {
        FeedPlan::from_yaml(
            "
version: 1
name: p
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: price.amount, type: number}
    - {name: tags, type: array}
    - {name: price.currency}
    - {name: size.box.width, type: integer}
    - {name: size.box.sealed, type: boolean}
    - {name: No.}
import: {table: p, key: [id]}
",
        )
        .unwrap()
    }

    fn map<'a, const N: usize>(members: [(&str, Attribute<'a>); N]) -> Attribute<'a> {
        Attribute::Map(members.map(|(name, value)| (name.to_owned(), value)).into())
    }

    fn columns() -> Columns {
        let plan = plan();
        Columns::new(plan.sink, plan.shape())
    }

    fn item<'a>(columns: &'a Columns, texts: [&'a str; 7]) -> Vec<(&'a str, Option<Attribute<'a>>)> {
        // The attributes of an earlier record stay as they are.
        let mut attributes = vec![("earlier", None)];
        columns.attributes(texts.into_iter(), &mut attributes).unwrap();
        assert_eq!(attributes.remove(0), ("earlier", None));
        attributes
    }

    #[test]
    fn dots_lead_into_maps() {
        let text = |text: &'static str| Attribute::Text(text.into());
        let number = |number: &'static str| Attribute::Number(number.into());
        let size = map([("box", map([("sealed", Attribute::Bool(false)), ("width", number("3"))]))]);
        let expected = [
            ("id", Some(text("a"))),
            ("price", Some(map([("amount", number("1.5")), ("currency", text("EUR"))]))),
            ("tags", Some(Attribute::List(vec![number("1")]))),
            ("size", Some(size)),
            ("No.", Some(text("7"))),
        ];
        assert_eq!(item(&columns(), ["a", "1.5", "[1]", "EUR", "3", "false", "7"]), expected);
    }

    #[test]
    fn what_has_no_value_is_not_in_its_map_and_a_map_without_any_is_none() {
        let columns = columns();
        let item = item(&columns, ["a", "", "", "EUR", "", "", ""]);
        assert_eq!(item[1].1, Some(map([("currency", Attribute::Text("EUR".into()))])));
        let others: Vec<_> = item.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
        assert_eq!(others, ["tags", "size", "No."]);
    }

    #[test]
    fn a_record_that_keeps_fields_has_another_hash_than_one_that_removes_them() {
        let texts = ["a", "", "", "EUR", "", "", ""];
        let (plan, mut input) = (plan(), Vec::new());
        let [removes, keeps] = [Empty::Remove, Empty::Keep]
            .map(|empty| Columns::new(plan.sink, Shape { empty, ..plan.shape() }).hash(texts.into_iter(), &mut input));
        assert_ne!(removes, keeps);
        assert!(![removes, keeps].contains(&ContentHash::of_deletion()));
    }

    /// Tables hold hashes of earlier versions: each name and each value with its length, without fields that have no value.
    #[test]
    fn a_hash_is_that_of_earlier_versions() {
        let columns = columns();
        let mut input = b"of the record before".to_vec();
        let long = "x".repeat(300);
        for (texts, expected) in [
            (["a", "1.5", "[1]", "EUR", "3", "false", "7"], "0aecb271449955a6ddff030b91fe0e3d"),
            (["a", "", "", "EUR", "", "", ""], "a61838a3b6c045c9298b591c9e62f4c1"),
            (["a", "", "", long.as_str(), "", "", "ü"], "86b3c5492350e1df6aa751a64ac6f550"),
        ] {
            assert_eq!(columns.hash(texts.into_iter(), &mut input).to_string(), expected, "{texts:?}");
        }
    }
}
