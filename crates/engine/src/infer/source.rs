//! How records and cells are told apart: guessed from the beginning of a file.

use super::{Records, date, number};

/// How the records and cells of a file are told apart, as far as one can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceGuess {
    /// Between cells.
    pub delimiter: u8,
    /// Whether double quotes stand around cells.
    pub quote: bool,
    /// What takes the meaning of a quote away; without it, a quote is doubled.
    pub escape: Option<u8>,
    /// What makes a line a comment.
    pub comment: Option<u8>,
    /// Lines before the first record.
    pub skip_lines: u64,
    /// Whether the first record is a header.
    pub header: bool,
}

/// Delimiters that are looked for, the likelier first.
const DELIMITERS: [u8; 5] = [b',', b';', b'\t', b'|', b':'];

/// How many of a thousand records more must agree where quotes are taken for characters like any other.
const QUOTES: usize = 100;

/// Most lines of a preamble.
const MAX_PREAMBLE: usize = 10;

/// Looks at the beginning of a file. `whole` says whether it is all of it; where it is not, the last
/// line is left out, since it may be cut.
#[must_use]
pub fn guess_source(text: &str, whole: bool) -> SourceGuess {
    let text = if whole { text } else { text.rfind('\n').map_or(text, |at| &text[..=at]) };
    let plain = SourceGuess { delimiter: b',', quote: true, escape: None, comment: None, skip_lines: 0, header: true };
    let comments = if text.lines().any(|line| line.starts_with('#')) { &[None, Some(b'#')][..] } else { &[None] };
    let mut best = (Shape::of(text, &plain), plain);
    for delimiter in DELIMITERS {
        for (quote, escape) in [(true, None), (true, Some(b'\\')), (false, None)] {
            for comment in comments {
                let guess = SourceGuess { delimiter, quote, escape, comment: *comment, ..best.1.clone() };
                let shape = Shape::of(text, &guess);
                // A record that is cut off looks better without quotes; only many are a sign.
                let sure = quote || shape.agree >= best.0.agree + QUOTES || best.0.cells < 2;
                if sure && shape.better_than(&best.0) {
                    best = (shape, guess);
                }
            }
        }
    }
    let (shape, mut guess) = best;
    guess.skip_lines = preamble(text, &guess, &shape);
    guess.header = has_header(text, &guess);
    guess
}

/// What the records of a text look like under a guess.
struct Shape {
    /// The number of cells that most records have.
    cells: usize,
    /// How many of a thousand records have it.
    agree: usize,
    /// Backslashes before quotes that are left in cells: signs of an escape that was not seen.
    leftovers: usize,
}

impl Shape {
    fn of(text: &str, guess: &SourceGuess) -> Self {
        let mut counts: Vec<usize> = Vec::new();
        let mut leftovers = 0;
        each(text, guess, |cells| {
            counts.push(cells.len());
            leftovers += cells.iter().filter(|cell| cell.contains("\\\"") || cell.starts_with('"')).count();
        });
        let cells = usual(&counts);
        let same = counts.iter().filter(|count| **count == cells).count();
        Self { cells, agree: same * 1000 / counts.len().max(1), leftovers }
    }

    /// More cells beat fewer where the records agree as well; one cell is no structure at all.
    fn better_than(&self, other: &Self) -> bool {
        let rank = |shape: &Self| (shape.cells > 1, shape.agree, std::cmp::Reverse(shape.leftovers), shape.cells);
        rank(self) > rank(other)
    }
}

/// The most frequent count; of two that are as frequent, the larger.
fn usual(counts: &[usize]) -> usize {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).max_by_key(|chunk| chunk.len()).map_or(0, |chunk| chunk[0])
}

/// The lines before the first one that has as many cells as the records.
fn preamble(text: &str, guess: &SourceGuess, shape: &Shape) -> u64 {
    if shape.cells < 2 || shape.agree == 1000 {
        return 0;
    }
    let cells_of = |line: &str| {
        let mut count = 0;
        each(line, guess, |cells| count = cells.len());
        count
    };
    let before = text.lines().take(MAX_PREAMBLE + 1).take_while(|line| cells_of(line) != shape.cells).count();
    if before > MAX_PREAMBLE { 0 } else { before as u64 }
}

/// A header has a text in most of its cells, and neither numbers nor dates.
fn has_header(text: &str, guess: &SourceGuess) -> bool {
    let mut header = None;
    each(text, guess, |cells| {
        header.get_or_insert_with(|| {
            let labels: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
            let value = |label: &&str| number::looks_like_one(label) || date::looks_like_one(label);
            labels.len() * 2 > cells.len() && !labels.iter().any(value)
        });
    });
    header.unwrap_or(true)
}

fn each(text: &str, guess: &SourceGuess, mut each: impl FnMut(&[&str])) {
    let mut records = Records::new(guess);
    if records.push(text, &mut each) {
        // What ends within quotes was not written so: a record like no other.
        if !records.push("", &mut each) {
            each(&[]);
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
            ("\"a \\\"b\\\" c\";1\n\"d\\\"\";2\n", ";\"\\"),
            ("a,b\n# note\n1,2\n", ",\"# header"),
            ("Export of today\n\nid,name,price\n1,x,2\n2,y,3\n", ",\" header 2"),
            ("x,2026-01-02\ny,2026-01-03\n", ",\""),
            ("only\none\n", ",\" header"),
            ("", ",\" header"),
        ] {
            let guess = guess_source(text, true);
            let mut told = char::from(guess.delimiter).to_string();
            told.extend(guess.quote.then_some('"'));
            told.extend(guess.escape.into_iter().chain(guess.comment).map(char::from));
            told.push_str(if guess.header { " header" } else { "" });
            if guess.skip_lines > 0 {
                told.push_str(&format!(" {}", guess.skip_lines));
            }
            assert_eq!(told, expected, "{text:?}");
        }
    }
}
