//! One function for each step. It owns its environment, so a call can outlive its caller.

use std::sync::Arc;

use sluice_contract::ErrorName;
use sluice_contract::steps::{
    ChunkInput, CollectionInput, DatasetInput, GateInput, GateOutput, ImportOutput, JoinPlanned, JoinPublished,
    JoinStepDone, MergeOutput, PinInput, PinOutput, ReportInput, ReportOutput, RestructureOutput, RunInput, ScanOutput,
    SplitInput, SplitOutput, SummariseOutput, ValidateInput, ValidateOutput,
};
use sluice_intake::ObjectCreated;
use sluice_platform::Call;
use sluice_sweep::Tick;

use crate::{Answer, Failed, Steps};

/// Registers an upload and starts its run.
#[must_use]
pub fn intake(steps: Arc<Steps>, event: ObjectCreated, _: Call) -> Answer<sluice_intake::Answer> {
    Box::pin(async move { Ok(sluice_intake::run(&steps.intake, event).await?) })
}

/// Finds uploads without an event, and runs that stand still.
#[must_use]
pub fn sweep(steps: Arc<Steps>, tick: Tick, call: Call) -> Answer<sluice_sweep::Answer> {
    Box::pin(async move { Ok(sluice_sweep::run(&steps.sweep, tick, call.deadline()).await?) })
}

/// Moves the upload into the archive.
#[must_use]
pub fn pin(steps: Arc<Steps>, input: PinInput, _: Call) -> Answer<PinOutput> {
    Box::pin(async move { Ok(sluice_pin::run(&steps.pin, input).await?) })
}

/// Finds the chunks: the roles `plan` and `fold` of `split`.
#[must_use]
pub fn split(steps: Arc<Steps>, input: SplitInput, _: Call) -> Answer<SplitOutput> {
    Box::pin(async move {
        match sluice_split::run(&steps.split, input).await? {
            sluice_split::Answer::Split(output) => Ok(output),
            sluice_split::Answer::Scan(_) => Err(wrong_role("split", "scan")),
        }
    })
}

/// Scans a range: the role `scan` of `split`.
#[must_use]
pub fn scan(steps: Arc<Steps>, input: SplitInput, _: Call) -> Answer<ScanOutput> {
    Box::pin(async move {
        match sluice_split::run(&steps.split, input).await? {
            sluice_split::Answer::Scan(output) => Ok(output),
            sluice_split::Answer::Split(_) => Err(wrong_role("split", "plan or fold")),
        }
    })
}

fn wrong_role(step: &str, role: &str) -> Failed {
    Failed { error: ErrorName::InvalidInput.to_string(), cause: format!("{step} was not to be called as {role} here") }
}

/// Turns the records of a chunk into target records.
#[must_use]
pub fn restructure(steps: Arc<Steps>, input: ChunkInput, call: Call) -> Answer<RestructureOutput> {
    Box::pin(async move { Ok(sluice_restructure::run(&steps.restructure, input, &call).await?) })
}

/// Checks the target records of a chunk.
#[must_use]
pub fn validate(steps: Arc<Steps>, input: ValidateInput, call: Call) -> Answer<ValidateOutput> {
    Box::pin(async move { Ok(sluice_validate::run(&steps.validate, input, &call).await?) })
}

/// Decides whether the file as a whole is imported.
#[must_use]
pub fn gate(steps: Arc<Steps>, input: GateInput, _: Call) -> Answer<GateOutput> {
    Box::pin(async move { Ok(sluice_gate::run(&steps.gate, input).await?) })
}

/// Writes the winners of a chunk to the sink, until the call's deadline is near.
#[must_use]
pub fn import(steps: Arc<Steps>, input: ChunkInput, call: Call) -> Answer<ImportOutput> {
    Box::pin(async move { Ok(sluice_import::run(&steps.import, input, &call).await?) })
}

/// Writes the winners of a chunk to a collection: the role `import` of `import-mongodb`. Here the sinks of the world have collections,
/// too, so that the driver is not needed.
#[must_use]
pub fn import_into_collection(steps: Arc<Steps>, input: CollectionInput, call: Call) -> Answer<ImportOutput> {
    Box::pin(async move {
        match input {
            CollectionInput::Import(input) => Ok(sluice_import::run(&steps.import, input, &call).await?),
            CollectionInput::Check { .. } => Err(wrong_role("import-mongodb", "check")),
        }
    })
}

/// Adds up the outcomes, and writes the outputs.
#[must_use]
pub fn merge(steps: Arc<Steps>, input: RunInput, _: Call) -> Answer<MergeOutput> {
    Box::pin(async move { Ok(sluice_merge::run(&steps.merge, input).await?) })
}

/// Makes the summaries of a run, and delivers them.
#[must_use]
pub fn summarise(steps: Arc<Steps>, input: RunInput, _: Call) -> Answer<SummariseOutput> {
    Box::pin(async move { Ok(sluice_summarise::run(&steps.summarise, input).await?) })
}

/// Reports to people, programs and the ledger how the run ended.
#[must_use]
pub fn report(steps: Arc<Steps>, input: ReportInput, _: Call) -> Answer<ReportOutput> {
    Box::pin(async move { Ok(sluice_report::run(&steps.report, input).await?) })
}

/// Pins what is joined: the role `plan` of `dataset`.
#[must_use]
pub fn plan_join(steps: Arc<Steps>, input: DatasetInput, _: Call) -> Answer<JoinPlanned> {
    Box::pin(async move {
        match sluice_dataset::run(&steps.dataset, input).await? {
            sluice_dataset::Answer::Planned(output) => Ok(output),
            _ => Err(wrong_role("dataset", "another role than plan")),
        }
    })
}

/// Sorts, links or merges rows: roles of `dataset`.
#[must_use]
pub fn join_rows(steps: Arc<Steps>, input: DatasetInput, _: Call) -> Answer<JoinStepDone> {
    Box::pin(async move {
        match sluice_dataset::run(&steps.dataset, input).await? {
            sluice_dataset::Answer::Done(output) => Ok(output),
            _ => Err(wrong_role("dataset", "another role than sort, link or merge")),
        }
    })
}

/// Puts the joined file into the inboxes: the role `publish` of `dataset`.
#[must_use]
pub fn publish_join(steps: Arc<Steps>, input: DatasetInput, _: Call) -> Answer<JoinPublished> {
    Box::pin(async move {
        match sluice_dataset::run(&steps.dataset, input).await? {
            sluice_dataset::Answer::Published(output) => Ok(output),
            _ => Err(wrong_role("dataset", "another role than publish")),
        }
    })
}
