//! Findings, and what to do about them.

use crate::advice;
use crate::print::printable;
use crate::screen::say;

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// All is well.
    Good(String),
    /// There is a problem.
    Bad {
        /// What is wrong.
        what: String,
        /// What to do.
        todo: String,
    },
}

impl Finding {
    /// All is well.
    pub fn good(what: impl Into<String>) -> Self {
        Self::Good(what.into())
    }

    /// There is a problem, and this is how to solve it.
    pub fn bad(what: impl Into<String>, todo: impl Into<String>) -> Self {
        Self::Bad { what: what.into(), todo: todo.into() }
    }

    /// The check itself failed.
    pub fn unknown(error: &anyhow::Error) -> Self {
        Self::bad(format!("{error:#}"), advice(error).unwrap_or("Remove the cause, and run this again."))
    }
}

/// Prints findings, and counts the bad ones.
#[derive(Debug, Default)]
pub struct Findings {
    bad: u64,
}

impl Findings {
    /// The number of problems.
    pub fn bad(&self) -> u64 {
        self.bad
    }

    /// Prints the findings about something. `None` if the check itself failed.
    pub fn add(&mut self, about: &str, found: anyhow::Result<Vec<Finding>>) -> Option<()> {
        let (findings, known) = match found {
            Ok(findings) => (findings, Some(())),
            Err(error) => (vec![Finding::unknown(&error)], None),
        };
        for finding in &findings {
            say(&printable_lines(&shown(about, finding)));
            self.bad += u64::from(matches!(finding, Finding::Bad { .. }));
        }
        known
    }
}

/// A finding in one line, or in two.
fn shown(about: &str, finding: &Finding) -> [String; 2] {
    match finding {
        Finding::Good(what) => [format!("ok       {about}: {what}"), String::new()],
        Finding::Bad { what, todo } => [format!("PROBLEM  {about}: {what}"), format!("         what to do: {todo}")],
    }
}

fn printable_lines([first, second]: &[String; 2]) -> String {
    let first = printable(first);
    if second.is_empty() { first } else { format!("{first}\n{}", printable(second)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_comes_with_what_to_do() {
        let good = printable_lines(&shown("region", &Finding::good("eu-west-3")));
        assert_eq!(good, "ok       region: eu-west-3");
        let bad = printable_lines(&shown("feeds", &Finding::bad("there is no feed", "Push one.")));
        assert_eq!(bad, "PROBLEM  feeds: there is no feed\n         what to do: Push one.");
    }

    #[test]
    fn a_check_that_fails_is_a_problem() {
        let mut findings = Findings::default();
        assert_eq!(findings.add("a", Ok(vec![Finding::good("x"), Finding::bad("y", "z")])), Some(()));
        assert_eq!(findings.add("b", Err(anyhow::anyhow!("no answer"))), None);
        assert_eq!(findings.bad(), 2);
    }
}
