//! From [`FeedSpec`] to [`FeedPlan`]: checks what serde cannot, and compiles.

use std::collections::HashSet;

use regex::Regex;

use super::name::FeedName;
use super::problem::FeedProblem;
use super::read::read;
use super::spec::{Aliases, ConstraintsSpec, Duplicates, FeedSpec, FieldSpec, FieldType, RuleSpec, Scalar};
use crate::decimal::Decimal;
use crate::dialect::Dialect;
use crate::import::MAX_FIELDS;
use crate::restructure::{Mapping, Pattern};
use crate::schema::{Constraints, Field, Value};
use crate::suggest;
use crate::validate::{Prohibited, Range, Rule};

/// What a feed means: checked, compiled, and good to be used.
///
/// Every field has a mapping, in the order of the schema; rules and key name fields by their index.
pub struct FeedPlan {
    /// The feed's name.
    pub name: FeedName,
    /// What the feed is, for people.
    pub description: String,
    /// How records and cells are told apart.
    pub dialect: Dialect,
    /// How each field is made, in the order of `fields`.
    pub mappings: Vec<Mapping>,
    /// The fields, in the order in which they are written out.
    pub fields: Vec<Field>,
    /// The business rules.
    pub rules: Vec<Box<dyn Rule>>,
    /// What the gate lets pass.
    pub limits: Limits,
    /// Where records go.
    pub import: ImportPlan,
    /// Who is told.
    pub report: ReportPlan,
}

/// How many rejects the gate lets pass.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// At most so many.
    pub max_rejects: Option<u64>,
    /// At most this share of the records, in percent.
    pub max_reject_percent: Option<Decimal>,
}

/// Where records go.
#[derive(Clone, Debug)]
pub struct ImportPlan {
    /// The table, as the feed names it.
    pub table: String,
    /// The fields of its key, by their index: one or two.
    pub key: Vec<usize>,
    /// Which of several records with one key wins.
    pub duplicates: Duplicates,
}

/// Who is told.
#[derive(Clone, Debug)]
pub struct ReportPlan {
    /// Addresses, beside the operators' of the stack.
    pub recipients: Vec<String>,
    /// The subject, with its placeholders.
    pub subject: String,
}

/// The subject of a mail where the feed has none.
pub const DEFAULT_SUBJECT: &str = "{verdict}: {feed}: {file}";

impl FeedPlan {
    /// Reads, checks and compiles a feed.
    ///
    /// # Errors
    /// Every problem of the feed, each with its path.
    pub fn from_yaml(yaml: &str) -> Result<Self, Vec<FeedProblem>> {
        Self::compile(&read(yaml)?)
    }

    /// Checks and compiles a feed.
    ///
    /// # Errors
    /// Every problem of the feed, each with its path.
    pub fn compile(spec: &FeedSpec) -> Result<Self, Vec<FeedProblem>> {
        let mut check = Check { problems: Vec::new(), names: &names(spec) };
        if spec.version != 1 {
            check.problem("version", format!("is {}, but this release reads version 1", spec.version));
        }
        let name = check.take("name", spec.name.parse::<FeedName>());
        let dialect = check.dialect(spec);
        let fields = check.fields(spec);
        let mappings = check.mappings(spec);
        let rules = check.rules(spec, &fields);
        let limits = check.limits(spec);
        let import = check.import(spec);
        let report = check.report(spec);
        match (name, check.problems) {
            (Some(name), problems) if problems.is_empty() => Ok(Self {
                name,
                description: spec.description.clone(),
                dialect,
                mappings,
                fields,
                rules,
                limits,
                import,
                report,
            }),
            (_, problems) => Err(problems),
        }
    }
}

fn names(spec: &FeedSpec) -> Vec<&str> {
    spec.schema.fields.iter().map(|field| field.name.as_str()).collect()
}

/// Collects problems while compiling. Where a part is broken, a stand-in goes on, so that the rest
/// is checked as well; the plan is not handed out then.
struct Check<'a> {
    problems: Vec<FeedProblem>,
    names: &'a [&'a str],
}

impl Check<'_> {
    fn problem(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(FeedProblem::new(path, message));
    }

    fn take<T, E: std::fmt::Display>(&mut self, path: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.problem(path, error.to_string())).ok()
    }

    /// The index of a field that is named somewhere.
    fn field(&mut self, path: &str, name: &str) -> Option<usize> {
        let found = self.names.iter().position(|other| *other == name);
        if found.is_none() {
            let hint = suggest::did_you_mean(name, self.names.iter().copied()).unwrap_or_default();
            self.problem(path, format!("{name:?} is not a field of the schema{hint}"));
        }
        found
    }

    fn dialect(&mut self, spec: &FeedSpec) -> Dialect {
        let mut byte = |key: &str, text: &str| match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => *byte,
            _ => {
                self.problem(format!("source.{key}"), format!("{text:?} is not one ASCII character"));
                b','
            }
        };
        let dialect = Dialect {
            delimiter: byte("delimiter", &spec.source.delimiter),
            quote: byte("quoteChar", &spec.source.quote_char),
        };
        if spec.source.delimiter == spec.source.quote_char {
            self.problem("source.quoteChar", "is the delimiter");
        }
        dialect
    }

    fn fields(&mut self, spec: &FeedSpec) -> Vec<Field> {
        if spec.schema.fields.is_empty() {
            self.problem("schema.fields", "is empty; a feed has at least one field");
        }
        if spec.schema.fields.len() > MAX_FIELDS {
            let message = format!("has {} fields; a table takes up to {MAX_FIELDS}", spec.schema.fields.len());
            self.problem("schema.fields", message);
        }
        let mut seen = HashSet::new();
        let mut fields = Vec::new();
        for (index, field) in spec.schema.fields.iter().enumerate() {
            let path = format!("schema.fields[{index}]");
            if field.name.is_empty() || field.name.starts_with('_') {
                self.problem(
                    format!("{path}.name"),
                    format!("{:?} cannot be a name: it is empty, or begins with the _ of Sluice's own", field.name),
                );
            }
            if !seen.insert(&field.name) {
                self.problem(format!("{path}.name"), format!("{:?} is the name of another field already", field.name));
            }
            let constraints = self.constraints(&format!("{path}.constraints"), field);
            fields.push(Field { name: field.name.clone(), field_type: field.field_type, constraints });
        }
        fields
    }

    fn constraints(&mut self, path: &str, field: &FieldSpec) -> Constraints {
        let ConstraintsSpec { required, pattern, one_of, minimum, maximum, min_length, max_length } =
            &field.constraints;
        let field_type = field.field_type;
        if field_type != FieldType::String {
            for (key, given) in [("minLength", min_length), ("maxLength", max_length)] {
                if given.is_some() {
                    self.problem(format!("{path}.{key}"), format!("does not go with the type {}", field_type.as_str()));
                }
            }
        }
        if let (Some(min), Some(max)) = (min_length, max_length)
            && min > max
        {
            self.problem(format!("{path}.minLength"), "is more than maxLength");
        }
        if matches!(field_type, FieldType::String | FieldType::Boolean) {
            for (key, given) in [("minimum", minimum), ("maximum", maximum)] {
                if given.is_some() {
                    self.problem(format!("{path}.{key}"), format!("does not go with the type {}", field_type.as_str()));
                }
            }
        }
        let (minimum, maximum) = self.bounds(path, field_type, minimum.as_ref(), maximum.as_ref());
        let pattern = pattern.as_ref().and_then(|pattern| {
            // The whole text must match, as in XML Schema, from which Table Schema takes its patterns.
            let regex = self.take(&format!("{path}.pattern"), Regex::new(&format!("^(?:{pattern})$")));
            regex.map(|regex| (regex, pattern.clone()))
        });
        let one_of = one_of.as_ref().map(|values| {
            if values.is_empty() {
                self.problem(format!("{path}.enum"), "is empty");
            }
            let read = |(at, value)| self.value(&format!("{path}.enum[{at}]"), field_type, value);
            values.iter().enumerate().filter_map(read).collect()
        });
        Constraints {
            required: *required,
            pattern,
            one_of,
            minimum,
            maximum,
            min_length: *min_length,
            max_length: *max_length,
        }
    }

    fn value(&mut self, path: &str, field_type: FieldType, value: &Scalar) -> Option<Value<'static>> {
        let read = Value::read(field_type, &value.0).map(Value::into_owned);
        if read.is_none() {
            self.problem(path, format!("{:?} is not of the type {}", value.0, field_type.as_str()));
        }
        read
    }

    fn bounds(
        &mut self,
        path: &str,
        field_type: FieldType,
        minimum: Option<&Scalar>,
        maximum: Option<&Scalar>,
    ) -> (Option<Value<'static>>, Option<Value<'static>>) {
        let minimum = minimum.and_then(|value| self.value(&format!("{path}.minimum"), field_type, value));
        let maximum = maximum.and_then(|value| self.value(&format!("{path}.maximum"), field_type, value));
        if let (Some(low), Some(high)) = (&minimum, &maximum)
            && low.compare(high).is_some_and(std::cmp::Ordering::is_gt)
        {
            self.problem(format!("{path}.minimum"), "is more than maximum");
        }
        (minimum, maximum)
    }

    fn mappings(&mut self, spec: &FeedSpec) -> Vec<Mapping> {
        for name in spec.restructure.keys() {
            self.field(&format!("restructure.{name}"), name);
        }
        let mut mappings = Vec::new();
        for field in &spec.schema.fields {
            let mapping = spec.restructure.get(&field.name).cloned().unwrap_or_default();
            let path = format!("restructure.{}", field.name);
            let date = mapping.date.map(|pattern| ("date", FieldType::Date, pattern));
            let datetime = mapping.datetime.map(|pattern| ("datetime", FieldType::Datetime, pattern));
            if date.is_some() && datetime.is_some() {
                self.problem(&path, "has both date and datetime; a field is one of them");
            }
            let pattern = date.or(datetime).and_then(|(key, wanted, pattern)| {
                if field.field_type != wanted {
                    self.problem(
                        format!("{path}.{key}"),
                        format!("does not go with the type {} of the field", field.field_type.as_str()),
                    );
                }
                self.take(&format!("{path}.{key}"), Pattern::compile(&pattern, wanted))
            });
            let Aliases(from) = mapping.from.unwrap_or_else(|| Aliases(vec![field.name.clone()]));
            mappings.push(Mapping { field: field.name.clone(), from, clean: mapping.clean, pattern });
        }
        mappings
    }

    fn rules(&mut self, spec: &FeedSpec, fields: &[Field]) -> Vec<Box<dyn Rule>> {
        let mut rules: Vec<Box<dyn Rule>> = Vec::new();
        for (index, rule) in spec.validate.rules.iter().enumerate() {
            let path = format!("validate.rules[{index}]");
            match rule {
                RuleSpec::Prohibited(rule) => {
                    let path = format!("{path}.prohibited");
                    for (key, empty) in [("fields", rule.fields.is_empty()), ("terms", rule.terms.is_empty())] {
                        if empty {
                            self.problem(format!("{path}.{key}"), "is empty");
                        }
                    }
                    let find = |(at, name): (usize, &String)| self.field(&format!("{path}.fields[{at}]"), name);
                    let fields = rule.fields.iter().enumerate().filter_map(find).collect();
                    if let Some(rule) = self.take(&format!("{path}.terms"), Prohibited::new(fields, &rule.terms)) {
                        rules.push(Box::new(rule));
                    }
                }
                RuleSpec::Range(rule) => {
                    let path = format!("{path}.range");
                    if rule.minimum.is_none() && rule.maximum.is_none() {
                        self.problem(&path, "has neither minimum nor maximum");
                    }
                    let Some(field) = self.field(&format!("{path}.field"), &rule.field) else { continue };
                    let field_type = fields[field].field_type;
                    if matches!(field_type, FieldType::String | FieldType::Boolean) {
                        let of = field_type.as_str();
                        self.problem(format!("{path}.field"), format!("is of the type {of}, which has no range"));
                        continue;
                    }
                    let (minimum, maximum) =
                        self.bounds(&path, field_type, rule.minimum.as_ref(), rule.maximum.as_ref());
                    rules.push(Box::new(Range { field, minimum, maximum }));
                }
            }
        }
        rules
    }

    fn limits(&mut self, spec: &FeedSpec) -> Limits {
        let limits = &spec.validate.limits;
        let path = "validate.limits.maxRejectPercent";
        let percent = limits.max_reject_percent.as_ref();
        let percent = percent.and_then(|percent| self.take(path, percent.0.trim_end_matches('%').parse::<Decimal>()));
        if percent.as_ref().is_some_and(|percent| *percent < Decimal::from(0) || *percent > Decimal::from(100)) {
            self.problem(path, "is not between 0 and 100");
        }
        Limits { max_rejects: limits.max_rejects, max_reject_percent: percent }
    }

    fn import(&mut self, spec: &FeedSpec) -> ImportPlan {
        let import = &spec.import;
        // A prefix of up to 80 characters goes before it; DynamoDB allows 255 in all.
        let valid = (1..=170).contains(&import.table.len())
            && import.table.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !valid {
            self.problem("import.table", format!("{:?} is not a table name: a-z, A-Z, 0-9, -, _ and .", import.table));
        }
        if !(1..=2).contains(&import.key.len()) {
            self.problem("import.key", "names one field, or two where the table has a sort key");
        }
        let mut key = Vec::new();
        for (at, name) in import.key.iter().enumerate() {
            let path = format!("import.key[{at}]");
            let Some(index) = self.field(&path, name) else { continue };
            if key.contains(&index) {
                self.problem(&path, "is named twice");
            }
            if !spec.schema.fields[index].constraints.required {
                let message = format!("{name:?} must be required: a record without its key cannot be written");
                self.problem(&path, message);
            }
            if spec.schema.fields[index].field_type == FieldType::Boolean {
                self.problem(&path, format!("{name:?} is a boolean, which cannot be a key"));
            }
            key.push(index);
        }
        ImportPlan { table: import.table.clone(), key, duplicates: import.duplicates }
    }

    fn report(&mut self, spec: &FeedSpec) -> ReportPlan {
        for (at, address) in spec.report.recipients.iter().enumerate() {
            let parts = address.split_once('@');
            let valid = parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
            if !valid || address.contains(char::is_whitespace) {
                self.problem(format!("report.recipients[{at}]"), format!("{address:?} is not a mail address"));
            }
        }
        let subject = spec.report.subject.clone().unwrap_or_else(|| DEFAULT_SUBJECT.to_owned());
        ReportPlan { recipients: spec.report.recipients.clone(), subject }
    }
}

#[cfg(test)]
mod tests;
