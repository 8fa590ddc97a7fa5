//! From YAML to [`FeedSpec`], with every problem of its shape and not only the first.
//!
//! serde stops at the first error. So the text is read into a tree first, and the tree into the
//! spec; where that fails, the error is kept, the part of the tree that caused it is taken out (or a
//! stand-in put in, for what is missing), and the rest is tried again, until nothing is left to
//! complain about.

use std::collections::HashMap;

use serde_json::{Value, json};
use serde_path_to_error::Segment;

use super::problem::FeedProblem;
use super::spec::FeedSpec;
use crate::suggest;

/// Reads a feed's text.
///
/// # Errors
/// Every problem of its shape: what is not YAML, unknown and missing keys, wrong types.
pub fn read(yaml: &str) -> Result<FeedSpec, Vec<FeedProblem>> {
    // YAML 1.2: `no` and `y` are texts, not truth values.
    let options = serde_saphyr::options! { strict_booleans: true };
    let mut tree: Value = serde_saphyr::from_str_with_options(yaml, options).map_err(|error| {
        vec![FeedProblem::new("", format!("not readable as YAML: {}", first_line(&error.to_string())))]
    })?;
    let mut problems = Vec::new();
    let mut removed = Removed::default();
    loop {
        let error = match serde_path_to_error::deserialize::<_, FeedSpec>(&tree) {
            Ok(spec) if problems.is_empty() => return Ok(spec),
            Ok(_) => return Err(problems),
            Err(error) => error,
        };
        let message = error.inner().to_string();
        let mut path: Vec<Step> = error.path().iter().filter_map(Step::of).collect();
        if let Some(missing) = between_backticks(&message).filter(|_| message.starts_with("missing field")) {
            path.push(Step::Key(missing.to_owned()));
            let text = removed.text(&path);
            // What was taken out above is not missing.
            if !removed.paths.contains(&text) {
                problems.push(FeedProblem::new(text, "is missing"));
            }
            if put_in(&mut tree, &path, stand_in(missing)) {
                continue;
            }
            path.pop();
        } else if message.starts_with("unknown field") {
            let key = between_backticks(&message).unwrap_or_default().to_owned();
            if !matches!(path.last(), Some(Step::Key(last)) if *last == key) {
                path.push(Step::Key(key.clone()));
            }
            problems.push(FeedProblem::new(removed.text(&path), unknown_key(&key, &message)));
        } else {
            problems.push(FeedProblem::new(removed.text(&path), message));
        }
        if !removed.take_out(&mut tree, &path) {
            return Err(problems);
        }
    }
}

/// Something of the right shape in the place of a key that is missing, so that the rest can be read.
fn stand_in(key: &str) -> Value {
    match key {
        "version" => json!(1),
        "schema" => json!({"fields": []}),
        "import" => json!({"table": "", "key": []}),
        "fields" | "terms" | "key" => json!([]),
        _ => json!(""),
    }
}

/// Puts a value where there is none. `false` where there is one, or no place for it.
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

/// What was taken out of the tree, by its path in the file.
#[derive(Default)]
struct Removed {
    paths: Vec<String>,
    /// Indexes that are gone from each list, so that those that remain can be told as in the file.
    indexes: HashMap<String, Vec<usize>>,
}

impl Removed {
    /// A path in what is left of the tree, as it is in the file.
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

    fn original(&self, list: &str, index: usize) -> usize {
        let gone = self.indexes.get(list).map_or(&[][..], Vec::as_slice);
        gone.iter().fold(index, |index, gone| if *gone <= index { index + 1 } else { index })
    }

    /// Takes the node at a path out of the tree; where there is none, the nearest one above it.
    fn take_out(&mut self, tree: &mut Value, path: &[Step]) -> bool {
        let Some((last, parents)) = path.split_last() else { return false };
        let text = self.text(path);
        match (last, node(tree, parents)) {
            (Step::Key(key), Some(Value::Object(map))) if map.contains_key(key) => {
                map.remove(key);
                let empty = map.is_empty();
                self.paths.push(text);
                // An element that was nothing but this is no element any more.
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

/// A step of a path into the tree.
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

fn unknown_key(key: &str, message: &str) -> String {
    let expected: Vec<&str> =
        message.split_once("expected").map_or("", |(_, rest)| rest).split('`').skip(1).step_by(2).collect();
    let hint = suggest::did_you_mean(key, expected.iter().copied()).unwrap_or_else(|| {
        if expected.is_empty() { String::new() } else { format!("; expected one of {}", expected.join(", ")) }
    });
    format!("is not a key of the feed language{hint}")
}

fn between_backticks(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// What the parser says, without what it says to programmers.
fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    line.split_once(", set ").map_or(line, |(message, _)| message)
}
