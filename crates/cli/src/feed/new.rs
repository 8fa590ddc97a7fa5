//! `sluice feed new`: drafts a first feed for a file.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use sluice_engine::feed::{FeedName, FeedPlan};
use sluice_engine::infer::{
    Bound, Draft, JsonGuess, JsonRecords, Members, Outcome, Records, SheetGuess, SourceGuess, Survey, Trial,
    guess_json, guess_source, no_table,
};
use sluice_engine::unpack::ArchiveReading;

use super::encoding::{Input, decode, detect, notes, unpack};
use super::schema;
use crate::args::FeedNewArgs;
use crate::ending::{Ending, misused, refused};
use crate::screen::say;

/// How much text at the beginning of the file is used to guess the dialect: 256 KiB.
const SAMPLE: usize = 256 * 1024;

/// Why the records of a file cannot be read to its end.
const UNREADABLE: &str =
    "a record is longer than 1 MiB, or the file ends within quotes: a quote may be unclosed, or this is not CSV";

/// Why the lines of JSON cannot be read to their end.
const UNREADABLE_LINE: &str = "a record is longer than 1 MiB";

/// Reads the whole file, drafts a feed, tries it on the file, and writes it.
pub fn new(args: &FeedNewArgs) -> anyhow::Result<Ending> {
    let name = name(args)?;
    if let Some(out) = args.out.as_ref().filter(|out| !args.force && out.exists()) {
        return Err(misused(format!("{} exists; --force overwrites it", out.display())));
    }
    let path = &args.file;
    let mut input = detect(path)?;
    let draft = draft(path, &mut input, &name)?;
    let outcome = tried(path, &input, &draft)?;
    let yaml = draft.yaml(Some(&outcome));
    let Some(out) = &args.out else {
        say(yaml.trim_end());
        return Ok(Ending::Good);
    };
    let writing = || format!("writing {}", out.display());
    let mut file = if args.force { File::create(out) } else { File::create_new(out) }.with_context(writing)?;
    file.write_all(yaml.as_bytes()).with_context(writing)?;
    schema::put_beside(out)?;
    let (read, rejected) = (outcome.records, outcome.rejected);
    say(&format!("wrote {}: of {read} records of {}, it rejects {rejected}", out.display(), path.display()));
    say(&format!("read its comments, then: sluice check {} --feed {}", path.display(), out.display()));
    Ok(Ending::Good)
}

/// The feed's name: the given one, or that of the file to write.
fn name(args: &FeedNewArgs) -> anyhow::Result<FeedName> {
    match (&args.name, &args.out) {
        (Some(name), Some(out)) if out.file_stem().is_none_or(|stem| stem != name.as_str()) => {
            Err(misused(format!("the feed {name} must be in {name}.yaml, not in {}", out.display())))
        }
        (Some(name), _) => Ok(name.clone()),
        (None, Some(out)) => Ok(out.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().parse()?),
        (None, None) => Err(misused("the feed needs a name: use --out feeds/NAME.yaml, or --name NAME")),
    }
}

fn draft(path: &Path, input: &mut Input, name: &FeedName) -> anyhow::Result<Draft> {
    let mut sample = String::new();
    let mut whole = true;
    // A part may be a few times the size of a read; text after the sample is skipped.
    let clean = decode(path, input, |part| {
        if sample.len() < SAMPLE {
            sample.push_str(part);
        } else {
            whole &= part.is_empty();
        }
        Ok(())
    })?;
    if let Some(sheets) = &input.sheets {
        let mut source = SheetGuess::first(sheets).source(&sample, whole);
        input.layout.skip_rows = source.skip_lines;
        // Only with the labels is it known which columns belong to the table.
        source.remarks.splice(1..1, notes(path, input)?);
        return survey(path, input, source).map(|survey| survey.draft(name, "utf-8"));
    }
    let encoding = input.text.encoding().name();
    if let Some(json) = guess_json(&sample, whole) {
        let survey = survey_json(path, input, json)?;
        let draft = survey.draft(name, &encoding.to_lowercase());
        return Ok(if clean { draft } else { draft.broken_encoding() });
    }
    if let Some(what) = no_table(&sample, whole) {
        let expected = "CSV or another text with a record on each line, JSON Lines, or JSON with an array of records";
        return Err(refused(format!("the file is {what}. Expected: {expected}")));
    }
    let mut source = guess_source(&sample, whole);
    source.remarks.splice(..0, remarks(input));
    let survey = survey(path, input, source)?;
    let draft = survey.draft(name, &encoding.to_lowercase()).located(&sample);
    // Only UTF-8 and UTF-16 can be recognized with certainty.
    let draft = if encoding.starts_with("UTF-") { draft } else { draft.guessed_encoding() };
    Ok(if clean { draft } else { draft.broken_encoding() })
}

/// Comments on what a file came in.
fn remarks(input: &Input) -> Vec<String> {
    let in_zip = input.is_archive && input.sheets.is_none();
    in_zip.then(|| "The file came in a ZIP archive. Sluice reads the only file in it.".to_owned()).into_iter().collect()
}

/// A survey of a file of CSV, or of a sheet.
fn survey(path: &Path, input: &Input, source: SourceGuess) -> anyhow::Result<Survey> {
    let mut records = Records::new(&source);
    let mut survey = Survey::new(source);
    decode(path, input, |part| {
        if records.push(part, |cells| survey.record(cells)) {
            return Ok(());
        }
        Err(refused(UNREADABLE))
    })?;
    Ok(survey)
}

/// A survey of a file of JSON. It is read twice, because only all records show which members there are.
fn survey_json(path: &Path, input: &Input, mut json: JsonGuess) -> anyhow::Result<Survey> {
    let records = json.records.clone();
    let remarks = remarks(input);
    let input = &rewritten(input, records.is_some());
    let of = input.text;
    let mut members = Members::new(of);
    unpack(
        path,
        input,
        records.as_ref(),
        |part| if members.push(part) { Ok(()) } else { Err(refused(UNREADABLE_LINE)) },
    )?;
    json.members = members.found();
    let labels = json.labels();
    let mut survey = Survey::new(SourceGuess { remarks, ..json.source() });
    survey.record(&labels.iter().map(String::as_str).collect::<Vec<_>>());
    let mut lines = JsonRecords::new(&labels, of);
    unpack(path, input, records.as_ref(), |part| {
        if lines.push(part, |cells| survey.record(cells)) { Ok(()) } else { Err(refused(UNREADABLE_LINE)) }
    })?;
    Ok(survey)
}

/// The same input, whose array of JSON is rewritten into lines, if it has one.
fn rewritten(input: &Input, is_array: bool) -> Input {
    let text = if is_array { input.text.rewritten() } else { input.text };
    Input { text, ..input.clone() }
}

/// The outcome of the file's records with the feed.
fn tried(path: &Path, input: &Input, draft: &Draft) -> anyhow::Result<Outcome> {
    let plan = match FeedPlan::from_yaml(&draft.yaml(None)) {
        Ok(plan) => plan,
        Err(problems) => {
            let problems: Vec<_> = problems.iter().map(|problem| format!("\n  {}", problem.located())).collect();
            return Err(refused(format!("no feed can be made from this file:{}", problems.concat())));
        }
    };
    let layout = ArchiveReading::of(&plan).layout;
    let bound = Bound::new(plan, draft.labels());
    let bound = bound.ok_or_else(|| refused("no feed can be made from this file: its labels cannot be read"))?;
    let records = bound.records().cloned();
    let input = &Input { layout, ..rewritten(input, records.is_some()) };
    let mut trial = Trial::new(&bound, input.text).after(draft.lines_above()).before(draft.footer());
    unpack(path, input, records.as_ref(), |part| {
        if trial.push(part) {
            return Ok(());
        }
        Err(refused(UNREADABLE))
    })?;
    Ok(trial.outcome())
}
