//! The problems of a header: what was found, what was expected, and what to do.

use super::label;
use crate::feed::FeedPlan;
use crate::mapping::Source;
use crate::suggest;
use crate::{Code, Problem, Stage};

fn problem(code: Code, message: String) -> Problem {
    Problem::new(Stage::Split, code, message)
}

/// A column is missing. If an unread label resembles it, the message suggests that.
pub(super) fn missing(plan: &FeedPlan, names: &[String], labels: &[String], then: &str) -> Problem {
    let read = |label: &str| plan.mappings.iter().flat_map(|m| m.source.names()).any(|name| name == label);
    let unread = || labels.iter().map(String::as_str).filter(|label| !label.is_empty() && !read(label));
    let loosely = |name: &str| {
        let same = |other: &&str| label::same(crate::spec::LabelMatch::Loose, name, other);
        unread().find(same).map(|label| format!("; did you mean {label:?}? (source.labels.match: loose takes it)"))
    };
    let hint = names
        .iter()
        .find_map(|name| loosely(name))
        .or_else(|| names.iter().find_map(|name| suggest::did_you_mean(name, unread())))
        .unwrap_or_default();
    let expected = if names.len() == 1 {
        format!("no column {:?}", names[0])
    } else {
        format!("none of the columns {}", list(names))
    };
    problem(Code::MissingLabel, format!("the header has {expected}{then}{hint}"))
}

/// Several columns could be read by one field. `then` says what the check does about it.
pub(super) fn duplicate(labels: &[String], found: &[usize], names: &[String], then: &str) -> Problem {
    let columns: Vec<_> = found.iter().map(|at| format!("{} ({:?})", at + 1, labels[*at])).collect();
    let expected = if names.len() == 1 { format!("{:?}", names[0]) } else { list(names) };
    let columns = columns.join(", ");
    let message = format!("the columns {columns} could all be read; expected exactly one of {expected}{then}");
    problem(Code::DuplicateLabel, message).column(&labels[found[0]])
}

/// No field reads a column. `then` says what happens to the column; `hints` enables the search for a similar
/// field.
pub(super) fn extra(plan: &FeedPlan, label: &str, at: usize, then: &str, hints: bool) -> Problem {
    if label.is_empty() {
        return problem(Code::BlankLabel, format!("column {} has no name; {then}", at + 1));
    }
    // The column may be meant for a field whose `from` names another one.
    let own = |mapping: &&crate::mapping::Mapping| matches!(mapping.source, Source::Column(_));
    let fields = plan.mappings.iter().filter(own).map(|mapping| mapping.field.as_str());
    let hint = hints
        .then(|| suggest::did_you_mean(label, fields))
        .flatten()
        .map(|_| "; to read it, name it in restructure.<field>.from");
    let message = format!("column {} is not read by the feed; {then}{}", at + 1, hint.unwrap_or_default());
    problem(Code::ExtraLabel, message).column(label)
}

/// Two columns are not in the order of the feed.
pub(super) fn reordered(label: &str, before: &str, then: &str) -> Problem {
    let message = format!("comes before {before:?}, but the feed has it after{then}");
    problem(Code::IncorrectLabel, message).column(label)
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}
