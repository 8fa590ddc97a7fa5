//! The document beside a table of many runs: it has the key of the table.

use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sluice_contract::documents::Version;

use super::file::failure;
use crate::Fault;
use crate::sink::{KeyField, Target};

/// `<table>.json`: the key of the table.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    version: Version,
    key: Vec<KeyPart>,
}

/// A field of the key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyPart {
    name: String,
    number: bool,
}

/// Writes the key of a table, unless there is one already.
pub(super) fn write_once(path: &Path, target: &Target) -> Result<(), Fault> {
    if read(path)?.is_some() {
        return Ok(());
    }
    let key = target.key.iter().map(|field| KeyPart { name: field.name.clone(), number: field.number });
    let document = KeyFile { version: Version, key: key.collect() };
    let fail = |error| failure("write", path, error);
    let json = serde_json::to_vec_pretty(&document).map_err(|error| fail(error.into()))?;
    let unfinished = path.with_extension("json.unfinished");
    std::fs::write(&unfinished, json).and_then(|()| std::fs::rename(&unfinished, path)).map_err(fail)
}

/// The problem, if the table has another key than the target; `None` if it has the same key or is new.
pub(super) fn problem(path: &Path, target: &Target) -> Result<Option<String>, Fault> {
    let Some(key) = read(path)? else { return Ok(None) };
    if key == target.key {
        return Ok(None);
    }
    let words = |key: &[KeyField]| {
        let word = |field: &KeyField| format!("{} ({})", field.name, if field.number { "a number" } else { "a text" });
        key.iter().map(word).collect::<Vec<_>>().join(", ")
    };
    let (table, was, is) = (&target.name, words(&key), words(&target.key));
    Ok(Some(format!(
        "The table {table:?} has the key {was}, and the feed has {is}. Import into another folder or table."
    )))
}

/// The key of a table; `None` if the table is new.
fn read(path: &Path) -> Result<Option<Vec<KeyField>>, Fault> {
    let json = match std::fs::read(path) {
        Ok(json) => json,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failure("read", path, error)),
    };
    let document: KeyFile = serde_json::from_slice(&json)
        .map_err(|error| Fault::Corrupt { what: path.display().to_string(), found: error.to_string() })?;
    Ok(Some(document.key.into_iter().map(|part| KeyField { name: part.name, number: part.number }).collect()))
}
