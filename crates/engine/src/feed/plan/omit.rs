//! `source.omit`: compiles the conditions under which records are omitted.

use super::PlanBuilder;
use crate::expression::Expression;
use crate::feed::name;
use crate::json::Pointer;
use crate::omitted::{EMPTY, REPEATED_HEADER};
use crate::spec::{ConditionSpec, FeedSpec};

/// Maximum number of conditions. Each of them is tried on each record, and the ledger keeps a count for each.
const MAX_CONDITIONS: usize = 20;

/// Which records of a file are omitted.
#[derive(Clone)]
pub struct OmitPlan {
    /// Whether records without content are.
    pub empty: bool,
    /// Whether records that repeat the header are.
    pub repeated_header: bool,
    /// Conditions for other records, in the order in which they are tried.
    pub conditions: Vec<Condition>,
}

/// A condition on the cells of a record.
#[derive(Clone)]
pub struct Condition {
    /// The name under which records are counted.
    pub name: String,
    /// What is true for these records.
    pub(crate) when: Expression,
}

impl PlanBuilder<'_> {
    pub(super) fn omit(&mut self, spec: &FeedSpec) -> OmitPlan {
        let omit = &spec.source.omit;
        if omit.conditions.len() > MAX_CONDITIONS {
            let message = format!("has {} conditions; expected at most {MAX_CONDITIONS}", omit.conditions.len());
            self.problem("source.omit.conditions", message);
        }
        let mut conditions: Vec<Condition> = Vec::new();
        for (at, ConditionSpec { name, when }) in omit.conditions.iter().enumerate() {
            let path = format!("source.omit.conditions[{at}]");
            let problem = if !name::is_valid(name) {
                Some(format!("{name:?} is not a name: expected {}", name::EXPECTED))
            } else if [EMPTY, REPEATED_HEADER].contains(&name.as_str()) {
                Some(format!("{name:?} is the name of records that Sluice finds itself; expected another name"))
            } else {
                let taken = omit.conditions[..at].iter().any(|other| other.name == *name);
                taken.then(|| format!("{name:?} is already the name of another condition"))
            };
            if let Some(problem) = problem {
                self.problem(format!("{path}.name"), problem);
            }
            let path = format!("{path}.when");
            if let Some(when) = self.over_columns(&path, when) {
                let pointers = if self.is_json { &when.fields[..] } else { &[] };
                for name in pointers {
                    self.take(&path, name.parse::<Pointer>());
                }
                conditions.push(Condition { name: name.clone(), when });
            }
        }
        OmitPlan { empty: omit.empty, repeated_header: omit.repeated_header, conditions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedPlan;

    fn plan(omit: &str) -> Result<OmitPlan, Vec<String>> {
        let feed = format!(
            "version: 1\nname: a\nsource: {{omit: {omit}}}\n\
             schema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\nimport: {{table: a, key: [id]}}\n"
        );
        let problems = |problems: Vec<_>| problems.iter().map(ToString::to_string).collect();
        FeedPlan::from_yaml(&feed).map(|plan| plan.omit).map_err(problems)
    }

    #[test]
    fn every_key_has_its_place() {
        let found = plan("{empty: false, conditions: [{name: units, when: 'row[\"id\"] == \"pcs\"'}]}").unwrap();
        let names: Vec<_> = found.conditions.iter().map(|condition| condition.name.as_str()).collect();
        assert_eq!((found.empty, found.repeated_header, names), (false, true, vec!["units"]));
        let found = plan("{}").unwrap();
        assert!(found.empty && found.repeated_header && found.conditions.is_empty());
    }

    #[test]
    fn a_condition_on_json_reads_pointers_which_are_columns() {
        let plan = |omit: &str| {
            let feed = format!(
                "version: 1\nname: a\nsource: {{format: jsonl, omit: {omit}}}\n\
                 schema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\nimport: {{table: a, key: [id]}}\n"
            );
            let problems = |problems: Vec<_>| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
            FeedPlan::from_yaml(&feed).map_err(problems)
        };
        let found =
            plan("{empty: false, conditions: [{name: gone, when: 'row[\"/state/now\"] == \"gone\"'}]}").unwrap();
        assert_eq!(found.source.columns.as_deref(), Some(&["/id", "/state/now"].map(str::to_owned)[..]));
        assert_eq!(
            plan("{repeatedHeader: false, conditions: [{name: gone, when: 'row[\"state\"] == \"gone\"'}]}").err(),
            Some(vec![
                "source.omit.repeatedHeader: describes CSV and has no meaning with format: jsonl; remove it".to_owned(),
                "source.omit.conditions[0].when: \"state\" is no JSON pointer, because it does not begin with \"/\"; did \
                 you mean \"/state\"?"
                    .to_owned(),
            ])
        );
    }

    #[test]
    fn mistakes_are_reported() {
        let many = format!("{{conditions: [{}]}}", "{name: a, when: 'true'}, ".repeat(21));
        for (omit, expected) in [
            (
                "{conditions: [{name: Units row, when: 'row.id == \"\"'}]}",
                &["source.omit.conditions[0].name: \"Units row\" is not a name: expected 1 to 40 of a-z, 0-9 and -, \
                   beginning with a letter"][..],
            ),
            (
                "{conditions: [{name: empty, when: 'true'}, {name: a, when: 'true'}, {name: a, when: 'false'}]}",
                &[
                    "source.omit.conditions[0].name: \"empty\" is the name of records that Sluice finds itself; \
                     expected another name",
                    "source.omit.conditions[2].name: \"a\" is already the name of another condition",
                ],
            ),
            (
                "{conditions: [{name: a, when: 'record.id == \"\"'}]}",
                &["source.omit.conditions[0].when: \"record\" is not a variable here; a column is row[\"record\"]"],
            ),
            (
                "{units: {when: 'true'}, conditions: [{name: a, if: 'true'}]}",
                &[
                    "source.omit.units: is not a key of the feed language; expected one of empty, repeatedHeader, \
                     conditions",
                    "source.omit.conditions[0].when: is missing",
                    "source.omit.conditions[0].if: is not a key of the feed language; expected one of name, when",
                ],
            ),
        ] {
            assert_eq!(plan(omit).err().unwrap_or_default(), expected, "{omit}");
        }
        let problems = plan(&many).err().unwrap_or_default();
        assert_eq!(problems[0], "source.omit.conditions: has 21 conditions; expected at most 20");
    }
}
