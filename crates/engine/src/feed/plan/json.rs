//! `source.format`: checks and compiles feeds for JSON, whose columns are pointers.

use super::{OmitPlan, PlanBuilder};
use crate::json::Pointer;
use crate::mapping::{Mapping, Source};
use crate::spec::{FeedSpec, MappingSpec, SourceFormat};

/// How the records of JSON are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPlan {
    /// The array that holds them. `None` for JSON Lines, where each line is one.
    pub records: Option<Pointer>,
}

impl PlanBuilder<'_> {
    /// How JSON is read; `None` if the files are something else.
    pub(super) fn json(&mut self, spec: &FeedSpec) -> Option<JsonPlan> {
        let source = &spec.source;
        let path = "source.records";
        if let (Some(_), SourceFormat::Csv | SourceFormat::Jsonl | SourceFormat::Fixed | SourceFormat::Xlsx) =
            (&source.records, source.format)
        {
            let message = format!(
                "is only for format: json, where it points to the array of records; the format is {}",
                source.format
            );
            self.problem(path, message);
        }
        match source.format {
            SourceFormat::Csv | SourceFormat::Fixed | SourceFormat::Xlsx => None,
            SourceFormat::Jsonl => Some(JsonPlan { records: None }),
            SourceFormat::Json => {
                let records = source.records.as_deref().unwrap_or_default();
                let records = self.take(path, records.parse::<Pointer>()).unwrap_or_default();
                Some(JsonPlan { records: Some(records) })
            }
        }
    }

    /// The names of columns as pointers. Several possible names are tried in each record, because there is no header
    /// that would decide once.
    pub(super) fn pointers(&mut self, path: &str, mapping: &MappingSpec, made_of: Source) -> Source {
        let (key, is_list) = match mapping {
            MappingSpec { value: Some(_), .. } => ("value", false),
            MappingSpec { first: Some(_), .. } => ("first", true),
            MappingSpec { join: Some(_), .. } => ("join.columns", true),
            MappingSpec { from, .. } => ("from", from.as_ref().is_some_and(|from| from.0.len() > 1)),
        };
        for (at, name) in made_of.names().iter().enumerate() {
            if let Err(error) = name.parse::<Pointer>() {
                let path = if is_list { format!("{path}.{key}[{at}]") } else { format!("{path}.{key}") };
                self.problem(path, error.to_string());
            }
        }
        match made_of {
            Source::Column(names) if names.len() > 1 => Source::First(names),
            other => other,
        }
    }
}

/// The columns that mappings and conditions read, each once, in the order in which they are first named.
pub(super) fn columns(mappings: &[Mapping], omit: &OmitPlan) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let of_fields = mappings.iter().flat_map(|mapping| mapping.source.names());
    let of_conditions = omit.conditions.iter().flat_map(|condition| &condition.when.fields);
    for name in of_fields.chain(of_conditions) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use crate::feed::FeedPlan;
    use crate::spec::FeedProblem;

    fn compile(source: &str, restructure: &str) -> Result<FeedPlan, Vec<String>> {
        let yaml = format!(
            "version: 1\nname: a\nsource: {{{source}}}\nrestructure: {{{restructure}}}\nschema:\n  fields:\n  \
             - {{name: id, constraints: {{required: true}}}}\n  - {{name: price.net}}\n  - {{name: tags, type: array}}\n\
             import: {{table: a, key: [id]}}\n"
        );
        FeedPlan::from_yaml(&yaml).map_err(|problems| problems.iter().map(FeedProblem::located).collect())
    }

    #[test]
    fn a_field_is_read_from_its_pointers() {
        let plan = compile("format: jsonl", "id: {from: [/sku, /id]}, tags: {value: 'row[\"/a\"] + row[\"/sku\"]'}");
        let plan = plan.unwrap();
        assert_eq!(plan.source.columns.as_deref(), Some(&["/sku", "/id", "/price/net", "/a"].map(str::to_owned)[..]));
        assert_eq!(plan.json.map(|json| json.records), Some(None));
        let plan = compile("format: json", "").unwrap();
        assert_eq!(plan.json.and_then(|json| json.records).map(|records| records.to_string()), Some(String::new()));
        let plan = compile("format: json, records: /data/items", "").unwrap();
        assert_eq!(
            plan.json.and_then(|json| json.records).map(|records| records.to_string()),
            Some("/data/items".into())
        );
        assert!(compile("", "").unwrap().json.is_none());
    }

    /// Otherwise its value would be shown as a part of the object that it is in.
    #[test]
    fn what_holds_a_sensitive_member_or_is_in_it_is_sensitive_too() {
        let yaml = "{version: 1, name: a, source: {format: jsonl}, restructure: {who: {from: /who}, all: {from: ''}, street: {from: \
                    [/x, /who/mail/0]}, sum: {value: 'row[\"/who/mail\"] + \"!\"'}}, schema: {fields: [{name: id, constraints: \
                    {required: true}}, {name: who.mail, sensitive: true}, {name: who, type: object}, {name: all}, {name: street}, \
                    {name: sum}, {name: who2}]}, import: {table: a, key: [id]}}";
        let yaml =
            yaml.replace("who.mail, s", "mail, s").replace("{who: {from", "{mail: {from: /who/mail}, who: {from");
        let plan = FeedPlan::from_yaml(&yaml).unwrap();
        let sensitive: Vec<bool> = (0..plan.fields.len()).map(|field| plan.masks.is_sensitive(field)).collect();
        assert_eq!(sensitive, [false, true, true, true, true, true, false]);
        assert_eq!(plan.notes.len(), 4, "{:?}", plan.notes);
    }

    /// A key that says what holds anyway is no error, but its author should know.
    #[test]
    fn a_key_of_csv_without_an_effect_is_noted() {
        let plan = compile("format: jsonl, delimiter: ','", "").unwrap();
        let notes: Vec<String> = plan.notes.iter().map(FeedProblem::located).collect();
        let expected = "line 3, column 25: source.delimiter: describes CSV, and has no effect with format: jsonl";
        assert_eq!(notes, [expected]);
        assert!(compile("format: csv, delimiter: ','", "").unwrap().notes.is_empty());
    }

    #[test]
    fn a_feed_that_mixes_up_the_formats_is_told_so() {
        for (source, restructure, expected) in [
            (
                "format: jsonl, delimiter: ';'",
                "",
                "line 3, column 36: source.delimiter: describes CSV and has no meaning with format: jsonl; remove it",
            ),
            (
                "format: json, header: false",
                "",
                "line 3, column 32: source.header: describes CSV and has no meaning with format: json; remove it",
            ),
            (
                "format: jsonl, labels: {extra: reject_file}",
                "",
                "line 3, column 25: source.labels: describes CSV and has no meaning with format: jsonl; remove it",
            ),
            (
                "records: /a",
                "",
                "line 3, column 19: source.records: is only for format: json, where it points to the array of records; the format is csv",
            ),
            (
                "format: jsonl, records: /a",
                "",
                "line 3, column 34: source.records: is only for format: json, where it points to the array of records; the format is jsonl",
            ),
            (
                "format: json, records: items",
                "",
                "line 3, column 33: source.records: \"items\" is no JSON pointer, because it does not begin with \"/\"; did you mean \"/items\"?",
            ),
            (
                "format: jsonl",
                "id: {from: sku}",
                "line 4, column 26: restructure.id.from: \"sku\" is no JSON pointer, because it does not begin with \"/\"; did you mean \"/sku\"?",
            ),
            (
                "format: jsonl",
                "id: {from: [/id, a.b]}",
                "line 4, column 32: restructure.id.from[1]: \"a.b\" is no JSON pointer, because it does not begin with \"/\"; did you mean \"/a/b\"?",
            ),
            (
                "format: jsonl",
                "id: {join: {columns: [/a, b]}}",
                "line 4, column 41: restructure.id.join.columns[1]: \"b\" is no JSON pointer, because it does not begin with \"/\"; did you mean \"/b\"?",
            ),
            (
                "format: jsonl",
                "id: {first: [x, /b]}",
                "line 4, column 28: restructure.id.first[0]: \"x\" is no JSON pointer, because it does not begin with \"/\"; did you mean \"/x\"?",
            ),
            (
                "format: jsonl",
                "id: {value: 'row[\"a\"]'}",
                "line 4, column 27: restructure.id.value: \"a\" is no JSON pointer, because it does not begin with \"/\"; did you mean \"/a\"?",
            ),
            (
                "format: ndjson",
                "",
                "line 3, column 18: source.format: \"ndjson\" is not allowed here; did you mean \"json\"?",
            ),
        ] {
            let found = compile(source, restructure).err().unwrap_or_default();
            assert_eq!(found, [expected], "{source} {restructure}");
        }
    }
}
