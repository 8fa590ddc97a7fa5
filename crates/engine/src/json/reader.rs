//! Reads lines of JSON as records: a cell for each pointer.

use std::borrow::Cow;
use std::ops::Range;

use super::Pointer;
use super::column::characters;
use super::error::{Kind, unexpected};
use super::grammar::{Action, Container, MAX_DEPTH, Machine, plain};
use super::text::unescape;
use super::tree::{Node, Tree};
use crate::encoding::SourceText;
use crate::record::{MadeCells, Record};
use crate::{Code, Problem, Stage};

/// Up to this many names of an object are compared with each other; more are sorted first.
const FEW_NAMES: usize = 24;

/// Reads lines of JSON as records. Buffers are kept from line to line.
///
/// The cell of a string is its text, of a number, `true` and `false` their text as written, and of an array or an
/// object its JSON as written. The cell of `null`, and of what the record does not have, is empty.
pub struct LineReader {
    text: SourceText,
    /// The line in UTF-8, if it came in another encoding.
    decoded: String,
    reading: Reading,
}

/// An open array or object.
#[derive(Clone, Copy)]
struct Frame {
    container: Container,
    /// Its place in the tree; `None` if nothing is read in it.
    node: Option<Node>,
    /// Where it begins.
    start: usize,
    /// The number of elements or members that began.
    count: usize,
    /// Where the names of its members begin.
    names: usize,
    /// Where the search for the next member begins in the tree.
    next: usize,
    /// The place of the value that comes next.
    value: Option<Node>,
}

/// The name of a member.
#[derive(Clone, Copy)]
struct Name {
    /// Where it stands in the line, with its quotes.
    at: usize,
    start: usize,
    end: usize,
    /// Whether it is in the buffer of names with escapes.
    is_unescaped: bool,
}

impl Name {
    /// Its text, given its line and the texts of names with escapes.
    fn of<'a>(&self, line: &'a [u8], unescaped: &'a [u8]) -> &'a [u8] {
        &(if self.is_unescaped { unescaped } else { line })[self.start..self.end]
    }
}

/// Why a line is no record.
struct Fault {
    /// Where it is.
    at: Range<usize>,
    what: String,
}

impl LineReader {
    /// A reader of these columns, for a file in this encoding. A label that is no pointer finds nothing.
    #[must_use]
    pub fn new<L: AsRef<str>>(labels: &[L], text: SourceText) -> Self {
        let pointers: Vec<Option<Pointer>> = labels.iter().map(|label| label.as_ref().parse().ok()).collect();
        let pointers = pointers.iter().enumerate().filter_map(|(at, pointer)| Some((at, pointer.as_ref()?)));
        let reading = Reading {
            tree: Tree::new(pointers),
            columns: labels.len(),
            machine: Machine::new(),
            cells: MadeCells::default(),
            places: Vec::new(),
            frames: Vec::new(),
            names: Vec::new(),
            unescaped: Vec::new(),
        };
        Self { text, decoded: String::new(), reading }
    }

    /// How its lines are decoded.
    #[must_use]
    pub fn text(&self) -> SourceText {
        self.text
    }

    /// Makes a record of a line. Its cells are UTF-8, whatever the encoding of the line.
    ///
    /// # Errors
    /// If the line is not JSON in its encoding, is nested too deep, has two members of one name in an object, has half
    /// of a surrogate pair, or is a value in which none of the columns can be found.
    pub fn read<'s>(&'s mut self, line: &Record<'s>) -> Result<Record<'s>, Problem> {
        let Self { text, decoded, reading } = self;
        let raw = match text.decode(line.raw) {
            Ok(Cow::Borrowed(text)) => text,
            Ok(Cow::Owned(text)) => {
                *decoded = text;
                decoded.as_str()
            }
            Err(_) => return Err(undecodable(*text, line.raw, line.position.offset)),
        };
        match reading.read(raw.as_bytes()) {
            Ok(()) => Ok(reading.cells.record(line.position, raw.as_bytes())),
            Err(Fault { at, what }) => {
                let column = characters(&raw.as_bytes()[..at.start], true) + 1;
                // The lines of an array that was rewritten, and of a repair, are not those of the file.
                let place = if text.is_rewritten() || text.is_repaired() {
                    format!("column {column} of the record")
                } else {
                    format!("line {}, column {column}", line.position.line)
                };
                Err(Problem::new(Stage::Restructure, Code::JsonError, format!("{place}: {what}")))
            }
        }
    }

    /// Whether the last line has a value for a column, be it `null`.
    #[must_use]
    pub fn has(&self, column: usize) -> bool {
        self.reading.places.get(column).is_some_and(Option::is_some)
    }

    /// Where the values of the columns are written in a line of UTF-8, and where its fault is, if it has one. A
    /// column without a value is at the end of the line.
    pub fn spans(&mut self, line: &str) -> (Vec<Range<usize>>, Option<Range<usize>>) {
        let fault = self.reading.read(line.as_bytes()).err().map(|fault| fault.at);
        let end = line.len()..line.len();
        let places = self.reading.places.iter().map(|place| place.clone().unwrap_or(end.clone()));
        (places.collect(), fault)
    }
}

/// The problem of a line that is not in its encoding.
fn undecodable(text: SourceText, raw: &[u8], offset: u64) -> Problem {
    let Some((at, bad)) = text.undecodable(raw).next() else {
        return Problem::new(Stage::Restructure, Code::EncodingError, "is not in the encoding of the file");
    };
    let what = if text.is_repaired() {
        format!("{bad} could not be decoded; replace the mark {{{}}} in the record by the intended text", bad.shown())
    } else {
        let (offset, place, encoding) = (offset + at as u64, text.place(), text.encoding().name());
        format!("{bad} at offset {offset} of {place} is not {encoding}")
    };
    Problem::new(Stage::Restructure, Code::EncodingError, what)
}

/// What reads a line.
struct Reading {
    tree: Tree,
    columns: usize,
    machine: Machine,
    cells: MadeCells,
    /// Where the values of the columns are written.
    places: Vec<Option<Range<usize>>>,
    frames: Vec<Frame>,
    names: Vec<Name>,
    /// The texts of names with escapes.
    unescaped: Vec<u8>,
}

impl Reading {
    fn read(&mut self, line: &[u8]) -> Result<(), Fault> {
        self.machine.reset();
        self.cells.reset(self.columns);
        self.places.clear();
        self.places.resize(self.columns, None);
        self.frames.clear();
        self.names.clear();
        self.unescaped.clear();
        let mut at = 0;
        // Where the string, number, word or name begins that is being read.
        let mut start = 0;
        let mut has_escape = false;
        // Whether a number or a word is being read. Only what follows shows that it has ended.
        let mut is_bare = false;
        let mut root = None;
        loop {
            let state = self.machine.state();
            if state.is_in_string() {
                at += plain(&line[at..]);
            }
            let Some(&byte) = line.get(at) else { break };
            let action = self.machine.step(byte);
            if is_bare && action != Action::Within {
                self.bare(line, start..at);
                is_bare = false;
            }
            match action {
                Action::Within => has_escape |= byte == b'\\',
                Action::Space | Action::Colon | Action::Comma => {}
                Action::Begin => {
                    root.get_or_insert(Kind::Scalar(byte));
                    self.element();
                    is_bare = byte != b'"';
                    (start, has_escape) = (at, false);
                }
                Action::BeginName => (start, has_escape) = (at, false),
                Action::EndString => self.string(line, start..at + 1, has_escape)?,
                Action::EndName => self.name(line, start..at + 1, has_escape)?,
                Action::Open(container) => {
                    root.get_or_insert(Kind::Container(container));
                    self.open(container, at)?;
                }
                Action::Close(_) => self.close(line, at)?,
                Action::Bad => {
                    let what = unexpected(&line[at..], self.machine.expected(state));
                    return Err(Fault { at: at..at + 1, what: format!("not JSON: {what}") });
                }
            }
            at += 1;
        }
        if is_bare {
            self.bare(line, start..line.len());
        }
        if !self.machine.is_complete() {
            let what = unexpected(&[], self.machine.expected(self.machine.state()));
            return Err(Fault { at: line.len()..line.len(), what: format!("not JSON: {what}") });
        }
        let suits = root.is_some_and(|root| self.suits(root));
        let root = root.map(|root| root.to_string()).unwrap_or_default();
        let what = || format!("the record is {root}; expected an object with the members that the feed reads");
        if suits { Ok(()) } else { Err(Fault { at: 0..line.len(), what: what() }) }
    }

    /// Whether any of the columns can be found in a record of this kind.
    fn suits(&self, root: Kind) -> bool {
        let is_whole = self.tree.column(Tree::ROOT).is_some();
        match root {
            Kind::Container(Container::Object) => true,
            Kind::Container(Container::Array) => is_whole || self.tree.has_indexes(Tree::ROOT),
            Kind::Scalar(_) => is_whole,
        }
    }

    /// The place in the tree of the value that begins here. In an array, it is that of the next element.
    fn element(&mut self) -> Option<Node> {
        let Some(frame) = self.frames.last_mut() else { return Some(Tree::ROOT) };
        if frame.container == Container::Array {
            frame.value = match frame.node.filter(|node| self.tree.has_below(*node)) {
                Some(node) => self.tree.below(node, frame.count.to_string().as_bytes(), &mut frame.next),
                None => None,
            };
            frame.count += 1;
        }
        frame.value
    }

    /// The column that the value of this place belongs to.
    fn column(&self) -> Option<usize> {
        let node = self.frames.last().map_or(Some(Tree::ROOT), |frame| frame.value);
        self.tree.column(node?)
    }

    /// A number or a word is complete.
    fn bare(&mut self, line: &[u8], part: Range<usize>) {
        let Some(column) = self.column() else { return };
        if line[part.clone()] != *b"null" {
            self.cells.place(column, part.clone());
        }
        self.places[column] = Some(part);
    }

    /// A string is complete. It is checked even if nobody reads it. `part` is with its quotes.
    fn string(&mut self, line: &[u8], part: Range<usize>, has_escape: bool) -> Result<(), Fault> {
        let column = self.column();
        let text = part.start + 1..part.end - 1;
        if let Some(column) = column {
            self.places[column] = Some(part);
        }
        match column {
            _ if has_escape => {}
            Some(column) => {
                self.cells.place(column, text);
                return Ok(());
            }
            None => return Ok(()),
        }
        let raw = &line[text.clone()];
        let unescaped = match column {
            Some(column) => self.cells.make(column, |out| unescape(raw, out)),
            None => {
                let length = self.unescaped.len();
                let checked = unescape(raw, &mut self.unescaped);
                self.unescaped.truncate(length);
                checked
            }
        };
        unescaped.map_err(|lone| lone_surrogate(text.start + lone.at))
    }

    /// A name is complete. `part` is with its quotes.
    fn name(&mut self, line: &[u8], part: Range<usize>, has_escape: bool) -> Result<(), Fault> {
        let text = part.start + 1..part.end - 1;
        let name = if has_escape {
            let start = self.unescaped.len();
            let unescaped = unescape(&line[text.clone()], &mut self.unescaped);
            unescaped.map_err(|lone| lone_surrogate(text.start + lone.at))?;
            Name { at: part.start, start, end: self.unescaped.len(), is_unescaped: true }
        } else {
            Name { at: part.start, start: text.start, end: text.end, is_unescaped: false }
        };
        self.names.push(name);
        if let Some(frame) = self.frames.last_mut() {
            let bytes = name.of(line, &self.unescaped);
            frame.count += 1;
            frame.value = frame.node.and_then(|node| self.tree.below(node, bytes, &mut frame.next));
        }
        Ok(())
    }

    fn open(&mut self, container: Container, at: usize) -> Result<(), Fault> {
        if self.frames.len() == MAX_DEPTH {
            let what = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(Fault { at: at..at + 1, what });
        }
        let node = self.element();
        self.frames.push(Frame { container, node, start: at, count: 0, names: self.names.len(), next: 0, value: None });
        Ok(())
    }

    fn close(&mut self, line: &[u8], at: usize) -> Result<(), Fault> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        if let Some(twice) = self.twice(line, frame.names) {
            let name = String::from_utf8_lossy(twice.of(line, &self.unescaped));
            let path = self.path(line, frame.names).to_string();
            let within = if path.is_empty() { String::new() } else { format!(" in {path}") };
            let what = format!("the member {name:?} occurs twice{within}; expected each name once");
            return Err(Fault { at: twice.at..end_of_string(line, twice.at), what });
        }
        self.names.truncate(frame.names);
        if let Some(column) = frame.node.and_then(|node| self.tree.column(node)) {
            self.cells.place(column, frame.start..at + 1);
            self.places[column] = Some(frame.start..at + 1);
        }
        Ok(())
    }

    /// A name that occurs twice among those from an index on: where it does so again.
    fn twice(&mut self, line: &[u8], from: usize) -> Option<Name> {
        let (names, unescaped) = (&mut self.names[from..], &self.unescaped[..]);
        let bytes = |name: &Name| name.of(line, unescaped);
        if names.len() > FEW_NAMES {
            // Their order does not matter any more.
            names.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
            return names
                .array_windows()
                .find(|[a, b]| bytes(a) == bytes(b))
                .map(|[a, b]| if a.at > b.at { *a } else { *b });
        }
        let mut pairs = names.iter().enumerate().flat_map(|(at, a)| names[..at].iter().map(move |b| (a, b)));
        pairs.find(|(a, b)| bytes(a) == bytes(b)).map(|(a, _)| *a)
    }

    /// The pointer to a container that has closed, whose names begin at an index, from those that are open around it.
    fn path(&self, line: &[u8], names: usize) -> Pointer {
        let ends = self.frames.iter().skip(1).map(|frame| frame.names).chain([names]);
        self.frames.iter().zip(ends).fold(Pointer::default(), |path, (frame, end)| match frame.container {
            Container::Array => path.then(&(frame.count - 1).to_string()),
            Container::Object => {
                let name = self.names[..end].last().map_or(&[][..], |name| name.of(line, &self.unescaped));
                path.then(&String::from_utf8_lossy(name))
            }
        })
    }
}

/// The end of the string that begins at a quote.
fn end_of_string(line: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while let Some(byte) = line.get(at).filter(|byte| **byte != b'"') {
        at += if *byte == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(line.len())
}

fn lone_surrogate(at: usize) -> Fault {
    let what =
        "half of a surrogate pair, which is no character; expected \\uD800 to \\uDBFF only before \\uDC00 to \\uDFFF";
    Fault { at: at..at + 6, what: what.to_owned() }
}
