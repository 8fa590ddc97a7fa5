//! The state machine `join`, state by state.

use std::cell::RefCell;

use sluice_contract::documents::{Generation, JoinEnd};
use sluice_contract::steps::{DatasetInput, JoinPublished};

use crate::{Caller, Failed, Site, tasks};

/// One execution of the state machine `join`.
pub struct Join<'a, C> {
    /// Calls the steps.
    pub caller: &'a C,
    /// What is joined.
    pub of: &'a Generation,
}

/// How an execution ended.
pub type Joined = JoinPublished;

impl<C: Caller> Join<'_, C> {
    /// Runs the execution to its end.
    ///
    /// # Errors
    /// If a step fails. The items of its Maps leave no trace of a failure, so a failed item fails the execution.
    pub async fn run(&self) -> Result<Joined, Failed> {
        let plan = DatasetInput::Plan(self.of.clone());
        let planned = self.caller.call(Site::of("Plan"), plan, tasks::plan_join).await?;
        if planned.superseded {
            return Ok(Joined { ended: JoinEnd::Superseded, offered: Vec::new() });
        }
        self.map("Sort members", "Sort", planned.sorts).await?;
        for level in planned.levels {
            self.map("Link level", "Link", level.links).await?;
        }
        self.map("Merge partitions", "Merge rows", planned.merges).await?;
        let publish = DatasetInput::Publish(self.of.clone());
        self.caller.call(Site::of("Publish"), publish, tasks::publish_join).await
    }

    /// Works on the items of an inline Map. The first item that fails ends the execution.
    async fn map(&self, map: &'static str, state: &'static str, items: Vec<DatasetInput>) -> Result<(), Failed> {
        let failed = RefCell::new(None);
        let call = |(number, input): (u32, DatasetInput)| {
            let failed = &failed;
            let item = async move {
                let done = self.caller.call(Site::item(state, number), input, tasks::join_rows).await;
                done.map(drop).inspect_err(|error: &Failed| {
                    failed.borrow_mut().get_or_insert_with(|| error.clone());
                })
            };
            (number, item)
        };
        self.caller.map(map, (1..).zip(items).map(call).collect()).await;
        failed.into_inner().map_or(Ok(()), Err)
    }
}
