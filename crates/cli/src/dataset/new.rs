//! `sluice dataset new`: writes a first dataset for feeds.

use std::path::Path;

use anyhow::Context;
use sluice_engine::feed::FeedPlan;

use crate::args::DatasetNewArgs;
use crate::ending::{Ending, misused};
use crate::feed;
use crate::screen::say;

/// A feed that becomes a member: its name, the fields of its key, and all its fields.
struct Member {
    name: String,
    key: Vec<String>,
    fields: Vec<String>,
}

impl Member {
    fn of(plan: &FeedPlan) -> Self {
        let name = |index: &usize| plan.fields.get(*index).map(|field| field.name.clone());
        Self {
            name: plan.name.to_string(),
            key: plan.import.key.iter().filter_map(name).collect(),
            fields: plan.fields.iter().map(|field| field.name.clone()).collect(),
        }
    }
}

/// Writes a dataset for the feeds that the arguments name, the root first.
pub fn new(args: &DatasetNewArgs) -> anyhow::Result<Ending> {
    let mut members = Vec::new();
    for path in &args.feeds {
        members.push(Member::of(&feed::load(path)?.plan));
    }
    let name = name(args)?;
    let yaml = draft(&name, &members);
    match &args.out {
        None => say(yaml.trim_end()),
        Some(out) if out.exists() && !args.force => {
            return Err(misused(format!("{} exists; --force overwrites it", out.display())));
        }
        Some(out) => {
            std::fs::write(out, yaml).with_context(|| format!("writing {}", out.display()))?;
            say(&format!(
                "wrote {}; say in it which feeds get the joined file, and check it: sluice dataset check",
                out.display()
            ));
        }
    }
    Ok(Ending::Good)
}

fn name(args: &DatasetNewArgs) -> anyhow::Result<String> {
    let stem = |out: &Path| out.file_stem().map(|name| name.to_string_lossy().into_owned());
    args.name
        .as_ref()
        .map(ToString::to_string)
        .or_else(|| args.out.as_deref().and_then(stem))
        .ok_or_else(|| misused("say with --name what the dataset is called"))
}

/// The text of a first dataset. The parent of a member is the last one before it whose key it has.
fn draft(name: &str, members: &[Member]) -> String {
    let mut yaml = format!(
        "# yaml-language-server: $schema=dataset.schema.json\ndataset: {name}\n# The key of a set is what the group finds in the names of \
         its files.\nset: {{fromFileName: '_([0-9]{{8}})\\.csv$'}}\nmembers:\n"
    );
    let list = |names: &[String]| match names {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    for (at, member) in members.iter().enumerate() {
        let has =
            |parent: &&Member| !parent.key.is_empty() && parent.key.iter().all(|field| member.fields.contains(field));
        let parent = members.get(..at).and_then(|above| above.iter().rev().find(has));
        let (feed, key) = (&member.name, list(&member.key));
        match parent {
            Some(parent) => {
                let by = list(&parent.key);
                yaml.push_str(&format!("  {feed}: {{feed: {feed}, parent: {}, by: {by}, key: {key}}}\n", parent.name));
            }
            None if at == 0 => yaml.push_str(&format!("  {feed}: {{feed: {feed}, key: {key}}}\n")),
            None => yaml.push_str(&format!(
                "  # None of the feeds above has a key that {feed} has: say what its parent is, and by which fields.\n  {feed}: {{feed: {feed}, \
                 parent: PARENT, by: FIELD, key: {key}}}\n"
            )),
        }
    }
    yaml + "within: 24h\n# The feeds whose inboxes get the joined file.\ninto: []\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_found_by_their_keys() {
        let member = |name: &str, key: &str, fields: &[&str]| Member {
            name: name.to_owned(),
            key: vec![key.to_owned()],
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        };
        let members = [
            member("customers", "customer_id", &["customer_id"]),
            member("orders", "order_id", &["order_id", "customer_id"]),
            member("items", "item_id", &["item_id", "order_id"]),
            member("stores", "store_id", &["store_id"]),
        ];
        let yaml = draft("customer-orders", &members);
        for part in [
            "dataset: customer-orders\n",
            "  customers: {feed: customers, key: customer_id}\n",
            "  orders: {feed: orders, parent: customers, by: customer_id, key: order_id}\n",
            "  items: {feed: items, parent: orders, by: order_id, key: item_id}\n",
            "  stores: {feed: stores, parent: PARENT, by: FIELD, key: store_id}\n",
        ] {
            assert!(yaml.contains(part), "{part}: {yaml}");
        }
    }
}
