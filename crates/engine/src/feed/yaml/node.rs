//! The tree, and how a place in it is found.

use serde_json::{Map, Number, Value};

use crate::spec::Position;

/// A value of a YAML text.
#[derive(Clone, Debug)]
pub(in crate::feed) struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it begins.
    pub at: Position,
}

/// What a value is.
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
    /// A map, in its order, with the place of each key.
    Map(Vec<(String, Position, Node)>),
}

/// What a path leads to.
pub(in crate::feed) struct Resolved<'a> {
    /// The place of the key, where it is the value of one.
    pub key: Option<Position>,
    /// The value.
    pub node: &'a Node,
    /// Whether the whole path leads there, and not only its beginning.
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

    /// The entries of a map; none of what is no map.
    pub fn entries(&self) -> &[(String, Position, Self)] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// The items of a list; none of what is no list.
    pub fn items(&self) -> &[Self] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// Lists and maps within each other, from here.
    pub fn height(&self) -> usize {
        match &self.kind {
            Kind::List(items) => 1 + items.iter().map(Self::height).max().unwrap_or(0),
            Kind::Map(entries) => 1 + entries.iter().map(|(.., node)| node.height()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// Keys and values, from here.
    pub fn count(&self) -> usize {
        match &self.kind {
            Kind::List(items) => 1 + items.iter().map(Self::count).sum::<usize>(),
            Kind::Map(entries) => 1 + entries.iter().map(|(.., node)| 1 + node.count()).sum::<usize>(),
            _ => 1,
        }
    }

    /// Follows a path, `schema.fields[2].constraints.minimum`, as far as it leads.
    pub fn find(&self, path: &str) -> Resolved<'_> {
        self.follow(None, path)
    }

    fn follow(&self, key: Option<Position>, path: &str) -> Resolved<'_> {
        let here = Resolved { key, node: self, whole: path.is_empty() };
        match &self.kind {
            // A key may hold dots itself, so the longest one with which the path goes on is taken.
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

    /// The place to show for a problem at a path: a plain value itself, the key of a list or a map,
    /// and where the path leads nowhere, the key of what it should be in.
    pub fn place(&self, path: &str) -> Option<Position> {
        let Resolved { key, node, whole } = self.find(path);
        match (&node.kind, key) {
            (_, None) if !whole && std::ptr::eq(node, self) => None,
            (Kind::List(_) | Kind::Map(_) | Kind::Null, Some(key)) => Some(key),
            _ => Some(node.at),
        }
    }
}
