//! The form in which `rejects.csv` shows undecodable bytes, and its reverse.
//!
//! A byte that is not a character becomes the mark `{\x81}`, and half of a UTF-16 character becomes `{\uD83D}`.
//! Marks are ASCII, so they survive a spreadsheet that saves in a legacy encoding. Text that looks like a
//! mark gets one more backslash: `{\x81}` in a file becomes `{\\x81}`, and that becomes `{\\\x81}`. So
//! [`unmark`] restores every text, and a mark that is still there was not repaired, whatever else was changed
//! in the file.

use std::borrow::Cow;

use super::Undecodable;

/// Writes a text so that nothing in it looks like a mark.
pub(super) fn escape(text: &str, out: &mut String) {
    let mut at = 0;
    for form in Form::all(text) {
        out.push_str(&text[at..=form.start]);
        out.push('\\');
        at = form.start + 1;
    }
    out.push_str(&text[at..]);
}

/// Writes a mark.
pub(super) fn write(bad: Undecodable, out: &mut String) {
    out.push('{');
    out.push_str(&bad.shown());
    out.push('}');
}

/// Whether a text contains something that looks like a mark and must be escaped.
pub(super) fn needs_escape(text: &str) -> bool {
    Form::all(text).next().is_some()
}

/// Decodes a cell of `rejects.csv`. A mark becomes bytes that are not UTF-8, which
/// [`SourceText::REPAIRED`](super::SourceText::REPAIRED) treats as undecodable.
#[must_use]
pub fn unmark(cell: &str) -> Cow<'_, [u8]> {
    let mut forms = Form::all(cell).peekable();
    if forms.peek().is_none() {
        return Cow::Borrowed(cell.as_bytes());
    }
    let mut bytes = Vec::new();
    let mut at = 0;
    for form in forms {
        bytes.extend_from_slice(&cell.as_bytes()[at..form.start]);
        if form.backslashes == 1 {
            form.what.write(&mut bytes);
            at = form.end;
        } else {
            bytes.push(b'{');
            at = form.start + 2;
        }
    }
    bytes.extend_from_slice(&cell.as_bytes()[at..]);
    Cow::Owned(bytes)
}

/// A place in a text that looks like a mark: a brace, backslashes, a value, a brace.
struct Form {
    start: usize,
    end: usize,
    backslashes: usize,
    what: Undecodable,
}

impl Form {
    /// All such places. They do not overlap, because there is no brace within one.
    fn all(text: &str) -> impl Iterator<Item = Self> {
        memchr::memchr_iter(b'{', text.as_bytes()).filter_map(|start| {
            let inner = text.as_bytes().get(start + 1..)?;
            let backslashes = inner.iter().take_while(|byte| **byte == b'\\').count();
            let (what, length) = Self::what(inner.get(backslashes..)?).filter(|_| backslashes > 0)?;
            let close = backslashes + length;
            (inner.get(close) == Some(&b'}')).then_some(Self { start, end: start + close + 2, backslashes, what })
        })
    }

    /// The value after the backslashes, and its length.
    fn what(text: &[u8]) -> Option<(Undecodable, usize)> {
        let number = |digits: usize| {
            let digits = text.get(1..=digits)?;
            let upper = digits.iter().all(|digit| digit.is_ascii_digit() || (b'A'..=b'F').contains(digit));
            u16::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| upper)?, 16).ok()
        };
        match text.first()? {
            b'x' => Some((Undecodable::Byte(u8::try_from(number(2)?).ok()?), 3)),
            b'u' => {
                number(4).filter(|unit| (0xD800..=0xDFFF).contains(unit)).map(|unit| (Undecodable::Surrogate(unit), 5))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_16LE, WINDOWS_1252};
    use proptest::prelude::*;

    use super::super::{SourceText, Transcoder};
    use super::*;

    #[test]
    fn table_of_marks() {
        for (bytes, written) in [
            (&b"caf\xFF cup"[..], "caf{\\xFF} cup"),
            (b"{\xFF}", "{{\\xFF}}"),
            (b"{\\\xFF\\x81}", "{\\{\\xFF}\\x81}"),
            (b"{\\x81}", "{\\\\x81}"),
            (b"{\\\\x81} {\\uD83D}", "{\\\\\\x81} {\\\\uD83D}"),
            // These are not marks and stay unchanged.
            (b"\\x81 {x81} {\\x8} {\\xfF} {\\u00E9} {\\x811} {}", "\\x81 {x81} {\\x8} {\\xfF} {\\u00E9} {\\x811} {}"),
            (b"{\\", "{\\"),
        ] {
            assert_eq!(SourceText::UTF_8.mark(bytes), written);
            let read = unmark(written);
            assert_eq!(SourceText::REPAIRED.mark(&read), written, "what is still a mark is written as one again");
            let bad = SourceText::UTF_8.undecodable(bytes).count();
            assert_eq!(SourceText::REPAIRED.undecodable(&read).count(), bad, "{written}");
        }
    }

    proptest! {
        /// Any cell comes back unchanged, and undecodable bytes stay undecodable.
        #[test]
        fn any_cell_comes_back_as_it_was(
            parts in prop::collection::vec(prop_oneof![
                "[{}\\\\xu8FD3ä]{0,8}".prop_map(String::into_bytes),
                prop::sample::select(vec![vec![0xFF], vec![0xC3], b"{\\x81}".to_vec(), b"{\\\\uD83D}".to_vec()]),
                any::<[u8; 2]>().prop_map(Vec::from),
            ], 0..6),
        ) {
            let cell = parts.concat();
            for text in [SourceText::UTF_8, SourceText::new(WINDOWS_1252, None), SourceText::new(UTF_16LE, None)] {
                let mut source = cell.clone();
                if text.decoded() {
                    source.clear();
                    let mut transcoder = Transcoder::new(text.encoding());
                    transcoder.push(&cell, &mut source);
                    transcoder.finish(&mut source);
                }
                let written = text.mark(&source).into_owned();
                let read = unmark(&written);
                prop_assert_eq!(SourceText::REPAIRED.show(&read), text.show(&source));
                let bad: Vec<_> = text.undecodable(&source).map(|(_, bad)| bad).collect();
                let still: Vec<_> = SourceText::REPAIRED.undecodable(&read).map(|(_, bad)| bad).collect();
                prop_assert_eq!(still, bad);
                prop_assert_eq!(&*SourceText::REPAIRED.mark(&read), &*written);
            }
        }
    }
}
