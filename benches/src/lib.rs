//! How fast Sluice is, against its peers in the same run. `make bench` runs all of it (`benches/run.py`).
//!
//! What is here is what has to be measured inside one process: the scan for boundaries and the work on records, beside the csv
//! crate that merely reads them. A measurement goes in rounds, in each of which every contender has its turn, so that a
//! machine that becomes slower for a while is slower for all of them.

pub mod check;
pub mod data;
pub mod rounds;
pub mod scan;

/// What a measurement may fail with.
pub type Error = Box<dyn std::error::Error>;
