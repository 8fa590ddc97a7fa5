//! Texts under construction: ranges of the original record until something changes.

use std::ops::Range;

use crate::record::LARGEST_MAX_RECORD;

/// Maximum number of bytes produced for a record: far more than any table accepts.
const MAX_MADE: usize = 1 << 30;

/// A text: a range of the record, or of the buffer, which is addressed as if it followed the record.
///
/// A single number, because one is passed from step to step: 31 bits for the end, 31 for the start, one that says
/// that the text needs no quotes in CSV, and one that says that it certainly is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece(u64);

const BARE: u64 = 1 << 63;
const SURE: u64 = 1 << 31;
// Both a record and the text produced for it are shorter, except for a text that exceeds the limit.
const _: () = assert!(LARGEST_MAX_RECORD < 1 << 30 && MAX_MADE <= 1 << 30);

impl Piece {
    /// The empty text.
    pub(crate) const EMPTY: Self = Self(0);

    fn new(start: usize, end: usize) -> Self {
        Self((start as u64) << 32 | end as u64)
    }

    /// A range of the record.
    pub(crate) fn of_record(place: Range<usize>) -> Self {
        Self::new(place.start, place.end)
    }

    /// The same text, marked as needing no quotes.
    #[inline]
    pub(crate) fn bare(self) -> Self {
        Self(self.0 | BARE)
    }

    /// The same, if it is known to need no quotes.
    #[inline]
    pub(crate) fn bare_if(self, is_bare: bool) -> Self {
        if is_bare { self.bare() } else { self }
    }

    /// The same text, marked as certainly valid.
    #[inline]
    pub(crate) fn sure(self) -> Self {
        Self(self.0 | SURE)
    }

    /// Whether it certainly is valid. It is also canonical, but for zeros at the end of a fraction.
    #[inline]
    pub(crate) fn is_sure(self) -> bool {
        self.0 & SURE != 0
    }

    /// The range in a record of this length; `None` if the text is in the buffer.
    #[inline]
    pub(crate) fn in_record(self, length: usize) -> Option<Range<usize>> {
        (self.end() <= length).then(|| self.start()..self.end())
    }

    /// The range in a record of this length, if the text needs no quotes.
    #[inline]
    pub(crate) fn bare_in_record(self, length: usize) -> Option<Range<usize>> {
        self.in_record(length).filter(|_| self.is_bare())
    }

    /// Whether it is known to need no quotes.
    #[inline]
    pub(crate) fn is_bare(self) -> bool {
        self.0 & BARE != 0
    }

    /// The length of the text, in bytes.
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.end() - self.start()
    }

    #[inline]
    fn start(self) -> usize {
        ((self.0 & !BARE) >> 32) as usize
    }

    #[inline]
    fn end(self) -> usize {
        (self.0 & (SURE - 1)) as usize
    }

    /// The text, given the record and the buffer.
    #[inline]
    pub(crate) fn of<'a>(self, record: &'a str, made: &'a str) -> &'a str {
        let (start, end, length) = (self.start(), self.end(), record.len());
        let (text, before) = if end <= length { (record, 0) } else { (made, length) };
        text.get(start - before..end - before).unwrap_or_default()
    }

    /// A part of this text.
    pub(crate) fn part(self, part: Range<usize>) -> Self {
        Self::new(self.start() + part.start, self.start() + part.end)
    }
}

/// The workplace for texts: a record, and a buffer that is kept from record to record.
pub(crate) struct Bench<'a> {
    record: &'a str,
    made: &'a mut String,
    too_much: bool,
}

impl<'a> Bench<'a> {
    /// Creates a workplace for a record with an empty buffer.
    pub(crate) fn new(record: &'a str, made: &'a mut String) -> Self {
        Self { record, made, too_much: false }
    }

    /// Whether the limit of a record was exceeded; the excess is missing.
    pub(crate) fn is_too_much(&self) -> bool {
        self.too_much
    }

    /// The text of a piece.
    #[inline]
    pub(crate) fn text(&self, piece: Piece) -> &str {
        piece.of(self.record, self.made)
    }

    /// Appends a new text.
    pub(crate) fn make(&mut self, text: &str) -> Piece {
        self.make_by(|made| made.push_str(text))
    }

    /// Appends a new text with a function that writes it.
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

    /// Appends a new text made from another one, which is copied only if it is in the buffer itself.
    pub(crate) fn make_of(&mut self, piece: Piece, write: impl FnOnce(&str, &mut String)) -> Piece {
        let record = self.record;
        if piece.end() <= record.len() {
            return self.make_by(|made| write(piece.of(record, ""), made));
        }
        let text = self.text(piece).to_owned();
        self.make_by(|made| write(&text, made))
    }

    /// The part of a text that a function selects, without copying.
    #[inline]
    pub(crate) fn narrow(&self, piece: Piece, part: impl FnOnce(&str) -> &str) -> Piece {
        let text = self.text(piece);
        let found = part(text);
        if found.len() == text.len() {
            return piece;
        }
        place_in(text, found).map_or(Piece::EMPTY, |place| piece.part(place))
    }

    /// Changes a text in place, in a copy if it is part of the record.
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

/// The range of a part within a text; `None` if it is not a slice of it.
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
