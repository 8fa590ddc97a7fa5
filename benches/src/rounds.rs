//! Contenders that take turns.

use std::time::Instant;

use serde_json::{Value, json};

use crate::Error;

/// One way to do something with a file.
pub struct Contender<'a> {
    /// The name in the table.
    pub name: &'static str,
    /// Does the work once, and returns a count that must be the same every time.
    pub run: Box<dyn FnMut() -> Result<u64, Error> + 'a>,
}

impl<'a> Contender<'a> {
    /// Creates a contender.
    pub fn new(name: &'static str, run: impl FnMut() -> Result<u64, Error> + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Runs every contender once in each round. Returns the seconds and the count of each, as JSON.
///
/// # Errors
/// If a contender fails, or its count changes.
pub fn run(contenders: &mut [Contender<'_>], rounds: usize, bytes: u64) -> Result<Value, Error> {
    let mut seconds = vec![Vec::new(); contenders.len()];
    let mut counts = vec![None; contenders.len()];
    // Round 0 is a warm-up and is not measured.
    for round in 0..=rounds {
        for (index, contender) in contenders.iter_mut().enumerate() {
            let began = Instant::now();
            let count = (contender.run)()?;
            let took = began.elapsed().as_secs_f64();
            if round > 0 {
                seconds[index].push(took);
            }
            if counts[index].replace(count).is_some_and(|before| before != count) {
                return Err(format!("{} does not count the same twice", contender.name).into());
            }
        }
    }
    let results = contenders
        .iter()
        .zip(seconds)
        .zip(counts)
        .map(|((contender, seconds), count)| json!({"name": contender.name, "seconds": seconds, "count": count}));
    Ok(json!({"bytes": bytes, "contenders": results.collect::<Vec<_>>()}))
}
