//! `sluice feed new`: a first feed for a file.

use std::io::{ErrorKind, Write};

use anyhow::Context;
use sluice_engine::feed::FeedPlan;
use sluice_engine::infer::{Records, Survey, guess_source};

use super::encoding::{decode, detect};
use crate::args::FeedNewArgs;
use crate::ending::{Ending, misused, refused};
use crate::screen::say;

/// Text at the beginning of the file that the dialect is guessed from: 256 KiB.
const SAMPLE: usize = 256 * 1024;

/// Looks at the whole file, twice, and writes a feed.
pub fn new(args: &FeedNewArgs) -> anyhow::Result<Ending> {
    let path = &args.file;
    let of = detect(path)?;
    let mut sample = String::new();
    let mut whole = true;
    // The text comes in parts of a few times what is read at once; what follows the sample is passed over.
    let clean = decode(path, of, |part| {
        if sample.len() < SAMPLE {
            sample.push_str(part);
        } else {
            whole &= part.is_empty();
        }
        Ok(())
    })?;
    if sample.trim().is_empty() {
        return Err(refused("the file is empty"));
    }
    let source = guess_source(&sample, whole);
    let mut records = Records::new(&source);
    let mut survey = Survey::new(source);
    decode(path, of, |part| {
        if records.push(part, |cells| survey.record(cells)) {
            return Ok(());
        }
        Err(refused(
            "a record is longer than 1 MiB, or the file ends within quotes: a quote may be open, or this is no CSV",
        ))
    })?;

    let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let encoding = of.encoding();
    let name = args.name.as_ref().map_or(file, |name| name.as_str());
    let mut yaml = survey.draft(name, &encoding.name().to_lowercase()).yaml();
    if !clean {
        let note = format!("# The encoding {} is a guess: some bytes are not of it.\n", encoding.name());
        // The first line is for editors.
        yaml.insert_str(yaml.find('\n').map_or(0, |at| at + 1), &note);
    }
    if let Err(problems) = FeedPlan::from_yaml(&yaml) {
        let problems: Vec<_> = problems.iter().map(|problem| format!("\n  {}", problem.located())).collect();
        return Err(refused(format!("no feed can be made from this file:{}", problems.concat())));
    }
    match &args.out {
        None => say(yaml.trim_end()),
        Some(out) => {
            let writing = || format!("writing {}", out.display());
            let mut file = match std::fs::File::create_new(out) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Err(misused(format!("{} is there already; it is not overwritten", out.display())));
                }
                file => file.with_context(writing)?,
            };
            file.write_all(yaml.as_bytes()).with_context(writing)?;
        }
    }
    Ok(Ending::Good)
}
