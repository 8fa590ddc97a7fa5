//! Detects what precedes the data of a file (titles, labels, units), and delimiters at the end of lines.

use std::collections::HashSet;

use super::source::{Below, SourceGuess, Trailing, each};
use super::{date, number, text};

/// Maximum number of lines above the labels.
const MAX_ABOVE: usize = 20;

/// Maximum number of records that are examined.
const MAX_ROWS: usize = 500;

/// Maximum number of records above the data that have as many cells as the data.
const MAX_HEAD: usize = 10;

/// Years that may be labels.
const YEARS: std::ops::RangeInclusive<u16> = 1900..=2100;

/// What precedes the data.
pub(super) struct Head {
    pub skip_lines: u64,
    pub header: bool,
    /// The number of records of the header.
    pub header_rows: usize,
    pub trailing: Option<Trailing>,
    pub below: Vec<Below>,
    pub remarks: Vec<String>,
}

struct Row {
    line: u64,
    cells: Vec<String>,
}

impl Row {
    /// The number of distinct labels, read as a header.
    fn labels(&self) -> usize {
        self.cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect::<HashSet<_>>().len()
    }

    fn has_values(&self) -> bool {
        self.cells.iter().any(|cell| is_value(cell))
    }
}

/// Finds the labels of a file whose records have this many cells. `declared` is the delimiter that its first
/// line names.
pub(super) fn find(text: &str, guess: &SourceGuess, width: usize, declared: Option<u8>) -> Head {
    let above = usize::from(declared.is_some());
    let all = rows(text, guess, above);
    let ends_blank = {
        let mut ends = all.iter().filter(|row| row.cells.len() == width).map(|row| last(row).trim().is_empty());
        width > 2 && ends.next().is_some_and(|blank| blank) && ends.all(|blank| blank)
    };
    let fits = |row: &Row| {
        let blank = last(row).trim().is_empty();
        row.cells.len() == width
            || ends_blank && row.cells.len() + 1 == width && !blank && row.labels() + 1 == width
            || width > 1 && row.cells.len() == width + 1 && blank && row.labels() == width
    };
    let starts = above..=above + if width < 2 { 0 } else { MAX_ABOVE };
    let first = starts.clone().find(|skipped| first_row(text, guess, *skipped).is_some_and(|row| fits(&row)));
    let mut rows: Vec<Row> = match first {
        Some(skipped) if skipped > above => rows(text, guess, skipped),
        _ => all,
    };
    rows.retain(|row| fits(row));

    let typed = typed_columns(&rows, width);
    let data = (0..rows.len().min(MAX_HEAD + 1)).find(|at| is_data(*at, &rows[*at], &typed));
    let data = data.filter(|_| !typed.is_empty());
    let data = match (data, &rows[..]) {
        (Some(0), [labels, data, ..]) if are_years(labels, data, &typed) => Some(1),
        (data, _) => data,
    };
    let header = match (data, &rows[..]) {
        (Some(0), _) => None,
        // Of the records above the data, the one with the most labels is the header; among equals the first.
        (Some(data), _) => (0..data).rev().max_by_key(|at| rows[*at].labels()),
        // No column separates data from labels. A first record that is half blank has titles of groups.
        (None, [first, second, ..])
            if first.labels() * 2 <= width && second.labels() == width && !second.has_values() =>
        {
            Some(1)
        }
        (None, [first, ..]) => (!first.has_values()).then_some(0),
        (None, []) => Some(0),
    };
    let labels = header.unwrap_or(0);
    let is_group = |at: usize| header.is_some() && is_group(&rows[at], &rows[at + 1]);
    let begin = labels - usize::from(labels > 0 && is_group(labels - 1));
    let line = rows.get(begin).map_or(1, |row| row.line);
    let lines: Vec<&str> = text.lines().take(usize::try_from(line - 1).unwrap_or_default()).collect();
    let skip_lines = if lines.iter().all(|line| line.trim().is_empty()) { 0 } else { line - 1 };
    let below = match (header, data) {
        (Some(header), Some(data)) => {
            let below = |row: &Row| Below { line: row.line, cells: row.cells.clone() };
            rows[(header + 1).min(data)..data].iter().map(below).collect()
        }
        _ => Vec::new(),
    };
    let trailing = header.and_then(|header| trailing(rows.get(header)?, &rows[header + 1..], width));
    let mut remarks = Vec::new();
    if skip_lines > 0 {
        remarks.extend(lines_above(&lines, declared, &rows[..begin], line));
    }
    if begin < labels {
        remarks.push(format!(
            "Lines {line} and {} are the header: line {line} has titles of groups of columns ({}), and the label of a column is made \
             of both. If line {line} is no header, leave out headerRows and write skipLines: {line}.",
            line + 1,
            names(&rows[begin])
        ));
    }
    Head { skip_lines, header: header.is_some(), header_rows: labels - begin + 1, trailing, below, remarks }
}

/// The longest title of a group, in characters.
const MAX_TITLE: usize = 40;

/// Whether a record above the labels has titles of groups: at least two, one of which spans columns, as an empty or a repeated
/// cell to its right shows. A text with a digit may be a date or a page number, which another file does not have.
fn is_group(upper: &Row, labels: &Row) -> bool {
    let text = |row: &Row, at: usize| row.cells.get(at).map(|cell| cell.trim().to_owned()).unwrap_or_default();
    let is_title = |cell: &String| cell.chars().count() <= MAX_TITLE && !cell.chars().any(char::is_numeric);
    let spans = |at: usize| {
        let (title, next) = (text(upper, at), text(upper, at + 1));
        let both = !text(labels, at).is_empty() && !text(labels, at + 1).is_empty();
        both && !title.is_empty() && (next.is_empty() || next == title)
    };
    upper.line + 1 == labels.line
        && upper.labels() > 1
        && !upper.has_values()
        && upper.cells.iter().all(is_title)
        && (0..upper.cells.len()).any(spans)
}

/// The first texts of a record.
fn names(row: &Row) -> String {
    let cells = row.cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    cells.take(4).map(text::shown).collect::<Vec<_>>().join(", ")
}

/// Describes the lines above the labels.
fn lines_above(lines: &[&str], declared: Option<u8>, grouped: &[Row], labels: u64) -> Vec<String> {
    let mut comments = Vec::new();
    if declared.is_some() {
        comments.push("Line 1 names the delimiter for spreadsheets (\"sep=\"). It is not read.".to_owned());
    }
    for row in grouped.iter().filter(|row| row.labels() > 0) {
        comments.push(format!(
            "Line {} is above the labels of line {labels} and is not read: {}. If these are titles of groups of \
             columns, source.headerRows joins them with the labels.",
            row.line,
            names(row)
        ));
    }
    let is_grouped = |line: u64| grouped.iter().any(|row| row.line == line);
    for (at, content) in (1..).zip(lines).skip(usize::from(declared.is_some())) {
        // A row without content may have delimiters.
        if !content.trim_matches([' ', '\t', ',', '"']).is_empty() && !is_grouped(at) {
            comments.push(format!("Line {at} is above the labels and is not read: {}.", text::shown(content.trim())));
        }
    }
    comments
}

fn trailing(header: &Row, records: &[Row], width: usize) -> Option<Trailing> {
    let blank = last(header).trim().is_empty();
    let ends_blank = || !records.is_empty() && records.iter().all(|row| last(row).trim().is_empty());
    match header.cells.len() {
        cells if cells + 1 == width => Some(Trailing::Records),
        cells if cells == width + 1 => Some(Trailing::Header),
        _ if blank && width > 1 && ends_blank() => Some(Trailing::Both),
        _ => None,
    }
}

fn last(row: &Row) -> &str {
    row.cells.last().map_or("", String::as_str)
}

/// The columns with numbers or dates in most records of the second half, where the data has certainly begun.
fn typed_columns(rows: &[Row], width: usize) -> Vec<usize> {
    let lower = &rows[rows.len() / 2..];
    let typed = |at: &usize| {
        let cells = || lower.iter().filter_map(|row| row.cells.get(*at)).filter(|cell| !is_nothing(cell));
        let values = cells().filter(|cell| is_value(cell)).count();
        rows.len() > 1 && values > 0 && values * 2 >= cells().count()
    };
    (0..width).filter(typed).collect()
}

/// Whether a record has values where the data has them. A record without any there counts as data, unless it
/// is the first or mostly blank.
fn is_data(at: usize, row: &Row, typed: &[usize]) -> bool {
    let cells: Vec<&String> =
        typed.iter().filter_map(|at| row.cells.get(*at)).filter(|cell| !is_nothing(cell)).collect();
    let values = cells.iter().filter(|cell| is_value(cell)).count();
    if cells.is_empty() { at > 0 && row.labels() * 2 >= row.cells.len() } else { values * 2 >= cells.len() }
}

/// Whether the values of the first record are years, which are labels: `Country,2024,2025`.
fn are_years(labels: &Row, data: &Row, typed: &[usize]) -> bool {
    let year = |row: &Row, at: usize| row.cells.get(at)?.trim().parse().ok().filter(|year| YEARS.contains(year));
    let years: Vec<u16> = typed.iter().filter_map(|at| year(labels, *at)).collect();
    years.len() > 1
        && years.is_sorted_by(|a, b| a < b)
        && labels.cells.iter().all(|cell| !is_value(cell) || cell.trim().len() == 4)
        && !typed.iter().all(|at| year(data, *at).is_some())
}

fn is_value(cell: &str) -> bool {
    number::looks_like_one(cell.trim()) || date::looks_like_one(cell.trim())
}

fn is_nothing(cell: &str) -> bool {
    let cell = cell.trim();
    cell.is_empty() || super::column::is_blank(cell)
}

/// The first record of a text after this many lines.
fn first_row(text: &str, guess: &SourceGuess, skipped: usize) -> Option<Row> {
    // A record of so many lines cannot be a label. A record that is cut off counts like any other.
    let lines: Vec<&str> = text.split_inclusive('\n').skip(skipped).take(MAX_ABOVE).collect();
    let mut first = None;
    each(&lines.concat(), guess, |line, cells| {
        let row = || Row { line: line + skipped as u64, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() };
        if first.is_none() {
            first = Some(row());
        }
    });
    first.filter(|row: &Row| !row.cells.is_empty())
}

/// The first records of a text after this many lines.
fn rows(text: &str, guess: &SourceGuess, skipped: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let begin: usize = text.split_inclusive('\n').take(skipped).map(str::len).sum();
    each(&text[begin..], guess, |line, cells| {
        if rows.len() < MAX_ROWS && !cells.is_empty() {
            let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
            rows.push(Row { line: line + skipped as u64, cells });
        }
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::super::guess_source;
    use super::*;

    #[test]
    fn table_of_heads() {
        for (text, (skip_lines, rows), header, trailing, below) in [
            ("id,name,price\n1,Axe,12.50,\n2,Saw,9.00,\n", (0, 1), true, Some(Trailing::Records), &[][..]),
            ("id,name,price,\n1,Axe,12.50\n2,Saw,9.00\n", (0, 1), true, Some(Trailing::Header), &[]),
            ("id,name,price,\n1,Axe,12.50,\n2,Saw,9.00,\n", (0, 1), true, Some(Trailing::Both), &[]),
            ("id,name,price,note\n1,Axe,12.50,\n2,Saw,9.00,\n", (0, 1), true, None, &[]),
            ("Product,,Price,\nSKU,Name,Net,Gross\nA1,Cup,1.00,1.19\nA2,Jug,2.00,2.38\n", (0, 2), true, None, &[]),
            ("Product,,Price,\nSKU,Name,Net,Gross\na,b,c,d\n", (0, 2), true, None, &[]),
            (
                "A,B\nTIME,N,X,CO\nTS,RN,m/s,mg\n\"\",\"\",Smp,Smp\n2012-06-07,1,0.4,6.5\n2012-06-08,2,0.6,NAN\n",
                (1, 1),
                true,
                None,
                &[3, 4],
            ),
            ("T\n,Price,Price\nSKU,Net,Gross\nA1,1.00,1.19\nA2,2.00,2.38\n", (2, 1), true, None, &[]),
            ("T\n,Price,Price,Stock\nSKU,Net,Gross,\nA1,1.00,1.19,2\nA2,2.00,2.38,2\n", (1, 2), true, None, &[]),
            ("Sales,,Page 1,\nSKU,Name,Net,Gross\nA1,Cup,1.00,1.19\nA2,Jug,2.00,2.38\n", (1, 1), true, None, &[]),
            ("Report,,\n\nid,name,price\n1,x,2\n2,y,3\n", (2, 1), true, None, &[]),
            ("country,2024,2025\nDE,1.5,2.5\nFR,3.5,4.5\n", (0, 1), true, None, &[]),
            ("1,Axe,12.50\n2,Saw,9.00\n", (0, 1), false, None, &[]),
            (",name,price\n1,Axe,12.50\n2,Saw,9.00\n", (0, 1), true, None, &[]),
            ("id,name,price\n1,Axe,\n2,Saw,9.00\n", (0, 1), true, None, &[]),
            ("\n\nid,name\n1,Axe\n", (0, 1), true, None, &[]),
            ("id,\"na\nme\"\n1,Axe\n", (0, 1), true, None, &[]),
        ] {
            let found = guess_source(text, true);
            let lines: Vec<u64> = found.below.iter().map(|below| below.line).collect();
            assert_eq!(
                ((found.skip_lines, found.header_rows), found.header, found.trailing, &lines[..]),
                ((skip_lines, rows), header, trailing, below),
                "{text:?}"
            );
        }
    }
}
