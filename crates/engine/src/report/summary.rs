//! The summaries of a run, prepared for display.

use super::SummaryTable;
use super::view::Limits;
use crate::display::{count, one_line, thousands};

/// The longest cell of a summary that is shown, in characters.
const CELL_CHARS: usize = 80;

/// A summary, prepared for display.
pub(super) struct SummaryView {
    /// The name of its file.
    pub file: String,
    /// How many rows are shown: `3 rows`, `first 10 of 523 rows`.
    pub extent: String,
    pub labels: Vec<SummaryCell>,
    pub rows: Vec<SummaryRowView>,
    /// Sentences about what is not among the rows, and about the delivery.
    pub remarks: Vec<String>,
}

/// A cell, or the label of a column.
pub(super) struct SummaryCell {
    pub text: String,
    /// Whether the column holds numbers.
    pub is_number: bool,
}

/// A row.
pub(super) struct SummaryRowView {
    pub cells: Vec<SummaryCell>,
    /// The length of its bar in percent.
    pub percent: u8,
}

impl SummaryView {
    pub(super) fn new(table: &SummaryTable, limits: &Limits) -> Self {
        let cells = |texts: &[String]| {
            let cell = |(at, text): (usize, &String)| SummaryCell {
                text: one_line(text, CELL_CHARS),
                is_number: table.numbers.get(at).copied().unwrap_or_default(),
            };
            texts.iter().enumerate().map(cell).collect()
        };
        let rows: Vec<SummaryRowView> = table
            .head
            .iter()
            .take(limits.items)
            .map(|row| SummaryRowView { cells: cells(&row.cells), percent: row.percent })
            .collect();
        let shown = rows.len() as u64;
        let extent = match shown {
            0 => count(table.rows, "row"),
            shown if shown < table.rows => format!("first {} of {}", thousands(shown), count(table.rows, "row")),
            _ => count(table.rows, "row"),
        };
        Self {
            file: one_line(&table.file, limits.chars),
            extent,
            labels: cells(&table.labels),
            rows,
            remarks: remarks(table).into_iter().map(|remark| one_line(&remark, limits.chars)).collect(),
        }
    }
}

fn remarks(table: &SummaryTable) -> Vec<String> {
    let mut remarks = Vec::new();
    if table.rows > 0 && table.head.is_empty() {
        remarks.push("The rows are not shown, because they depend on a sensitive field.".to_owned());
    }
    if table.rows < table.groups {
        let (all, left) = (thousands(table.groups), count(table.groups - table.rows, "group"));
        remarks.push(format!(
            "The feed asks for the first {} of {all} groups; {left} are left out.",
            thousands(table.rows)
        ));
    }
    match &table.unattributed {
        Some(missed) if missed.records > 0 => {
            let numbers: Vec<String> =
                missed.numbers.iter().map(|(label, number)| format!("{label} {number}")).collect();
            let numbers = if numbers.is_empty() { String::new() } else { format!(" ({})", numbers.join(", ")) };
            let (records, have) = (count(missed.records, "record"), if missed.records == 1 { "has" } else { "have" });
            remarks.push(format!("Not among the rows: {records} that {have} no touch before{numbers}."));
        }
        Some(_) => remarks.push("Every record that counts is credited to a touch.".to_owned()),
        None => {}
    }
    match &table.delivered {
        Some(to) if to.overtaken => {
            remarks.push(format!("Not delivered: a file of a later run is at {}, and stays.", to.location));
        }
        Some(to) => remarks.push(format!("Delivered to {}.", to.location)),
        None => {}
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::super::view::MAIL;
    use super::super::{DeliveredTo, SummaryRow, UnattributedTable};
    use super::*;

    #[test]
    fn what_is_left_out_is_said() {
        let table = SummaryTable {
            file: "a.tab".to_owned(),
            key: "output/a.tab".to_owned(),
            bytes: 10,
            groups: 1500,
            rows: 20,
            labels: vec!["Word".to_owned(), "Sum".to_owned()],
            numbers: vec![false, true],
            head: (0..11)
                .map(|row| SummaryRow { cells: vec![format!("w{row}\nx"), row.to_string()], percent: row })
                .collect(),
            unattributed: Some(UnattributedTable { records: 2, numbers: vec![("Sum".to_owned(), "7.00".to_owned())] }),
            delivered: Some(DeliveredTo { location: "s3://out/a.tab".to_owned(), overtaken: true }),
        };
        let view = SummaryView::new(&table, &MAIL);
        assert_eq!(view.extent, "first 10 of 20 rows");
        assert!(view.labels[1].is_number && view.rows[3].cells[0].text.starts_with("w3"));
        assert!(!view.rows[3].cells[0].text.contains('\n'));
        assert_eq!(
            view.remarks,
            [
                "The feed asks for the first 20 of 1,500 groups; 1,480 groups are left out.",
                "Not among the rows: 2 records that have no touch before (Sum 7.00).",
                "Not delivered: a file of a later run is at s3://out/a.tab, and stays.",
            ]
        );
        let hidden =
            SummaryTable { head: Vec::new(), groups: 1, rows: 1, unattributed: None, delivered: None, ..table };
        let view = SummaryView::new(&hidden, &MAIL);
        assert_eq!((view.extent.as_str(), view.remarks.len(), view.rows.len()), ("1 row", 1, 0));
    }
}
