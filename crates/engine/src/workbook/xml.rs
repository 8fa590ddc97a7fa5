//! The XML of a part of a workbook, as a stream of events within bounds.
//!
//! Elements are known by their local names and by where they stand, so prefixes and the namespaces of the strict format
//! make no difference.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Error as IoError, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::error::WorkbookError;
use crate::archive::ArchiveError;

/// Maximum length of a tag or of a text without tags, in bytes: 1 MiB. A cell has up to 32,767 characters, and the longest
/// way to write one has eight bytes (`_x000D_`, or a reference).
const MAX_EVENT: usize = 1024 * 1024;

/// Maximum nesting. A cell with formatted text in it is at the seventh level.
const MAX_DEPTH: usize = 64;

/// Maximum number of attributes of an element that are looked at. No element of the format that is read has as many.
const MAX_ATTRIBUTES: usize = 64;

/// How much text is expanded at once, in bytes.
const PIECE: usize = 64 * 1024;

/// A part of a workbook while it is read.
pub(super) struct Xml<R> {
    reader: Reader<Bounded<BufReader<R>>>,
    buffer: Vec<u8>,
    part: String,
    depth: usize,
}

/// What comes next.
pub(super) enum Node<'a> {
    /// An element begins. Each that begins ends, also if it is empty.
    Start(Tag<'a>),
    /// An element ends.
    End,
    /// Text, or a part of it.
    Text(Cow<'a, str>),
    /// Something without a meaning here, such as a comment.
    Other,
    /// The part ends.
    Eof,
}

impl<R: Read> Xml<R> {
    /// Begins to read a part, whose name is for messages.
    pub fn new(content: R, part: &str) -> Self {
        let bounded = Bounded { inner: BufReader::with_capacity(PIECE, content), left: MAX_EVENT };
        let mut reader = Reader::from_reader(bounded);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), part: part.to_owned(), depth: 0 }
    }

    /// The number of elements that have begun and not ended.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The next event.
    pub fn next(&mut self) -> Result<Node<'_>, WorkbookError> {
        self.buffer.clear();
        self.reader.get_mut().left = MAX_EVENT;
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => return Err(of_xml(&self.part, &error)),
        };
        Ok(match event {
            Event::Start(tag) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(damaged(&self.part, format!("it is nested more than {MAX_DEPTH} levels deep")));
                }
                Node::Start(Tag { tag, part: &self.part })
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Node::End
            }
            Event::Text(text) => Node::Text(text.xml10_content()),
            Event::CData(text) => Node::Text(text.xml10_content()),
            Event::GeneralRef(name) => match (name.resolve_char_ref(), &*name) {
                (Ok(Some(character)), _) => Node::Text(Cow::Owned(character.to_string())),
                (_, "lt") => Node::Text(Cow::Borrowed("<")),
                (_, "gt") => Node::Text(Cow::Borrowed(">")),
                (_, "amp") => Node::Text(Cow::Borrowed("&")),
                (_, "quot") => Node::Text(Cow::Borrowed("\"")),
                (_, "apos") => Node::Text(Cow::Borrowed("'")),
                _ => return Err(damaged(&self.part, "an unknown entity or character".to_owned())),
            },
            Event::DocType(_) => return Err(WorkbookError::Dtd { part: self.part.clone() }),
            Event::Eof if self.depth > 0 => return Err(damaged(&self.part, "it ends too early".to_owned())),
            Event::Eof => Node::Eof,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Node::Other,
        })
    }

    /// Goes to the end of the element that has just begun.
    pub fn skip(&mut self) -> Result<(), WorkbookError> {
        let depth = self.depth;
        while self.depth >= depth {
            self.next()?;
        }
        Ok(())
    }

    /// Passes the name of each child of the element that has just begun, and some of its attributes, to `each`, which reads it
    /// to its end. Before any element has begun, the root is the only child.
    pub fn children<const N: usize>(
        &mut self,
        names: [&str; N],
        mut each: impl FnMut(&mut Self, &str, [Option<String>; N]) -> Result<(), WorkbookError>,
    ) -> Result<(), WorkbookError> {
        loop {
            let (name, values) = match self.next()? {
                Node::Start(tag) => (tag.name().to_owned(), tag.values(names)?),
                Node::End | Node::Eof => return Ok(()),
                Node::Text(_) | Node::Other => continue,
            };
            each(self, &name, values)?;
        }
    }

    /// Passes each element of the part to `each`, wherever it is.
    pub fn elements(
        mut self,
        mut each: impl FnMut(&Tag<'_>) -> Result<(), WorkbookError>,
    ) -> Result<(), WorkbookError> {
        loop {
            match self.next()? {
                Node::Start(tag) => each(&tag)?,
                Node::Eof => return Ok(()),
                Node::End | Node::Text(_) | Node::Other => {}
            }
        }
    }

    /// The error about something in this part.
    pub fn damaged(&self, what: impl Into<String>) -> WorkbookError {
        damaged(&self.part, what.into())
    }
}

/// The beginning of an element.
pub(super) struct Tag<'a> {
    tag: BytesStart<'a>,
    part: &'a str,
}

impl Tag<'_> {
    /// Its name without a prefix.
    pub fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    /// Passes the name of each attribute, without a prefix, and its value to `each`.
    pub fn attributes(&self, mut each: impl FnMut(&str, Cow<'_, str>)) -> Result<(), WorkbookError> {
        let bad = |error: &dyn std::fmt::Display| damaged(self.part, format!("not XML: {error}"));
        let mut attributes = self.tag.attributes();
        // To find a second attribute of the same name, each element would need a list of all; the last one counts.
        for attribute in attributes.with_checks(false).take(MAX_ATTRIBUTES) {
            let attribute = attribute.map_err(|error| bad(&error))?;
            let name = attribute.key.local_name();
            if attribute.value.contains(['&', '\n', '\r', '\t']) {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| bad(&error))?;
                each(name.into_inner(), value);
            } else {
                each(name.into_inner(), Cow::Borrowed(&*attribute.value));
            }
        }
        Ok(())
    }

    /// The values of attributes, by their names without prefixes.
    pub fn values<const N: usize>(&self, names: [&str; N]) -> Result<[Option<String>; N], WorkbookError> {
        let mut found = [const { None }; N];
        self.attributes(|name, value| {
            if let Some(at) = names.iter().position(|wanted| *wanted == name) {
                found[at] = Some(value.into_owned());
            }
        })?;
        Ok(found)
    }
}

impl Tag<'_> {
    /// The error about something in this part.
    pub fn damaged(&self, what: impl Into<String>) -> WorkbookError {
        damaged(self.part, what.into())
    }
}

/// Whether an attribute says yes.
pub(super) fn is_true(value: Option<&str>) -> bool {
    matches!(value, Some("1" | "true" | "on" | "t"))
}

fn damaged(part: &str, what: String) -> WorkbookError {
    WorkbookError::Damaged { part: part.to_owned(), what }
}

fn of_xml(part: &str, error: &Error) -> WorkbookError {
    match error {
        Error::Io(error) if error.get_ref().and_then(|inner| inner.downcast_ref::<TooLong>()).is_some() => {
            damaged(part, format!("a tag or a text is longer than {MAX_EVENT} bytes"))
        }
        Error::Io(error) => match ArchiveError::of_io(error) {
            ArchiveError::Damaged { reason } => damaged(part, reason),
            other => WorkbookError::Archive(other),
        },
        Error::Encoding(_) => damaged(part, "it is not in UTF-8".to_owned()),
        other => damaged(part, format!("not XML: {other}")),
    }
}

/// What reads a part and allows so many bytes for the next event, because the reader of XML keeps a whole event in memory.
struct Bounded<R> {
    inner: R,
    left: usize,
}

/// An event is too long.
#[derive(Debug, thiserror::Error)]
#[error("an event is too long")]
struct TooLong;

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = {
            let available = self.fill_buf()?;
            let read = available.len().min(buffer.len());
            buffer[..read].copy_from_slice(&available[..read]);
            read
        };
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.left == 0 {
            return Err(IoError::other(TooLong));
        }
        let available = self.inner.fill_buf()?;
        Ok(&available[..available.len().min(self.left)])
    }

    fn consume(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
        self.inner.consume(bytes);
    }
}
