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
/// is empty and the last one. `labels` are the cells of the header, and `data` is the start of the file's text behind it, without a footer;
/// `whole` says that it is all of it.
#[must_use]
pub fn uneven(plan: &FeedPlan, labels: &[Vec<u8>], data: &[u8], whole: bool) -> Option<Problem> {
    if plan.source.columns.is_some() || plan.source.ignores_trailing {
        return None;
    }
    let mut reader = Reader::new(plan.dialect, Position { offset: 1, ..Position::START_OF_DATA });
    reader.push(data);
    if whole {
        reader.end();
    }
    let blank_label = labels.last()?.is_empty();
    let labels = labels.len();
    // For each record: the number of cells, and whether the last is empty.
    let mut records = Vec::new();
    while records.len() < RECORDS {
        let Some(record) = reader.next_record().ok()? else { break };
        let last = record.get(record.len() - 1);
        records.push((record.len(), last.is_some_and(<[u8]>::is_empty)));
    }
    let is_longer = records.iter().all(|(cells, blank)| *cells == labels + 1 && *blank);
    let is_shorter = blank_label && records.iter().all(|(cells, _)| cells + 1 == labels);
    if records.len() < FEWEST {
        return None;
    }
    let which = |all: &str| {
        if records.len() == RECORDS { format!("each of the first {RECORDS} records") } else { format!("{all} record") }
    };
    let instead = "Ask the producer to drop that delimiter, or set source.trailingDelimiter: ignore";
    let (code, message) = match (is_longer, is_shorter) {
        (true, _) => {
            let (each, cells) = (which("every"), labels + 1);
            let found =
                format!("{each} ends in a delimiter, and the header does not: {cells} cells for {labels} labels");
            (Code::ExtraCell, format!("{found}, so each is rejected. {instead}"))
        }
        (_, true) => {
            let (each, cells) = (which("every"), labels - 1);
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
        let reported = |source: &str, file: &str| {
            let plan = plan(source);
            let mut reader = Reader::new(plan.dialect, Position::START).skip_lines(plan.source.skip_lines);
            reader.push(file.as_bytes());
            let header = reader.next_record().unwrap()?;
            let labels: Vec<_> = header.iter().map(<[u8]>::to_vec).collect();
            let data = usize::try_from(reader.position().offset).unwrap();
            uneven(&plan, &labels, &file.as_bytes()[data..], true).map(|found| found.to_string())
        };
        let longer = "[extra-cell] every record ends in a delimiter, and the header does not: 3 cells for 2 labels, so each \
                      is rejected. Ask the producer to drop that delimiter, or set source.trailingDelimiter: ignore";
        let shorter = "[missing-cell] the header ends in a delimiter, and every record does not: 2 cells for 3 labels, so \
                       each is rejected. Ask the producer to drop that delimiter, or set source.trailingDelimiter: ignore";
        for (source, file, expected) in [
            ("", "id,name\n1,a,\n2,b,\n", Some(longer)),
            ("skipLines: 1", "title\nid,name,\n1,a\n2,b\n", Some(shorter)),
            ("trailingDelimiter: ignore", "id,name\n1,a,\n2,b,\n", None),
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
        let settled = plan("trailingDelimiter: ignore");
        assert_eq!(crate::header::check(&settled, &["id", "name", ""]).binding.unwrap().labels, ["id", "name"]);
        let many = format!("id,name\n{}", "1,a,\n".repeat(150));
        assert!(reported("", &many).unwrap().contains("each of the first 100 records ends in a delimiter"));
    }
}
