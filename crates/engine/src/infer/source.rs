//! Guesses the dialect of a file from its beginning.

use super::Records;
use super::fixed::{self, FixedGuess};
use super::head::{self, Head};
use super::json::JsonGuess;
use super::sheet::SheetGuess;
use super::text;
use crate::dialect::Delimiter;

/// The guessed dialect and layout of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of its own about the file")]
pub struct SourceGuess {
    /// Where the records are, if the file is JSON. The rest is that of CSV.
    pub json: Option<JsonGuess>,
    /// The columns, if they have fixed widths. The rest is that of CSV.
    pub fixed: Option<FixedGuess>,
    /// Which sheet is read, if the file is a workbook. The rest is that of CSV with commas.
    pub sheet: Option<SheetGuess>,
    /// The delimiter between cells.
    pub delimiter: Delimiter,
    /// Whether cells have double quotes.
    pub quote: bool,
    /// The escape character for quotes; without one, quotes are doubled.
    pub escape: Option<u8>,
    /// The character that begins a comment line.
    pub comment: Option<u8>,
    /// Whether spaces precede the quotes of cells.
    pub initial_space: bool,
    /// The number of lines before the first record.
    pub skip_lines: u64,
    /// Whether the first record is a header.
    pub header: bool,
    /// The number of records of the header.
    pub header_rows: usize,
    /// Whether the feed looks for the header, because lines precede it.
    pub find: bool,
    /// Delimiters at the end of lines, if header and records differ because of them.
    pub trailing: Option<Trailing>,
    /// The records right below the header that look like a second header.
    pub below: Vec<Below>,
    /// Comments about what precedes the data.
    pub remarks: Vec<String>,
}

impl SourceGuess {
    /// Commas, quotes and a header, as far as nothing else is known.
    pub(super) const COMMAS: Self = Self {
        json: None,
        fixed: None,
        sheet: None,
        delimiter: Delimiter::byte(b','),
        quote: true,
        escape: None,
        comment: None,
        initial_space: false,
        skip_lines: 0,
        header: true,
        header_rows: 1,
        find: false,
        trailing: None,
        below: Vec::new(),
        remarks: Vec::new(),
    };
}

/// A record right below the header that looks like units or like a second line of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below {
    /// The line on which it begins.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// Delimiters at the end of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trailing {
    /// Every record ends with one; the header does not.
    Records,
    /// The header ends with one; the records do not.
    Header,
    /// Header and records end with one.
    Both,
}

/// The delimiters to try, the most likely first.
const DELIMITERS: [u8; 5] = [b',', b';', b'\t', b'|', b':'];

/// Delimiters of several bytes to try.
const LONGER: [&str; 18] = [
    "||", "|||", "~|~", "|~|", "<>", "<|>", "|#|", "#|#", "\t|\t", "::", "~~", "^^", "##", "@@", "$$", "\u{a6}",
    "\u{a7}", "\u{ac}",
];

/// How many records per thousand must have the same number of cells if a delimiter separates them.
const SEPARATES: usize = 900;

/// How many more records per thousand must agree before quotes are treated as ordinary characters.
const QUOTES: usize = 100;

/// Guesses from the beginning of a file. `whole` says that this is all of it; otherwise the last line is
/// dropped, because it may be cut.
#[must_use]
pub fn guess_source(text: &str, whole: bool) -> SourceGuess {
    let text = if whole { text } else { text.rfind('\n').map_or(text, |at| &text[..=at]) };
    let declared = sep_line(text);
    let data = if declared.is_some() { text.split_once('\n').map_or("", |(_, rest)| rest) } else { text };
    let delimiter = declared.unwrap_or(b',');
    let plain = SourceGuess { delimiter: delimiter.into(), ..SourceGuess::COMMAS };
    let mut best = (Shape::of(data, &plain), plain);
    let delimiters = declared.map_or(DELIMITERS.to_vec(), |one| vec![one]);
    let comments = if data.lines().any(|line| line.starts_with('#')) { &[None, Some(b'#')][..] } else { &[None] };
    for delimiter in delimiters {
        let spaces = before_quotes(data, delimiter);
        for (quote, escape) in [(true, None), (true, Some(b'\\')), (false, None)] {
            for comment in comments {
                for initial_space in if spaces && quote { &[false, true][..] } else { &[false] } {
                    let guess = SourceGuess {
                        delimiter: delimiter.into(),
                        quote,
                        escape,
                        comment: *comment,
                        initial_space: *initial_space,
                        ..best.1.clone()
                    };
                    let shape = Shape::of(data, &guess);
                    // A record that is cut off looks better without quotes; only many of them are evidence.
                    let more = shape.agree >= best.0.agree + QUOTES || best.0.cells < 2;
                    // If quotes enclose more cells than there are broken records, they are not ordinary
                    // characters.
                    let sure = quote || more && shape.wrapped <= best.0.broken;
                    if sure && shape.better_than(&best.0) {
                        best = (shape, guess);
                    }
                }
            }
        }
    }
    if declared.is_none()
        && let Some(longer) = longer(data, &best.0, &best.1)
    {
        best = longer;
    }
    let (shape, mut guess) = best;
    // Where a delimiter gives most records the same cells, it separates them. A colon may be that of a time.
    let separates = shape.cells > 1 && shape.agree >= SEPARATES && guess.delimiter.only() != Some(b':');
    if declared.is_none()
        && !separates
        && let Some(fixed) = fixed::guess(text)
    {
        let empty = text.lines().take_while(|line| line.trim().is_empty()).count() as u64;
        let skip_lines = if fixed.has_labels { empty + 1 } else { 0 };
        let remarks = vec![fixed.remark.clone()];
        return SourceGuess { fixed: Some(fixed), header: false, skip_lines, remarks, ..SourceGuess::COMMAS };
    }
    let found = head::find(text, &guess, shape.cells, declared);
    let Head { skip_lines, header, header_rows, trailing, below, remarks } = found;
    // The line that names the delimiter is always there.
    let find = header && skip_lines > u64::from(declared.is_some());
    guess = SourceGuess { skip_lines, header, header_rows, find, trailing, below, remarks, ..guess };
    if guess.delimiter.only().is_none() {
        let remark = format!(
            "{} separates cells in the records that were looked at.",
            text::shown(&guess.delimiter.to_string())
        );
        guess.remarks.push(remark);
    }
    guess
}

/// The delimiter of several bytes that reads a text better than the best guess with one byte: it has all of the other one in it,
/// or gives every record the same number of cells where the other one does not.
fn longer(text: &str, shape: &Shape, guess: &SourceGuess) -> Option<(Shape, SourceGuess)> {
    let occurs = |delimiter: Delimiter| delimiter.count(text.as_bytes());
    let mut best: Option<(Shape, SourceGuess)> = None;
    for delimiter in LONGER.iter().filter_map(|longer| Delimiter::of(longer.as_bytes())) {
        let number = occurs(delimiter);
        if number == 0 {
            continue;
        }
        let within = guess.delimiter.count(delimiter.as_bytes());
        let is_whole = within > 0 && occurs(guess.delimiter) == within * number;
        for (quote, escape) in [(guess.quote, guess.escape), (true, None)] {
            let tried = SourceGuess { delimiter, quote, escape, initial_space: false, ..guess.clone() };
            let found = Shape::of(text, &tried);
            let is_better = is_whole || found.agree == 1000 && (shape.cells < 2 || shape.agree < 1000);
            let is_best = best.as_ref().is_none_or(|(other, _)| found.better_than(other));
            if found.cells > 1 && found.agree >= shape.agree && is_better && is_best {
                best = Some((found, tried));
            }
        }
    }
    best
}

/// The delimiter that the first line declares for spreadsheets: `sep=;`.
fn sep_line(text: &str) -> Option<u8> {
    let line = text.lines().next()?.trim_matches(['"', '\u{feff}']);
    let named = line.get(..4).filter(|begin| begin.eq_ignore_ascii_case("sep=")).and_then(|_| line.get(4..))?;
    // An export in another dialect pads this line with delimiters like any other.
    match named.as_bytes() {
        [byte, rest @ ..] if byte.is_ascii_punctuation() || *byte == b'\t' => {
            rest.iter().all(|other| matches!(other, b',' | b';' | b'"') || other == byte).then_some(*byte)
        }
        _ => None,
    }
}

/// Whether quotes follow a delimiter and a space in at least one line of twenty.
fn before_quotes(text: &str, delimiter: u8) -> bool {
    let begin = [char::from(delimiter).to_string(), " ".to_owned()].concat();
    let quoted = |line: &str| {
        line.match_indices(&begin).any(|(at, _)| line[at + begin.len()..].trim_start_matches(' ').starts_with('"'))
    };
    let (mut lines, mut with) = (0, 0);
    for line in text.lines() {
        lines += 1;
        with += usize::from(quoted(line));
    }
    with > 0 && with * 20 >= lines
}

/// The shape of a text's records under a guess.
pub(super) struct Shape {
    /// The most frequent number of cells.
    pub(super) cells: usize,
    /// How many records per thousand have it.
    agree: usize,
    /// Backslashes before quotes, and leading quotes, that remain in cells: evidence against the guess.
    leftovers: usize,
    /// Cells that begin and end with a quote.
    wrapped: usize,
    /// Records with broken quotes.
    broken: usize,
}

impl Shape {
    pub(super) fn of(text: &str, guess: &SourceGuess) -> Self {
        let mut counts: Vec<usize> = Vec::new();
        let (mut leftovers, mut wrapped, mut broken) = (0, 0, 0);
        each(text, guess, |_, cells| {
            counts.push(cells.len());
            broken += usize::from(cells.is_empty());
            wrapped +=
                cells.iter().filter(|cell| cell.len() > 1 && cell.starts_with('"') && cell.ends_with('"')).count();
            let left = |cell: &&&str| cell.contains("\\\"") || cell.trim_start_matches(' ').starts_with('"');
            leftovers += cells.iter().filter(left).count();
        });
        let cells = usual(&counts);
        let same = counts.iter().filter(|count| **count == cells).count();
        Self { cells, agree: same * 1000 / counts.len().max(1), leftovers, wrapped, broken }
    }

    /// If the records agree as well, more cells beat fewer. A single cell is no structure.
    fn better_than(&self, other: &Self) -> bool {
        let rank = |shape: &Self| (shape.cells > 1, shape.agree, std::cmp::Reverse(shape.leftovers), shape.cells);
        rank(self) > rank(other)
    }
}

/// The most frequent count; among equals the larger.
fn usual(counts: &[usize]) -> usize {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).max_by_key(|chunk| chunk.len()).map_or(0, |chunk| chunk[0])
}

/// Passes every record of a text to `each`, with the line on which it begins.
pub(super) fn each(text: &str, guess: &SourceGuess, mut each: impl FnMut(u64, &[&str])) {
    let mut records = Records::new(guess);
    if records.push_lines(text, &mut each) {
        // A text that ends within quotes was misread: it counts as a record unlike all others.
        if !records.push_lines("", &mut each) {
            each(0, &[]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_files() {
        for (text, expected) in [
            ("a,b\n1,2\n", ",\" header"),
            ("a;b\n1,5;2\n2,5;3\n", ";\" header"),
            ("a\tb\n1\t2,5\n", "\t\" header"),
            ("a|b|c\n1|2|3\n", "|\" header"),
            ("a:b\n1:2\n", ":\" header"),
            ("a,b\n\"x, y\",\"a \"\"b\"\"\"\nx,y\n", ",\" header"),
            ("a\tb\n5\" pipe\t1\n\"x\t2\n\"y\t2\n\"z\t2\n", "\t header"),
            ("id\tname\n1\tx\n2\t\"2\" clamp\n3\t\"Best\" of show\n4\tend\n", "\t header"),
            ("a,b\n\"x\",\"5\" screen\"\n\"y\",\"z\"\n\"u\",\"v\"\n", ",\" header"),
            ("\"a \\\"b\\\" c\";1\n\"d\\\"\";2\n", ";\"\\"),
            ("a,b\n# note\n1,2\n", ",\"# header"),
            ("a, b\n1, \"x, y\"\n2, \"z\"\n", ",\"_ header"),
            ("a, b\n1, x\n2, z\n", ",\" header"),
            ("Export of today\n\nid,name,price\n1,x,2\n2,y,3\n", ",\" header 2"),
            ("sep=;\na;b\n1;2\n", ";\" header 1"),
            ("sep=\t\na\tb\n1\t2\n", "\t\" header 1"),
            ("sep=,b\n1,2\n", ",\" header"),
            ("x,2026-01-02\ny,2026-01-03\n", ",\""),
            ("only\none\n", ",\" header"),
            ("id||name||price\n1||Axe | large||12.50\n2||Saw||9.00\n", "||\" header"),
            ("id||name||price\n1||Axe||12.50\n2||Saw||9.00\n", "||\" header"),
            ("id~|~name\n1~|~Axe\n2~|~\"a~|~b\"\n", "~|~\" header"),
            ("id\t|\tname\n1\t|\tAxe\n2\t|\tSaw\n", "\t|\t\" header"),
            ("id\u{a6}name\n1\u{a6}Axe\n2\u{a6}Saw\n", "\u{a6}\" header"),
            ("id|name||price\n1|Axe||12.50\n2|Saw||9.00\n", "|\" header"),
            ("id,module\n1,a::b\n2,c::d\n", ",\" header"),
            ("", ",\" header"),
        ] {
            let guess = guess_source(text, true);
            let mut reported = guess.delimiter.to_string();
            reported.extend(guess.quote.then_some('"'));
            reported.extend(guess.initial_space.then_some('_'));
            reported.extend(guess.escape.into_iter().chain(guess.comment).map(char::from));
            reported.push_str(if guess.header { " header" } else { "" });
            if guess.skip_lines > 0 {
                reported.push_str(&format!(" {}", guess.skip_lines));
            }
            assert_eq!(reported, expected, "{text:?}");
        }
    }
}
