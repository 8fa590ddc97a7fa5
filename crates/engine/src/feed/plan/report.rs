//! `report`: checks who receives the report.

use super::PlanBuilder;
use crate::Verdict;
use crate::spec::{FeedSpec, RecipientsSpec};

/// The subject of a mail if the feed has none.
pub const DEFAULT_SUBJECT: &str = "{result}: {feed}: {file}";

/// Who receives the report.
#[derive(Clone, Debug)]
pub struct ReportPlan {
    /// Addresses that receive every report, in addition to the stack's operators.
    pub recipients: Vec<String>,
    /// Addresses that receive the reports of certain verdicts only.
    pub on: RecipientsSpec,
    /// The subject with its placeholders.
    pub subject: String,
}

impl ReportPlan {
    /// The recipients for a verdict and a number of rejects. Each address appears once: those of every report
    /// first, then the others, in the order of the feed.
    #[must_use]
    pub fn recipients_of(&self, verdict: Verdict, rejected: u64) -> Vec<String> {
        let some = match verdict {
            Verdict::Imported => &self.on.imported,
            Verdict::Passed => &self.on.passed,
            Verdict::Rejected => &self.on.rejected,
            Verdict::Skipped => &self.on.skipped,
            Verdict::Refused => &self.on.refused,
            Verdict::Inconsistent => &self.on.inconsistent,
            Verdict::Failed => &self.on.failed,
        };
        let rejects = if verdict == Verdict::Imported && rejected > 0 { &self.on.rejects[..] } else { &[] };
        once(self.recipients.iter().chain(some).chain(rejects))
    }
}

/// Removes duplicate addresses and keeps their order; case is ignored.
#[must_use]
pub fn once<'a>(addresses: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for address in addresses {
        if !all.iter().any(|other| other.eq_ignore_ascii_case(address)) {
            all.push(address.clone());
        }
    }
    all
}

impl PlanBuilder<'_> {
    pub(super) fn report(&mut self, spec: &FeedSpec) -> ReportPlan {
        let RecipientsSpec { imported, rejects, passed, skipped, rejected, refused, inconsistent, failed } =
            &spec.report.on;
        for (path, addresses) in [
            ("report.recipients", &spec.report.recipients),
            ("report.on.imported", imported),
            ("report.on.rejects", rejects),
            ("report.on.passed", passed),
            ("report.on.skipped", skipped),
            ("report.on.rejected", rejected),
            ("report.on.refused", refused),
            ("report.on.inconsistent", inconsistent),
            ("report.on.failed", failed),
        ] {
            for (at, address) in addresses.iter().enumerate() {
                let parts = address.split_once('@');
                let valid = parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
                if !valid || address.contains(char::is_whitespace) {
                    self.problem(format!("{path}[{at}]"), format!("{address:?} is not a mail address"));
                }
            }
        }
        let subject = spec.report.subject.clone().unwrap_or_else(|| DEFAULT_SUBJECT.to_owned());
        ReportPlan { recipients: spec.report.recipients.clone(), on: spec.report.on.clone(), subject }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedPlan;

    const FEED: &str = "
version: 1
name: p
schema: {fields: [{name: id, constraints: {required: true}}]}
import: {table: p, key: [id]}
";

    #[test]
    fn each_recipient_gets_the_report_once() {
        let on = "{imported: [C@x.de, a@x.de], rejects: [d@x.de, c@x.de], failed: [e@x.de], passed: [f@x.de], skipped: [g@x.de]}";
        let yaml = format!("{FEED}report: {{recipients: [b@x.de, a@x.de, B@x.de], on: {on}}}\n");
        let plan = FeedPlan::from_yaml(&yaml).unwrap().report;
        for (verdict, rejected, expected) in [
            (Verdict::Imported, 0, "b@x.de a@x.de C@x.de"),
            (Verdict::Imported, 1, "b@x.de a@x.de C@x.de d@x.de"),
            (Verdict::Passed, 1, "b@x.de a@x.de f@x.de"),
            (Verdict::Skipped, 0, "b@x.de a@x.de g@x.de"),
            (Verdict::Rejected, 1, "b@x.de a@x.de"),
            (Verdict::Refused, 0, "b@x.de a@x.de"),
            (Verdict::Inconsistent, 1, "b@x.de a@x.de"),
            (Verdict::Failed, 1, "b@x.de a@x.de e@x.de"),
        ] {
            assert_eq!(plan.recipients_of(verdict, rejected).join(" "), expected, "{verdict} {rejected}");
        }
    }

    #[test]
    fn an_invalid_address_is_reported_with_its_place() {
        let on = "{rejects: [a@x.de, nobody], failed: ['a b@x.de']}";
        let yaml = format!("{FEED}report: {{recipients: [nobody], on: {on}}}\n");
        let problems = FeedPlan::from_yaml(&yaml).err().unwrap();
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["report.recipients[0]", "report.on.rejects[1]", "report.on.failed[0]"]);
    }
}
