//! The tree, and finding a place in it.

use serde_json::{Map, Number, Value};

use crate::spec::Position;

/// A value of a YAML text.
#[derive(Clone, Debug)]
pub(in crate::feed) struct Node {
    /// The kind of value, with its content.
    pub kind: Kind,
    /// Where it begins.
    pub at: Position,
}

/// The kind of a value, with its content.
#[derive(Clone, Debug)]
pub(in crate::feed) enum Kind {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number, with its text.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map in its written order, with the place of each key.
    Map(Vec<(String, Position, Node)>),
}

/// What a path leads to.
pub(in crate::feed) struct Resolved<'a> {
    /// The place of the key, if the target is the value of one.
    pub key: Option<Position>,
    /// The value.
    pub node: &'a Node,
    /// Whether the whole path was found, and not only a part of it.
    pub whole: bool,
}

impl Node {
    /// The tree without places.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(truth) => Value::Bool(*truth),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|(key, _, node)| (key.clone(), node.value())).collect::<Map<_, _>>())
            }
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(other, ..)| other == key).map(|(.., node)| node)
    }

    /// The entries of a map; empty for other values.
    pub fn entries(&self) -> &[(String, Position, Self)] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// The items of a list; empty for other values.
    pub fn items(&self) -> &[Self] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// The nesting depth of lists and maps below this node.
    pub fn height(&self) -> usize {
        match &self.kind {
            Kind::List(items) => 1 + items.iter().map(Self::height).max().unwrap_or(0),
            Kind::Map(entries) => 1 + entries.iter().map(|(.., node)| node.height()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// The number of keys and values below this node.
    pub fn count(&self) -> usize {
        match &self.kind {
            Kind::List(items) => 1 + items.iter().map(Self::count).sum::<usize>(),
            Kind::Map(entries) => 1 + entries.iter().map(|(.., node)| 1 + node.count()).sum::<usize>(),
            _ => 1,
        }
    }

    /// Follows a path, such as `schema.fields[2].constraints.minimum`, as far as it exists.
    pub fn find(&self, path: &str) -> Resolved<'_> {
        self.follow(None, path)
    }

    fn follow(&self, key: Option<Position>, path: &str) -> Resolved<'_> {
        let here = Resolved { key, node: self, whole: path.is_empty() };
        match &self.kind {
            // A key may contain dots, so the longest key with which the path can continue is taken.
            Kind::Map(entries) => {
                let path = path.strip_prefix('.').unwrap_or(path);
                let goes_on = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
                let next = entries
                    .iter()
                    .filter_map(|(key, at, node)| {
                        path.strip_prefix(key.as_str()).filter(|rest| goes_on(rest)).map(|rest| (rest, *at, node))
                    })
                    .min_by_key(|(rest, ..)| rest.len());
                next.map_or(here, |(rest, at, node)| node.follow(Some(at), rest))
            }
            Kind::List(items) => {
                let index = path.strip_prefix('[').and_then(|path| path.split_once(']'));
                let next = index.and_then(|(index, rest)| Some((items.get(index.parse::<usize>().ok()?)?, rest)));
                next.map_or(here, |(node, rest)| node.follow(None, rest))
            }
            _ => here,
        }
    }

    /// The place to show for a problem at a path: a plain value itself; the key of a list or a map; and for a
    /// path that does not exist, the key that should contain it.
    pub fn place(&self, path: &str) -> Option<Position> {
        let Resolved { key, node, whole } = self.find(path);
        match (&node.kind, key) {
            (_, None) if !whole && std::ptr::eq(node, self) => None,
            (Kind::List(_) | Kind::Map(_) | Kind::Null, Some(key)) => Some(key),
            _ => Some(node.at),
        }
    }
}
