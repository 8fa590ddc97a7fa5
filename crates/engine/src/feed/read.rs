//! Reads YAML as a [`FeedSpec`] and reports every problem of its shape, each with its place in the text.

mod notes;
mod shape;
mod tree;
mod words;

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::files::named_files;
use super::name::FeedName;
use super::yaml::{self, Document, Kind, Node};
use crate::spec::FeedProblem;
use crate::spec::{FeedSpec, SchemaRef, SchemaSpec};
pub(super) use shape::Broken;
use shape::Rest;

/// Maximum number of problems reported for a feed. The feed is read again to find each further problem, and a
/// file with more is hardly a feed.
const MAX_PROBLEMS: usize = 100;

/// Parses the text of a feed. Also returns notes about its oddities.
///
/// # Errors
/// Every problem of its shape: invalid YAML, unknown and missing keys, wrong types.
pub fn read(yaml: &str) -> Result<(FeedSpec, Vec<FeedProblem>), Vec<FeedProblem>> {
    read_parts(yaml).map_err(|broken| broken.problems)
}

/// The names of the files that a feed refers to, as far as it can be parsed; [`read`] reports its problems.
#[must_use]
pub fn files_of(yaml: &str) -> BTreeSet<String> {
    match read_parts(yaml) {
        Ok((spec, _)) => named_files(&spec),
        Err(broken) => broken.rest.map(|rest| named_files(&rest.spec)).unwrap_or_default(),
    }
}

/// Reports a name that differs from the name of the feed's file, since feeds are found by file name:
/// `products.yaml` must be named `products`.
#[must_use]
pub fn misnamed(yaml: &str, file: &str) -> Option<FeedProblem> {
    let root = yaml::parse(yaml).ok()?.root;
    let node = root.get("name")?;
    let Kind::Text(name) = &node.kind else { return None };
    let message = format!("is {name:?}, but its file is named {file:?}: a feed is found by the name of its file");
    let hint = match file.parse::<FeedName>() {
        Ok(_) => format!("write \"name: {file}\", or name the file \"{name}.yaml\""),
        Err(_) => format!("name the file \"{name}.yaml\""),
    };
    (name != file).then(|| FeedProblem::new("name", message).hint(Some(hint)).at(root.place("name")))
}

/// Parses another format than that of feeds. `what` names it: `a dataset`.
///
/// # Errors
/// Every problem of its shape.
pub(crate) fn read_as<T: DeserializeOwned>(yaml: &str, what: &str) -> Result<T, Vec<FeedProblem>> {
    let own = |mut problems: Vec<FeedProblem>| {
        let language = format!("the language of {}s", what.trim_start_matches("a "));
        for problem in &mut problems {
            problem.message = problem.message.replace("the feed language", &language);
        }
        problems
    };
    deserialize(strict(yaml)?, |_: &T, _| Vec::new()).map(|(spec, _)| spec).map_err(|broken| own(broken.problems))
}

/// Adds to each problem its place in a text of another format, and sorts them.
pub(crate) fn locate_in(problems: Vec<FeedProblem>, yaml: &str) -> Vec<FeedProblem> {
    locate(problems, yaml, None)
}

/// Like [`read`]; on errors, it also returns what could be read.
pub(super) fn read_parts(yaml: &str) -> Result<(FeedSpec, Vec<FeedProblem>), Broken<FeedSpec>> {
    let mut document = strict(yaml).map_err(|problems| Broken { problems, rest: None })?;
    if let Some(schema) = document.root.get("schema") {
        let misplaced = notes::misplaced(schema, "schema");
        document.problems.extend(misplaced);
    }
    deserialize(document, |spec: &FeedSpec, root| {
        let source = root.get("source").map(|source| notes::of_source(source, spec.source.format));
        let mut notes = source.unwrap_or_default();
        if let (SchemaRef::Inline(_), Some(schema)) = (&spec.schema, root.get("schema")) {
            notes.extend(notes::of_schema(schema, "schema"));
        }
        notes
    })
}

/// Parses YAML as a tree, keeping numbers as they are written.
///
/// # Errors
/// Everything that is wrong with it as YAML.
pub fn tree(yaml: &str) -> Result<Value, Vec<FeedProblem>> {
    let Document { root, problems, .. } = strict(yaml)?;
    if problems.is_empty() { Ok(root.value()) } else { Err(in_order(problems)) }
}

/// Parses a Table Schema from a JSON or YAML file beside a feed. Paths begin with `schema`, as those of an
/// inline schema do.
///
/// A repeated key is only a note, because published schemas contain such slips and must be usable unchanged.
///
/// # Errors
/// Every problem of its shape.
pub fn schema(name: &str, text: &str) -> Result<(SchemaSpec, Vec<FeedProblem>), Vec<FeedProblem>> {
    let of_file = |mut problems: Vec<FeedProblem>| {
        for problem in &mut problems {
            let dot = if problem.path.is_empty() { "" } else { "." };
            problem.path = format!("schema{dot}{}", problem.path);
            problem.file = Some(name.to_owned());
        }
        problems
    };
    let mut document = yaml::parse(text).map_err(of_file)?;
    let repeated = std::mem::take(&mut document.repeated);
    let misplaced = notes::misplaced(&document.root, "");
    document.problems.extend(misplaced);
    deserialize(document, |_: &SchemaSpec, root| repeated.into_iter().chain(notes::of_schema(root, "")).collect())
        .map(|(schema, notes)| (schema, of_file(notes)))
        .map_err(|broken| of_file(broken.problems))
}

/// Parses our own format, in which a repeated key is an error.
fn strict(yaml: &str) -> Result<Document, Vec<FeedProblem>> {
    let mut document = yaml::parse(yaml)?;
    document.problems.append(&mut document.repeated);
    Ok(document)
}

fn deserialize<T: DeserializeOwned>(
    document: Document,
    notes: impl FnOnce(&T, &Node) -> Vec<FeedProblem>,
) -> Result<(T, Vec<FeedProblem>), Broken<T>> {
    let Document { root, mut problems, .. } = document;
    match shape::deserialize::<T>(&root) {
        Ok(read) if problems.is_empty() => {
            let notes = notes(&read, &root);
            Ok((read, notes))
        }
        Ok(spec) => {
            let rest = Some(Box::new(Rest::of_all(spec, &problems)));
            Err(Broken { problems: in_order(problems), rest })
        }
        Err(Broken { problems: more, rest }) => {
            problems.extend(more);
            Err(Broken { problems: in_order(problems), rest })
        }
    }
}

/// Sorts problems by their place in the text, removes duplicates and limits their number.
fn in_order(mut problems: Vec<FeedProblem>) -> Vec<FeedProblem> {
    problems.sort_by(|a, b| (&a.file, a.at).cmp(&(&b.file, b.at)));
    problems.dedup();
    if problems.len() > MAX_PROBLEMS {
        let more = problems.len() - MAX_PROBLEMS;
        problems.truncate(MAX_PROBLEMS);
        problems.push(FeedProblem::new("", format!("has {more} more problems, which are not listed")));
    }
    problems
}

/// Adds to each problem its place in the feed, or in the file that holds its schema, and sorts them.
pub(super) fn locate(mut problems: Vec<FeedProblem>, yaml: &str, schema: Option<(String, &str)>) -> Vec<FeedProblem> {
    let root = yaml::parse(yaml).ok().map(|document| document.root);
    let schema = schema.map(|(name, text)| (name, yaml::parse(text).ok().map(|document| document.root)));
    for problem in problems.iter_mut().filter(|problem| problem.file.is_none()) {
        let within = problem.path.strip_prefix("schema.");
        match (&schema, within) {
            (Some((name, root)), Some(path)) => {
                problem.file = Some(name.clone());
                problem.at = problem.at.or_else(|| root.as_ref()?.place(path));
            }
            _ => problem.at = problem.at.or_else(|| root.as_ref()?.place(&problem.path)),
        }
    }
    in_order(problems)
}

#[cfg(test)]
mod tests;
