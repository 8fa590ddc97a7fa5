//! The feed as its author wrote it, to say what is expected and where to change it.

use std::path::Path;

use sluice_engine::feed::read_schema;
use sluice_engine::spec::{FeedSpec, FieldSpec, MappingSpec, RuleSpec, SchemaRef, SchemaSpec};

/// A feed and its schema as their author wrote them.
pub struct Written {
    /// The feed.
    pub spec: FeedSpec,
    /// Its schema.
    pub schema: SchemaSpec,
    /// The prefix of paths in the schema: `schema.`, or empty if the schema is a file of its own.
    prefix: &'static str,
    /// The suffix of such paths: ` of plan.json` if the schema is a file of its own.
    of: String,
}

impl Written {
    /// Loads a feed and its schema. An unreadable schema is reported when the feed is compiled; here it has
    /// no fields.
    pub fn new(spec: FeedSpec, file: &Path) -> Self {
        let (schema, prefix, of) = match &spec.schema {
            SchemaRef::Inline(schema) => ((**schema).clone(), "schema.", String::new()),
            SchemaRef::File(name) => {
                let text = std::fs::read_to_string(file.with_file_name(name)).unwrap_or_default();
                let schema = read_schema(name, &text).map(|(schema, _)| schema).unwrap_or_default();
                (schema, "", format!(" of {name}"))
            }
        };
        Self { spec, schema, prefix, of }
    }

    /// A field of the schema.
    pub fn field(&self, name: &str) -> Option<&FieldSpec> {
        self.schema.fields.iter().find(|field| field.name == name)
    }

    /// The mapping of a field, if the feed has one.
    pub fn mapping(&self, field: &str) -> Option<&MappingSpec> {
        self.spec.restructure.get(field)
    }

    /// The path of a part of a field, in backticks: `` `schema.fields[4].constraints` ``.
    pub fn field_path(&self, name: &str, part: &str) -> Option<String> {
        let index = self.schema.fields.iter().position(|field| field.name == name)?;
        Some(format!("`{}fields[{index}]{part}`{}", self.prefix, self.of))
    }

    /// The first rule of a kind that checks a field, with its path in backticks.
    pub fn rule(&self, kind: &str, field: Option<&str>) -> Option<(&RuleSpec, String)> {
        let rules = &self.spec.validate.rules;
        let (index, rule) = rules.iter().enumerate().find(|(_, rule)| {
            let (key, fields) = looks_at(rule);
            key == kind && field.is_none_or(|field| fields.contains(&field))
        })?;
        Some((rule, format!("`validate.rules[{index}].{kind}`")))
    }
}

/// The key of a rule, and the fields that it checks.
fn looks_at(rule: &RuleSpec) -> (&'static str, Vec<&str>) {
    match rule {
        RuleSpec::Prohibited(rule) => ("prohibited", rule.fields.iter().map(String::as_str).collect()),
        RuleSpec::Range(rule) => ("range", vec![&rule.field]),
        RuleSpec::OneOf(rule) => ("one_of", vec![&rule.field]),
        RuleSpec::Compare(rule) => ("compare", vec![&rule.left, &rule.right]),
        RuleSpec::Regex(rule) => ("regex", vec![&rule.field]),
        RuleSpec::DateWindow(rule) => ("date_window", vec![&rule.field]),
        RuleSpec::RequiredTogether(rule) => ("required_together", rule.fields.iter().map(String::as_str).collect()),
        RuleSpec::AtMostOne(rule) => ("at_most_one", rule.fields.iter().map(String::as_str).collect()),
        RuleSpec::Reference(rule) => ("reference", rule.field.0.iter().map(String::as_str).collect()),
        RuleSpec::Rule(rule) => ("rule", rule.field.iter().map(String::as_str).collect()),
    }
}
