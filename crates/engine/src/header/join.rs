//! Makes the labels of a header that has several records.

use crate::encoding::SourceText;

/// The cells of the records of a header, in the encoding of the file.
pub type Rows = Vec<Vec<Vec<u8>>>;

/// How much the titles of groups add to labels, in bytes: 1 MiB, as much as a header may have. Beyond that, titles stay in their own columns, so
/// that a hostile header takes no more memory than a large one.
const MAX_CARRIED: usize = 1024 * 1024;

/// The labels of a header: for each column, its texts from the upper record to the lower, joined by spaces, without those that are
/// empty.
///
/// A text in an upper record is the title of a group if a text stands below it. It then belongs to the columns to its right
/// too, up to the next text of its record, as far as they have a text below: a cell that spans columns is written as a text
/// and empty cells.
#[must_use]
pub fn join(rows: &[Vec<Vec<u8>>], text: SourceText) -> Vec<Vec<u8>> {
    if let [only] = rows {
        return only.clone();
    }
    let is_empty = |cell: &[u8]| text.show(cell).trim().is_empty();
    let cell = |row: usize, column: usize| {
        let cell = rows.get(row).and_then(|row: &Vec<Vec<u8>>| row.get(column)).map(Vec::as_slice);
        cell.filter(|cell| !is_empty(cell)).map(<[u8]>::trim_ascii)
    };
    // Empty cells at the end of an upper record are no columns.
    let last = rows.last().map_or(0, Vec::len);
    let longest = rows.iter().map(|row| row.iter().rposition(|cell| !is_empty(cell)).map_or(0, |at| at + 1));
    let columns = longest.fold(last, usize::max);
    let below = |row: usize, column: usize| (row + 1..rows.len()).any(|row| cell(row, column).is_some());
    let mut labels: Vec<Vec<u8>> = vec![Vec::new(); columns];
    let mut carried = 0;
    for row in 0..rows.len() {
        let mut group = None;
        for (column, label) in labels.iter_mut().enumerate() {
            let own = cell(row, column);
            if own.is_some() {
                group = own.filter(|_| below(row, column));
            }
            let part = own.or_else(|| group.filter(|title| carried + title.len() <= MAX_CARRIED && below(row, column)));
            if own.is_none() {
                carried += part.map_or(0, <[u8]>::len);
            }
            if let Some(part) = part {
                if !label.is_empty() {
                    label.push(b' ');
                }
                label.extend_from_slice(part);
            }
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_titles_over_many_columns_are_bounded() {
        let title = [vec![b'T'; 20_000]].into_iter().chain(vec![Vec::new(); 19_999]).collect();
        let labels = join(&[title, vec![b"c".to_vec(); 20_000]], SourceText::UTF_8);
        assert_eq!(labels.len(), 20_000);
        assert!(labels.iter().map(Vec::len).sum::<usize>() < 3 * MAX_CARRIED);
    }

    #[test]
    fn table_of_headers() {
        for (rows, expected) in [
            (
                &["Product,,Price,,Stock,", "SKU,Name,Net,Gross,Berlin,Paris"][..],
                "Product SKU|Product Name|Price Net|Price Gross|Stock Berlin|Stock Paris",
            ),
            // Cells that span lines, with the text in the upper or in the lower one.
            (&["ID,,Price,", ",Name,Net,Gross"], "ID|Name|Price Net|Price Gross"),
            (&[",,Price,", "ID,Name,Net,Gross"], "ID|Name|Price Net|Price Gross"),
            (&["a,,", "b,,c"], "a b||a c"),
            (&["a,,b", "c,d"], "a c|a d|b"),
            (&["a,,,,", "b,c"], "a b|a c"),
            (&["a", "b,c,"], "a b|a c|"),
            (&[" a , ", " b , c "], "a b|a c"),
            (&["x,,y,", "a,,b,", "1,2,3,4"], "x a 1|x a 2|y b 3|y b 4"),
            (&["x,,,", "a,,b,", "1,2,3,4"], "x a 1|x a 2|x b 3|x b 4"),
            (&["one, two "], "one| two "),
        ] {
            let rows: Rows =
                rows.iter().map(|row| row.split(',').map(|cell| cell.as_bytes().to_vec()).collect()).collect();
            let labels = join(&rows, SourceText::UTF_8);
            let labels: Vec<_> = labels.iter().map(|label| String::from_utf8_lossy(label)).collect();
            assert_eq!(labels.join("|"), expected, "{rows:?}");
        }
    }
}
