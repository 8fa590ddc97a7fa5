//! `sluice feed list`: the feeds of a stack.

use std::sync::Arc;

use serde_json::json;
use sluice_engine::feed::{FeedName, FeedPlan};
use sluice_engine::spec::FeedProblem;
use sluice_platform::World;
use sluice_platform::feeds::{self, FeedError};
use sluice_platform::objects::Objects;
use sluice_platform::sink::{SinkKind, Target};

use crate::args::{FeedListArgs, Format};
use crate::columns::Columns;
use crate::ending::Ending;
use crate::place::Deployed;
use crate::print::printable;
use crate::screen::say;

/// Lists the feeds of a stack.
pub async fn list(args: &FeedListArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(&args.stack).await?;
    let prefix = &deployed.stack.target_table_prefix;
    let feeds = found(&*deployed.world.objects()).await?;
    match args.format {
        Format::Json => {
            for feed in &feeds {
                say(&feed.json(prefix).to_string());
            }
        }
        Format::Text if feeds.is_empty() => say("there is no feed; sluice feed push FEED.yaml puts one into the stack"),
        Format::Text => {
            let mut table = Columns::new(["FEED", "TARGET", "KEY", "STATE"]);
            for feed in &feeds {
                table.row(feed.row(prefix));
            }
            say(&table.text());
        }
    }
    Ok(Ending::Good)
}

/// A feed of a stack.
pub struct StackFeed {
    /// The name of its file.
    pub name: String,
    /// The feed itself, or what is wrong with it.
    pub plan: Result<Arc<FeedPlan>, Vec<String>>,
}

/// Every feed of a stack, sorted.
pub async fn found(objects: &dyn Objects) -> anyhow::Result<Vec<StackFeed>> {
    let mut feeds = Vec::new();
    for name in feeds::list(objects).await? {
        let plan = match name.parse::<FeedName>() {
            Err(error) => Err(vec![error.to_string()]),
            Ok(name) => match feeds::load(objects, &name).await {
                Ok(feed) => feed.compile().map_err(|problems| problems.iter().map(FeedProblem::located).collect()),
                // It was removed a moment ago.
                Err(FeedError::Unknown(_)) => continue,
                Err(FeedError::Unreadable(problems)) => Err(problems.iter().map(ToString::to_string).collect()),
                Err(FeedError::Fault(fault)) => return Err(fault.into()),
            },
        };
        feeds.push(StackFeed { name, plan });
    }
    Ok(feeds)
}

impl StackFeed {
    fn row(&self, prefix: &str) -> [String; 4] {
        let state = match &self.plan {
            Ok(_) => "can be used".to_owned(),
            Err(problems) => printable(&format!("cannot be used: {}", first(problems))),
        };
        let (target, key) = self.plan.as_ref().map(|plan| target(plan, prefix)).unwrap_or_default();
        [printable(&self.name), target, key.join(", "), state]
    }

    fn json(&self, prefix: &str) -> serde_json::Value {
        match &self.plan {
            Ok(plan) => {
                let (target, key) = target(plan, prefix);
                let kind = plan.sink.target();
                json!({"feed": self.name, "description": plan.description, kind: target, "key": key, "problems": []})
            }
            Err(problems) => json!({"feed": self.name, "problems": problems}),
        }
    }
}

/// The name of the target of a feed in the stack, and the fields of its key.
fn target(plan: &FeedPlan, prefix: &str) -> (String, Vec<String>) {
    let target = Target::of(plan);
    // Tables and queues belong to a stack.
    let name = match target.sink {
        SinkKind::Collection => target.name,
        SinkKind::Outputs => "(outputs)".to_owned(),
        SinkKind::Table | SinkKind::Queue => format!("{prefix}{}", target.name),
    };
    (name, target.key.into_iter().map(|field| field.name).collect())
}

/// The first problem, and how many more there are.
pub fn first(problems: &[String]) -> String {
    let first = problems.first().map(String::as_str).unwrap_or_default();
    match problems.len().saturating_sub(1) {
        0 => first.to_owned(),
        more => format!("{first} (and {more} more)"),
    }
}

#[cfg(test)]
mod tests {
    use sluice_platform::objects::MemoryObjects;

    use super::*;

    #[tokio::test]
    async fn every_feed_is_listed_with_its_table_or_with_what_is_wrong() {
        let feed = |name: &str, key: &str| {
            format!(
                "version: 1\nname: {name}\nschema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\n\
                 import: {{table: {name}, key: [{key}]}}\n"
            )
        };
        let objects = MemoryObjects::new();
        objects.insert("feeds/shop.yaml", feed("shop", "id"));
        objects.insert("feeds/market.yaml", feed("market", "idd"));
        objects.insert("feeds/My Shop.yaml", feed("shop", "id"));
        let feeds = found(&objects).await.unwrap();
        let rows: Vec<[String; 4]> = feeds.iter().map(|feed| feed.row("stack-target-")).collect();
        assert_eq!(rows.iter().map(|row| &*row[0]).collect::<Vec<_>>(), ["My Shop", "market", "shop"]);
        assert_eq!(rows[2][1..], ["stack-target-shop", "id", "can be used"]);
        assert!(rows[1][3].starts_with("cannot be used: line 4, column") && rows[1][3].contains("idd"), "{rows:?}");
        assert!(rows[0][3].starts_with("cannot be used: "), "{rows:?}");
        assert_eq!(feeds[2].json("t-")["key"], json!(["id"]));
        assert_eq!(feeds[1].json("t-")["problems"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn of_many_problems_the_first_is_shown() {
        assert_eq!(first(&["a".to_owned()]), "a");
        assert_eq!(first(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a (and 2 more)");
    }
}
