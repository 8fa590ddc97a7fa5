//! Compares the numbers of a file with the limits of its feed, and finds records that stop the file.

use sluice_contract::documents::GateDocument;
use sluice_engine::decimal::Decimal;
use sluice_engine::feed::Limits;
use sluice_engine::{Code, Finding, Findings, Problem, Stage};

/// A reason for each code under which a rule was broken that stops the file.
pub(crate) fn aborted(findings: &Findings) -> Vec<Problem> {
    findings.iter().map(|(code, finding)| Problem::new(Stage::Gate, code, stopped_by(finding))).collect()
}

/// Names the first records that stop the file, and the problem of the very first.
fn stopped_by(finding: &Finding) -> String {
    let first = finding.samples.first().map(ToString::to_string).unwrap_or_default();
    if finding.records == 1 {
        return format!("one record breaks a rule that stops the file: {first}");
    }
    let numbers: Vec<String> = finding.samples.iter().map(|sample| sample.record.to_string()).collect();
    let more = finding.records.saturating_sub(numbers.len() as u64);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let (records, numbers) = (finding.records, numbers.join(", "));
    format!("{records} records break a rule that stops the file, records {numbers}{more}; {first}")
}

/// A reason for each limit of the feed that the file breaks. Omitted records do not count.
pub(crate) fn beyond(limits: &Limits, gate: &GateDocument) -> Vec<Problem> {
    let mut reasons = Vec::new();
    let rejected = gate.rejected_in_all();
    let mut too_many = |message| reasons.push(Problem::new(Stage::Gate, Code::TooManyRejects, message));
    if let Some(limit) = limits.max_rejects.filter(|limit| rejected > *limit) {
        too_many(format!("{rejected} records were rejected; the feed allows {limit}"));
    }
    let records = gate.records();
    // rejected / records > percent / 100, without a division.
    let beyond =
        |percent: &&Decimal| &Decimal::from(rejected) * &Decimal::from(100) > *percent * &Decimal::from(records);
    if let Some(percent) = limits.max_reject_percent.as_ref().filter(beyond) {
        too_many(format!("{rejected} of {records} records were rejected; the feed allows {percent} %"));
    }
    if let Some(minimum) = limits.min_records.filter(|minimum| records < *minimum) {
        let but = match gate.omitted.records() {
            0 => String::new(),
            1 => ", not counting 1 omitted record".to_owned(),
            omitted => format!(", not counting {omitted} omitted records"),
        };
        let message = format!("the file has {records} records{but}; the feed asks for at least {minimum}");
        reasons.push(Problem::new(Stage::Gate, Code::TooFewRecords, message));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_records_that_stop_a_file_are_named_with_the_total() {
        for (records, expected) in [
            (1, "[range] one record breaks a rule that stops the file: record 1, line 2: price: 0 is too little"),
            (
                3,
                "[range] 3 records break a rule that stops the file, records 1, 2, 3; \
                 record 1, line 2: price: 0 is too little",
            ),
            (
                12,
                "[range] 12 records break a rule that stops the file, records 1, 2, 3, 4, 5 and 7 more; \
                 record 1, line 2: price: 0 is too little",
            ),
        ] {
            let mut findings = Findings::default();
            for record in 1..=records {
                let problem = Problem::new(Stage::Validate, Code::Range, "0 is too little").field("price");
                findings.add(record, record + 1, [problem].iter());
            }
            let reasons: Vec<_> = aborted(&findings).iter().map(ToString::to_string).collect();
            assert_eq!(reasons, [expected]);
        }
        assert!(aborted(&Findings::default()).is_empty());
    }
}
