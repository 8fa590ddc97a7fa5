//! Look-up tables for texts.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::dialect::Dialect;
use crate::record::{Position, Reader};
use crate::spec::Otherwise;
use crate::suggest;

/// Up to this many entries are compared one by one.
const FEW: usize = 8;

/// The replacement of each text, and of those not in the table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    entries: HashMap<String, String>,
    otherwise: Otherwise,
    /// The combined traces of all texts in the table.
    traces: u64,
}

/// One of 64 bits for a text, from its length and its first byte.
fn trace(text: &str) -> u64 {
    let first = text.bytes().next().map_or(0, usize::from);
    1 << (text.len().wrapping_mul(8).wrapping_add(first) % 64)
}

impl Table {
    /// Creates a table.
    pub(crate) fn new(entries: HashMap<String, String>, otherwise: Otherwise) -> Self {
        let traces = entries.keys().fold(0, |traces, text| traces | trace(text));
        Self { entries, otherwise, traces }
    }

    /// The number of entries.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries, sorted by the looked-up text.
    pub(super) fn sorted(&self) -> Vec<(&String, &String)> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable();
        entries
    }

    /// How a text that is not in the table is treated.
    pub(super) fn otherwise(&self) -> Otherwise {
        self.otherwise
    }

    /// Parses a CSV file with two columns and no header. Returns all problems with their lines.
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
                        problems.push(format!("line {line}: {from:?} occurs before with another replacement"));
                    }
                    entries.insert(from, to);
                }
                Err(cells) => {
                    problems.push(format!(
                        "line {line}: has {} cells; expected two, the text and its replacement",
                        cells.len()
                    ));
                }
            }
        }
        if problems.is_empty() { Ok(entries) } else { Err(problems) }
    }

    /// Whether a text certainly stays unchanged.
    #[inline]
    pub(super) fn surely_keeps(&self, text: &str) -> bool {
        self.otherwise == Otherwise::Keep && self.traces & trace(text) == 0
    }

    /// The replacement of a text. Comparing a few entries costs less than hashing.
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
