//! Texts while they are made: parts of the record as it came, until something has to be changed.

use std::ops::Range;

use crate::record::LARGEST_MAX_RECORD;

/// Most bytes that are made for a record: far more than any table takes.
const MAX_MADE: usize = 1 << 30;

/// A text: a part of the record, or of what was made for it, as if that stood behind the record.
///
/// One number, since one is handed from step to step: 32 bits for the end, 31 for the start, and one that says whether
/// the text is known to need no quotes in CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece(u64);

const BARE: u64 = 1 << 63;
// A record is shorter, and so is what is made for it, but for the text that is too much.
const _: () = assert!(LARGEST_MAX_RECORD < 1 << 30 && MAX_MADE <= 1 << 30);

impl Piece {
    /// The text of nothing.
    pub(crate) const EMPTY: Self = Self(0);

    fn new(start: usize, end: usize) -> Self {
        Self((start as u64) << 32 | end as u64)
    }

    /// A part of the record.
    pub(crate) fn of_record(place: Range<usize>) -> Self {
        Self::new(place.start, place.end)
    }

    /// The same text, which is known to need no quotes.
    #[inline]
    pub(crate) fn bare(self) -> Self {
        Self(self.0 | BARE)
    }

    /// Where a text that needs no quotes lies in a record of this length.
    #[inline]
    pub(crate) fn bare_in_record(self, length: usize) -> Option<Range<usize>> {
        (self.0 & BARE != 0 && self.end() <= length).then(|| self.start()..self.end())
    }

    /// Whether it needs no quotes.
    #[inline]
    pub(crate) fn is_bare(self) -> bool {
        self.0 & BARE != 0
    }

    #[inline]
    fn start(self) -> usize {
        ((self.0 & !BARE) >> 32) as usize
    }

    #[inline]
    fn end(self) -> usize {
        (self.0 & 0xFFFF_FFFF) as usize
    }

    /// The text, of a record and what was made for it.
    #[inline]
    pub(crate) fn of<'a>(self, record: &'a str, made: &'a str) -> &'a str {
        let (start, end, length) = (self.start(), self.end(), record.len());
        let text = if end <= length { record.get(start..end) } else { made.get(start - length..end - length) };
        text.unwrap_or_default()
    }

    /// A part of this text.
    pub(crate) fn part(self, part: Range<usize>) -> Self {
        Self::new(self.start() + part.start, self.start() + part.end)
    }
}

/// Where texts are made: a record, and a buffer that is kept from record to record.
pub(crate) struct Bench<'a> {
    record: &'a str,
    made: &'a mut String,
    too_much: bool,
}

impl<'a> Bench<'a> {
    /// A record, and a buffer for what is made of it.
    pub(crate) fn new(record: &'a str, made: &'a mut String) -> Self {
        Self { record, made, too_much: false }
    }

    /// Whether more was to be made than a record may have; what was too much is missing.
    pub(crate) fn is_too_much(&self) -> bool {
        self.too_much
    }

    /// A text.
    #[inline]
    pub(crate) fn text(&self, piece: Piece) -> &str {
        piece.of(self.record, self.made)
    }

    /// A new text.
    pub(crate) fn make(&mut self, text: &str) -> Piece {
        self.make_by(|made| made.push_str(text))
    }

    /// A new text, which is appended to the buffer.
    pub(crate) fn make_by(&mut self, write: impl FnOnce(&mut String)) -> Piece {
        let start = self.made.len();
        write(self.made);
        if self.made.len() > MAX_MADE {
            self.made.truncate(start);
            self.too_much = true;
            return Piece::EMPTY;
        }
        Piece::new(self.record.len() + start, self.record.len() + self.made.len())
    }

    /// A new text that is made of another one. That is copied only where it was made itself.
    pub(crate) fn make_of(&mut self, piece: Piece, write: impl FnOnce(&str, &mut String)) -> Piece {
        let record = self.record;
        if piece.end() <= record.len() {
            return self.make_by(|made| write(piece.of(record, ""), made));
        }
        let text = self.text(piece).to_owned();
        self.make_by(|made| write(&text, made))
    }

    /// The part of a text that a function picks, which is not copied.
    #[inline]
    pub(crate) fn narrow(&self, piece: Piece, part: impl FnOnce(&str) -> &str) -> Piece {
        let text = self.text(piece);
        let found = part(text);
        if found.len() == text.len() {
            return piece;
        }
        place_in(text, found).map_or(Piece::EMPTY, |place| piece.part(place))
    }

    /// The text in another form of the same length, in a copy unless it is one already.
    pub(crate) fn change(&mut self, piece: Piece, change: impl FnOnce(&mut str)) -> Piece {
        let own = piece.start().checked_sub(self.record.len()).filter(|_| piece.end() > self.record.len());
        let piece = match own {
            Some(_) => piece,
            None => {
                let text = piece.of(self.record, "");
                self.make(text)
            }
        };
        let place = piece.start().checked_sub(self.record.len()).zip(piece.end().checked_sub(self.record.len()));
        if let Some(text) = place.and_then(|(start, end)| self.made.get_mut(start..end)) {
            change(text);
        }
        piece
    }
}

/// Where a part lies in a text; `None` where it is not one of its bytes' own.
pub(crate) fn place_in(text: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let place = start..start + part.len();
    text.get(place.clone()).map(|_| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_not_copied_and_what_is_changed_is_copied_once() {
        let mut made = String::new();
        let mut bench = Bench::new("one two", &mut made);
        let one = bench.narrow(Piece::of_record(0..7), |text| &text[..3]);
        assert_eq!((bench.text(one), one), ("one", Piece::of_record(0..3)));
        let upper = bench.change(one, str::make_ascii_uppercase);
        let again = bench.change(upper, |text| text[1..].make_ascii_lowercase());
        assert_eq!((bench.text(again), again), ("One", upper));
        let twice = |text: &str, made: &mut String| *made += &text.repeat(2);
        let doubled = bench.make_of(one, twice);
        let again = bench.make_of(doubled, twice);
        assert_eq!((bench.text(doubled), bench.text(again)), ("oneone", "oneoneoneone"));
        let other = bench.make("another");
        assert_eq!(bench.text(other), "another");
        let part = bench.narrow(other, |text| &text[2..5]);
        assert_eq!(bench.text(part), "oth");
        assert_eq!(made, "Oneoneoneoneoneoneoneanother");
    }
}
