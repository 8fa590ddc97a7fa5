//! Recognizes columns of fixed width: the same positions are blank in all lines.
//!
//! Columns that touch each other cannot be seen, so a file without blank positions is not recognized, and what is recognized is a guess
//! that its comment explains.

use std::sync::Arc;

use super::{date, number};
use crate::fixed::{FixedColumn, FixedLayout};

/// The fewest lines from which columns are guessed; fewer are blank somewhere by accident.
const FEWEST: usize = 5;

/// From so many lines on, a single blank position separates columns; with fewer lines, one gap must be wider.
const MANY: usize = 10;

/// Maximum number of lines that are examined.
const MOST: usize = 2000;

/// Maximum length of a line, in characters.
const LONGEST: usize = 4096;

/// The guessed columns of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedGuess {
    /// The columns.
    pub layout: Arc<FixedLayout>,
    /// Whether the first line has their labels.
    pub has_labels: bool,
    /// What was seen.
    pub remark: String,
}

/// The columns of a text; `None` if its lines do not show any.
pub(super) fn guess(text: &str) -> Option<FixedGuess> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<Vec<char>> =
        text.lines().map(str::trim_end).filter(|line| !line.is_empty()).take(MOST).map(characters).collect();
    if lines.len() < FEWEST || lines.iter().any(|line| line.len() > LONGEST || line.contains(&'\t')) {
        return None;
    }
    let gaps = gaps(&lines);
    if gaps.is_empty() || lines.len() < MANY && gaps.iter().all(|(start, end)| end - start < 2) {
        return None;
    }
    let length = lines.iter().map(Vec::len).max()?;
    // The text of each column, between the gaps.
    let starts = std::iter::once(0).chain(gaps.iter().map(|(_, end)| *end));
    let ends = gaps.iter().map(|(start, _)| *start).chain([length]);
    let texts: Vec<(usize, usize)> = starts.zip(ends).collect();
    let begins: Vec<usize> =
        std::iter::once(0).chain(texts.array_windows().map(|[(_, end), next]| begin(&lines, *end, *next))).collect();
    let whole = text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.chars().count());
    let mut whole = whole.collect::<Vec<_>>();
    whole.dedup();
    let last = if let [same] = whole[..] { Some(same) } else { None };
    let cell = |line: &[char], at: usize| -> String {
        let end = begins.get(at + 1).copied().unwrap_or(line.len()).min(line.len());
        line.get(begins[at].min(end)..end).unwrap_or_default().iter().collect::<String>().trim().to_owned()
    };
    let has_labels = has_labels(&lines, begins.len(), cell);
    let label = |at: usize| if has_labels { cell(&lines[0], at) } else { format!("column_{}", at + 1) };
    let columns: Vec<FixedColumn> = (0..begins.len())
        .map(|at| FixedColumn { label: label(at), start: begins[at], end: begins.get(at + 1).copied().or(last) })
        .collect();
    let fills = lines.iter().any(|line| line.len() < *begins.last().unwrap_or(&0)) && last.is_none();
    let shown = gaps.iter().map(|(start, end)| match end - start {
        1 => format!("{end}"),
        _ => format!("{} to {end}", start + 1),
    });
    let remark = format!(
        "A guess: the characters {} are blank in all of the {} lines that were looked at. Columns that touch cannot be seen, and a longer \
         value may reach into a gap: compare this with the description of the format.",
        shown.collect::<Vec<_>>().join(", "),
        lines.len()
    );
    Some(FixedGuess { layout: Arc::new(FixedLayout { columns, fills }), has_labels, remark })
}

fn characters(line: &str) -> Vec<char> {
    line.chars().collect()
}

/// The ranges of positions that are blank in all lines, and behind which nearly all lines go on.
fn gaps(lines: &[Vec<char>]) -> Vec<(usize, usize)> {
    let shortest = lines.iter().map(Vec::len).max().unwrap_or_default();
    let is_blank = |at: usize| lines.iter().all(|line| line.get(at).is_none_or(|c| *c == ' '));
    let goes_on = |at: usize| lines.iter().filter(|line| line.len() > at).count() * 5 >= lines.len() * 4;
    let mut gaps: Vec<(usize, usize)> = Vec::new();
    for at in (1..shortest).filter(|at| is_blank(*at) && goes_on(*at)) {
        match gaps.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => gaps.push((at, at + 1)),
        }
    }
    // Blank positions at the start belong to the first column.
    gaps.retain(|(start, _)| lines.iter().any(|line| line[..(*start).min(line.len())].iter().any(|c| *c != ' ')));
    gaps
}

/// Where a column begins whose text is in a range, if that of the column before it ends at `before`. Values that are aligned to the right
/// may grow into the gap to their left, and others into the one to their right.
fn begin(lines: &[Vec<char>], before: usize, (start, end): (usize, usize)) -> usize {
    let cells = lines
        .iter()
        .filter_map(|line| line.get(start..end.min(line.len())))
        .filter(|cell| cell.iter().any(|c| *c != ' '));
    let mut is_right = false;
    for cell in cells {
        if cell.first() == Some(&' ') {
            is_right = true;
        }
    }
    if is_right { before } else { start }
}

/// Whether the first line has labels: no value in it, and values below it in at least one column.
fn has_labels(lines: &[Vec<char>], columns: usize, cell: impl Fn(&[char], usize) -> String) -> bool {
    let is_value = |cell: &str| number::looks_like_one(cell) || date::looks_like_one(cell);
    let first: Vec<String> = (0..columns).map(|at| cell(&lines[0], at)).collect();
    let is_label = |cell: &String| !cell.is_empty() && !is_value(cell);
    let mut distinct = first.clone();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() == columns
        && first.iter().all(is_label)
        && (0..columns)
            .any(|at| lines[1..].iter().map(|line| cell(line, at)).all(|cell| cell.is_empty() || is_value(&cell)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::tests::{tried, unwrapped};

    /// The columns with their positions, whether short lines are filled, and whether there are labels.
    fn guessed(text: &str) -> Option<String> {
        let FixedGuess { layout, has_labels, .. } = guess(text)?;
        let end = |end: Option<usize>| end.map(|end| end.to_string()).unwrap_or_default();
        let columns =
            layout.columns.iter().map(|column| format!("{} {}..{}", column.label, column.start, end(column.end)));
        let (filled, labels) = (if layout.fills { " filled" } else { "" }, if has_labels { " labels" } else { "" });
        Some(format!("{}{filled}{labels}", columns.collect::<Vec<_>>().join(", ")))
    }

    #[test]
    fn table_of_files() {
        for (text, expected) in [
            (
                "ID    NAME       PRICE\n0001  Axe large  12.50\n0002  Saw         9.00\n0003  Pen         1.00\n0004  Cup       100.00\n",
                Some("ID 0..6, NAME 6..15, PRICE 15..22 labels"),
            ),
            (
                "0001  Axe   12.50\n0002  Saw    9.00\n0003  Pen    1.00\n0004  Cup  100.00\n0005  Jug    2.00\n",
                Some("column_1 0..6, column_2 6..9, column_3 9..17"),
            ),
            (
                "2026-01-01 10:00 INFO a b c\n2026-01-02 10:01 WARN d\n2026-01-03 10:02 INFO ef gh\n2026-01-04 10:03 INFO i\n\
                 2026-01-05 10:04 WARN j\n2026-01-06 10:05 INFO k\n2026-01-07 10:06 INFO l\n2026-01-08 10:07 INFO m\n\
                 2026-01-09 10:08 INFO n\n2026-01-10 10:09 INFO o p\n",
                Some("column_1 0..11, column_2 11..17, column_3 17..22, column_4 22.."),
            ),
            // Blank positions that short lines do not reach are no gaps.
            ("1  Bob\n2  Al\n3  Alexander Smith\n4  Eve\n5  Joe\n6  Ann\n", Some("column_1 0..3, column_2 3..")),
            ("1  a\n2\n3  c\n4  d\n5  e\n", Some("column_1 0..3, column_2 3.. filled")),
            // Too few lines, and too little between them.
            ("0001  Axe   12.50\n0002  Saw    9.00\n0003  Pen    1.00\n", None),
            ("1 a\n2 b\n3 c\n4 d\n5 e\n6 f\n", None),
            ("only\none\ncolumn\nof\nwords\nhere\n", None),
            ("a\tb  c\nd\te  f\ng\th  i\nj\tk  l\nm\tn  o\n", None),
            ("", None),
        ] {
            assert_eq!(guessed(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn columns_of_fixed_width_are_drafted() {
        let line = |n: u32| format!("{n:05}  {:<8}{:>8}\n", format!("Axe {}", n * 37 % 11), format!("{}.50", n * 7));
        let text = format!("ID     NAME       PRICE\n{}", (1..=20).map(line).collect::<String>());
        let (yaml, outcome) = tried(&text);
        let found = unwrapped(&yaml);
        for expected in [
            "# A guess: the characters 6 to 7, ",
            "blank in all of the 21 lines that were looked at.",
            "  format: fixed\n  fixed:\n    columns:\n      - {label: ID, start: 1, end: 7}\n",
            "end: 23}\n  skipLines: 1\n",
            "{name: price, type: number, ",
        ] {
            assert!(found.contains(expected), "{expected}\n{yaml}");
        }
        assert_eq!((outcome.records, outcome.rejected), (20, 0), "{yaml}");
    }
}
