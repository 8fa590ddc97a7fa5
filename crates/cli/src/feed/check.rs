//! `sluice feed check`: reports everything that is wrong with a feed.

use std::io::IsTerminal;

use serde_json::json;
use sluice_engine::feed;
use sluice_engine::spec::FeedProblem;

use super::{Feed, show};
use crate::args::{FeedCheckArgs, Format};
use crate::ending::Ending;
use crate::screen::say;

/// Checks a feed. Notes do not make it unusable.
pub fn check(args: &FeedCheckArgs) -> anyhow::Result<Ending> {
    let feed = Feed::read(&args.feed)?;
    let (errors, notes) = problems(&feed);
    let effect = feed.plan().ok().and_then(|plan| plan.sink.effect());
    match args.format {
        Format::Text => {
            text(&feed, &errors, &notes);
            if let Some(effect) = effect {
                say(&format!("The effect is {effect}."));
            }
        }
        Format::Json => {
            let all =
                |problems: &[FeedProblem]| problems.iter().map(|problem| as_json(&feed, problem)).collect::<Vec<_>>();
            say(&format!(
                "{:#}",
                json!({"errors": all(&errors), "notes": all(&notes), "effect": effect.unwrap_or("exactly once")})
            ));
        }
    }
    Ok(if errors.is_empty() { Ending::Good } else { Ending::Refused })
}

/// The errors of a feed, and the notes on it.
pub fn problems(feed: &Feed) -> (Vec<FeedProblem>, Vec<FeedProblem>) {
    let (mut errors, notes) = match feed.plan() {
        Ok(plan) => (Vec::new(), plan.notes.clone()),
        // A misspelt key of the schema may be the cause.
        Err(errors) => (errors, feed::read(&feed.yaml).map(|(_, notes)| notes).unwrap_or_default()),
    };
    let name = feed.path.file_stem().map(|name| name.to_string_lossy()).unwrap_or_default();
    if let Some(misnamed) = feed::misnamed(&feed.yaml, &name) {
        errors.insert(0, misnamed);
    }
    (errors, notes)
}

/// Prints the problems of a feed for people.
pub fn text(feed: &Feed, errors: &[FeedProblem], notes: &[FeedProblem]) {
    let colours = std::io::stdout().is_terminal();
    let errors_first = errors.iter().map(|error| (error, show::Kind::Error));
    for (problem, kind) in errors_first.chain(notes.iter().map(|note| (note, show::Kind::Note))) {
        let (path, text) = feed.text_of(problem);
        say(&format!("{}\n", show::show(problem, kind, &path.display().to_string(), text, colours)));
    }
    let count = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let verdict = if errors.is_empty() { "can be used" } else { "cannot be used" };
    let (errors, notes) = (count(errors.len(), "error"), count(notes.len(), "note"));
    say(&format!("{} {verdict}: {errors}, {notes}", feed.path.display()));
}

fn as_json(feed: &Feed, problem: &FeedProblem) -> serde_json::Value {
    json!({
        "file": feed.text_of(problem).0.display().to_string(),
        "line": problem.at.map(|at| at.line),
        "column": problem.at.map(|at| at.column),
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
    })
}
