//! Writes into the data bucket why a step failed on a chunk, for the report of the run.
//!
//! A state machine only sees that a chunk has no outcome, and the reason is in a log. So the steps that work on a chunk
//! run inside [`noted`], which writes the reason.

use std::time::Duration;

use sluice_contract::documents::{FailureDocument, Version};
use sluice_contract::{ChunkNo, Phase, RunId, keys};

use crate::clock::{self, rfc3339};
use crate::documents::put_json;
use crate::objects::Objects;
use crate::{Call, StepError, chain};

/// How long a failed step may try to write its reason. Its error must reach the state machine in any case.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest message that is kept, in bytes. Messages of services are much shorter.
const MESSAGE_BYTES: usize = 4_000;

/// The work that a step does: which step, on which chunk of which run.
#[derive(Clone, Debug)]
pub struct Place {
    /// The step.
    pub step: &'static str,
    /// The run.
    pub run_id: RunId,
    /// The attempt at the run, from 1.
    pub attempt: u32,
    /// The phase.
    pub phase: Phase,
    /// The chunk.
    pub chunk: ChunkNo,
}

/// Does a step's work on a chunk. If it fails, writes the reason into the data bucket.
///
/// # Errors
/// Those of the work, unchanged. If the reason cannot be written, that is only logged.
pub async fn noted<T, E: StepError>(
    objects: &dyn Objects,
    place: Place,
    call: &Call,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let done = work.await;
    if let Err(error) = &done {
        note(objects, place, call, error).await;
    }
    done
}

async fn note(objects: &dyn Objects, place: Place, call: &Call, error: &impl StepError) {
    let Place { step, run_id, attempt, phase, chunk } = place;
    let key = keys::failure(&run_id, attempt, phase, chunk);
    let mut message = chain(error);
    if message.len() > MESSAGE_BYTES {
        message.truncate(message.floor_char_boundary(MESSAGE_BYTES));
        message.push_str(" … (cut off here; the log of the function has all of it)");
    }
    let document = FailureDocument {
        version: Version,
        run_id,
        attempt,
        phase,
        chunk,
        step: step.to_owned(),
        error: error.name().to_string(),
        message,
        at: rfc3339(clock::system()),
        call: call.id().to_owned(),
    };
    match tokio::time::timeout(PATIENCE, put_json(objects, &key, &document)).await {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => tracing::warn!("why the chunk failed could not be written to {key}: {}", chain(&fault)),
        Err(_) => tracing::warn!("why the chunk failed could not be written to {key} in {} s", PATIENCE.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Fault;
    use crate::documents::find_json;
    use crate::faulty::{At, Decision, Faults, FaultyObjects, Kind, Of, Rule};
    use crate::objects::MemoryObjects;

    fn place() -> Place {
        let run_id = "products-0123456789abcdef01234567".parse().unwrap();
        Place { step: "import", run_id, attempt: 2, phase: Phase::Import, chunk: ChunkNo(7) }
    }

    fn denied() -> Fault {
        Fault::Misconfigured { what: "write to the table t".to_owned(), source: "AccessDeniedException: no".into() }
    }

    async fn found(objects: &dyn Objects) -> Option<FailureDocument> {
        let Place { run_id, attempt, phase, chunk, .. } = place();
        find_json(objects, &keys::failure(&run_id, attempt, phase, chunk)).await.unwrap()
    }

    #[tokio::test]
    async fn work_that_fails_leaves_why_and_work_that_does_not_leaves_nothing() {
        let objects = MemoryObjects::new();
        let call = Call::local();
        assert_eq!(noted(&objects, place(), &call, async { Ok::<_, Fault>(5) }).await.unwrap(), 5);
        assert_eq!(found(&objects).await, None);
        noted(&objects, place(), &call, async { Err::<(), _>(denied()) }).await.unwrap_err();
        let left = found(&objects).await.unwrap();
        assert_eq!(
            (left.step.as_str(), left.error.as_str(), left.call.as_str()),
            ("import", "Misconfigured", call.id())
        );
        assert!(left.message.ends_with(": AccessDeniedException: no"), "{}", left.message);
    }

    #[tokio::test(start_paused = true)]
    async fn the_error_stands_where_its_reason_cannot_be_written() {
        for decision in [Decision::Fail, Decision::LoseAnswer, Decision::StallBefore] {
            let faults = Faults::none();
            faults.arm(&[Rule { decision, of: Of::Kind(Kind::Change), at: At::Every(1) }]);
            let objects = FaultyObjects::new(Arc::new(MemoryObjects::new()), &faults);
            let error = noted(&objects, place(), &Call::local(), async { Err::<(), _>(denied()) }).await.unwrap_err();
            assert!(matches!(error, Fault::Misconfigured { .. }), "{decision:?}");
        }
    }
}
