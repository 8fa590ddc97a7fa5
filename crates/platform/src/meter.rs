//! Measures what a call of a step uses, for the cost estimate.

use std::time::Instant;

use sluice_contract::documents::{Requests, Usage};

use crate::aws::requests::RequestCounter;

/// Measures the calls of a function.
///
/// Lambda gives an environment of a function one call at a time, so every request that is counted during a call belongs to it.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    memory_mb: u64,
    counter: RequestCounter,
}

impl Meter {
    /// A meter of a function with so much memory. It counts no requests. With 0 MB, the function costs nothing.
    #[must_use]
    pub fn new(memory_mb: u64) -> Self {
        Self { memory_mb, counter: RequestCounter::default() }
    }

    /// A meter of a function with so much memory, with the counter of its requests.
    pub(crate) fn counting(memory_mb: u64, counter: RequestCounter) -> Self {
        Self { memory_mb, counter }
    }

    /// Begins to measure a call.
    #[must_use]
    pub fn start(&self) -> Reading {
        Reading { meter: self.clone(), started: Instant::now(), before: self.counter.so_far() }
    }
}

/// The measurement of a call.
#[derive(Clone, Debug)]
pub struct Reading {
    meter: Meter,
    started: Instant,
    before: Requests,
}

impl Reading {
    /// The usage of the call so far, and of the requests that it is about to make.
    #[must_use]
    pub fn usage_with(&self, to_come: Requests) -> Usage {
        let took = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut requests = self.meter.counter.so_far().since(self.before);
        requests += to_come;
        Usage { invocations: 1, mb_ms: took.saturating_mul(self.meter.memory_mb), writes: 0, requests }
    }

    /// The usage of a call that notes it in the ledger now, and then ends.
    #[must_use]
    pub fn noted(&self) -> Usage {
        self.usage_with(Requests { table_writes: 1, ..Requests::default() })
    }
}
