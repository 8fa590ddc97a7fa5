//! Findings for programs: JSON lines, and CSV.

use serde::Serialize;
use sluice_engine::record::Rows;
use sluice_engine::reject::guard;
use sluice_engine::{Cause, Findings, Omitted};

use super::finding::Finding;
use super::summary::Summary;

/// A finding as a line of JSON. Keys without a value are left out.
#[derive(Serialize)]
struct FindingLine<'a> {
    kind: &'static str,
    level: &'static str,
    code: &'static str,
    file: &'a str,
    /// From 1; 0 is the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// From 1, on that line.
    #[serde(skip_serializing_if = "Option::is_none")]
    character: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    fix: &'a str,
}

/// The last line of JSON.
#[derive(Serialize)]
struct SummaryLine<'a> {
    kind: &'static str,
    file: &'a str,
    records: u64,
    importable: u64,
    duplicates: u64,
    rejected: u64,
    #[serde(skip_serializing_if = "Omitted::is_empty")]
    omitted: &'a Omitted,
    passes: bool,
    reasons: &'a [String],
    by_code: Vec<CodeLine<'a>>,
    #[serde(skip_serializing_if = "<[Cause]>::is_empty")]
    causes: &'a [Cause],
    warnings: &'a Findings,
    problems: u64,
    problems_listed: u64,
    notes: u64,
    notes_listed: u64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    references_not_checked: &'a [String],
}

#[derive(Serialize)]
struct CodeLine<'a> {
    code: &'a str,
    records: u64,
    problems: u64,
}

/// The columns of the CSV.
const COLUMNS: [&str; 12] =
    ["level", "code", "file", "record", "line", "character", "column", "field", "value", "message", "expected", "fix"];

fn line<'a>(file: &'a str, finding: &'a Finding) -> FindingLine<'a> {
    let problem = &finding.problem;
    let excerpt = finding.excerpt.as_ref();
    FindingLine {
        kind: "finding",
        level: finding.level.as_str(),
        code: problem.code.as_str(),
        file,
        record: finding.record,
        line: excerpt.map(|excerpt| excerpt.line),
        character: excerpt.filter(|_| finding.exact).map(|excerpt| excerpt.character),
        column: problem.column.as_deref(),
        field: problem.field.as_deref(),
        value: problem.value.as_deref(),
        message: &problem.message,
        expected: finding.expected.as_deref(),
        fix: &finding.fix,
    }
}

/// A finding as a line of JSON.
pub fn json(file: &str, finding: &Finding) -> serde_json::Result<String> {
    Ok(serde_json::to_string(&line(file, finding))? + "\n")
}

/// The summary as a line of JSON.
pub fn json_summary(summary: &Summary) -> serde_json::Result<String> {
    let line = SummaryLine {
        kind: "summary",
        file: &summary.file,
        records: summary.records,
        importable: summary.importable(),
        duplicates: summary.duplicates,
        rejected: summary.rejected,
        omitted: &summary.omitted,
        passes: summary.go,
        reasons: &summary.reasons,
        by_code: summary
            .codes
            .iter()
            .map(|(code, count)| CodeLine { code, records: count.records, problems: count.problems })
            .collect(),
        causes: &summary.causes,
        warnings: &summary.warnings,
        problems: summary.problems,
        problems_listed: summary.listed,
        notes: summary.notes,
        notes_listed: summary.notes_listed,
        references_not_checked: &summary.references,
    };
    Ok(serde_json::to_string(&line)? + "\n")
}

/// The header of the CSV.
pub fn csv_header() -> Vec<u8> {
    let mut rows = Rows::default();
    rows.row(COLUMNS);
    rows.as_bytes().to_vec()
}

/// A finding as a row of the CSV, protected against formulas in spreadsheets.
pub fn csv(file: &str, finding: &Finding) -> Vec<u8> {
    let line = line(file, finding);
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let [record, at, character] = [line.record, line.line, line.character.map(|at| at as u64)].map(number);
    let [column, field, value, expected] =
        [line.column, line.field, line.value, line.expected].map(Option::unwrap_or_default);
    let mut rows = Rows::default();
    let cells: [&str; COLUMNS.len()] =
        [line.level, line.code, file, &record, &at, &character, column, field, value, line.message, expected, line.fix];
    rows.row(cells.iter().map(|cell| guard(cell).into_owned()));
    rows.as_bytes().to_vec()
}
