//! The attributes of an item. Fields with dots in their names are combined into maps.

use std::collections::BTreeMap;

use super::attribute::{Attribute, InvalidValue};
use super::rules::SinkRules;
use crate::schema::Field;

/// The path to a field within its record: `price.amount` is `amount` in `price`. A name with an empty part before, between
/// or after its dots is a plain name, not a path.
#[must_use]
pub fn path(name: &str) -> Vec<&str> {
    let path: Vec<&str> = name.split('.').collect();
    if path.iter().any(|part| part.is_empty()) { vec![name] } else { path }
}

/// The attributes of a valid record, in the order of the fields; `None` for an attribute without a value.
///
/// # Errors
/// If a text is not canonical. That happens if another feed has checked it.
pub fn attributes<T: AsRef<str>>(
    rules: &dyn SinkRules,
    fields: &[Field],
    texts: &[T],
) -> Result<Vec<(String, Option<Attribute>)>, InvalidValue> {
    let mut attributes: Vec<(String, Option<Attribute>)> = Vec::with_capacity(fields.len());
    for (field, text) in fields.iter().zip(texts) {
        let text = text.as_ref();
        let value = if text.is_empty() { None } else { Some(Attribute::of(rules, field.field_type, text)?) };
        match &path(&field.name)[..] {
            [top, rest @ .., last] => {
                let at = attributes.iter().position(|(name, _)| name == top).unwrap_or_else(|| {
                    attributes.push(((*top).to_owned(), None));
                    attributes.len() - 1
                });
                if let Some(value) = value {
                    put(&mut attributes[at].1, rest, last, value);
                }
            }
            _ => attributes.push((field.name.clone(), value)),
        }
    }
    Ok(attributes)
}

/// Puts a value at its path, and creates missing maps on the way.
fn put(place: &mut Option<Attribute>, path: &[&str], last: &str, value: Attribute) {
    let map = place.get_or_insert_with(|| Attribute::Map(BTreeMap::new()));
    let Attribute::Map(members) = map else { return };
    match path {
        [] => {
            members.insert(last.to_owned(), value);
        }
        [next, rest @ ..] => {
            let mut inner = members.remove(*next);
            put(&mut inner, rest, last, value);
            members.extend(inner.map(|inner| ((*next).to_owned(), inner)));
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

    fn map<const N: usize>(members: [(&str, Attribute); N]) -> Attribute {
        Attribute::Map(members.map(|(name, value)| (name.to_owned(), value)).into())
    }

    fn item(texts: [&str; 7]) -> Vec<(String, Option<Attribute>)> {
        let plan = plan();
        attributes(plan.sink, &plan.fields, &texts).unwrap()
    }

    #[test]
    fn dots_lead_into_maps() {
        let (text, number) = (|text: &str| Attribute::Text(text.to_owned()), |n: &str| Attribute::Number(n.to_owned()));
        let size = map([("box", map([("sealed", Attribute::Bool(false)), ("width", number("3"))]))]);
        let expected = [
            ("id", Some(text("a"))),
            ("price", Some(map([("amount", number("1.5")), ("currency", text("EUR"))]))),
            ("tags", Some(Attribute::List(vec![number("1")]))),
            ("size", Some(size)),
            ("No.", Some(text("7"))),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(item(["a", "1.5", "[1]", "EUR", "3", "false", "7"]), expected);
    }

    #[test]
    fn what_has_no_value_is_not_in_its_map_and_a_map_without_any_is_none() {
        let item = item(["a", "", "", "EUR", "", "", ""]);
        assert_eq!(item[1].1, Some(map([("currency", Attribute::Text("EUR".to_owned()))])));
        let others: Vec<_> = item.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name.as_str()).collect();
        assert_eq!(others, ["tags", "size", "No."]);
    }
}
