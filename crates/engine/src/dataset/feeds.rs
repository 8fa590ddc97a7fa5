//! Checks a dataset against the feeds that it names.

use super::plan::{DatasetPlan, MemberPlan};
use crate::feed::{self, FeedName, FeedPlan};
use crate::sink;
use crate::spec::{FeedProblem, FieldType};
use crate::suggest;

impl DatasetPlan {
    /// What is wrong with the dataset in view of its feeds. `feed` returns a feed that exists and has no problems. `yaml` is the text of
    /// the dataset, for the places.
    #[must_use]
    pub fn check_feeds<'f>(&self, yaml: &str, feed: impl Fn(&FeedName) -> Option<&'f FeedPlan>) -> Vec<FeedProblem> {
        let mut problems = Vec::new();
        let mut report = |path: String, message: String| problems.push(FeedProblem::new(path, message));
        for member in &self.members {
            let path = |key: &str| format!("members.{}.{key}", member.name);
            let Some(plan) = feed(&member.feed) else {
                report(path("feed"), unusable(&member.feed));
                continue;
            };
            for (key, fields) in [("key", &member.key), ("by", &member.by)] {
                for name in fields.iter().filter(|name| index(plan, name).is_none()) {
                    let names = plan.fields.iter().map(|field| field.name.as_str());
                    let hint = suggest::did_you_mean(name, names).unwrap_or_default();
                    report(path(key), format!("{name:?} is not a field of the feed {}{hint}", member.feed.as_str()));
                }
            }
            if !member.key.is_empty() && !is_unique(plan, &member.key) {
                let message = "is neither the key of the feed nor unique in its files: several records could be the parent of one";
                report(path("key"), message.to_owned());
            }
            let below = member.children.iter().filter_map(|child| self.members.get(*child));
            for child in below.filter(|child| plan.fields.iter().any(|field| first(&field.name) == child.name)) {
                let message =
                    format!("is a field of the feed {}, too: the joined record would have both", member.feed.as_str());
                report(format!("members.{}", child.name), message);
            }
            let parent = member.parent.and_then(|parent| self.members.get(parent));
            if let Some((parent, above)) = parent.and_then(|parent| Some((parent, feed(&parent.feed)?))) {
                for (mine, theirs) in other_types(member, plan, parent, above) {
                    report(path("by"), format!("{mine:?} and {theirs:?} of {} have different types", parent.name));
                }
            }
        }
        for (at, into) in self.into.iter().enumerate().filter(|(_, into)| feed(into).is_none()) {
            report(format!("into[{at}]"), unusable(into));
        }
        if let Some(into) = self.orphans.into.as_ref().filter(|into| feed(into).is_none()) {
            report("orphans.into".to_owned(), unusable(into));
        }
        feed::locate(problems, yaml)
    }
}

fn unusable(feed: &FeedName) -> String {
    format!("there is no feed {:?}, or it has problems: sluice feed check shows them", feed.as_str())
}

fn index(plan: &FeedPlan, name: &str) -> Option<usize> {
    plan.fields.iter().position(|field| field.name == name)
}

/// The name of the member of the joined record in which a field is.
fn first(name: &str) -> &str {
    sink::path(name).first().copied().unwrap_or(name)
}

/// Whether no two records of a file have the same values in these fields.
fn is_unique(plan: &FeedPlan, names: &[String]) -> bool {
    let Some(mut fields) = names.iter().map(|name| index(plan, name)).collect::<Option<Vec<_>>>() else { return true };
    let sorted = |fields: &[usize]| {
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        fields
    };
    fields.sort_unstable();
    sorted(&plan.import.key) == fields || plan.unique.iter().any(|set| sorted(&set.fields) == fields)
}

/// The fields of a member and of its parent that are compared and have different types.
fn other_types<'a>(
    member: &'a MemberPlan,
    plan: &'a FeedPlan,
    parent: &'a MemberPlan,
    above: &'a FeedPlan,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let kind = |plan: &FeedPlan, name: &str| {
        let field = index(plan, name).and_then(|index| plan.fields.get(index))?;
        // Whole numbers and other numbers have one canonical text.
        Some(if field.field_type == FieldType::Integer { FieldType::Number } else { field.field_type })
    };
    member.by.iter().zip(&parent.key).filter_map(move |(mine, theirs)| {
        let (a, b) = (kind(plan, mine)?, kind(above, theirs)?);
        (a != b).then_some((mine.as_str(), theirs.as_str()))
    })
}
