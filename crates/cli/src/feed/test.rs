//! `sluice feed test`: runs the test cases of the feeds of a folder.

use std::collections::BTreeSet;

use anyhow::Context;

use super::case::cases;
use super::compare::difference;
use crate::args::FeedTestArgs;
use crate::ending::{Ending, misused};
use crate::screen::say;

/// Runs every case, and prints all differences from the expected results.
pub async fn test(args: &FeedTestArgs) -> anyhow::Result<Ending> {
    let cases = cases(&args.folder)?;
    if cases.is_empty() {
        let folder = args.folder.display();
        return Err(misused(format!("{folder} contains no cases, which are folders tests/<feed>/<case>")));
    }
    let mut failed = 0;
    for case in &cases {
        let name = case.folder.strip_prefix(args.folder.join("tests")).unwrap_or(&case.folder).display();
        let outputs = case.run().await.with_context(|| format!("running the case {name}"))?;
        let expected = case.expected()?;
        let names: BTreeSet<&String> = expected.keys().chain(outputs.keys()).collect();
        let differences: Vec<String> = names
            .into_iter()
            .filter_map(|name| {
                difference(name, expected.get(name).map(String::as_str), outputs.get(name).map(String::as_str))
            })
            .collect();
        match (differences.is_empty(), args.update) {
            (true, _) => say(&format!("ok       {name}")),
            (false, true) => {
                case.update(&outputs)?;
                say(&format!("updated  {name}"));
            }
            (false, false) => {
                failed += 1;
                say(&format!("FAILED   {name}\n{}", differences.concat()));
            }
        }
    }
    say(&format!("{} of {} cases are as expected", cases.len() - failed, cases.len()));
    if failed > 0 {
        say("If the new results are right, --update makes them the expected ones.");
    }
    Ok(if failed == 0 { Ending::Good } else { Ending::Refused })
}
