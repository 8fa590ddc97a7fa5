//! What goes wrong in a case, and where.

use std::fmt;

use sluice_pipeline::Site;
use sluice_platform::faulty::{At, Decision, Kind, Of, Rule};

use crate::delivery::Delivery;
use crate::scenario::Scenario;

/// How often an attempt has trouble whose retries are to be spent: more often than anything is tried.
pub const UNTIL_SPENT: u32 = u32::MAX;

/// That a step fails in its first attempts.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub site: Site,
    pub rule: Rule,
    /// In how many attempts of the step, from the first.
    pub attempts: u32,
    /// In how many executions of the run, from the first.
    pub executions: u32,
}

impl Trouble {
    pub fn new(site: Site, decision: Decision, kind: Kind, at: At, attempts: u32) -> Self {
        Self { site, rule: Rule { decision, of: Of::Kind(kind), at }, attempts, executions: 1 }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { decision, of, at } = self.rule;
        write!(f, "{} {decision:?} {of:?} {at:?}", self.site)?;
        match self.attempts {
            UNTIL_SPENT => f.write_str(" until spent")?,
            attempts => write!(f, " x{attempts}")?,
        }
        if self.executions > 1 { write!(f, " in {} executions", self.executions) } else { Ok(()) }
    }
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    pub scenario: &'a Scenario,
    pub troubles: Vec<Trouble>,
    pub delivery: Delivery,
}

impl Case<'_> {
    /// What goes wrong in an attempt of a step.
    pub fn rules(&self, site: Site, execution: u32, attempt: u32) -> Vec<Rule> {
        let here = self
            .troubles
            .iter()
            .filter(|trouble| trouble.site == site && attempt <= trouble.attempts && execution <= trouble.executions);
        here.map(|trouble| trouble.rule).collect()
    }
}

impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scenario.name)?;
        for trouble in &self.troubles {
            write!(f, " {trouble};")?;
        }
        write!(f, " {:?}", self.delivery)
    }
}
