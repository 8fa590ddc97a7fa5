//! `resume`: checks how often a run is resumed automatically.

use super::PlanBuilder;
use crate::spec::FeedSpec;

/// How often a run is resumed automatically after its execution died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumePlan {
    /// Maximum number of attempts, after which a person must look at the run.
    pub attempts: u32,
}

impl PlanBuilder<'_> {
    pub(super) fn resume(&mut self, spec: &FeedSpec) -> ResumePlan {
        let attempts = spec.resume.attempts;
        if !(1..=10).contains(&attempts) {
            self.problem("resume.attempts", format!("is {attempts}; expected 1 to 10"));
        }
        ResumePlan { attempts }
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::FeedPlan;

    #[test]
    fn table_of_feeds() {
        for (resume, expected) in [
            ("", Ok(1)),
            ("resume: {}", Ok(1)),
            ("resume: {attempts: 10}", Ok(10)),
            ("resume: {attempts: 0}", Err("resume.attempts: is 0; expected 1 to 10")),
            ("resume: {attempts: 11}", Err("resume.attempts: is 11; expected 1 to 10")),
        ] {
            let yaml = format!(
                "version: 1\nname: p\nschema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\n\
                                import: {{table: p, key: [id]}}\n{resume}\n"
            );
            let found = FeedPlan::from_yaml(&yaml).map(|plan| plan.resume.attempts);
            let found = found.map_err(|problems| problems[0].to_string().split(" (").next().unwrap().to_owned());
            assert_eq!(found, expected.map_err(str::to_owned), "{resume}");
        }
    }
}
