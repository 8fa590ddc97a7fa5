//! Deserializes a tree into a spec without stopping at the first problem.
//!
//! serde stops at the first problem. So on each error, the part of the tree that caused it is removed (or a
//! stand-in is added for a missing part), and the rest is tried again until no error is left. The remaining
//! spec can be checked further: see [`Rest`].

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::Segment;

use super::tree::Tree;
use super::{MAX_PROBLEMS, words};
use crate::feed::yaml::Node;
use crate::spec::FeedProblem;

/// Why a tree is not a spec.
pub(in crate::feed) struct Broken<T> {
    /// The problems.
    pub(in crate::feed) problems: Vec<FeedProblem>,
    /// The part that could be read.
    pub(in crate::feed) rest: Option<Box<Rest<T>>>,
}

/// The part of a tree without the faulty parts.
pub(in crate::feed) struct Rest<T> {
    /// The spec, with stand-ins for missing parts.
    pub(in crate::feed) spec: T,
    removed: Removed,
    /// The paths of the reported problems, as in the file.
    reported: Vec<String>,
}

impl<T> Rest<T> {
    /// The rest of a tree that has the right shape but other problems.
    pub(super) fn of_all(spec: T, problems: &[FeedProblem]) -> Self {
        let reported = problems.iter().map(|problem| problem.path.clone()).collect();
        Self { spec, removed: Removed::default(), reported }
    }

    /// Translates problems found in the rest to paths of the file. Drops those that may only follow from
    /// removed parts.
    pub(in crate::feed) fn in_the_file(&self, found: Vec<FeedProblem>) -> Vec<FeedProblem> {
        let of_schema = |path: &String| path == "schema" || path.starts_with("schema.fields");
        // If a field or its name is missing, every reference to it would be reported too.
        let fields_are_gone = self.removed.indexes.keys().any(of_schema)
            || self.reported.iter().any(|path| path == "schema" || path == "schema.fields" || path.ends_with("].name"));
        // A field of unknown type is treated as a string.
        let type_is_gone = self.reported.iter().any(|path| path.ends_with("].type"));
        let related =
            |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        found
            .into_iter()
            .filter(|_| !fields_are_gone)
            .map(|mut problem| {
                problem.path = self.removed.path_in_file(&problem.path);
                problem
            })
            .filter(|problem| !(type_is_gone && problem.message.contains("the type string")))
            .filter(|problem| {
                !self
                    .reported
                    .iter()
                    .any(|reported| related(&problem.path, reported) || related(reported, &problem.path))
            })
            .collect()
    }
}

/// Deserializes a tree.
pub(super) fn deserialize<T: DeserializeOwned>(root: &Node) -> Result<T, Broken<T>> {
    let mut tree = root.value();
    let mut problems = Vec::new();
    let mut removed = Removed::default();
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(Tree(&tree)) {
            Ok(spec) if problems.is_empty() => return Ok(spec),
            Ok(spec) => {
                let reported = problems.iter().map(|problem: &FeedProblem| problem.path.clone()).collect();
                return Err(Broken { problems, rest: Some(Box::new(Rest { spec, removed, reported })) });
            }
            Err(error) => error,
        };
        if problems.len() == MAX_PROBLEMS {
            let message = format!("has more problems; only the first {MAX_PROBLEMS} that were found are listed");
            problems.push(FeedProblem::new("", message));
            return Err(Broken { problems, rest: None });
        }
        let message = error.inner().to_string();
        let mut path: Vec<Step> = error.path().iter().filter_map(Step::of).collect();
        if let Some(missing) = words::missing(&message) {
            path.push(Step::Key(missing.to_owned()));
            let text = removed.text(&path);
            // A key that was removed above is not missing.
            if !removed.paths.contains(&text) {
                problems.push(FeedProblem::new(&text, "is missing").at(root.place(&text)));
            }
            if put_in(&mut tree, &path, stand_in(missing)) {
                continue;
            }
            path.pop();
        } else if let Some(key) = words::unknown(&message) {
            // Depending on the type, the path leads to the map or to the key.
            let in_map = matches!(node(&mut tree, &path), Some(Value::Object(map)) if map.contains_key(key));
            if in_map {
                path.push(Step::Key(key.to_owned()));
            }
            let text = removed.text(&path);
            let found = root.find(&text);
            let is_key = found.whole && (in_map || message.starts_with("unknown field"));
            let at = found.key.filter(|_| is_key).or_else(|| root.place(&text));
            problems.push(words::unknown_problem(text, key, &message).at(at));
        } else {
            let text = removed.text(&path);
            let found = root.find(&text).node;
            problems.push(words::wrong(&text, &message, found).at(root.place(&text)));
        }
        if !removed.take_out(&mut tree, &path) {
            return Err(Broken { problems, rest: None });
        }
    }
}

/// A value of the right shape for a missing key, so that the rest can be read.
fn stand_in(key: &str) -> Value {
    match key {
        "version" | "take" => json!(1),
        "schema" => json!({"fields": []}),
        "import" => json!({"table": "", "key": []}),
        "fields" | "terms" | "key" | "columns" | "values" | "true" | "false" => json!([]),
        "factors" => json!({}),
        "is" => json!("="),
        _ => json!(""),
    }
}

/// Inserts a value; `false` if there is one already, or no place for it.
fn put_in(tree: &mut Value, path: &[Step], value: Value) -> bool {
    let Some((Step::Key(key), parents)) = path.split_last() else { return false };
    let Some(Value::Object(map)) = node(tree, parents) else { return false };
    map.insert(key.clone(), value).is_none()
}

/// The node at a path.
fn node<'a>(tree: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(tree, |node, step| match (step, node) {
        (Step::Key(key), Value::Object(map)) => map.get_mut(key),
        (Step::Index(index), Value::Array(list)) => list.get_mut(*index),
        _ => None,
    })
}

/// The removed parts of the tree, by their path in the file.
#[derive(Default)]
struct Removed {
    paths: Vec<String>,
    /// The removed indices of each list, needed to translate the remaining ones.
    indexes: HashMap<String, Vec<usize>>,
}

impl Removed {
    /// Translates a path in the rest to the path in the file.
    fn text(&self, path: &[Step]) -> String {
        let mut text = String::new();
        for step in path {
            match step {
                Step::Key(key) if text.is_empty() => text.push_str(key),
                Step::Key(key) => text.push_str(&format!(".{key}")),
                Step::Index(index) => {
                    let index = self.original(&text, *index);
                    text.push_str(&format!("[{index}]"));
                }
            }
        }
        text
    }

    /// The same for a path in text form.
    fn path_in_file(&self, path: &str) -> String {
        let mut text = String::new();
        for part in path.split_inclusive(['[', ']']) {
            match part.strip_suffix(']').and_then(|index| index.parse().ok()) {
                Some(index) => {
                    let list = text.strip_suffix('[').unwrap_or(&text);
                    text.push_str(&format!("{}]", self.original(list, index)));
                }
                None => text.push_str(part),
            }
        }
        text
    }

    fn original(&self, list: &str, index: usize) -> usize {
        let gone = self.indexes.get(list).map_or(&[][..], Vec::as_slice);
        gone.iter().fold(index, |index, gone| if *gone <= index { index + 1 } else { index })
    }

    /// Removes the node at a path, or the nearest existing one above it.
    fn take_out(&mut self, tree: &mut Value, path: &[Step]) -> bool {
        let Some((last, parents)) = path.split_last() else { return false };
        let text = self.text(path);
        match (last, node(tree, parents)) {
            (Step::Key(key), Some(Value::Object(map))) if map.contains_key(key) => {
                map.remove(key);
                let empty = map.is_empty();
                self.paths.push(text);
                // An element that had no other content is removed with it.
                if empty && matches!(parents.last(), Some(Step::Index(_))) {
                    self.take_out(tree, parents);
                }
                true
            }
            (Step::Index(index), Some(Value::Array(list))) if *index < list.len() => {
                list.remove(*index);
                let list = self.text(parents);
                let original = self.original(&list, *index);
                let gone = self.indexes.entry(list).or_default();
                gone.push(original);
                gone.sort_unstable();
                true
            }
            _ => self.take_out(tree, parents),
        }
    }
}

/// A step of a path in the tree.
enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    fn of(segment: &Segment) -> Option<Self> {
        match segment {
            Segment::Map { key } => Some(Self::Key(key.clone())),
            Segment::Enum { variant } => Some(Self::Key(variant.clone())),
            Segment::Seq { index } => Some(Self::Index(*index)),
            Segment::Unknown => None,
        }
    }
}
