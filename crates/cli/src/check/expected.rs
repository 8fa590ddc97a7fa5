//! What a feed expects: a few words beside the marked cell.

use serde_json::Value;
use sluice_engine::spec::{ConstraintsSpec, FieldSpec, FieldType, OneOrMany, RuleSpec, Scalar};
use sluice_engine::{Code, Problem, Stage};

use super::feed::Written;
use super::fix::is_missing;

/// Maximum number of listed values; the total is stated.
const NAMED: usize = 10;

/// What the feed expects in this place, if that adds to the message. `encoding` is that of the file.
pub fn expected(feed: &Written, problem: &Problem, cells: usize, encoding: &str) -> Option<String> {
    let name = problem.field.as_deref();
    match problem.code {
        Code::TypeError => of_type(feed, feed.field(name?)?),
        Code::ConstraintError => {
            let field = feed.field(name?)?;
            if is_missing(feed, problem) { Some("a value".to_owned()) } else { of_constraints(&field.constraints) }
        }
        Code::EncodingError if feed.spec.source.encoding == "auto" => {
            Some(format!("text in {encoding}, as most of the file is (`source.encoding` is auto)"))
        }
        Code::EncodingError => Some(format!("text in {}", feed.spec.source.encoding)),
        // The message already explains a cause that all records share.
        Code::ExtraCell | Code::MissingCell if problem.stage == Stage::Split => None,
        Code::ExtraCell => Some(format!("the end of the record, after {cells} cells")),
        Code::MissingCell => Some(format!("{cells} cells")),
        Code::Range => match feed.rule("range", name)?.0 {
            RuleSpec::Range(rule) => {
                listed(&[bound("at least", rule.minimum.as_ref()), bound("at most", rule.maximum.as_ref())])
            }
            _ => None,
        },
        _ => None,
    }
}

/// A value of a field's type, in the notation of the file.
fn of_type(feed: &Written, field: &FieldSpec) -> Option<String> {
    let mapping = feed.mapping(&field.name);
    if let Some(OneOrMany(patterns)) = mapping.and_then(|mapping| mapping.date.as_ref().or(mapping.datetime.as_ref())) {
        return Some(format!("{}, written {}", field.field_type.as_str(), patterns.join(" or ")));
    }
    let of = field.field_type.as_str();
    Some(match (field.field_type, field.format.as_deref()) {
        (FieldType::Any, _) => return None,
        (_, None | Some("default")) => of.to_owned(),
        (_, Some(format)) => format!("{of}, format {format}"),
    })
}

fn of_constraints(constraints: &ConstraintsSpec) -> Option<String> {
    let ConstraintsSpec { pattern, one_of, min_length, max_length, json_schema, .. } = constraints;
    let bounds = [
        ("at least", &constraints.minimum),
        ("at most", &constraints.maximum),
        ("more than", &constraints.exclusive_minimum),
        ("less than", &constraints.exclusive_maximum),
    ];
    let [least, most, more, less] =
        bounds.map(|(words, value)| bound(words, value.as_ref().and_then(Scalar::of).as_ref()));
    listed(&[
        one_of.as_ref().map(|values| one_of_them(values)),
        pattern.as_ref().map(|pattern| format!("matching {pattern}")),
        least,
        most,
        more,
        less,
        min_length.map(|length| format!("length at least {length}")),
        max_length.map(|length| format!("length at most {length}")),
        json_schema.as_ref().map(|_| "what its JSON Schema says".to_owned()),
    ])
}

fn one_of_them(values: &[Value]) -> String {
    let named: Vec<String> = values.iter().take(NAMED).filter_map(Scalar::of).map(|value| value.0).collect();
    let more = if values.len() > NAMED { format!(", … ({} in all)", values.len()) } else { String::new() };
    format!("one of {}{more}", named.join(", "))
}

fn bound(words: &str, value: Option<&Scalar>) -> Option<String> {
    value.map(|value| format!("{words} {}", value.0))
}

fn listed(parts: &[Option<String>]) -> Option<String> {
    let parts: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
