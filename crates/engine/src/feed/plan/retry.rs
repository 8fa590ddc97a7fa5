//! `retry`: checks how often retryable rejects are retried.

use super::PlanBuilder;
use crate::spec::FeedSpec;

/// The default number of attempts: they span a day and a half, with waits of 1, 2, 4, 8 and 16 hours.
const ATTEMPTS: u32 = 5;
/// The maximum number of attempts: they span a month, because waits are capped at a day. The index of rejects
/// keeps entries for longer.
const MAX_ATTEMPTS: u32 = 30;
/// The wait before the first attempt, in seconds.
const FIRST_WAIT: i64 = 60 * 60;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 24 * 60 * 60;

/// How often retryable rejects are retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPlan {
    /// The maximum number of attempts.
    pub attempts: u32,
}

impl RetryPlan {
    /// How many seconds a reject waits after this many attempts: an hour, doubled with each attempt, at most
    /// a day.
    #[must_use]
    pub fn wait(attempts: u32) -> i64 {
        let doubled = 2_i64.checked_pow(attempts).and_then(|times| FIRST_WAIT.checked_mul(times));
        doubled.map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT))
    }
}

impl PlanBuilder<'_> {
    pub(super) fn retry(&mut self, spec: &FeedSpec) -> RetryPlan {
        let attempts = spec.retry.attempts.unwrap_or(ATTEMPTS);
        if attempts > MAX_ATTEMPTS {
            self.problem("retry.attempts", format!("is {attempts}; {MAX_ATTEMPTS} at most, which take a month"));
        }
        RetryPlan { attempts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedPlan;

    #[test]
    fn waits_double_from_an_hour_to_a_day() {
        let hours: Vec<i64> = (0..7).map(|attempts| RetryPlan::wait(attempts) / 3600).collect();
        assert_eq!(hours, [1, 2, 4, 8, 16, 24, 24]);
        assert_eq!(RetryPlan::wait(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn table_of_feeds() {
        for (retry, expected) in [
            ("", Ok(5)),
            ("retry: {attempts: 0}", Ok(0)),
            ("retry: {attempts: 30}", Ok(30)),
            ("retry: {attempts: 31}", Err("retry.attempts: is 31; 30 at most, which take a month")),
        ] {
            let yaml = format!(
                "version: 1\nname: p\nschema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\n\
                                import: {{table: p, key: [id]}}\n{retry}\n"
            );
            let found = FeedPlan::from_yaml(&yaml).map(|plan| plan.retry.attempts);
            let found = found.map_err(|problems| problems[0].to_string().split(" (").next().unwrap().to_owned());
            assert_eq!(found, expected.map_err(str::to_owned), "{retry}");
        }
    }
}
