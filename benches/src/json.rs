//! Rewriting an array of JSON into lines, on one core.

use std::fmt::Write as _;

use serde::de::IgnoredAny;
use serde_json::Value;
use sluice_engine::json::{Pointer, Rewriter};

use crate::Error;
use crate::rounds::{Contender, run};

/// The size of the pieces in which a body comes.
const PIECE: usize = 256 * 1024;

/// Measures on the records of a file of products, as an array in memory.
///
/// # Errors
/// If the file cannot be read.
pub fn measure(file: &[u8], rounds: usize) -> Result<Value, Error> {
    let array = array(file)?;
    let mut contenders = [
        Contender::new("sluice", || rewrite(array.as_bytes())),
        Contender::new(
            "serde_json, only checked",
            || Ok(serde_json::from_str::<Vec<IgnoredAny>>(&array)?.len() as u64),
        ),
    ];
    run(&mut contenders, rounds, array.len() as u64)
}

/// Rewrites an array piece by piece, as `pin` does, and counts its elements.
fn rewrite(array: &[u8]) -> Result<u64, Error> {
    let mut rewriter = Rewriter::new(Pointer::default(), true);
    let (mut out, mut lines) = (Vec::new(), 0);
    for piece in array.chunks(PIECE) {
        rewriter.push(piece, &mut out)?;
        lines += memchr::memchr_iter(b'\n', &out).count() as u64;
        out.clear();
    }
    rewriter.finish()?;
    Ok(lines)
}

/// The records of a CSV file as an array, with the price and the currency in an object of their own.
fn array(file: &[u8]) -> Result<String, Error> {
    let mut array = String::from("[");
    for record in csv::Reader::from_reader(file).records() {
        let record = record?;
        let text = |cell: usize| serde_json::to_string(record.get(cell).unwrap_or_default());
        let separator = if array.len() == 1 { "" } else { "," };
        write!(
            array,
            "{separator}{{\"sku\":{},\"name\":{},\"description\":{},\"price\":{{\"amount\":{},\"currency\":{}}},\"stock\":{}}}",
            text(0)?,
            text(1)?,
            text(2)?,
            record.get(4).unwrap_or("0"),
            text(5)?,
            record.get(6).unwrap_or("0"),
        )?;
    }
    array.push(']');
    Ok(array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{self, Kind};

    #[test]
    fn both_count_the_same_elements() {
        let mut file = Vec::new();
        data::write(Kind::Plain, 10_000, 1, &mut file).unwrap();
        let found = measure(&file, 1).unwrap();
        let counts: Vec<_> = found["contenders"].as_array().unwrap().iter().map(|one| one["count"].clone()).collect();
        assert!(counts[0].as_u64() > Some(50) && counts[0] == counts[1], "{counts:?}");
    }
}
