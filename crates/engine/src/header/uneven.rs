//! Detects a header and records of different length because only one of them ends in a delimiter.
//!
//! Every record of such a file is rejected. This one cause is reported once.

use crate::feed::FeedPlan;
use crate::record::{Position, Reader};
use crate::{Code, Problem, Stage};

/// How many records are examined.
const RECORDS: usize = 100;

/// Minimum number of records, because a single one may be broken by itself.
const FEWEST: usize = 2;

/// Reports that every one of the first records has one cell more or less than the header, and that this cell
/// is empty and the last one. `head` is the start of the file's text, without a footer; `whole` says that it is all of it.
#[must_use]
pub fn uneven(plan: &FeedPlan, head: &[u8], whole: bool) -> Option<Problem> {
    if plan.source.columns.is_some() {
        return None;
    }
    let mut reader = Reader::new(plan.dialect, Position::START).skip_lines(plan.source.skip_lines);
    reader.push(head);
    if whole {
        reader.end();
    }
    let header = reader.next_record().ok()??;
    let labels = header.len();
    let blank_label = header.get(labels - 1).is_some_and(<[u8]>::is_empty);
    // For each record: the number of cells, whether the last is empty, and the line on which the record
    // begins.
    let mut records = Vec::new();
    while records.len() < RECORDS {
        let Some(record) = reader.next_record().ok()? else { break };
        let last = record.get(record.len() - 1);
        records.push((record.len(), last.is_some_and(<[u8]>::is_empty), record.position.line));
    }
    let is_longer = records.iter().all(|(cells, blank, _)| *cells == labels + 1 && *blank);
    let is_shorter = blank_label && records.iter().all(|(cells, ..)| cells + 1 == labels);
    let (_, _, line) = *records.first().filter(|_| records.len() >= FEWEST)?;
    let which = |all: &str| {
        if records.len() == RECORDS { format!("each of the first {RECORDS} records") } else { format!("{all} record") }
    };
    let instead = |columns: String| {
        format!(
            "Ask the producer to drop that delimiter; or set source.header: false, source.skipLines: {} and source.columns: \
             {columns} (then labels are not read, and a changed order of columns goes unnoticed)",
            line - 1
        )
    };
    let (code, message) = match (is_longer, is_shorter) {
        (true, _) => {
            let (each, cells) = (which("every"), labels + 1);
            let instead = instead(format!("the {labels} labels, and a name for the empty cell"));
            let found =
                format!("{each} ends in a delimiter, and the header does not: {cells} cells for {labels} labels");
            (Code::ExtraCell, format!("{found}, so each is rejected. {instead}"))
        }
        (_, true) => {
            let (each, cells) = (which("every"), labels - 1);
            let instead = instead(format!("the {cells} labels"));
            let found =
                format!("the header ends in a delimiter, and {each} does not: {cells} cells for {labels} labels");
            (Code::MissingCell, format!("{found}, so each is rejected. {instead}"))
        }
        _ => return None,
    };
    Some(Problem::new(Stage::Split, code, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(source: &str) -> FeedPlan {
        let yaml = format!(
            "{{version: 1, name: a, source: {{{source}}}, schema: {{fields: [{{name: id, constraints: {{required: true}}}}, \
             {{name: name}}]}}, import: {{table: a, key: [id]}}}}"
        );
        FeedPlan::from_yaml(&yaml).unwrap()
    }

    #[test]
    fn what_every_record_has_is_reported_once() {
        let reported =
            |source: &str, file: &str| uneven(&plan(source), file.as_bytes(), true).map(|found| found.to_string());
        let longer = "[extra-cell] every record ends in a delimiter, and the header does not: 3 cells for 2 labels, so each \
                      is rejected. Ask the producer to drop that delimiter; or set source.header: false, source.skipLines: 1 \
                      and source.columns: the 2 labels, and a name for the empty cell (then labels are not read, and a \
                      changed order of columns goes unnoticed)";
        let shorter = "[missing-cell] the header ends in a delimiter, and every record does not: 2 cells for 3 labels, so \
                       each is rejected. Ask the producer to drop that delimiter; or set source.header: false, \
                       source.skipLines: 2 and source.columns: the 2 labels (then labels are not read, and a changed order \
                       of columns goes unnoticed)";
        for (source, file, expected) in [
            ("", "id,name\n1,a,\n2,b,\n", Some(longer)),
            ("skipLines: 1", "title\nid,name,\n1,a\n2,b\n", Some(shorter)),
            ("", "id,name\n1,a,\n2,b\n", None),
            ("", "id,name\n1,a,\n2,b,c\n", None),
            ("", "id,name\n1,a,\n", None),
            ("", "id,name,\n1,a,\n2,b,\n", None),
            ("", "id,name\n1,a\n2,b\n", None),
            ("", "", None),
        ] {
            assert_eq!(reported(source, file).as_deref(), expected, "{file}");
        }
        // The suggestion works: with it, header and records fit.
        let settled = plan("header: false, skipLines: 1, columns: [id, name, rest]");
        assert!(crate::header::check(&settled, &["id", "name", "rest"]).binding.is_some());
        let many = format!("id,name\n{}", "1,a,\n".repeat(150));
        assert!(reported("", &many).unwrap().contains("each of the first 100 records ends in a delimiter"));
    }
}
