//! Credits records to touches: goes through the visits of each visitor in the order of time.

use super::Group;
use super::measure::{Measure, add_all};
use super::ordered::split_text;
use super::plan::{ColumnOf, CreditPlan, SummaryPlan};
use super::visit::{Role, Visit};
use crate::decimal::Decimal;
use crate::spec::CreditModel;

/// What no touch gets the credit for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unattributed {
    /// The number of records.
    pub records: u64,
    /// Their numbers; empty if there are no records.
    pub numbers: Vec<Measure>,
}

impl Unattributed {
    /// Adds records.
    pub fn add(&mut self, records: u64, numbers: &[Measure]) {
        if self.records == 0 {
            self.numbers = numbers.to_vec();
        } else {
            add_all(&mut self.numbers, numbers);
        }
        self.records += records;
    }
}

/// Goes through all visits of a file, or of some of its visitors, in their order.
#[derive(Debug)]
pub struct Credit<'p> {
    plan: &'p SummaryPlan,
    by: &'p CreditPlan,
    visitor: Option<u128>,
    /// The texts of the touch that gets the credit.
    touch: Option<Box<[u8]>>,
    /// The time of the visitor's last record.
    last: Option<Decimal>,
    /// What no touch gets the credit for, so far.
    pub unattributed: Unattributed,
}

impl<'p> Credit<'p> {
    /// For the visits of a summary; `None` if it has no credit.
    #[must_use]
    pub fn new(plan: &'p SummaryPlan) -> Option<Self> {
        let by = plan.credit.as_ref()?;
        let unattributed = Unattributed::default();
        Some(Self { plan, by, visitor: None, touch: None, last: None, unattributed })
    }

    /// Takes the next visit. Returns the group of a record that is credited to a touch.
    ///
    /// # Errors
    /// If the bytes of the visit are not those of one.
    pub fn take(&mut self, visit: &Visit) -> Result<Option<Group>, &'static str> {
        let role = visit.role().ok_or("an entry is no visit")?;
        if self.visitor != Some(visit.visitor) {
            (self.visitor, self.touch, self.last) = (Some(visit.visitor), None, None);
        }
        if let Some(gap) = &self.by.gap {
            let time = visit.time().ok_or("an entry is no visit")?;
            if self.last.as_ref().is_some_and(|last| &(&time - last) > gap) {
                self.touch = None;
            }
            self.last = Some(time);
        }
        match role {
            Role::Hit => Ok(None),
            Role::Touch(texts) => {
                if self.by.model == CreditModel::Last || self.touch.is_none() {
                    self.touch = Some(texts);
                }
                Ok(None)
            }
            Role::Counts(texts, numbers) => match &self.touch {
                Some(touch) => {
                    let key = woven(self.plan, touch, &texts).ok_or("an entry has fewer texts than the summary")?;
                    Ok(Some(Group { key, numbers }))
                }
                None => {
                    self.unattributed.add(1, &numbers);
                    Ok(None)
                }
            },
        }
    }
}

/// The texts of all groups in the order of their columns, from those of the touch and those of the record.
fn woven<'t>(plan: &SummaryPlan, mut touch: &'t [u8], mut record: &'t [u8]) -> Option<Box<[u8]>> {
    let mut key = Vec::with_capacity(touch.len() + record.len());
    for column in &plan.columns {
        let ColumnOf::Group { of_touch, .. } = &column.of else { continue };
        let from = if *of_touch { &mut touch } else { &mut record };
        let (text, rest) = split_text(from)?;
        key.extend_from_slice(text);
        *from = rest;
    }
    Some(key.into())
}
