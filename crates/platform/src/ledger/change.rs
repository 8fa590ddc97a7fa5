//! The conditional writes of a ledger, for ledgers without a database.

use sluice_contract::documents::Usage;

use super::{Conclusion, MailState, RunEntry, RunStage};

impl RunEntry {
    /// Gives the run to an execution, if the entry is still as the caller read it.
    pub(super) fn fence(&mut self, read: &Self, execution: &str, at: &str) -> Option<Self> {
        let as_read = self.execution == read.execution
            && self.conclusion == read.conclusion
            && self.mail.is_some() == read.mail.is_some();
        as_read.then(|| {
            *self = self.taken_by(execution, at);
            self.clone()
        })
    }

    /// Moves the run to a stage, unless it has ended.
    pub(super) fn advance(&mut self, stage: RunStage, at: &str, usage: &Usage) {
        if self.conclusion.is_none() {
            self.reach(stage, at);
            if *usage != Usage::default() {
                self.usage.insert(stage.as_str().to_owned(), *usage);
            }
        }
    }

    /// Ends the run, if this execution holds it. The first conclusion stays; returns whether it equals this one.
    pub(super) fn conclude(&mut self, holder: Option<&str>, conclusion: &Conclusion) -> bool {
        self.execution.as_deref() == holder && self.conclusion.get_or_insert_with(|| conclusion.clone()) == conclusion
    }

    /// Records the state of the mail, if this execution holds the run.
    pub(super) fn mailed(&mut self, holder: Option<&str>, mail: &MailState) {
        if self.execution.as_deref() == holder {
            self.mail = Some(mail.clone());
        }
    }

    /// Records the content of the source, and the earlier run with the same content.
    pub(super) fn set_content(&mut self, content: Option<&str>, same_as: Option<&sluice_contract::RunId>) {
        self.content = content.map(str::to_owned);
        self.same_content_as = same_as.cloned();
    }
}
