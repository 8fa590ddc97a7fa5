//! Writes batches to the sink, as many at the same time as the sink takes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_platform::metrics::{self, Unit};
use sluice_platform::sink::{Item, Written};
use sluice_platform::{Deadline, Fault};

use crate::aimd::Aimd;
use crate::batch::Goal;

/// The names of the metrics of an importer: the writes that it tried, those of them that the sink throttled, and their
/// percentage.
pub const METRICS: [&str; 3] = ["WriteAttempts", "ThrottledWrites", "ThrottledPercent"];

/// The longest first pause.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Most attempts of a write. They take a quarter of an hour or more, the longest time of a Lambda function; this limit counts only
/// without a deadline.
const ATTEMPTS: u32 = 500;
/// Batches that may wait behind a slow one to be counted, for each write that may be in flight.
const WAITING: usize = 4;

/// Begins writes, and notes how they end. A write is one of a batch. When it is dropped, which is when the invocation ends,
/// it writes its metrics.
pub(crate) struct Pace {
    state: Mutex<State>,
    most: usize,
    time: Time,
}

/// The time that an invocation has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    /// When Lambda ends the function.
    pub(crate) deadline: Deadline,
    /// How long before that the invocation stops writing and saves its progress.
    pub(crate) margin: Duration,
}

impl Time {
    /// Whether the time is up.
    pub(crate) fn is_up(self) -> bool {
        self.deadline.over(self.margin)
    }

    /// The time that is left.
    fn left(self) -> Duration {
        self.deadline.remaining().saturating_sub(self.margin)
    }
}

struct State {
    aimd: Aimd,
    in_flight: usize,
}

/// A write that has a place in flight. Dropping it gives the place back.
pub(crate) struct Writing<'a>(&'a Pace);

impl Pace {
    /// Allows `most` writes at the same time, and at least one. When the time is up, no write is tried again.
    pub(crate) fn new(most: usize, time: Time) -> Self {
        let state = Mutex::new(State { aimd: Aimd::new(most), in_flight: 0 });
        Self { state, most: most.max(1), time }
    }

    /// Whether another batch may begin. `undone` is the number of batches that are not counted yet.
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
        // Nothing panics while the lock is held, so the numbers are right even in a poisoned lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        let (attempts, throttled) = {
            let state = self.lock();
            (state.aimd.attempts(), state.aimd.throttled_attempts())
        };
        let percent = throttled.saturating_mul(100) / attempts.max(1);
        let [tried, refused, share] = METRICS;
        let values =
            [(tried, Unit::Count, attempts), (refused, Unit::Count, throttled), (share, Unit::Percent, percent)];
        metrics::emit(&[], &values);
    }
}

impl Writing<'_> {
    /// Writes the items of a batch, and adds the sink's answers to `written`. If the sink throttles, it sends the items without an
    /// answer again until the time is up; the caller then saves its progress. `record` is the first record of the batch.
    pub(crate) async fn write(
        self,
        goal: Goal<'_>,
        items: &[Item<'_>],
        record: u64,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        let Goal { sink, target, stamp, .. } = goal;
        let mut attempt = 1_u32;
        loop {
            let ticket = self.0.lock().aimd.begin();
            let rest = items.get(written.len()..).unwrap_or_default();
            let answered = sink.write(target, rest, stamp, written).await;
            match &answered {
                Err(Fault::Throttled { .. }) => {
                    self.0.lock().aimd.throttled(ticket);
                    if self.0.time.left().is_zero() || attempt == ATTEMPTS {
                        return answered;
                    }
                }
                Ok(()) => {
                    self.0.lock().aimd.answered();
                    return answered;
                }
                Err(_) => return answered,
            }
            tokio::time::sleep(pause(record, attempt).min(self.0.time.left())).await;
            attempt += 1;
        }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.lock().in_flight -= 1;
    }
}

/// How long to wait after an attempt, with full jitter. The record is the seed, because no other write has the same.
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
