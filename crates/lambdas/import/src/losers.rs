//! The gate's decision about the records of a chunk.

use sluice_contract::steps::ChunkInput;
use sluice_contract::{Loser, Reason, keys, loser};
use sluice_engine::feed::FeedPlan;
use sluice_engine::{Problem, unique};
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::Objects;

/// The losers of a chunk, sorted by record; 18 bytes of memory for each reason.
pub struct Losers(Vec<[u8; Loser::BYTES]>);

/// What import does with a record.
#[derive(Debug, PartialEq)]
pub enum Fate {
    /// It writes the record.
    Wins,
    /// It deletes the item of the record's key.
    Deletes,
    /// It leaves the record out, because another one of the file has its key and wins.
    Duplicate,
    /// It rejects the record, for these reasons.
    Rejected(Vec<Problem>),
    /// It rejects the record, because what it adds to a summary cannot be said.
    Unsummarised(Problem),
}

impl Fate {
    /// Whether the record goes to the sink.
    #[inline]
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Self::Wins | Self::Deletes)
    }
}

impl Losers {
    /// Reads the losers of a chunk that the gate wrote.
    ///
    /// # Errors
    /// `Missing` if there is no object, `Corrupt` if it is not as the gate wrote it, and other faults of the bucket.
    pub async fn read(objects: &dyn Objects, input: &ChunkInput) -> Result<Self, Fault> {
        let key = keys::losers(&input.run_id, input.chunk.chunk);
        let bytes = read_all(objects, &key, None).await?;
        match loser::unseal(&key, &bytes) {
            Ok(entries) => Ok(Self(entries.to_vec())),
            Err(found) => Err(Fault::Corrupt { what: format!("object {key}"), found }),
        }
    }

    /// Whether the chunk has no losers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a record is a loser.
    pub(crate) fn has(&self, record: u64) -> bool {
        self.0.binary_search_by_key(&record, |entry| Loser::from_bytes(entry).record).is_ok()
    }

    /// The fate of a record. `texts` are the values of its fields.
    #[must_use]
    pub fn fate<T: AsRef<str>>(&self, plan: &FeedPlan, record: u64, texts: &[T]) -> Fate {
        let first = self.0.partition_point(|entry| Loser::from_bytes(entry).record < record);
        let entries = self.0[first..].iter().map(Loser::from_bytes).take_while(|loser| loser.record == record);
        let mut fate = Fate::Wins;
        for Loser { reason, other, .. } in entries {
            let problem = match reason {
                Reason::Duplicate => None,
                Reason::SharedKey => Some(unique::duplicate_key(plan, texts, other)),
                Reason::Missing(reference) => plan.own_references.get(usize::from(reference)).map(|reference| {
                    let text = |field: usize| texts.get(field).map_or("", AsRef::as_ref);
                    reference.own_problem(&plan.fields, &plan.masks, text)
                }),
                Reason::Unique(set) => plan.unique.get(usize::from(set)).map(|set| set.problem(plan, texts, other)),
            };
            fate = match (fate, problem) {
                (Fate::Rejected(mut problems), problem) => {
                    problems.extend(problem);
                    Fate::Rejected(problems)
                }
                (_, Some(problem)) => Fate::Rejected(vec![problem]),
                (_, None) => Fate::Duplicate,
            };
        }
        fate
    }
}
