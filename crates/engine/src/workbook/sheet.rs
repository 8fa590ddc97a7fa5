//! Reads a sheet as a stream, row by row.

use std::io::{Read, Write};

use memchr::memchr2;

use super::error::WorkbookError;
use super::format::Style;
use super::reference::{MAX_COLUMN, Place, letters, row};
use super::seen::Seen;
use super::serial::iso;
use super::strings::{Strings, string};
use super::styles::Styles;
use super::table::{Cell, Table};
use super::text::unescape;
use super::xml::{Node, Xml, is_true};

/// Maximum length of the texts of a row: 16 MiB. A full row of 16,384 cells with 1,000 bytes each is as long.
const MAX_ROW_BYTES: usize = 16 * 1024 * 1024;

/// What the cells of a sheet refer to.
pub(super) struct Shared<'a> {
    pub strings: &'a Strings,
    pub styles: &'a Styles,
    pub from_1904: bool,
}

/// A sheet while it is read.
pub(super) struct SheetReader<'a, 'o, R, W> {
    xml: Xml<R>,
    shared: Shared<'a>,
    table: Table<'o, W>,
    seen: Seen,
    /// The last row, from 1; 0 before the first.
    row: u32,
    /// The cells of the row that have content, and their texts.
    cells: Vec<Cell>,
    text: String,
    /// The text of an element, before it is read as a value.
    piece: String,
}

/// How the value of a cell is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// The number of a shared text.
    Shared,
    /// A text of its own, or the result of a formula.
    Text,
    Boolean,
    Error,
    /// A date in ISO 8601.
    Date,
}

/// A cell that has begun.
struct Begun {
    place: Place,
    kind: Kind,
    format: usize,
}

impl<'a, 'o, R: Read, W: Write> SheetReader<'a, 'o, R, W> {
    pub fn new(xml: Xml<R>, shared: Shared<'a>, table: Table<'o, W>, seen: Seen) -> Self {
        let (cells, text, piece) = (Vec::new(), String::new(), String::new());
        Self { xml, shared, table, seen, row: 0, cells, text, piece }
    }

    /// Reads the sheet to its end, and returns what was seen.
    pub fn read(mut self) -> Result<Seen, WorkbookError> {
        let mut hidden = Vec::new();
        let mut is_root = true;
        loop {
            let name = match self.xml.next()? {
                Node::Start(tag) => tag.name().to_owned(),
                Node::Eof => break,
                Node::End | Node::Text(_) | Node::Other => continue,
            };
            match &*name {
                "worksheet" if is_root => is_root = false,
                _ if is_root => return Err(self.xml.damaged("this part is not a sheet with cells")),
                "cols" => self.columns(&mut hidden)?,
                "sheetData" => self.rows()?,
                "mergeCells" => self.merged()?,
                _ => self.xml.skip()?,
            }
        }
        self.table.flush()?;
        if let Some((above, columns)) = self.table.head() {
            self.seen.above = above;
            let is_within = |column: &u32| *column as usize <= columns;
            self.seen.hidden_columns = hidden.into_iter().flatten().take_while(is_within).collect();
        }
        Ok(self.seen)
    }

    /// Reads which columns people do not see.
    fn columns(&mut self, hidden: &mut Vec<std::ops::RangeInclusive<u32>>) -> Result<(), WorkbookError> {
        self.xml.children(["min", "max", "hidden"], |xml, _, [min, max, is_hidden]| {
            let column = |text: Option<String>| text.and_then(|text| text.parse().ok()).unwrap_or(1).min(MAX_COLUMN);
            let after = hidden.last().map_or(0, |last| *last.end());
            let columns = column(min).max(after + 1)..=column(max);
            if is_true(is_hidden.as_deref()) && !columns.is_empty() {
                hidden.push(columns);
            }
            xml.skip()
        })
    }

    /// Reads which cells are merged.
    fn merged(&mut self) -> Result<(), WorkbookError> {
        let (table, seen) = (&self.table, &mut self.seen);
        self.xml.children(["ref"], |xml, _, [range]| {
            let range = range.unwrap_or_default();
            let last = range.rsplit(':').next().and_then(Place::of);
            if last.is_some_and(|last| table.has(last.row)) {
                seen.merged.see(|| range);
            }
            xml.skip()
        })
    }

    fn rows(&mut self) -> Result<(), WorkbookError> {
        loop {
            let begun = match self.xml.next()? {
                Node::Start(tag) if tag.name() == "row" => {
                    let (mut number, mut is_hidden) = (None, false);
                    tag.attributes(|name, value| match name {
                        "r" => number = Some(row(&value)),
                        "hidden" => is_hidden = is_true(Some(&value)),
                        _ => {}
                    })?;
                    Some((number, is_hidden))
                }
                Node::Start(_) => None,
                Node::End | Node::Eof => return Ok(()),
                Node::Text(_) | Node::Other => continue,
            };
            let Some((number, is_hidden)) = begun else {
                self.xml.skip()?;
                continue;
            };
            let number = number.unwrap_or_else(|| row(&(self.row + 1).to_string()));
            let Some(number) = number.filter(|number| *number > self.row) else {
                return Err(self.xml.damaged(format!("the row after row {} has no number that can follow", self.row)));
            };
            self.row = number;
            self.cells()?;
            if self.cells.is_empty() {
                continue;
            }
            if self.table.has(number) {
                self.seen.has_breaks |= memchr2(b'\n', b'\r', self.text.as_bytes()).is_some();
                if is_hidden {
                    self.seen.hidden_rows.see(|| number.to_string());
                }
            }
            self.table.row(number, &self.cells, &self.text)?;
        }
    }

    /// Reads the cells of a row that has begun.
    fn cells(&mut self) -> Result<(), WorkbookError> {
        self.cells.clear();
        self.text.clear();
        let (mut column, mut is_sorted) = (0, true);
        loop {
            let begun = match self.xml.next()? {
                Node::Start(tag) if tag.name() == "c" => {
                    let (mut place, mut kind, mut format) = (None, Some(Kind::Number), 0);
                    tag.attributes(|name, value| match name {
                        "r" => place = Some(Place::of(&value)),
                        "s" => format = value.parse().unwrap_or(usize::MAX),
                        "t" => kind = Kind::of(&value),
                        _ => {}
                    })?;
                    Some((place, kind, format))
                }
                Node::Start(_) => None,
                Node::End | Node::Eof => break,
                Node::Text(_) | Node::Other => continue,
            };
            let Some((place, kind, format)) = begun else {
                self.xml.skip()?;
                continue;
            };
            let next = || (column < MAX_COLUMN).then_some(Place { row: self.row, column: column + 1 });
            let place = place.unwrap_or_else(next).filter(|place| place.row == self.row);
            let (Some(place), Some(kind)) = (place, kind) else {
                let what = if kind.is_none() { "a type" } else { "a reference" };
                return Err(self.xml.damaged(format!("a cell of row {} has {what} that none can have", self.row)));
            };
            is_sorted &= place.column > column;
            column = place.column;
            let start = self.text.len();
            self.cell(&Begun { place, kind, format })?;
            if self.text.len() > MAX_ROW_BYTES {
                return Err(WorkbookError::RowTooLong { row: self.row, most: MAX_ROW_BYTES });
            }
            if self.text.len() > start {
                if self.cells.len() >= MAX_COLUMN as usize {
                    return Err(self.xml.damaged(format!("a cell of row {} occurs twice", self.row)));
                }
                self.cells.push((column, start..self.text.len()));
            }
        }
        if !is_sorted {
            self.cells.sort_by_key(|(column, _)| *column);
            if let Some([(twice, _), _]) = self.cells.array_windows().find(|[(a, _), (b, _)]| a == b) {
                return Err(self.xml.damaged(format!("cell {}{} occurs twice", letters(*twice), self.row)));
            }
        }
        Ok(())
    }

    /// Reads a cell to its end, and appends its text.
    fn cell(&mut self, cell: &Begun) -> Result<(), WorkbookError> {
        let start = self.text.len();
        let (mut has_formula, mut has_value) = (false, false);
        loop {
            let part = match self.xml.next()? {
                Node::Start(tag) => match tag.name() {
                    "v" => Part::Value,
                    "is" => Part::Inline,
                    "f" => Part::Formula,
                    _ => Part::Other,
                },
                Node::End | Node::Eof => break,
                Node::Text(_) | Node::Other => continue,
            };
            if matches!(part, Part::Value | Part::Inline) && std::mem::replace(&mut has_value, true) {
                return Err(self.xml.damaged(format!("cell {} has two values", cell.place)));
            }
            match part {
                Part::Value => {
                    self.content()?;
                    self.value(cell)?;
                }
                Part::Inline => string(&mut self.xml, &mut self.piece, &mut self.text)?,
                Part::Formula => {
                    has_formula = true;
                    self.xml.skip()?;
                }
                Part::Other => self.xml.skip()?,
            }
        }
        // A formula whose result is the empty text says that it is a text.
        if has_formula && self.text.len() == start && cell.kind == Kind::Number && self.table.has(self.row) {
            self.seen.uncached.see(|| cell.place.to_string());
        }
        Ok(())
    }

    /// Reads the text of an element that has begun, to its end.
    fn content(&mut self) -> Result<(), WorkbookError> {
        self.piece.clear();
        loop {
            let is_other = match self.xml.next()? {
                Node::Text(text) => {
                    self.piece.push_str(&text);
                    false
                }
                Node::Start(_) => true,
                Node::End | Node::Eof => return Ok(()),
                Node::Other => false,
            };
            if is_other {
                self.xml.skip()?;
            }
            if self.piece.len() > MAX_ROW_BYTES {
                return Err(WorkbookError::RowTooLong { row: self.row, most: MAX_ROW_BYTES });
            }
        }
    }

    /// Appends the text of a value.
    fn value(&mut self, cell: &Begun) -> Result<(), WorkbookError> {
        let Shared { strings, styles, from_1904 } = self.shared;
        match cell.kind {
            Kind::Number => {
                let number = self.piece.trim_ascii();
                let style = if number.is_empty() { Style::Number } else { styles.get(cell.format) };
                match if style == Style::Number { None } else { iso(number, style, from_1904) } {
                    Some(date) => self.text.push_str(&date),
                    None => self.text.push_str(number),
                }
            }
            Kind::Shared => {
                let number = self.piece.trim_ascii();
                let Some(shared) = number.parse().ok().and_then(|number| strings.get(number)) else {
                    let (place, has) = (cell.place, strings.len());
                    return Err(self.xml.damaged(format!(
                        "cell {place} refers to a shared text that does not exist (there are {has})"
                    )));
                };
                self.text.push_str(shared);
            }
            Kind::Text => unescape(&self.piece, &mut self.text),
            Kind::Boolean => self.text.push_str(match self.piece.trim_ascii() {
                "1" => "true",
                "0" => "false",
                other => other,
            }),
            Kind::Error => {
                let error = self.piece.trim_ascii();
                if self.table.has(self.row) {
                    self.seen.errors.see(|| format!("{} with {}", cell.place, crate::display::one_line(error, 20)));
                }
                self.text.push_str(error);
            }
            Kind::Date => {
                let date = self.piece.trim_ascii();
                // The strict format writes every date with a time.
                let day = date.strip_suffix("T00:00:00").filter(|_| styles.get(cell.format) == Style::Date);
                self.text.push_str(day.unwrap_or(date));
            }
        }
        Ok(())
    }
}

/// What is in a cell.
enum Part {
    Value,
    Inline,
    Formula,
    Other,
}

impl Kind {
    /// The kind that the type of a cell stands for. ECMA-376 part 1, 18.18.11.
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "n" => Self::Number,
            "s" => Self::Shared,
            "str" | "inlineStr" => Self::Text,
            "b" => Self::Boolean,
            "e" => Self::Error,
            "d" => Self::Date,
            _ => return None,
        })
    }
}
