//! A feed as someone wrote it: shape only. [`FeedPlan`](super::FeedPlan) is what it means.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A feed file, version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSpec {
    /// Version of the feed language: 1.
    pub version: u32,
    /// The feed's name: the folder into which its files are uploaded.
    pub name: String,
    /// What the feed is, for people.
    #[serde(default)]
    pub description: String,
    /// What the file looks like.
    #[serde(default)]
    pub source: SourceSpec,
    /// How columns become fields; a field that is not named here is the column of its own name.
    #[serde(default)]
    pub restructure: BTreeMap<String, MappingSpec>,
    /// What a record must look like: a Frictionless Table Schema.
    pub schema: SchemaSpec,
    /// Which records are acceptable, and how many may not be.
    #[serde(default)]
    pub validate: ValidateSpec,
    /// Where records go.
    pub import: ImportSpec,
    /// Who is told.
    #[serde(default)]
    pub report: ReportSpec,
}

/// What the file looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct SourceSpec {
    /// Between cells: one ASCII character.
    pub delimiter: String,
    /// Around cells that hold a delimiter or a line break: one ASCII character; doubled within.
    pub quote_char: String,
}

impl Default for SourceSpec {
    fn default() -> Self {
        Self { delimiter: ",".into(), quote_char: "\"".into() }
    }
}

/// How a field is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MappingSpec {
    /// The column, or the names it may have; without it, the column of the field's name.
    pub from: Option<Aliases>,
    /// What is done to the text, in this order.
    pub clean: Vec<CleanSpec>,
    /// How a date is written in the file (strptime); it becomes ISO 8601.
    pub date: Option<String>,
    /// How a date with time is written in the file (strptime); it becomes ISO 8601.
    pub datetime: Option<String>,
}

/// One name, or a list of names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Aliases(pub Vec<String>);

/// A step of cleaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CleanSpec {
    /// Removes white space at both ends.
    Trim,
    /// Makes one space of every run of white space, and trims.
    CollapseWhitespace,
    /// To upper case.
    Upper,
    /// To lower case.
    Lower,
    /// Removes every occurrence of these characters.
    Strip(String),
    /// What to take where the text is empty.
    Default(Scalar),
}

/// A Frictionless Table Schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaSpec {
    /// The fields, in the order in which they are written out.
    pub fields: Vec<FieldSpec>,
}

/// A field of the schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type", default)]
    pub field_type: FieldType,
    /// A title for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What its values must satisfy.
    #[serde(default)]
    pub constraints: ConstraintsSpec,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Any text.
    #[default]
    String,
    /// A whole number of any length.
    Integer,
    /// An exact decimal number.
    Number,
    /// `true`, `True`, `TRUE`, `1`, `false`, `False`, `FALSE`, `0`.
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// `YYYY-MM-DDThh:mm:ss`, with or without a fraction and an offset from UTC.
    Datetime,
}

impl FieldType {
    /// The name of the type, as Table Schema has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Datetime => "datetime",
        }
    }
}

/// What the values of a field must satisfy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ConstraintsSpec {
    /// A value must be there.
    pub required: bool,
    /// A regular expression that the whole text must match.
    pub pattern: Option<String>,
    /// The only values allowed.
    #[serde(rename = "enum")]
    pub one_of: Option<Vec<Scalar>>,
    /// The smallest value allowed.
    pub minimum: Option<Scalar>,
    /// The largest value allowed.
    pub maximum: Option<Scalar>,
    /// The shortest text allowed, in characters.
    pub min_length: Option<u64>,
    /// The longest text allowed, in characters.
    pub max_length: Option<u64>,
}

/// Which records are acceptable, and how many may not be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidateSpec {
    /// Business rules, each of which looks at one record.
    pub rules: Vec<RuleSpec>,
    /// What the gate lets pass.
    pub limits: LimitsSpec,
}

/// A business rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSpec {
    /// Terms that must not occur.
    Prohibited(ProhibitedSpec),
    /// A range in which a value must lie.
    Range(RangeSpec),
}

/// Terms that must not occur in given fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProhibitedSpec {
    /// The fields to look at.
    pub fields: Vec<String>,
    /// The terms: whole words, whatever their case.
    pub terms: Vec<String>,
}

/// A range in which a value must lie, ends included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeSpec {
    /// The field to look at.
    pub field: String,
    /// The smallest value allowed.
    #[serde(default)]
    pub minimum: Option<Scalar>,
    /// The largest value allowed.
    #[serde(default)]
    pub maximum: Option<Scalar>,
}

/// How many rejects the gate lets pass. Without a limit, any number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LimitsSpec {
    /// At most so many.
    pub max_rejects: Option<u64>,
    /// At most this share of the records, in percent.
    pub max_reject_percent: Option<Scalar>,
}

/// Where records go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportSpec {
    /// The table.
    pub table: String,
    /// The fields of its key: the partition key, and where it has one, the sort key.
    pub key: Vec<String>,
    /// Which of several records with one key wins.
    #[serde(default)]
    pub duplicates: Duplicates,
}

/// Which of several records with one key wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// The last valid one in the file.
    #[default]
    Last,
}

/// Who is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportSpec {
    /// Addresses, beside the operators' of the stack.
    pub recipients: Vec<String>,
    /// The subject; `{verdict}`, `{file}`, `{feed}`, `{read}`, `{imported}` and `{rejected}` are filled in.
    pub subject: Option<String>,
}

/// A value as it was written: text, number or truth value, kept as text so that no number ever
/// becomes a float.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            serde_json::Value::Number(number) => Ok(Self(number.to_string())),
            serde_json::Value::Bool(truth) => Ok(Self(truth.to_string())),
            _ => Err(serde::de::Error::custom("expected a text, a number or a truth value")),
        }
    }
}

impl<'de> Deserialize<'de> for Aliases {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let error = || serde::de::Error::custom("expected the name of a column, or a list of names");
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(name) => Ok(Self(vec![name])),
            serde_json::Value::Array(names) if !names.is_empty() => names
                .into_iter()
                .map(|name| name.as_str().map(str::to_owned).ok_or_else(error))
                .collect::<Result<_, _>>()
                .map(Self),
            _ => Err(error()),
        }
    }
}
