//! Finds fields and conditions of JSON whose pointers find nothing, because no header would show a name that is spelt wrong.

use std::collections::BTreeSet;

use super::Binding;
use crate::dialect::Dialect;
use crate::display::count;
use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::json::{LineReader, Pointer, walk};
use crate::record::{Position, Reader};
use crate::suggest;
use crate::{Code, Problem, Stage};

/// How many records are examined.
const RECORDS: u64 = 100;

/// Minimum number of records, because a single one may lack what others have.
const FEWEST: u64 = 2;

/// Maximum number of fields and conditions that are reported.
const MAX_REPORTED: usize = 20;

/// Reports each field, and each condition under which records are omitted, whose pointers find nothing in the first records. `head` is the start of the lines, and `whole`
/// says that it is all of them.
#[must_use]
pub fn unseen(plan: &FeedPlan, binding: &Binding, text: SourceText, head: &[u8], whole: bool) -> Vec<Problem> {
    let plan = plan.rows();
    let mut reader = Reader::new(Dialect::LINES, Position::START_OF_DATA);
    reader.push(head);
    if whole {
        reader.end();
    }
    let mut lines = LineReader::new(&binding.labels, text);
    let (mut seen, mut members, mut records) = (vec![false; binding.labels.len()], BTreeSet::new(), 0);
    while records < RECORDS {
        let Ok(Some(line)) = reader.next_record() else { break };
        if lines.read(&line).is_err() {
            continue;
        }
        records += 1;
        for (at, seen) in seen.iter_mut().enumerate() {
            *seen |= lines.has(at);
        }
        walk(line.raw, |value| {
            if value.arrays == 0 {
                members.insert(value.path.iter().fold(Pointer::default(), |path, token| path.then(token)).to_string());
            }
            true
        });
    }
    if records < FEWEST {
        return Vec::new();
    }
    let which = if records == RECORDS || !whole { "the first " } else { "the " };
    let nothing = |names: &[String]| {
        !names.is_empty() && names.iter().all(|name| binding.place(name).is_some_and(|at| !seen[at]))
    };
    let mappings = plan.mappings.iter().filter(|mapping| nothing(mapping.source.names()));
    let report = |names: &[String], then: &str| {
        let hint = names.iter().find_map(|name| suggest::did_you_mean(name, members.iter().map(String::as_str)));
        let message = format!(
            "none of {which}{} has {}, {then}{}",
            count(records, "record"),
            names.join(" or "),
            hint.unwrap_or_default()
        );
        Problem::new(Stage::Split, Code::MissingMember, message)
    };
    let of_fields = mappings
        .map(|mapping| report(mapping.source.names(), "so that the field has no value there").field(&mapping.field));
    let conditions = plan.omit.conditions.iter().filter(|condition| nothing(&condition.when.fields));
    let of_conditions = conditions.map(|condition| {
        report(&condition.when.fields, &format!("which the condition {:?} of source.omit reads", condition.name))
    });
    of_fields.chain(of_conditions).take(MAX_REPORTED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(file: &str) -> Vec<String> {
        let yaml = "{version: 1, name: a, source: {format: jsonl, omit: {conditions: [{name: gone, when: 'row[\"/tax\"] == \
                    row[\"/gone\"]'}, {name: void, when: 'row[\"/viod\"] == \"true\"'}]}}, restructure: {name: {from: [/title, /nmae]}, cost: {value: \
                    'row[\"/price/amount\"]'}}, schema: {fields: [{name: id, constraints: {required: true}}, {name: name}, \
                    {name: cost}, {name: tax}]}, import: {table: a, key: [id]}}";
        let plan = FeedPlan::from_yaml(yaml).unwrap();
        let binding = super::super::check(&plan, plan.source.columns.as_ref().unwrap()).binding.unwrap();
        let found = unseen(&plan, &binding, SourceText::UTF_8, file.as_bytes(), true);
        found.iter().map(|problem| problem.message.clone()).collect()
    }

    #[test]
    fn a_pointer_that_finds_nothing_is_reported_with_what_is_there() {
        let all = "{\"id\":1,\"title\":null,\"price\":{\"amount\":1},\"tax\":0,\"viod\":0}\n";
        for (file, expected) in [
            (format!("{all}{all}"), vec![]),
            (format!("{all}{{\"id\":2}}\n"), vec![]),
            ("{\"id\":1}\n".to_owned(), vec![]),
            (
                "{\"id\":1,\"name\":\"x\",\"price\":{\"amounts\":1},\"tax\":0,\"void\":0}\nno JSON\n{\"id\":2}\n"
                    .to_owned(),
                vec![
                    "none of the 2 records has /title or /nmae, so that the field has no value there; did you mean \"/name\"?",
                    "none of the 2 records has /price/amount, so that the field has no value there; did you mean \
                     \"/price/amounts\"?",
                    "none of the 2 records has /viod, which the condition \"void\" of source.omit reads; did you mean \"/void\"?",
                ],
            ),
            (
                "{\"id\":1}\n".repeat(150),
                vec![
                    "none of the first 100 records has /title or /nmae, so that the field has no value there",
                    "none of the first 100 records has /price/amount, so that the field has no value there",
                    "none of the first 100 records has /tax, so that the field has no value there",
                    "none of the first 100 records has /tax or /gone, which the condition \"gone\" of source.omit reads",
                    "none of the first 100 records has /viod, which the condition \"void\" of source.omit reads",
                ],
            ),
        ] {
            assert_eq!(reported(&file), expected, "{file}");
        }
    }
}
