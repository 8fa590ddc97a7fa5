//! A first look at JSON: where its records are, and what members they have.

use super::SourceGuess;
use crate::dialect::Dialect;
use crate::encoding::SourceText;
use crate::json::{LineReader, Pointer, walk};
use crate::record::{Position, Reader};

/// Maximum number of levels of objects whose members become columns; what is below stays one column of JSON.
const MAX_LEVELS: usize = 4;

/// Maximum number of members that are remembered.
const MAX_MEMBERS: usize = 2000;

/// Where the records of JSON are, and what they have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonGuess {
    /// The array that holds the records; `None` if each line is one.
    pub records: Option<Pointer>,
    /// The members of the records, in the order in which they first come.
    pub members: Vec<Member>,
}

/// A member of the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The pointer to it.
    pub pointer: String,
    /// Whether it always is an array.
    pub is_array: bool,
}

/// Guesses from the beginning of a file whether it is JSON, and where its records are. `whole` says that this is all of
/// it. `None` if it is something else, or JSON without records.
#[must_use]
pub fn guess_json(text: &str, whole: bool) -> Option<JsonGuess> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lines = JsonGuess::default();
    let array = |records| Some(JsonGuess { records: Some(records), ..JsonGuess::default() });
    let mut first_lines = text.lines().filter(|line| !line.trim().is_empty());
    let (first, second) = (first_lines.next().unwrap_or_default(), first_lines.next());
    let is_object = |line: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).is_ok();
    if second.is_some() && is_object(first) {
        return Some(lines);
    }
    if text.starts_with('[') {
        return walk(text.as_bytes(), |_| true).then(|| array(Pointer::default()))?;
    }
    if !text.starts_with('{') {
        return None;
    }
    let mut records = None;
    let is_json = walk(text.as_bytes(), |value| {
        if value.is_object && value.is_element && value.arrays == 1 && value.path.len() <= MAX_LEVELS {
            let way = &value.path[..value.path.len() - 1];
            records = Some(way.iter().fold(Pointer::default(), |pointer, token| pointer.then(token)));
        }
        records.is_none()
    });
    match records {
        Some(records) => array(records),
        // A single object is a record on a line, or else nothing says where the records are.
        None => (is_json && second.is_none() && (!whole || is_object(first))).then_some(lines),
    }
}

impl JsonGuess {
    /// The labels of the columns: the pointers to the members.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        self.members.iter().map(|member| member.pointer.clone()).collect()
    }

    /// The source of a draft.
    #[must_use]
    pub fn source(self) -> SourceGuess {
        SourceGuess { json: Some(self), ..SourceGuess::COMMAS }
    }
}

/// The lines of a text of JSON that comes in parts; of an array, once it is rewritten.
struct Lines(Reader);

impl Lines {
    fn new() -> Self {
        Self(Reader::new(Dialect::LINES, Position::START_OF_DATA))
    }

    /// Takes the next part; an empty one ends the text. `false` if a line is too long.
    fn push(&mut self, part: &[u8], mut each: impl FnMut(&crate::record::Record<'_>)) -> bool {
        if part.is_empty() {
            self.0.end();
        } else {
            self.0.push(part);
        }
        loop {
            match self.0.next_record() {
                Ok(Some(line)) if line.raw.trim_ascii().is_empty() => {}
                Ok(Some(line)) => each(&line),
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }
}

/// Collects the members of all records.
pub struct Members {
    lines: Lines,
    text: SourceText,
    found: Vec<Member>,
}

impl Members {
    /// Starts with a file in this encoding.
    #[must_use]
    pub fn new(text: SourceText) -> Self {
        Self { lines: Lines::new(), text, found: Vec::new() }
    }

    /// Takes the next bytes of the lines; an empty part ends them. `false` if a line is too long.
    pub fn push(&mut self, part: &[u8]) -> bool {
        let Self { lines, text, found } = self;
        lines.push(part, |line| {
            let line = text.show(line.raw);
            // Members are new at the end of the list, or come in the order of the last record.
            let mut next = 0;
            walk(line.as_bytes(), |value| {
                let is_leaf = !value.is_object || value.path.len() == MAX_LEVELS;
                if is_leaf && value.arrays == 0 && !value.path.is_empty() && value.path.len() <= MAX_LEVELS {
                    let pointer = value.path.iter().fold(Pointer::default(), |pointer, token| pointer.then(token));
                    see(found, &mut next, &pointer.to_string(), value.is_array);
                }
                true
            });
        })
    }

    /// What was found.
    #[must_use]
    pub fn found(self) -> Vec<Member> {
        self.found
    }
}

/// Remembers a member, which is most likely the next one.
fn see(found: &mut Vec<Member>, next: &mut usize, pointer: &str, is_array: bool) {
    let known = (*next..found.len()).chain(0..*next).find(|at| found[*at].pointer == pointer);
    match known {
        Some(at) => {
            found[at].is_array &= is_array;
            *next = at + 1;
        }
        None if found.len() < MAX_MEMBERS => {
            found.push(Member { pointer: pointer.to_owned(), is_array });
            *next = found.len();
        }
        None => {}
    }
}

/// The records of JSON, as cells for each member.
pub struct JsonRecords {
    lines: Lines,
    reader: LineReader,
}

impl JsonRecords {
    /// Reads these columns of a file in this encoding.
    #[must_use]
    pub fn new(labels: &[String], text: SourceText) -> Self {
        Self { lines: Lines::new(), reader: LineReader::new(labels, text) }
    }

    /// Takes the next bytes of the lines, and passes the cells of each record to `each`; a record that cannot be read is
    /// passed without cells. An empty part ends the lines. `false` if a line is too long.
    pub fn push(&mut self, part: &[u8], mut each: impl FnMut(&[&str])) -> bool {
        let Self { lines, reader } = self;
        lines.push(part, |line| match reader.read(line) {
            Ok(record) => {
                // A line that was read is UTF-8, and so are its cells.
                let text = |cell| std::str::from_utf8(cell).unwrap_or_default();
                each(&record.iter().map(text).collect::<Vec<_>>());
            }
            Err(_) => each(&[]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_files() {
        for (text, whole, expected) in [
            ("{\"a\":1}\n{\"a\":2}\n", true, Some(None)),
            ("\u{feff}{\"a\":1}\n\n{\"a\"", false, Some(None)),
            ("{\"a\":{\"b\":1}}", true, Some(None)),
            ("[{\"a\": 1},\n {\"a\": 2}]", true, Some(Some(""))),
            ("[\n{\"a\": 1},", false, Some(Some(""))),
            ("{\"n\": 2, \"data\": {\"none\": [1], \"items\": [{\"a\": [{}]}]}}", true, Some(Some("/data/items"))),
            ("{\n  \"items\": [\n    {\"a\": ", false, Some(Some("/items"))),
            ("{\n  \"a\": 1\n}", true, None),
            ("[id],[name]\n1,x\n", true, None),
            ("{id},{name}\n1,x\n", true, None),
            ("id,name\n1,x\n", true, None),
            ("", true, None),
        ] {
            let found = guess_json(text, whole).map(|guess| guess.records.map(|records| records.to_string()));
            assert_eq!(found, expected.map(|records| records.map(str::to_owned)), "{text:?}");
        }
    }

    #[test]
    fn members_are_columns_in_their_order() {
        let file = b"{\"id\":1,\"p\":{\"net\":2,\"tax\":{}},\"t\":[{\"x\":1}]}\n{\"id\":2,\"new\":[],\"t\":null,\"p\":{\"a\":{\"b\":{\"c\":{\"d\":1}}}}}\n{";
        for piece in 1..file.len() {
            let mut members = Members::new(SourceText::UTF_8);
            for part in file.chunks(piece).chain([&[][..]]) {
                assert!(members.push(part));
            }
            let found = members.found();
            let shown: Vec<String> = found.iter().map(|it| format!("{} {}", it.pointer, it.is_array)).collect();
            assert_eq!(shown, ["/id false", "/p/net false", "/t false", "/new true", "/p/a/b/c false"]);
            let labels: Vec<String> = found.into_iter().map(|member| member.pointer).collect();
            let (mut records, mut rows) = (JsonRecords::new(&labels, SourceText::UTF_8), Vec::new());
            for part in file.chunks(piece).chain([&[][..]]) {
                assert!(records.push(part, |cells| rows.push(cells.join("|"))));
            }
            assert_eq!(rows, ["1|2|[{\"x\":1}]||", "2|||[]|{\"d\":1}", ""]);
        }
    }
}
