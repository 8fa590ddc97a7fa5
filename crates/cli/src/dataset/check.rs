//! `sluice dataset check`: reports everything that is wrong with a dataset.

use std::io::IsTerminal;

use super::Dataset;
use crate::args::DatasetCheckArgs;
use crate::ending::Ending;
use crate::feed::show;
use crate::screen::say;

/// Checks a dataset against the feeds in a folder.
pub fn check(args: &DatasetCheckArgs) -> anyhow::Result<Ending> {
    let dataset = Dataset::read(&args.dataset, &args.feeds)?;
    Ok(print(&dataset))
}

/// Prints the problems of a dataset.
pub fn print(dataset: &Dataset) -> Ending {
    let path = dataset.path.display().to_string();
    let problems = match &dataset.plan {
        Ok(plan) => {
            let members: Vec<String> = plan
                .members
                .iter()
                .map(|member| match member.parent.and_then(|parent| plan.members.get(parent)) {
                    Some(parent) => format!("{} below {}", member.name, parent.name),
                    None => member.name.clone(),
                })
                .collect();
            say(&format!("{path} can be used: {}", members.join(", ")));
            return Ending::Good;
        }
        Err(problems) => problems,
    };
    let colours = std::io::stdout().is_terminal();
    for problem in problems {
        say(&format!("{}\n", show::show(problem, show::Kind::Error, &path, &dataset.yaml, colours)));
    }
    say(&format!("{path} cannot be used: {} error{}", problems.len(), if problems.len() == 1 { "" } else { "s" }));
    Ending::Refused
}
