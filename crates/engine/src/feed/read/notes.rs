//! Keys without an effect. A schema may come from elsewhere with keys of its own, so its unknown keys are only notes; a
//! misspelt key still gets a suggestion.

use serde::de::value::Error as Unread;
use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::Value;

use crate::feed::yaml::{Kind, Node};
use crate::spec::FeedProblem;
use crate::spec::{ConstraintsSpec, FieldSpec, Position, SchemaSpec, SourceFormat};
use crate::suggest;

/// Keys that describe a schema and its fields for people and catalogues: those of Table Schema, Data Package
/// and the additions of national catalogues. They are ignored silently.
const FOR_PEOPLE: &[&str] = &[
    "$schema",
    "contributors",
    "countryCode",
    "created",
    "description",
    "homepage",
    "id",
    "image",
    "keywords",
    "lastModified",
    "licenses",
    "name",
    "path",
    "profile",
    "rdfType",
    "resources",
    "sources",
    "title",
    "updated",
    "uri",
    "version",
];

/// Keys of a field that are for people only.
const OF_FIELDS_FOR_PEOPLE: [&str; 4] = ["description", "example", "name", "title"];

/// The keys of a source that say how the text of CSV is read.
const OF_TEXT: [&str; 9] = [
    "delimiter",
    "quoteChar",
    "doubleQuote",
    "quotes",
    "escapeChar",
    "commentChar",
    "skipInitialSpace",
    "blankLines",
    "trailingDelimiter",
];

/// The keys of a source that say where the records of a table are.
const OF_ROWS: [&str; 7] = ["skipLines", "header", "headerWithin", "headerRows", "columns", "footer", "labels"];

/// Keys of CSV in the source of a feed for another format. One that says what holds anyway has no effect; any other is an
/// error when the feed is compiled.
pub(super) fn of_source(source: &Node, format: SourceFormat) -> Vec<FeedProblem> {
    let of_lines = ["skipLines", "footer", "labels"];
    let is_of_csv = |key: &str| OF_TEXT.contains(&key) || OF_ROWS.contains(&key);
    let what = |key: &str| match format {
        SourceFormat::Csv => None,
        SourceFormat::Xlsx if key == "encoding" => Some("text"),
        SourceFormat::Xlsx => OF_TEXT.contains(&key).then_some("CSV"),
        SourceFormat::Fixed => (is_of_csv(key) && !of_lines.contains(&key)).then_some("CSV"),
        SourceFormat::Json | SourceFormat::Jsonl => is_of_csv(key).then_some("CSV"),
    };
    let note = |(key, place, _): &(String, Position, Node)| {
        let what = what(key)?;
        let message = match (format, key.as_str()) {
            (SourceFormat::Fixed, "header") => String::from(
                "has no effect with format: fixed, where source.fixed names the columns; to leave out a line with labels, set \
                 skipLines: 1",
            ),
            _ => format!("describes {what}, and has no effect with format: {format}"),
        };
        Some(FeedProblem::new(format!("source.{key}"), message).at(Some(*place)))
    };
    source.entries().iter().filter_map(note).collect()
}

/// Constraints placed in the field itself, and keys of a field placed among its constraints. They would have
/// no effect although their author relies on them, so they are errors. `path` is that of the schema.
pub(super) fn misplaced(schema: &Node, path: &str) -> Vec<FeedProblem> {
    let mut problems = Vec::new();
    let dot = if path.is_empty() { "" } else { "." };
    let (constraints, of_field) = (keys::<ConstraintsSpec>(), keys::<FieldSpec>());
    for (at, field) in schema.get("fields").map(Node::items).unwrap_or_default().iter().enumerate() {
        let path = format!("{path}{dot}fields[{at}]");
        for (key, place, value) in field.entries() {
            let key = key.as_str();
            if constraints.contains(&key) && !of_field.contains(&key) {
                let message = "has no effect here: it is a constraint";
                let hint = format!("write \"constraints: {{{key}: {}}}\"", shown(value));
                problems.push(FeedProblem::new(format!("{path}.{key}"), message).hint(Some(hint)).at(Some(*place)));
            }
        }
        for (key, place, _) in field.get("constraints").map(Node::entries).unwrap_or_default() {
            let key = key.as_str();
            if of_field.contains(&key) && !constraints.contains(&key) && !OF_FIELDS_FOR_PEOPLE.contains(&key) {
                let message = "has no effect here: it is not a constraint";
                let hint = "write it in the field itself, beside \"constraints\"".to_owned();
                let path = format!("{path}.constraints.{key}");
                problems.push(FeedProblem::new(path, message).hint(Some(hint)).at(Some(*place)));
            }
        }
    }
    problems
}

/// A plain value as it is written; a placeholder for others.
fn shown(value: &Node) -> String {
    match &value.kind {
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => value.value().to_string(),
        Kind::List(_) | Kind::Map(_) | Kind::Null => "…".to_owned(),
    }
}

/// Notes on the unknown keys of a schema at a path.
pub(super) fn of_schema(schema: &Node, path: &str) -> Vec<FeedProblem> {
    let mut notes = Vec::new();
    let dot = if path.is_empty() { "" } else { "." };
    unknown::<SchemaSpec>(schema, path, &mut notes);
    foreign_keys(schema, &format!("{path}{dot}"), &mut notes);
    for (at, field) in schema.get("fields").map(Node::items).unwrap_or_default().iter().enumerate() {
        let path = format!("{path}{dot}fields[{at}]");
        unknown::<FieldSpec>(field, &path, &mut notes);
        if let Some(constraints) = field.get("constraints") {
            unknown::<ConstraintsSpec>(constraints, &format!("{path}.constraints"), &mut notes);
        }
    }
    notes
}

/// Notes that foreign keys are not checked, each with a rule that checks them.
fn foreign_keys(schema: &Node, path: &str, notes: &mut Vec<FeedProblem>) {
    let Some((_, at, keys)) = schema.entries().iter().find(|(key, ..)| key == "foreignKeys") else { return };
    if matches!(keys.value(), Value::Null) {
        return;
    }
    let keys = if keys.items().is_empty() { std::slice::from_ref(keys) } else { keys.items() };
    for (index, key) in keys.iter().enumerate() {
        let message =
            "is not checked: the rule `reference` checks that a value is a key of another table that Sluice writes";
        let note = FeedProblem::new(format!("{path}foreignKeys[{index}]"), message);
        let rule = rule_of(&key.value()).map(|rule| {
            format!("add to `validate.rules`, with the name of that table: {rule} (if this is its whole key)")
        });
        notes.push(note.hint(rule).at(Some(*at)));
    }
}

/// A rule that checks a foreign key, if possible: a key of a table has one or two fields.
fn rule_of(key: &Value) -> Option<String> {
    let names = |node: &Value| match node {
        Value::String(name) => Some(vec![name.clone()]),
        Value::Array(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let (fields, reference) = (names(key.get("fields")?)?, key.get("reference")?);
    let keys = names(reference.get("fields")?)?;
    // A reference without a resource refers to the same file, whose records are not in a table yet.
    let table = reference.get("resource").and_then(Value::as_str).filter(|table| !table.is_empty())?;
    let list = |names: &[String]| if let [name] = names { name.clone() } else { format!("[{}]", names.join(", ")) };
    let fits = (1..=2).contains(&fields.len()) && fields.len() == keys.len();
    fits.then(|| format!("reference: {{field: {}, table: {table}, key: {}}}", list(&fields), list(&keys)))
}

fn unknown<'de, T: Deserialize<'de>>(node: &Node, path: &str, notes: &mut Vec<FeedProblem>) {
    let known = keys::<T>();
    let dot = if path.is_empty() { "" } else { "." };
    for (key, at, _) in node.entries().iter().filter(|(key, ..)| !known.contains(&key.as_str())) {
        let meant = suggest::did_you_mean(key, known.iter().copied());
        if meant.is_none() && FOR_PEOPLE.contains(&key.as_str()) {
            continue;
        }
        let hint = meant.map(|hint| hint.trim_start_matches("; ").to_owned());
        let note = FeedProblem::new(format!("{path}{dot}{key}"), "is not a key of Table Schema, and has no effect");
        notes.push(note.hint(hint).at(Some(*at)));
    }
}

/// The keys that a type deserializes, as its implementation of `Deserialize` lists them.
fn keys<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // The deserializer records the keys that are requested, and then fails.
    let _unread = T::deserialize(Keys(&mut keys));
    keys
}

struct Keys<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Keys<'_> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unread> {
        Err(Unread::custom("nothing to read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
