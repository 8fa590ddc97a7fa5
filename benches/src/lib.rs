//! The speed of Sluice, compared with its peers in the same run. `make bench` runs all measurements (`benches/run.py`).
//!
//! This crate has the measurements inside one process: the scan for boundaries, the work on records and the rewriting of JSON and of sheets, beside
//! the csv crate, which only reads them. Every contender runs once in each round, so a machine that is slow for a while slows all of them.

pub mod check;
pub mod data;
pub mod hits;
pub mod json;
pub mod rounds;
pub mod scan;
pub mod sheet;
pub mod summary;

/// The error of a measurement.
pub type Error = Box<dyn std::error::Error>;
