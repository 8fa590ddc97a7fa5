//! A line of the file with a cell marked in it.

use std::ops::Range;

use sluice_engine::encoding::SourceText;

use super::visible;

/// Maximum number of columns shown of a line: with its surroundings, it fits on a terminal of 120.
const WIDTH: usize = 100;

/// Minimum number of columns for the marked cell if the line is too long; the rest shows its surroundings.
const CELL_WIDTH: usize = 60;

/// Replaces a cell that must not be shown.
const MASK: &str = "•••";

/// A record of the file, or its header.
pub struct Source<'a> {
    /// Its bytes as they came.
    pub raw: &'a [u8],
    /// How they are decoded.
    pub text: SourceText,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Where its cells are.
    pub spans: Vec<Range<usize>>,
    /// For each cell, whether it must not be shown.
    pub masked: Vec<bool>,
}

/// A line of the file with a cell marked in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, from 1, on which the cell begins.
    pub line: u64,
    /// The character of that line, from 1, with which the cell begins.
    pub character: usize,
    /// The shown part of the line before the cell.
    pub before: String,
    /// The shown part of the cell; empty if the cell is.
    pub cell: String,
    /// The shown part of the line after the cell.
    pub after: String,
    /// The length of the whole line in characters, if not all of it is shown.
    pub cut: Option<usize>,
}

impl Source<'_> {
    /// The line on which a part of the record begins, with the part marked as far as it is on that line.
    pub fn mark(&self, part: Range<usize>) -> Excerpt {
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let start = self.raw[..part.start].iter().rposition(is_break).map_or(0, |at| at + 1);
        let end = self.raw[part.start..].iter().position(is_break).map_or(self.raw.len(), |at| part.start + at);
        let before = self.show(start..part.start);
        let cell = self.show(part.start..part.end.min(end));
        let after = self.show(part.end.min(end)..end);
        let excerpt = Excerpt {
            line: self.line + breaks(&self.raw[..part.start]),
            character: visible::characters(self.text, &self.raw[start..part.start]) + 1,
            before,
            cell,
            after,
            cut: None,
        };
        excerpt.fit(visible::characters(self.text, &self.raw[start..end]))
    }

    /// A part of the record as shown, without cells that must not be.
    fn show(&self, part: Range<usize>) -> String {
        let mut shown = String::new();
        let mut at = part.start;
        let hidden = self.spans.iter().enumerate().filter(|(index, _)| self.masked.get(*index) == Some(&true));
        for (_, span) in hidden {
            let span = span.start.clamp(at, part.end)..span.end.clamp(at, part.end);
            if !span.is_empty() {
                shown.push_str(&visible::bytes(self.text, &self.raw[at..span.start]));
                shown.push_str(MASK);
                at = span.end;
            }
        }
        shown.push_str(&visible::bytes(self.text, &self.raw[at..part.end]));
        shown
    }
}

impl Excerpt {
    /// Cuts both sides of the cell to fit.
    fn fit(mut self, length: usize) -> Self {
        let [before, cell, after] = [&self.before, &self.cell, &self.after].map(|text| visible::width(text));
        if before + cell + after <= WIDTH {
            return self;
        }
        self.cut = Some(length);
        // Unused room goes to the other parts.
        let cell_room = CELL_WIDTH.max(WIDTH.saturating_sub(before + after));
        let room = WIDTH - cell.min(cell_room);
        let left = before.min((room / 2).max(room.saturating_sub(after)));
        if cell > cell_room {
            self.cell = format!("{}…", visible::start(&self.cell, cell_room - 1));
        }
        if before > left {
            self.before = format!("…{}", visible::end(&self.before, left.saturating_sub(1)));
        }
        if after > room - left {
            self.after = format!("{}…", visible::start(&self.after, (room - left).saturating_sub(1)));
        }
        self
    }
}

/// The number of line breaks in bytes: LF, CR or CRLF.
pub fn breaks(bytes: &[u8]) -> u64 {
    let ends = |(at, byte): (usize, &u8)| *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    bytes.iter().enumerate().map(|(at, byte)| u64::from(ends((at, byte)))).sum()
}

#[cfg(test)]
mod tests {
    use sluice_engine::dialect::Dialect;
    use sluice_engine::record::cell_spans;

    use super::*;

    fn mark(raw: &str, cell: usize, masked: &[usize]) -> Excerpt {
        let spans = cell_spans(Dialect::CANONICAL, raw.as_bytes());
        let span = spans[cell].clone();
        let masked = (0..spans.len()).map(|index| masked.contains(&index)).collect();
        Source { raw: raw.as_bytes(), text: SourceText::UTF_8, line: 17, spans, masked }.mark(span)
    }

    /// Line, character, and the line with the cell in brackets.
    fn parts(excerpt: &Excerpt) -> (u64, usize, String) {
        (excerpt.line, excerpt.character, format!("{}[{}]{}", excerpt.before, excerpt.cell, excerpt.after))
    }

    #[test]
    fn table_of_cells() {
        for (raw, cell, masked, line, character, shown) in [
            ("a,b,c", 1, &[][..], 17, 3, "a,[b],c"),
            ("a,,c", 1, &[], 17, 3, "a,[],c"),
            ("für,b", 1, &[], 17, 5, "für,[b]"),
            ("a,\"x\ny\",c", 1, &[], 17, 3, "a,[\"x]"),
            ("a,\"x\r\ny\",c", 2, &[], 18, 4, "y\",[c]"),
            ("a,\"x\n\ny\",c", 2, &[], 19, 4, "y\",[c]"),
            ("a,secret,c", 2, &[1], 17, 10, "a,•••,[c]"),
            ("a,secret,c", 1, &[1], 17, 3, "a,[•••],c"),
            ("a,,c", 1, &[1], 17, 3, "a,[],c"),
            ("a,\"sec\nret\",c", 2, &[1], 18, 6, "•••,[c]"),
            ("a,\"sec\nret\",c", 0, &[1], 17, 1, "[a],•••"),
            ("a\t\x1b,b", 1, &[], 17, 5, "a␉␛,[b]"),
        ] {
            assert_eq!(parts(&mark(raw, cell, masked)), (line, character, shown.to_owned()), "{raw:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_cell() {
        let long = "x".repeat(300);
        for (raw, cell, length) in [
            (format!("{long},bad,{long}"), 1, 605),
            (format!("{long},bad"), 1, 304),
            (format!("bad,{long}"), 0, 304),
            (format!("{long},{long},{long}"), 1, 902),
            (format!("short,{long}"), 1, 306),
        ] {
            let excerpt = mark(&raw, cell, &[]);
            let shown = [&excerpt.before, &excerpt.cell, &excerpt.after].map(|text| visible::width(text));
            assert_eq!(shown.iter().sum::<usize>(), WIDTH, "{excerpt:?}");
            assert_eq!(excerpt.cut, Some(length));
        }
    }

    #[test]
    fn line_breaks_are_counted_once() {
        for (bytes, count) in [("", 0), ("a\nb", 1), ("\r\n", 1), ("\r\r\n\n", 3), ("\n\r", 2)] {
            assert_eq!(breaks(bytes.as_bytes()), count, "{bytes:?}");
        }
    }
}
