//! The header of a file, held against the feed.

use crate::feed::FeedPlan;
use crate::suggest;
use crate::{Code, Problem, Stage};

/// Which column each field is read from. Made once per file; there is none where the header does
/// not have what the feed reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The labels of the file, in its order.
    pub labels: Vec<String>,
    /// For each field of the plan, the index of its column.
    pub columns: Vec<usize>,
}

/// What a header turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderCheck {
    /// Which column each field is read from, where that is clear for every field.
    pub binding: Option<Binding>,
    /// What makes the file unusable.
    pub problems: Vec<Problem>,
    /// What is to be told and does not stop the file.
    pub notes: Vec<Problem>,
}

/// Holds the cells of a header against a feed. White space around labels does not count.
#[must_use]
pub fn check<C: AsRef<[u8]>>(plan: &FeedPlan, cells: &[C]) -> HeaderCheck {
    let labels: Vec<String> =
        cells.iter().map(|cell| String::from_utf8_lossy(cell.as_ref()).trim().to_owned()).collect();
    let mut problems = Vec::new();
    let mut notes = Vec::new();
    let mut used = vec![false; labels.len()];
    let mut columns = Vec::new();
    for mapping in &plan.mappings {
        let found: Vec<usize> =
            labels.iter().enumerate().filter(|(_, label)| mapping.from.contains(label)).map(|(at, _)| at).collect();
        for at in &found {
            used[*at] = true;
        }
        match found[..] {
            [at] => columns.push(at),
            [] => problems.push(missing(plan, mapping.from.as_slice(), &labels).field(&mapping.field)),
            [first, ..] => {
                let found: Vec<_> = found.iter().map(|at| format!("{} ({:?})", at + 1, labels[*at])).collect();
                let message = format!(
                    "the columns {} could all be read; expected exactly one of {}",
                    found.join(", "),
                    list(&mapping.from)
                );
                let problem = Problem::new(Stage::Split, Code::DuplicateLabel, message);
                problems.push(problem.field(&mapping.field).column(&labels[first]));
            }
        }
    }
    for (at, label) in labels.iter().enumerate().filter(|(at, _)| !used[*at]) {
        notes.push(if label.is_empty() {
            let message = format!("column {} has no name; it is not imported", at + 1);
            Problem::new(Stage::Split, Code::BlankLabel, message)
        } else {
            let message = format!("column {} is not read by the feed; it is not imported", at + 1);
            Problem::new(Stage::Split, Code::ExtraLabel, message).column(label)
        });
    }
    let binding = problems.is_empty().then_some(Binding { labels, columns });
    HeaderCheck { binding, problems, notes }
}

fn missing(plan: &FeedPlan, names: &[String], labels: &[String]) -> Problem {
    // Only what no field reads can be a misspelling of this one.
    let unread = || {
        labels
            .iter()
            .map(String::as_str)
            .filter(|label| !plan.mappings.iter().any(|m| m.from.iter().any(|n| n == label)))
    };
    let hint = names.iter().find_map(|name| suggest::did_you_mean(name, unread())).unwrap_or_default();
    let expected = if names.len() == 1 { format!("{:?}", names[0]) } else { format!("one of {}", list(names)) };
    let message = format!("the header has no column {expected}{hint}");
    Problem::new(Stage::Split, Code::MissingLabel, message)
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> FeedPlan {
        FeedPlan::from_yaml(
            "
version: 1
name: products
restructure: {id: {from: [SKU, Article]}, price: {from: Price}}
schema: {fields: [{name: id, constraints: {required: true}}, {name: price, type: number}]}
import: {table: products, key: [id]}
",
        )
        .map_err(|problems| format!("{problems:?}"))
        .unwrap()
    }

    fn told(problems: &[Problem]) -> Vec<String> {
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn binds_by_name_in_any_order() {
        let check = check(&plan(), &["Price", "Note", " Article "]);
        assert_eq!(check.binding.unwrap().columns, [2, 0]);
        assert_eq!(told(&check.notes), ["[extra-label] Note: column 2 is not read by the feed; it is not imported"]);
    }

    #[test]
    fn tells_what_is_missing_and_what_may_have_been_meant() {
        let check = check(&plan(), &["SKU", "Prcie"]);
        assert!(check.binding.is_none());
        assert_eq!(
            told(&check.problems),
            ["[missing-label] price: the header has no column \"Price\"; did you mean \"Prcie\"?"]
        );
    }

    #[test]
    fn two_columns_for_one_field_are_not_guessed_between() {
        let check = check(&plan(), &["SKU", "Article", "Price", ""]);
        assert_eq!(
            told(&check.problems),
            ["[duplicate-label] id (column \"SKU\"): the columns 1 (\"SKU\"), 2 (\"Article\") could all be read; \
              expected exactly one of \"SKU\", \"Article\""]
        );
        assert_eq!(check.notes[0].code, Code::BlankLabel);
    }
}
