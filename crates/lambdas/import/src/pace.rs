//! Writes to the sink, as many at once as it takes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_platform::Fault;
use sluice_platform::sink::{Item, Sink, Stamp, Target, Written};

use crate::aimd::Aimd;

/// How often a throttled write is tried in all. The pauses between are at most 0.05 + 0.1 + … + 3.2 + 5 + 5 = 16 s: less than
/// an importer keeps before its deadline. Whoever is throttled for longer is not helped by patience: the invocation
/// fails, and the state machine waits.
const ATTEMPTS: u32 = 10;
/// The longest first pause.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Records that wait for their turn behind one that takes long, for each write that may be in flight.
const WAITING: usize = 4;

/// Begins writes, and takes notice of how they end.
pub(crate) struct Pace {
    state: Mutex<State>,
    most: usize,
}

struct State {
    aimd: Aimd,
    in_flight: usize,
}

/// A write that has its place. Dropped, it gives it back.
pub(crate) struct Writing<'a>(&'a Pace);

impl Pace {
    /// At most so many writes at once.
    pub(crate) fn new(most: usize) -> Self {
        Self { state: Mutex::new(State { aimd: Aimd::new(most), in_flight: 0 }), most: most.max(1) }
    }

    /// Whether another record may be begun beside so many that are not done with.
    pub(crate) fn has_room(&self, undone: usize) -> bool {
        let state = self.lock();
        state.in_flight < state.aimd.window() && undone < self.most.saturating_mul(WAITING)
    }

    /// Takes a place for a write.
    pub(crate) fn begin(&self) -> Writing<'_> {
        self.lock().in_flight += 1;
        Writing(self)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Numbers are right even where somebody panicked beside them.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writing<'_> {
    /// Writes an item, again and again where the sink asks to slow down.
    pub(crate) async fn write(
        self,
        sink: &dyn Sink,
        target: &Target,
        item: &Item,
        stamp: &Stamp<'_>,
        record: u64,
    ) -> Result<Written, Fault> {
        let mut attempt = 1;
        loop {
            let ticket = self.0.lock().aimd.begin();
            let written = sink.write(target, item, stamp).await;
            match &written {
                Err(Fault::Throttled { .. }) => {
                    self.0.lock().aimd.throttled(ticket);
                    if attempt == ATTEMPTS {
                        return written;
                    }
                }
                Ok(_) => {
                    self.0.lock().aimd.answered();
                    return written;
                }
                Err(_) => return written,
            }
            tokio::time::sleep(pause(record, attempt)).await;
            attempt += 1;
        }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.lock().in_flight -= 1;
    }
}

/// How long to wait after an attempt: full jitter. What is random about it is the record, which no other write has.
fn pause(record: u64, attempt: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST_PAUSE);
    let mixed = (record.wrapping_mul(31).wrapping_add(u64::from(attempt))).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    longest.saturating_mul(u32::try_from((mixed >> 32) % 1000).unwrap_or_default()) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_spread_and_grow_to_a_limit() {
        for (attempt, longest) in [(1, FIRST_PAUSE), (2, FIRST_PAUSE * 2), (9, LONGEST_PAUSE), (40, LONGEST_PAUSE)] {
            let pauses: Vec<Duration> = (1..=1000).map(|record| pause(record, attempt)).collect();
            assert!(pauses.iter().all(|pause| *pause < longest));
            let mean = pauses.iter().sum::<Duration>() / 1000;
            assert!(mean > longest * 2 / 5 && mean < longest * 3 / 5, "{mean:?} of {longest:?}");
        }
    }
}
