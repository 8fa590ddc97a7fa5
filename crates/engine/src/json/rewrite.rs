//! Rewrites an array of JSON into JSON Lines, as a stream.
//!
//! # What it does
//!
//! The bytes of an element go out as they come, without the white space between its tokens, and a line break after
//! each element. What is around the array is checked and dropped. The text must be JSON to its last byte, because
//! after a mistake nobody knows where the next record begins.
//!
//! An element has the line number that it has in the file: empty lines, which are no records, stand for the line breaks
//! before it. If several elements begin on one line, each further one counts as a line of its own.
//!
//! # If you change it
//!
//! The state between two pieces is in [`Rewriter`] alone; the tests cut a text at every place.

use super::Pointer;
use super::column::characters;
use super::error::{JsonError, Kind, unexpected};
use super::grammar::{Action, Container, Machine, State, peek, plain};
use super::text::unescape;
use crate::display::{count, one_line};
use crate::suggest;

/// Maximum nesting of the file, so that a file of nothing but brackets takes no more than 128 KiB of memory. A record
/// is held to [`MAX_DEPTH`](super::MAX_DEPTH) when it is read.
const MAX_NESTING: usize = 1024 * 1024;

/// Maximum number of line breaks in a record, because they are written behind it, all at once.
const MAX_LINES: u64 = 1024 * 1024;

/// Maximum length of a name that is compared, listed or suggested, in bytes.
const MAX_NAME: usize = 4096;

/// Maximum number of members that a message lists.
const MAX_LISTED: usize = 10;

/// Maximum length of a name in a message, in characters.
const SHOWN: usize = 40;

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Rewrites an array within a text that comes in pieces of any size.
pub struct Rewriter {
    way: Way,
    part: Part,
    machine: Machine,
    /// Whether the bytes are UTF-8, for the columns of errors.
    is_utf8: bool,
    /// How much of a byte order mark was read; `None` once that is decided.
    bom: Option<usize>,
    /// Whether an element has begun and not ended.
    is_in_element: bool,
    /// The line that is read, from 1, and the one that is written.
    line: u64,
    written: u64,
    /// The characters of the line in earlier pieces.
    characters: u64,
    /// Whether the last byte was a CR, which ends a line together with an LF.
    after_cr: bool,
}

/// The part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Before the array.
    Before,
    /// Within it.
    Array,
    /// After it. The container at this depth is on the way to the array, and so are those around it.
    After(usize),
}

/// The way to the array.
struct Way {
    records: Pointer,
    /// The number of tokens that led to the container on the way that is open innermost.
    matched: usize,
    /// Whether the value that comes next is on the way.
    is_next: bool,
    /// Whether the container on the way that is open innermost is an array, and the number of its elements so far.
    is_in_array: bool,
    elements: u64,
    /// The name that is being read, with its escapes, if it can be on the way.
    name: Vec<u8>,
    /// The names beside the way, of the object that is open innermost.
    others: Vec<String>,
}

impl Rewriter {
    /// Rewrites the array that a pointer points to. `is_utf8` says that the text is UTF-8; otherwise, each of its bytes
    /// is a character.
    #[must_use]
    pub fn new(records: Pointer, is_utf8: bool) -> Self {
        let way = Way {
            records,
            matched: 0,
            is_next: false,
            is_in_array: false,
            elements: 0,
            name: Vec::new(),
            others: Vec::new(),
        };
        Self {
            way,
            part: Part::Before,
            machine: Machine::new(),
            is_utf8,
            bom: Some(0),
            is_in_element: false,
            line: 1,
            written: 1,
            characters: 0,
            after_cr: false,
        }
    }

    /// Takes the next bytes, and appends what they make.
    ///
    /// # Errors
    /// If the text is not JSON, or the array is not in it. The rewriter cannot be used any more.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), JsonError> {
        while let (Some(read), [first, rest @ ..]) = (self.bom, bytes) {
            if BOM.get(read) == Some(first) {
                self.bom = Some(read + 1);
                bytes = rest;
            } else {
                self.bom = None;
                if (1..BOM.len()).contains(&read) {
                    return Err(self.unexpected(BOM, 0, 0, self.machine.state()));
                }
            }
        }
        // Where the line begins in these bytes.
        let mut line = 0;
        let mut at = 0;
        while at < bytes.len() {
            at = if self.part == Part::Array {
                self.elements(bytes, at, &mut line, out)?
            } else {
                self.around(bytes, at, &mut line, out)?
            };
        }
        self.characters += characters(&bytes[line..], self.is_utf8);
        self.after_cr &= line == bytes.len();
        Ok(())
    }

    /// Ends the text.
    ///
    /// # Errors
    /// If the text is incomplete, or the array is not in it.
    pub fn finish(self) -> Result<(), JsonError> {
        if self.machine.is_complete() && self.part != Part::Before {
            return Ok(());
        }
        let expected = self.machine.expected(self.machine.state());
        let mut what = format!("the file ends here, and {expected} is missing");
        if self.machine.depth() > 0 {
            what.push_str("; most likely its creation or upload was interrupted");
        }
        Err(JsonError { line: self.line, column: self.characters + 1, what })
    }

    /// Reads elements of the array from `at` on, until the array or the piece ends. Returns where it stopped.
    fn elements(
        &mut self,
        bytes: &[u8],
        mut at: usize,
        line: &mut usize,
        out: &mut Vec<u8>,
    ) -> Result<usize, JsonError> {
        let base = self.way.records.tokens().len() + 1;
        // The bytes from here on are to be written.
        let mut from = at;
        // The state is a variable of its own, because rewriting spends most of its time here.
        let mut state = self.machine.state();
        loop {
            if state.is_in_string() {
                at += plain(&bytes[at..]);
            }
            let Some(&byte) = bytes.get(at) else {
                out.extend_from_slice(&bytes[from..]);
                self.machine.enter(state);
                return Ok(at);
            };
            let (next, action) = peek(state, byte);
            if self.is_in_element && action.is_of_token() {
                (state, at) = (next, at + 1);
                continue;
            }
            match self.machine.take(next, action) {
                Action::Bad => return Err(self.unexpected(bytes, at, *line, state)),
                Action::Open(_) => {
                    self.begin(out);
                    self.check_depth(bytes, at, *line)?;
                }
                Action::Space => {
                    out.extend_from_slice(&bytes[from..at]);
                    self.space(byte, at, line, out);
                    if self.line.saturating_sub(self.written) > MAX_LINES {
                        let what = format!("a record has more than {MAX_LINES} line breaks");
                        return Err(self.error(bytes, at + 1, *line, what));
                    }
                    // Indentation changes nothing more.
                    let spaces = bytes[at + 1..].iter().position(|byte| *byte != b' ');
                    if byte != b'\r' {
                        at += spaces.unwrap_or(bytes.len() - at - 1);
                    }
                    from = at + 1;
                }
                Action::Comma if self.machine.depth() > base => {}
                Action::Close(_) if self.machine.depth() >= base => {}
                Action::Comma | Action::Close(_) => {
                    out.extend_from_slice(&bytes[from..at]);
                    from = at + 1;
                    self.end(out);
                    if action != Action::Comma {
                        self.part = Part::After(base - 1);
                        return Ok(at + 1);
                    }
                }
                // The first byte of an element that is no container.
                _ => self.begin(out),
            }
            state = self.machine.state();
            at += 1;
        }
    }

    /// An element may begin here.
    #[inline]
    fn begin(&mut self, out: &mut Vec<u8>) {
        if !self.is_in_element {
            self.is_in_element = true;
            self.catch_up(out);
        }
    }

    /// Writes empty lines until the line that is written is the one that is read.
    fn catch_up(&mut self, out: &mut Vec<u8>) {
        let before = self.line.saturating_sub(self.written);
        out.extend(std::iter::repeat_n(b'\n', usize::try_from(before).unwrap_or_default()));
        self.written += before;
    }

    /// An element ends here, if one has begun.
    fn end(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.is_in_element) {
            out.push(b'\n');
            self.written += 1;
        }
    }

    /// White space between tokens.
    #[inline]
    fn space(&mut self, byte: u8, at: usize, line: &mut usize, out: &mut Vec<u8>) {
        if matches!(byte, b'\n' | b'\r') {
            self.line += u64::from(!(byte == b'\n' && self.after_cr && at == *line));
            (*line, self.characters) = (at + 1, 0);
            // Written as they come, because there may be any number of them.
            if !self.is_in_element && !matches!(self.part, Part::After(_)) {
                self.catch_up(out);
            }
        }
        self.after_cr = byte == b'\r';
    }

    /// Reads a byte around the array, or what is plain of a string. Returns where the next one is.
    fn around(&mut self, bytes: &[u8], at: usize, line: &mut usize, out: &mut Vec<u8>) -> Result<usize, JsonError> {
        let state = self.machine.state();
        if state.is_in_string() {
            let plain = plain(&bytes[at..]);
            if plain > 0 {
                self.name(state, &bytes[at..at + plain]);
                return Ok(at + plain);
            }
        }
        let byte = bytes[at];
        match self.machine.step(byte) {
            Action::Bad => return Err(self.unexpected(bytes, at, *line, state)),
            Action::Space => self.space(byte, at, line, out),
            Action::Within => self.name(state, &[byte]),
            Action::BeginName => self.way.name.clear(),
            Action::EndName => self.end_name(bytes, at, *line)?,
            Action::Begin => self.value(bytes, at, *line, Kind::Scalar(byte))?,
            Action::Open(container) => {
                self.value(bytes, at, *line, Kind::Container(container))?;
                self.check_depth(bytes, at, *line)?;
            }
            Action::Close(_) => self.close(bytes, at, *line)?,
            Action::EndString | Action::Colon | Action::Comma => {}
        }
        Ok(at + 1)
    }

    /// A part of a name, if it may be on the way to the array.
    fn name(&mut self, state: State, part: &[u8]) {
        if state.is_in_name() && self.is_on_way(self.machine.depth()) && self.way.name.len() < MAX_NAME {
            self.way.name.extend_from_slice(part);
        }
    }

    /// Whether the container at a depth is on the way to the array.
    fn is_on_way(&self, depth: usize) -> bool {
        match self.part {
            Part::After(innermost) => depth == innermost,
            Part::Before | Part::Array => depth == self.way.matched + 1,
        }
    }

    fn end_name(&mut self, bytes: &[u8], at: usize, line: usize) -> Result<(), JsonError> {
        let depth = self.machine.depth();
        if !self.is_on_way(depth) {
            return Ok(());
        }
        let mut name = Vec::new();
        // Half of a surrogate pair is in no pointer.
        let is_text = unescape(&self.way.name, &mut name).is_ok();
        let is_next = is_text && self.way.records.tokens().get(depth - 1).is_some_and(|token| token.as_bytes() == name);
        if is_next && matches!(self.part, Part::After(_)) {
            let what = format!(
                "{} occurs twice, so it is not certain which array is meant; expected each name once",
                self.way.part(depth)
            );
            return Err(self.error(bytes, at, line, what));
        }
        self.way.is_next = is_next;
        if !is_next && self.way.others.len() < MAX_LISTED && self.part == Part::Before {
            self.way.others.push(String::from_utf8_lossy(&name).into_owned());
        }
        Ok(())
    }

    /// A value begins. If it is on the way, it must lead on.
    fn value(&mut self, bytes: &[u8], at: usize, line: usize, found: Kind) -> Result<(), JsonError> {
        if self.part != Part::Before {
            return Ok(());
        }
        // An opened container counts already.
        let depth = self.machine.depth() - usize::from(matches!(found, Kind::Container(_)));
        let tokens = self.way.records.tokens();
        if depth > 0 {
            if !self.is_on_way(depth) {
                return Ok(());
            }
            if self.way.is_in_array {
                self.way.is_next = tokens[depth - 1] == self.way.elements.to_string();
                self.way.elements += 1;
            }
            if !std::mem::take(&mut self.way.is_next) {
                return Ok(());
            }
            self.way.matched += 1;
        }
        let is_last = depth == tokens.len();
        match found {
            Kind::Container(Container::Array) if is_last => self.part = Part::Array,
            Kind::Container(container) if !is_last => {
                (self.way.is_in_array, self.way.elements) = (container == Container::Array, 0);
                self.way.others.clear();
            }
            _ => return Err(self.error(bytes, at, line, self.way.no_array(depth, found))),
        }
        Ok(())
    }

    /// A container has closed. If it was on the way, the array is not in it.
    fn close(&mut self, bytes: &[u8], at: usize, line: usize) -> Result<(), JsonError> {
        let depth = self.machine.depth();
        match &mut self.part {
            Part::After(innermost) => *innermost = (*innermost).min(depth),
            Part::Before if depth == self.way.matched => {
                let what = self.way.not_there();
                return Err(self.error(bytes, at, line, what));
            }
            Part::Before | Part::Array => {}
        }
        Ok(())
    }

    fn check_depth(&self, bytes: &[u8], at: usize, line: usize) -> Result<(), JsonError> {
        if self.machine.depth() <= MAX_NESTING {
            return Ok(());
        }
        Err(self.error(bytes, at, line, format!("the file is nested more than {MAX_NESTING} levels deep")))
    }

    /// The error about a byte that must not be there. `state` is the one before it.
    fn unexpected(&self, bytes: &[u8], at: usize, line: usize, state: State) -> JsonError {
        let found = unexpected(&bytes[at..], self.machine.expected(state));
        self.error(bytes, at, line, format!("not JSON: {found}"))
    }

    /// The error about a place in a piece, in which its line begins at `line`.
    fn error(&self, bytes: &[u8], at: usize, line: usize, what: String) -> JsonError {
        let column = self.characters + characters(&bytes[line..at], self.is_utf8) + 1;
        JsonError { line: self.line, column, what }
    }
}

impl Way {
    /// The part of the way that leads over this many tokens, in words.
    fn part(&self, tokens: usize) -> String {
        if tokens == 0 { "the file".to_owned() } else { self.records.first(tokens).to_string() }
    }

    /// A value on the way, after this many tokens, is not what the way needs.
    fn no_array(&self, tokens: usize, found: Kind) -> String {
        let (part, records) = (self.part(tokens), &self.records);
        if tokens < records.tokens().len() {
            return format!("{part} is {found}, so there is no {records} in it (source.records)");
        }
        let mut what = format!("{part} is {found}; expected an array of records");
        if tokens == 0 && found == Kind::Container(Container::Object) {
            what.push_str(
                ". If a member of it is the array, name it in source.records, such as /items; if the file has a record on \
                 each line, write source.format: jsonl",
            );
        }
        what
    }

    /// The container that closes has nothing that leads on.
    fn not_there(&self) -> String {
        let (part, records) = (self.part(self.matched), &self.records);
        if self.is_in_array {
            let has = count(self.elements, "element");
            return format!("there is no {records} (source.records): {part} is an array of {has}");
        }
        let wanted = records.tokens().get(self.matched).map_or("", String::as_str);
        let hint = suggest::did_you_mean(wanted, self.others.iter().map(String::as_str)).unwrap_or_default();
        let others: Vec<String> = self.others.iter().map(|name| format!("{:?}", one_line(name, SHOWN))).collect();
        let has = match &others[..] {
            [] => "no members".to_owned(),
            others if others.len() == MAX_LISTED => format!("the members {}, …", others.join(", ")),
            others => format!("the members {}", others.join(", ")),
        };
        format!("there is no {records} (source.records): {part} has {has}{hint}")
    }
}
