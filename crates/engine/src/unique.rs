//! Fields whose values must be unique within a file.
//!
//! The gate compares the hashes of all valid records; this file computes the hashes and words the problems.

use crate::feed::{FeedPlan, UniqueSet};
use crate::{Code, Problem, Stage};

impl UniqueSet {
    /// The problem of a record that has the values of an earlier one.
    #[must_use]
    pub fn problem<T: AsRef<str>>(&self, plan: &FeedPlan, texts: &[T], earlier: u64) -> Problem {
        let what = match self.code {
            Code::PrimaryKey => "the primary key of a record must be unique in the file".to_owned(),
            _ if self.fields.len() == 1 => "it must be unique in the file".to_owned(),
            _ => "together they must be unique in the file".to_owned(),
        };
        problem_of(plan, &self.fields, self.code, texts, &format!("as record {earlier}; {what}"))
    }
}

/// The problem of a record that shares the sink's key with another one, for a feed that rejects them all.
#[must_use]
pub fn duplicate_key<T: AsRef<str>>(plan: &FeedPlan, texts: &[T], other: u64) -> Problem {
    let rest = format!("as record {other}; the feed rejects all records that share a key");
    problem_of(plan, &plan.import.key, Code::DuplicateKey, texts, &rest)
}

/// Names the fields, and the value if there is a single one and it is not sensitive.
fn problem_of<T: AsRef<str>>(plan: &FeedPlan, fields: &[usize], code: Code, texts: &[T], rest: &str) -> Problem {
    let names: Vec<&str> = fields.iter().filter_map(|field| plan.fields.get(*field)).map(|f| f.name.as_str()).collect();
    let [field] = fields else {
        return Problem::new(Stage::Gate, code, format!("has the same {} {rest}", names.join(", ")));
    };
    let problem = Problem::new(Stage::Gate, code, format!("has the same value {rest}")).field(&names.concat());
    let value = texts.get(*field).filter(|_| !plan.masks.is_sensitive(*field));
    value.map_or(problem.clone(), |value| problem.value(value.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> FeedPlan {
        FeedPlan::from_yaml(
            "
version: 1
name: people
schema:
  fields:
    - {name: id}
    - {name: mail, sensitive: true, constraints: {unique: true}}
    - {name: name}
    - {name: born, type: date}
  primaryKey: id
  uniqueKeys: [[name, born], [id]]
import: {table: people, key: [id], duplicates: reject}
",
        )
        .unwrap()
    }

    #[test]
    fn sets_are_compiled_once_each_and_the_primary_key_is_required() {
        let plan = plan();
        let sets: Vec<_> = plan.unique.iter().map(|set| (set.code, set.fields.clone())).collect();
        let unique = Code::UniqueError;
        assert_eq!(sets, [(Code::PrimaryKey, vec![0]), (unique, vec![1]), (unique, vec![2, 3])]);
        assert!(plan.fields[0].constraints.required && !plan.fields[1].constraints.required);
        assert_eq!(plan.notes.len(), 1, "{:?}", plan.notes);
        assert_eq!(plan.notes[0].path, "schema.uniqueKeys[1]");
    }

    #[test]
    fn a_record_without_a_value_in_one_of_the_fields_is_not_compared() {
        let set = UniqueSet { fields: vec![0, 1], code: Code::UniqueError };
        assert_eq!(set.hash(&["a", "", "x"]), None);
        assert_eq!(set.hash(&["a", " \u{a0}", "x"]), None, "white space is no value of a key");
        assert_eq!(set.hash(&["a", "b", "x"]), set.hash(&["a", "b", "y"]));
        assert_ne!(set.hash(&["a", "bc", ""]), set.hash(&["ab", "c", ""]));
    }

    #[test]
    fn messages_name_fields_and_the_other_record_and_no_sensitive_value() {
        let plan = plan();
        let texts = ["7", "secret@example.com", "Ann", "2000-01-01"];
        let reported = |set: usize| plan.unique[set].problem(&plan, &texts, 3);
        assert_eq!(
            reported(0).to_string(),
            "[primary-key] id: has the same value as record 3; the primary key of a record must be unique in the file"
        );
        assert_eq!(reported(0).value.as_deref(), Some("7"));
        assert_eq!(
            reported(1).to_string(),
            "[unique-error] mail: has the same value as record 3; it must be unique in the file"
        );
        assert_eq!(reported(1).value, None);
        assert_eq!(
            reported(2).to_string(),
            "[unique-error] has the same name, born as record 3; together they must be unique in the file"
        );
        assert_eq!(
            duplicate_key(&plan, &texts, 9).to_string(),
            "[duplicate-key] id: has the same value as record 9; the feed rejects all records that share a key"
        );
    }

    #[test]
    fn what_is_wrong_with_the_sets_is_reported_with_its_place() {
        let yaml = "
version: 1
name: people
schema:
  fields: [{name: id, constraints: {required: true}}, {name: mail}]
  primaryKey: [id, nmae]
  uniqueKeys: [[], [mail, mail]]
import: {table: people, key: [id]}
";
        let problems = FeedPlan::from_yaml(yaml).err().unwrap();
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["schema.primaryKey", "schema.uniqueKeys[0]", "schema.uniqueKeys[1]"], "{problems:?}");
    }
}
