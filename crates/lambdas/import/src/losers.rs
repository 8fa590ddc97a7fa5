//! What the gate has decided about the records of a chunk.

use sluice_contract::steps::ChunkInput;
use sluice_contract::{Loser, Reason, keys, loser};
use sluice_engine::feed::FeedPlan;
use sluice_engine::{Problem, unique};
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::Objects;

/// The records of a chunk that the gate takes out, sorted. Memory holds 18 bytes for each reason.
pub struct Losers(Vec<[u8; Loser::BYTES]>);

/// What is to become of a record.
#[derive(Debug, PartialEq)]
pub enum Fate {
    /// It is written.
    Wins,
    /// Another record of the file has its key.
    Duplicate,
    /// It is rejected, for these reasons.
    Rejected(Vec<Problem>),
}

impl Losers {
    /// Reads what the gate has left for a chunk.
    ///
    /// # Errors
    /// Where it cannot be read; `Missing` where it is not there, `Corrupt` where it is not what the gate wrote.
    pub async fn read(objects: &dyn Objects, input: &ChunkInput) -> Result<Self, Fault> {
        let key = keys::losers(&input.run_id, input.chunk.chunk);
        let bytes = read_all(objects, &key, None).await?;
        match loser::unseal(&key, &bytes) {
            Ok(entries) => Ok(Self(entries.to_vec())),
            Err(found) => Err(Fault::Corrupt { what: format!("object {key}"), found }),
        }
    }

    /// Whether no record of the chunk is taken out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fate of a record with these texts.
    #[must_use]
    pub fn fate<T: AsRef<str>>(&self, plan: &FeedPlan, record: u64, texts: &[T]) -> Fate {
        let first = self.0.partition_point(|entry| Loser::from_bytes(entry).record < record);
        let entries = self.0[first..].iter().map(Loser::from_bytes).take_while(|loser| loser.record == record);
        let mut fate = Fate::Wins;
        for Loser { reason, other, .. } in entries {
            let problem = match reason {
                Reason::Duplicate => None,
                Reason::SharedKey => Some(unique::duplicate_key(plan, texts, other)),
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
