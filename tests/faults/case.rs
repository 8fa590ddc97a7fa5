//! A case: a scenario, and the faults in it.

use std::fmt;

use sluice_pipeline::Site;
use sluice_platform::faulty::{At, Decision, Kind, Of, Rule};

use crate::delivery::Delivery;
use crate::scenario::Scenario;

/// The number of failing attempts that uses up all retries of a step: more than any step is tried.
pub const UNTIL_SPENT: u32 = u32::MAX;

/// A fault in the first attempts of a step.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub site: Site,
    pub rule: Rule,
    /// The first attempts of the step that have the fault.
    pub attempts: u32,
    /// The first executions of the run that have the fault.
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

/// A scenario with faults and a way of delivery.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    pub scenario: &'a Scenario,
    pub troubles: Vec<Trouble>,
    pub delivery: Delivery,
}

impl Case<'_> {
    /// The faults in an attempt of a step.
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
