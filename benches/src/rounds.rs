//! Contenders that take turns.

use std::time::Instant;

use serde_json::{Value, json};

use crate::Error;

/// One way to do something with a file. It answers what it counted, which the others may be held against.
pub struct Contender<'a> {
    /// What it is called in the table.
    pub name: &'static str,
    /// Does it once.
    pub run: Box<dyn FnMut() -> Result<u64, Error> + 'a>,
}

impl<'a> Contender<'a> {
    /// A contender.
    pub fn new(name: &'static str, run: impl FnMut() -> Result<u64, Error> + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Lets everyone have a turn in each round. Answers the seconds of each and what each counted, as JSON.
///
/// # Errors
/// Where a contender fails, or counts something else than it did before.
pub fn run(contenders: &mut [Contender<'_>], rounds: usize, bytes: u64) -> Result<Value, Error> {
    let mut seconds = vec![Vec::new(); contenders.len()];
    let mut counts = vec![None; contenders.len()];
    // The first round warms up: it is not counted.
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
