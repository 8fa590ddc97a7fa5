//! Finding where records begin, on one core.

use serde_json::Value;
use sluice_engine::dialect::Dialect;
use sluice_engine::record::MAX_RECORD;
use sluice_engine::scan::{Layout, Scanner, Sizes};

use crate::Error;
use crate::rounds::{Contender, run};

/// The size of a chunk of the deployed stack.
const CHUNK_BYTES: u64 = 32 * 1024 * 1024;

/// Measures on a file in memory.
///
/// # Errors
/// If the file cannot be read.
pub fn measure(file: &[u8], rounds: usize) -> Result<Value, Error> {
    let scanner = scanner(CHUNK_BYTES);
    let mut contenders = [
        Contender::new("sluice", || Ok(scanner.plan(file)?.records)),
        Contender::new("csv crate, ByteRecords", || crate::check::read_with_csv(file)),
        Contender::new("memchr, newlines", || Ok(memchr::memchr_iter(b'\n', file).count() as u64)),
    ];
    run(&mut contenders, rounds, file.len() as u64)
}

/// A scanner for files in the dialect that Sluice writes, with this size of a chunk.
#[must_use]
pub fn scanner(chunk: u64) -> Scanner {
    Scanner::new(Dialect::CANONICAL, Layout::default(), Sizes { chunk, record: MAX_RECORD as u64 })
}
