//! The checked form of a dataset.

use regex::Regex;

use super::set::SetPlan;
use super::spec::{Childless, DatasetSpec, MemberSpec};
use crate::feed::{self, Every, FeedName};
use crate::hash::hash;
use crate::spec::{FeedProblem, OneOrMany};
use crate::suggest;

/// The most members of a dataset. A place of a joined row has a byte for the member, and people hardly join more files.
const MAX_MEMBERS: usize = 32;

/// The percentage of orphans if the dataset says none: it never stops a set.
const ALL: u8 = 100;

/// A checked dataset.
#[derive(Clone, Debug)]
pub struct DatasetPlan {
    /// Its name.
    pub name: FeedName,
    /// What it is, for people.
    pub description: String,
    /// Which files belong together.
    pub set: SetPlan,
    /// The members: parents before their children, else in the order of their names. The first one is the root.
    pub members: Vec<MemberPlan>,
    /// How long a set may wait for its members.
    pub within: Option<Every>,
    /// What happens to records without a parent.
    pub orphans: OrphansPlan,
    /// What happens to joined records without children.
    pub childless: Childless,
    /// The feeds that get the joined file.
    pub into: Vec<FeedName>,
    /// Addresses that get the reports, in addition to the operators.
    pub recipients: Vec<String>,
}

/// A checked member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPlan {
    /// Its name, under which a parent has it as a list.
    pub name: String,
    /// The feed of its files.
    pub feed: FeedName,
    /// The fields of its key; none if no children look for it.
    pub key: Vec<String>,
    /// The index of its parent; `None` for the root.
    pub parent: Option<usize>,
    /// The fields with the key of the parent.
    pub by: Vec<String>,
    /// How many members lie above it.
    pub depth: usize,
    /// The indices of its children, in the order of their names.
    pub children: Vec<usize>,
}

/// What happens to records without a parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrphansPlan {
    /// Above this percentage of all records, nothing is published.
    pub max_percent: u8,
    /// The feed that gets them.
    pub into: Option<FeedName>,
}

/// A hash of a key or of a reference to one: equal values have equal hashes. `None` if one of them is empty or white space.
#[must_use]
pub fn key_hash<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<u128> {
    values.clone().all(|value| !value.trim().is_empty()).then(|| hash(values))
}

impl DatasetPlan {
    /// Parses and checks a dataset, as far as that is possible without its feeds ([`DatasetPlan::check_feeds`]).
    ///
    /// # Errors
    /// Every problem, with path and place, in the order of the text.
    pub fn from_yaml(yaml: &str) -> Result<Self, Vec<FeedProblem>> {
        let spec: DatasetSpec = feed::read_as(yaml, "a dataset")?;
        Self::compile(&spec).map_err(|problems| feed::locate(problems, yaml))
    }

    /// The index of the member whose files a feed imports.
    #[must_use]
    pub fn member_of(&self, feed: &str) -> Option<usize> {
        self.members.iter().position(|member| member.feed.as_str() == feed)
    }

    /// The names of the members.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.name.as_str())
    }

    fn compile(spec: &DatasetSpec) -> Result<Self, Vec<FeedProblem>> {
        let mut builder = Builder::default();
        let name = builder.feed("dataset", &spec.dataset);
        let set = builder.set(spec);
        let members = builder.members(spec);
        let within = spec.within.as_ref().and_then(|within| builder.take("within", within.0.parse::<Every>()));
        let into = builder.targets(spec, &members);
        let orphans_into = spec.orphans.into.as_ref().and_then(|into| builder.target("orphans.into", into, &members));
        let max_percent = spec.orphans.max_percent.unwrap_or(ALL);
        if max_percent > ALL {
            builder.problem("orphans.maxPercent", format!("is {max_percent}; a percentage is 0 to 100"));
        }
        builder.recipients(&spec.report.recipients);
        match (name, set, builder.problems) {
            (Some(name), Some(set), problems) if problems.is_empty() => Ok(Self {
                name,
                description: spec.description.clone(),
                set,
                members,
                within,
                orphans: OrphansPlan { max_percent, into: orphans_into },
                childless: spec.childless,
                into,
                recipients: spec.report.recipients.clone(),
            }),
            (.., problems) => Err(problems),
        }
    }
}

#[derive(Default)]
struct Builder {
    problems: Vec<FeedProblem>,
}

impl Builder {
    fn problem(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(FeedProblem::new(path, message));
    }

    fn take<T, E: std::fmt::Display>(&mut self, path: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.problem(path, error.to_string())).ok()
    }

    /// A name of a dataset or a feed.
    fn feed(&mut self, path: &str, name: &str) -> Option<FeedName> {
        if name.is_empty() {
            self.problem(path, "is missing");
            return None;
        }
        let message = "is not a name: expected 1 to 40 of a-z, 0-9 and -, beginning with a letter";
        name.parse().map_err(|_| self.problem(path, format!("{name:?} {message}"))).ok()
    }

    fn set(&mut self, spec: &DatasetSpec) -> Option<SetPlan> {
        const PATH: &str = "set.fromFileName";
        let text = &spec.set.from_file_name;
        if text.is_empty() {
            self.problem(PATH, "is missing");
            return None;
        }
        let pattern = self.take(PATH, Regex::new(text))?;
        // The whole match is a group, too.
        let groups = pattern.captures_len() - 1;
        if groups != 1 {
            self.problem(PATH, format!("has {groups} groups; expected one, which finds the key of the set"));
            return None;
        }
        Some(SetPlan { pattern, order: spec.set.order })
    }

    /// The members, parents before their children.
    fn members(&mut self, spec: &DatasetSpec) -> Vec<MemberPlan> {
        let names: Vec<&String> = spec.members.keys().collect();
        if names.is_empty() {
            self.problem("members", "is missing: a dataset has at least two members");
            return Vec::new();
        }
        if !(2..=MAX_MEMBERS).contains(&names.len()) {
            self.problem("members", format!("has {} members; a dataset has 2 to {MAX_MEMBERS}", names.len()));
        }
        let mut read = Vec::new();
        for (name, member) in &spec.members {
            read.extend(self.member(name, member, spec));
        }
        let before = self.problems.len();
        let roots: Vec<&str> =
            spec.members.iter().filter(|(_, m)| m.parent.is_none()).map(|(name, _)| name.as_str()).collect();
        match roots[..] {
            [_] => {}
            [] => self.problem("members", "has no member without a parent, whose records would become the joined ones"),
            _ => self.problem(
                "members",
                format!("has {} members without a parent ({}); expected one", roots.len(), roots.join(", ")),
            ),
        }
        for (at, member) in read.iter().enumerate() {
            if let Some(other) = read[..at].iter().find(|other: &&MemberPlan| other.feed == member.feed) {
                let message = format!(
                    "is {:?}, as that of {}: each member has a feed of its own",
                    member.feed.as_str(),
                    other.name
                );
                self.problem(format!("members.{}.feed", member.name), message);
            }
        }
        if read.len() < names.len() || self.problems.len() > before {
            return read;
        }
        self.in_order(read, spec)
    }

    /// Puts parents before their children.
    fn in_order(&mut self, mut rest: Vec<MemberPlan>, spec: &DatasetSpec) -> Vec<MemberPlan> {
        let mut ordered: Vec<MemberPlan> = Vec::with_capacity(rest.len());
        let parent_of = |member: &MemberPlan| spec.members.get(&member.name).and_then(|spec| spec.parent.clone());
        loop {
            let ready = rest.iter().position(|member| match parent_of(member) {
                None => true,
                Some(parent) => ordered.iter().any(|known| known.name == parent),
            });
            let Some(ready) = ready else { break };
            let mut member = rest.remove(ready);
            let parent = parent_of(&member).and_then(|name| ordered.iter().position(|known| known.name == name));
            member.depth = parent.and_then(|parent| ordered.get(parent)).map_or(0, |parent| parent.depth + 1);
            member.parent = parent;
            let at = ordered.len();
            if let Some(parent) = parent.and_then(|parent| ordered.get_mut(parent)) {
                parent.children.push(at);
            }
            ordered.push(member);
        }
        for member in &rest {
            let message = "leads in a circle: no member without a parent is above it";
            self.problem(format!("members.{}.parent", member.name), message);
        }
        for at in 0..ordered.len() {
            let mut children = std::mem::take(&mut ordered[at].children);
            children.sort_by(|a, b| ordered[*a].name.cmp(&ordered[*b].name));
            let member = &mut ordered[at];
            if member.key.is_empty() && !children.is_empty() {
                let message = "is missing: its children find a record by its key";
                self.problems.push(FeedProblem::new(format!("members.{}.key", member.name), message));
            }
            member.children = children;
        }
        for member in ordered.iter().filter(|member| member.parent.is_some()) {
            let keys = member.parent.map_or(0, |parent| ordered[parent].key.len());
            if keys > 0 && member.by.len() != keys {
                let message = format!("names {} fields; the key of the parent has {keys}", member.by.len());
                self.problems.push(FeedProblem::new(format!("members.{}.by", member.name), message));
            }
        }
        ordered
    }

    fn member(&mut self, name: &str, member: &MemberSpec, spec: &DatasetSpec) -> Option<MemberPlan> {
        let path = |key: &str| format!("members.{name}.{key}");
        if name.is_empty()
            || name.len() > 40
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        {
            let message = "is not the name of a member: expected 1 to 40 of A-Z, a-z, 0-9, - and _";
            self.problem(format!("members.{name}"), message);
        }
        if let Some(parent) = &member.parent {
            if !spec.members.contains_key(parent) {
                let hint = suggest::did_you_mean(parent, spec.members.keys().map(String::as_str)).unwrap_or_default();
                self.problem(path("parent"), format!("{parent:?} is not a member{hint}"));
            }
            if member.by.is_none() {
                self.problem(path("by"), "is missing: the fields that hold the key of the parent");
            }
        } else if member.by.is_some() {
            self.problem(path("by"), "needs a parent, whose key it holds");
        }
        let names = |fields: &Option<OneOrMany>| fields.as_ref().map(|fields| fields.0.clone()).unwrap_or_default();
        let feed = self.feed(&path("feed"), &member.feed)?;
        let (key, by) = (names(&member.key), names(&member.by));
        Some(MemberPlan { name: name.to_owned(), feed, key, parent: None, by, depth: 0, children: Vec::new() })
    }

    /// A feed that gets what the dataset makes. It must be none of the members, because its files would come back.
    fn target(&mut self, path: &str, name: &str, members: &[MemberPlan]) -> Option<FeedName> {
        let feed = self.feed(path, name)?;
        if let Some(member) = members.iter().find(|member| member.feed == feed) {
            self.problem(path, format!("is {name:?}, the feed of the member {}: the set would never end", member.name));
        }
        Some(feed)
    }

    fn targets(&mut self, spec: &DatasetSpec, members: &[MemberPlan]) -> Vec<FeedName> {
        if spec.into.is_empty() {
            self.problem("into", "is missing: the feeds that get the joined file");
        }
        let mut into: Vec<FeedName> = Vec::new();
        for (at, name) in spec.into.iter().enumerate() {
            let path = format!("into[{at}]");
            let Some(feed) = self.target(&path, name, members) else { continue };
            if into.contains(&feed) {
                self.problem(&path, format!("{name:?} is listed twice"));
            }
            if spec.orphans.into.as_ref() == Some(name) {
                self.problem(&path, format!("{name:?} gets the orphans, which are no joined records"));
            }
            into.push(feed);
        }
        into
    }

    fn recipients(&mut self, addresses: &[String]) {
        for (at, address) in addresses.iter().enumerate() {
            let parts = address.split_once('@');
            let valid = parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
            if !valid || address.contains(char::is_whitespace) {
                self.problem(format!("report.recipients[{at}]"), format!("{address:?} is not a mail address"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
