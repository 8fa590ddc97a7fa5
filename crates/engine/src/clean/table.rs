//! Tables: what becomes of a text.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::dialect::Dialect;
use crate::record::{Position, Reader};
use crate::spec::Otherwise;
use crate::suggest;

/// How many entries are looked at one by one.
const FEW: usize = 8;

/// What becomes of each text, and of those that are not in the table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    entries: HashMap<String, String>,
    otherwise: Otherwise,
    /// The traces of all texts in the table.
    traces: u64,
}

/// One bit of 64 for a text, from its length and its first byte.
fn trace(text: &str) -> u64 {
    let first = text.bytes().next().map_or(0, usize::from);
    1 << (text.len().wrapping_mul(8).wrapping_add(first) % 64)
}

impl Table {
    /// A table.
    pub(crate) fn new(entries: HashMap<String, String>, otherwise: Otherwise) -> Self {
        let traces = entries.keys().fold(0, |traces, text| traces | trace(text));
        Self { entries, otherwise, traces }
    }

    /// How many entries it has.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries, in the order of what is looked up.
    pub(super) fn sorted(&self) -> Vec<(&String, &String)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable();
        entries
    }

    /// What becomes of a text that is not in the table.
    pub(super) fn otherwise(&self) -> Otherwise {
        self.otherwise
    }

    /// Reads a CSV file with two columns and no header. Everything wrong with it is told with its line.
    pub(crate) fn entries(file: &str) -> Result<HashMap<String, String>, Vec<String>> {
        let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
        reader.push(file.as_bytes());
        reader.end();
        let (mut entries, mut problems) = (HashMap::new(), Vec::new());
        loop {
            let record = match reader.next_record() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(error) => {
                    problems.push(error.to_string());
                    break;
                }
            };
            let line = record.position.line;
            let cells: Vec<String> = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            match <[String; 2]>::try_from(cells) {
                Ok([from, to]) => {
                    if entries.get(&from).is_some_and(|other| *other != to) {
                        problems.push(format!("line {line}: {from:?} is there already, and becomes something else"));
                    }
                    entries.insert(from, to);
                }
                Err(cells) => {
                    problems.push(format!(
                        "line {line}: has {} cells; expected two, the text and what becomes of it",
                        cells.len()
                    ));
                }
            }
        }
        if problems.is_empty() { Ok(entries) } else { Err(problems) }
    }

    /// Whether a text surely stays as it is.
    #[inline]
    pub(super) fn surely_keeps(&self, text: &str) -> bool {
        self.otherwise == Otherwise::Keep && self.traces & trace(text) == 0
    }

    /// What becomes of a text. To look at all of a few entries takes less than to hash it.
    pub(super) fn get(&self, text: &str) -> Option<&String> {
        if self.entries.len() > FEW {
            return self.entries.get(text);
        }
        self.entries.iter().find(|(from, _)| from.as_str() == text).map(|(_, to)| to)
    }

    pub(super) fn look_up<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, String> {
        match (self.get(&text), self.otherwise) {
            (Some(value), _) if *value == *text => Ok(text),
            (Some(value), _) => Ok(Cow::Owned(value.clone())),
            (None, _) if text.is_empty() => Ok(text),
            (None, Otherwise::Keep) => Ok(text),
            (None, Otherwise::Empty) => Ok(Cow::Borrowed("")),
            (None, Otherwise::Reject) => {
                let mut known: Vec<&str> = self.entries.keys().map(String::as_str).collect();
                known.sort_unstable();
                let hint = suggest::did_you_mean(&text, known.into_iter()).unwrap_or_default();
                Err(format!("{text:?} is not one of the {} texts of the table{hint}", self.entries.len()))
            }
        }
    }
}
