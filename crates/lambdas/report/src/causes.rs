//! Finds out why chunks of a run failed.
//!
//! There are two sources. A step that fails writes a [`FailureDocument`]. A step that is killed, or runs out of time or memory, writes
//! nothing; then the execution that called it has the name of the error. If both exist and differ, the execution counts, because the
//! document may be about a failure from which the step recovered. What cannot be read is left out: a failure is reported even if its
//! causes are unknown.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use serde::Deserialize;
use sluice_contract::documents::{FailureDocument, GateDocument, Manifest};
use sluice_contract::{Chunk, ErrorName, Phase, keys};
use sluice_engine::report::FailureCause;
use sluice_platform::documents::find_json;
use sluice_platform::executions::{Execution, FailedChild};
use sluice_platform::ledger::RunEntry;
use sluice_platform::{Fault, chain};

use crate::Deps;

/// Objects that are read at the same time: enough to hide the latency of each.
const IN_FLIGHT: usize = 32;

/// Failed chunks whose cause is looked up. Reading these takes a few seconds.
const LOOKED_AT: usize = 1_000;

/// Failed executions that are described: Step Functions takes a burst of 300 such requests.
const ASKED: usize = 100;

/// Causes that a report keeps. Those of the most chunks come first.
const CAUSES: usize = 50;

/// Chunks that each cause names.
const NAMED: usize = 3;

/// The error that Step Functions gives if something that it called failed, whatever the reason.
const OPAQUE: &str = "States.TaskFailed";

/// Why chunks failed.
#[derive(Debug, Default)]
pub(crate) struct Causes {
    /// The known causes; those of the most chunks come first.
    pub(crate) known: Vec<FailureCause>,
    /// Number of unfinished chunks.
    pub(crate) chunks: u64,
    /// Number of failed chunks without a known cause.
    pub(crate) unexplained: u64,
}

/// Finds out why chunks failed in the current attempt of a run.
pub(crate) async fn find(deps: &Deps, entry: &RunEntry, execution_arn: &str, execution: &Execution) -> Causes {
    match look(deps, entry, execution_arn, execution).await {
        Ok(causes) => causes,
        Err(fault) => {
            tracing::warn!(error = %fault.name(), "why chunks failed could not be found out: {}", chain(&fault));
            Causes::default()
        }
    }
}

async fn look(deps: &Deps, entry: &RunEntry, execution_arn: &str, execution: &Execution) -> Result<Causes, Fault> {
    let (objects, run) = (&*deps.objects, &entry.run_id);
    let Some(manifest) = find_json::<Manifest>(objects, &keys::manifest(run)).await? else {
        return Ok(Causes::default());
    };
    let phase = match find_json::<GateDocument>(objects, &keys::gate(run)).await? {
        None => Phase::Check,
        Some(gate) if gate.go => Phase::Import,
        Some(_) => return Ok(Causes::default()),
    };
    let lacking = stream::iter(&manifest.chunks).map(async |chunk| {
        let outcome = objects.head(&keys::outcome(run, phase, chunk.chunk)).await;
        outcome.map(|found| found.is_none().then_some(*chunk))
    });
    let mut failed = Vec::new();
    let mut lacking = lacking.buffered(IN_FLIGHT);
    while let Some(chunk) = lacking.next().await {
        failed.extend(chunk?);
    }
    drop(lacking);
    if failed.is_empty() {
        return Ok(Causes::default());
    }
    // With `Incomplete`, gate or merge names chunks that failed in a Map. Any other error of a file of one chunk came
    // straight from the step that failed on it.
    let mut by_execution = match &failed[..] {
        [_] if manifest.chunks.len() == 1 && is_stopped(execution) => BTreeMap::new(),
        [only] if manifest.chunks.len() == 1 && execution.error.as_deref() != Some(ErrorName::Incomplete.as_str()) => {
            BTreeMap::from([(only.chunk.0, Why::of_execution(execution))])
        }
        _ => of_executions(deps, execution_arn, phase).await,
    };
    let by_step = stream::iter(failed.iter().take(LOOKED_AT)).map(async |chunk| {
        let key = keys::failure(run, entry.attempt(), phase, chunk.chunk);
        // A document that cannot be read counts as missing.
        (chunk, find_json::<FailureDocument>(objects, &key).await.ok().flatten())
    });
    let by_step: Vec<_> = by_step.buffered(IN_FLIGHT).collect().await;
    let found = by_step.into_iter().filter_map(|(chunk, by_step)| {
        let why = why(by_step, by_execution.remove(&chunk.chunk.0), phase)?;
        Some((*chunk, why))
    });
    let causes = group(found, failed.len() as u64);
    Ok(if is_stopped(execution) { Causes { unexplained: 0, ..causes } } else { causes })
}

/// Whether a person stopped the execution. Then chunks without an outcome did not fail: nobody came to them.
fn is_stopped(execution: &Execution) -> bool {
    execution.status == "ABORTED"
}

/// The reasons that the failed executions of chunks give, by chunk number.
async fn of_executions(deps: &Deps, execution_arn: &str, phase: Phase) -> BTreeMap<u32, Why> {
    let children = match deps.executions.failed_children(execution_arn, ASKED).await {
        Ok(children) => children.some,
        Err(fault) => {
            tracing::warn!(error = %fault.name(), "the executions of chunks could not be asked: {}", chain(&fault));
            return BTreeMap::new();
        }
    };
    children.into_iter().filter_map(|child| said(child, phase)).collect()
}

/// Why a step failed on a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Why {
    step: String,
    error: String,
    message: String,
}

/// Chooses between the reason that the step has written and the one of its execution.
fn why(by_step: Option<FailureDocument>, by_execution: Option<Why>, phase: Phase) -> Option<Why> {
    let by_step = by_step.map(|FailureDocument { step, error, message, .. }| Why { step, error, message });
    match (by_step, by_execution) {
        (Some(step), Some(execution)) if execution.error == step.error || execution.error == OPAQUE => Some(step),
        (Some(step), None) => Some(step),
        (_, execution) => execution.map(|execution| Why { step: steps(phase).to_owned(), ..execution }),
    }
}

/// The steps of a phase: an execution does not say which of them failed.
fn steps(phase: Phase) -> &'static str {
    match phase {
        Phase::Check => "restructure or validate",
        Phase::Import => "import",
    }
}

/// The fields of a Map's item that are needed here.
#[derive(Deserialize)]
struct Item {
    phase: Phase,
    chunk: Chunk,
}

/// A service's answer about an execution or a function that failed.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Error", alias = "errorType")]
    error: Option<String>,
    #[serde(rename = "Cause", alias = "errorMessage")]
    cause: Option<String>,
    #[serde(rename = "Status")]
    status: Option<String>,
}

/// The reason that the execution of a chunk gives, if it is of this phase. The execution has called another one, and that one a
/// function: each answer is nested in the one before, as JSON.
fn said(child: FailedChild, phase: Phase) -> Option<(u32, Why)> {
    let item: Item = serde_json::from_str(&child.input).ok().filter(|item: &Item| item.phase == phase)?;
    Some((item.chunk.chunk.0, Why::new(child.error.unwrap_or(child.status), child.cause.unwrap_or_default())))
}

impl Why {
    /// The reason that the main execution gives, which called the step itself.
    fn of_execution(execution: &Execution) -> Self {
        let Execution { status, error, cause } = execution.clone();
        Self::new(error.unwrap_or(status), cause.unwrap_or_default())
    }

    /// An error and its message, which may be the answer of a function or of an execution, as JSON.
    fn new(mut error: String, mut message: String) -> Self {
        while let Ok(Answer { error: inner, cause, status }) = serde_json::from_str::<Answer>(&message) {
            if inner.is_none() && cause.is_none() && status.is_none() {
                break;
            }
            error = inner.or(status).unwrap_or(error);
            message = cause.unwrap_or_default();
        }
        if message.is_empty() {
            "it says no more".clone_into(&mut message);
        }
        Self { step: String::new(), error, message }
    }
}

/// The message of a failed function or execution, without the JSON around it.
pub(crate) fn plain(cause: &str) -> String {
    let inner = serde_json::from_str::<Answer>(cause).ok().and_then(|answer| answer.cause);
    inner.map_or_else(|| cause.to_owned(), |inner| plain(&inner))
}

/// Groups chunks that failed for the same reason.
fn group(found: impl Iterator<Item = (Chunk, Why)>, failed: u64) -> Causes {
    let mut groups: BTreeMap<(String, String, String), FailureCause> = BTreeMap::new();
    for (chunk, Why { step, error, message }) in found {
        let alike = (step.clone(), error.clone(), without_numbers(&message));
        let cause =
            groups.entry(alike).or_insert_with(|| FailureCause { step, error, message, chunks: 0, places: Vec::new() });
        cause.chunks += 1;
        if cause.places.len() < NAMED {
            let last = chunk.first_record + chunk.records.saturating_sub(1);
            cause.places.push(format!("chunk {}, records {} to {last}", chunk.chunk, chunk.first_record));
        }
    }
    let mut known: Vec<FailureCause> = groups.into_values().collect();
    known.sort_by_key(|cause| std::cmp::Reverse(cause.chunks));
    known.truncate(CAUSES);
    let explained: u64 = known.iter().map(|cause| cause.chunks).sum();
    Causes { known, chunks: failed, unexplained: failed.saturating_sub(explained) }
}

/// A message without numbers and ids, so that the messages of two chunks with the same reason are equal.
fn without_numbers(message: &str) -> String {
    let words = message.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.map(|word| if word.contains(|c: char| c.is_ascii_digit()) { "#" } else { word }).collect()
}

#[cfg(test)]
mod tests {
    use sluice_contract::ChunkNo;
    use sluice_contract::documents::Version;

    use super::*;

    fn chunk(number: u32) -> Chunk {
        let first_record = u64::from(number) * 10;
        Chunk { chunk: ChunkNo(number), start: 0, end: 9, first_record, first_line: 2, records: 10 }
    }

    fn of(error: &str, message: &str) -> Why {
        Why { step: "import".to_owned(), error: error.to_owned(), message: message.to_owned() }
    }

    fn document(error: &str) -> FailureDocument {
        FailureDocument {
            version: Version,
            run_id: "products-0123456789abcdef01234567".parse().unwrap(),
            attempt: 1,
            phase: Phase::Import,
            chunk: ChunkNo(1),
            step: "import".to_owned(),
            error: error.to_owned(),
            message: "by step".to_owned(),
            at: "2026-11-21T02:33:00Z".to_owned(),
            call: "c".to_owned(),
        }
    }

    #[test]
    fn chunks_that_failed_in_the_same_way_have_one_cause() {
        let found = (1..=60).map(|number| {
            let message = format!("record {number} (HTTP 400, request 4442587F-{number}): no");
            (chunk(number), of(if number % 6 == 0 { "Corrupt" } else { "Misconfigured" }, &message))
        });
        let causes = group(found, 70);
        let counts: Vec<_> = causes.known.iter().map(|cause| (cause.error.as_str(), cause.chunks)).collect();
        assert_eq!(counts, [("Misconfigured", 50), ("Corrupt", 10)]);
        assert_eq!((causes.chunks, causes.unexplained), (70, 10));
        let places = ["chunk 1, records 10 to 19", "chunk 2, records 20 to 29", "chunk 3, records 30 to 39"];
        assert_eq!(causes.known[0].places, places);
    }

    #[test]
    fn what_is_left_out_counts_as_unexplained() {
        let letters = |number: u32| "x".repeat(usize::try_from(number).unwrap());
        let causes = group((1..=80).map(|number| (chunk(number), of("Corrupt", &letters(number)))), 80);
        assert_eq!((causes.known.len(), causes.unexplained), (CAUSES, 80 - CAUSES as u64));
    }

    #[test]
    fn the_execution_decides_where_it_knows_better() {
        let execution = |error: &str| Some(of(error, "by execution"));
        for (by_step, by_execution, expected) in [
            (Some("Misconfigured"), execution("Misconfigured"), Some("by step")),
            (Some("Misconfigured"), execution(OPAQUE), Some("by step")),
            (Some("Misconfigured"), None, Some("by step")),
            // The step failed, was tried again, and then was killed.
            (Some("Transient"), execution("Runtime.ExitError"), Some("by execution")),
            (None, execution("Runtime.ExitError"), Some("by execution")),
            (None, None, None),
        ] {
            let found = why(by_step.map(document), by_execution, Phase::Import).map(|why| why.message);
            assert_eq!(found.as_deref(), expected);
        }
    }

    #[test]
    fn an_execution_is_read_down_to_the_function_that_it_called() {
        let input = serde_json::json!({ "run_id": "r", "phase": "import", "chunk": chunk(4) }).to_string();
        let lambda = r#"{"errorType": "Misconfigured", "errorMessage": "no permission"}"#;
        let nested = serde_json::json!({ "Error": "Misconfigured", "Cause": lambda, "Status": "FAILED" }).to_string();
        let killed = r#"{"Error": "Runtime.ExitError", "Cause": "signal: killed", "Status": "FAILED"}"#;
        for (cause, error, expected) in [
            (Some(nested.as_str()), OPAQUE, ("Misconfigured", "no permission")),
            (Some(killed), OPAQUE, ("Runtime.ExitError", "signal: killed")),
            (Some(r#"{"Status": "TIMED_OUT"}"#), OPAQUE, ("TIMED_OUT", "it says no more")),
            (
                Some("Nested execution x ended with status FAILED"),
                OPAQUE,
                (OPAQUE, "Nested execution x ended with status FAILED"),
            ),
            (None, "States.Timeout", ("States.Timeout", "it says no more")),
        ] {
            let child = FailedChild {
                input: input.clone(),
                status: "FAILED".to_owned(),
                error: Some(error.to_owned()),
                cause: cause.map(str::to_owned),
            };
            assert_eq!(said(child.clone(), Phase::Check), None);
            let (number, why) = said(child, Phase::Import).unwrap();
            assert_eq!((number, why.error.as_str(), why.message.as_str()), (4, expected.0, expected.1));
        }
        assert_eq!(plain(&nested), "no permission");
        assert_eq!(plain("x"), "x");
    }
}
