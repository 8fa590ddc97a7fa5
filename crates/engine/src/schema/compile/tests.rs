use serde_json::json;

use crate::schema::{Compiled, Field};

fn compile(spec: serde_json::Value) -> (Vec<String>, Vec<String>) {
    let Compiled { problems, notes, .. } = Field::compile(&serde_json::from_value(spec).unwrap(), None);
    let texts = |found: Vec<crate::spec::FeedProblem>| found.iter().map(ToString::to_string).collect();
    (texts(problems), texts(notes))
}

#[test]
fn constraints_go_with_some_types() {
    let types = [
        "string",
        "integer",
        "number",
        "boolean",
        "object",
        "array",
        "list",
        "datetime",
        "date",
        "time",
        "year",
        "yearmonth",
        "duration",
        "geopoint",
        "geojson",
        "any",
    ];
    let lengths: &[&str] = &["string", "array", "object", "list"];
    let ordered: &[&str] = &["integer", "number", "date", "time", "datetime", "duration", "year", "yearmonth"];
    let bound = |of: &str| match of {
        "date" => json!("1789-07-14"),
        "datetime" => json!("1789-07-14T08:00:00Z"),
        "time" => json!("07:07:07"),
        "yearmonth" => json!("1789-07"),
        "duration" => json!("P1D"),
        _ => json!(4),
    };
    for of in types {
        for (constraint, value, fits) in [
            ("required", json!(true), true),
            ("unique", json!(true), true),
            ("minLength", json!(4), lengths.contains(&of)),
            ("maxLength", json!(4), lengths.contains(&of)),
            ("minimum", bound(of), ordered.contains(&of)),
            ("maximum", bound(of), ordered.contains(&of)),
            ("exclusiveMinimum", bound(of), ordered.contains(&of)),
            ("exclusiveMaximum", bound(of), ordered.contains(&of)),
            ("pattern", json!("[0-9]+"), of == "string"),
            ("jsonSchema", json!({}), of == "array" || of == "object"),
        ] {
            let (problems, _) = compile(json!({"name": "a", "type": of, "constraints": {constraint: value}}));
            let expected = (!fits).then(|| format!("constraints.{constraint}: does not go with the type {of}"));
            assert_eq!(problems, expected.into_iter().collect::<Vec<_>>(), "{constraint} {of}");
        }
    }
}

#[test]
fn table_of_problems() {
    for (spec, path) in [
        (json!({"type": "string", "format": "emial"}), "format"),
        (json!({"type": "geopoint", "format": "list"}), "format"),
        (json!({"type": "date", "format": "invalid"}), "format"),
        (json!({"type": "date", "format": "%H:%M"}), "format"),
        (json!({"type": "number", "decimalChar": ""}), "decimalChar"),
        (json!({"type": "number", "groupChar": "0"}), "groupChar"),
        (json!({"type": "number", "groupChar": "."}), "groupChar"),
        (json!({"type": "boolean", "trueValues": ["x"], "falseValues": ["x"]}), "trueValues"),
        (json!({"type": "boolean", "trueValues": []}), "trueValues"),
        (json!({"type": "list", "delimiter": ""}), "delimiter"),
        (json!({"type": "list", "itemType": "object"}), "itemType"),
        (json!({"type": "string", "categories": "S"}), "categories"),
        (json!({"type": "string", "categories": []}), "categories"),
        (json!({"type": "integer", "categories": [1, "x"]}), "categories[1]"),
        (json!({"type": "string", "categories": ["S"], "constraints": {"enum": ["S", "M"]}}), "constraints.enum[1]"),
        (json!({"type": "string", "categoriesOrdered": true}), "categoriesOrdered"),
        (json!({"type": "integer", "constraints": {"enum": []}}), "constraints.enum"),
        (json!({"type": "integer", "constraints": {"enum": [1, null]}}), "constraints.enum[1]"),
        (json!({"type": "integer", "constraints": {"minimum": 1.5}}), "constraints.minimum"),
        (json!({"type": "integer", "constraints": {"minimum": 2, "maximum": 1}}), "constraints.minimum"),
        (json!({"type": "integer", "constraints": {"minimum": 2, "exclusiveMaximum": 2}}), "constraints.minimum"),
        (
            json!({"type": "integer", "constraints": {"exclusiveMinimum": 2, "maximum": 2}}),
            "constraints.exclusiveMinimum",
        ),
        (json!({"type": "number", "constraints": {"minimum": 0.123_456_789_012_345_67}}), "constraints.minimum"),
        (json!({"type": "string", "constraints": {"minLength": 2, "maxLength": 1}}), "constraints.minLength"),
        (json!({"type": "string", "constraints": {"pattern": "("}}), "constraints.pattern"),
        (json!({"type": "string", "constraints": {"pattern": "(?!a)b"}}), "constraints.pattern"),
        (json!({"type": "object", "constraints": {"jsonSchema": {"type": 1}}}), "constraints.jsonSchema"),
        (
            json!({"type": "object", "constraints": {"jsonSchema": {"$ref": "https://example.org/a.json"}}}),
            "constraints.jsonSchema",
        ),
        (
            json!({"type": "object", "constraints": {"jsonSchema": {"$ref": "file:///etc/passwd"}}}),
            "constraints.jsonSchema",
        ),
    ] {
        let (problems, _) = compile(spec.clone());
        let paths: Vec<_> = problems.iter().map(|problem| problem.split(": ").next().unwrap()).collect();
        assert_eq!(paths, [path], "{spec} {problems:?}");
    }
}

#[test]
fn what_has_no_meaning_is_noted() {
    let (problems, notes) =
        compile(json!({"type": "integer", "format": "decimal", "trueValues": ["x"], "decimalChar": ","}));
    assert_eq!(problems, [""; 0]);
    assert_eq!(
        notes,
        [
            "trueValues: has no meaning for the type integer",
            "decimalChar: has no meaning for the type integer",
            "format: \"decimal\" has no meaning: the type integer has no formats",
        ]
    );
}

#[test]
fn patterns_of_other_engines_are_reported() {
    let pattern = |pattern: &str| compile(json!({"constraints": {"pattern": pattern}})).0.remove(0);
    assert_eq!(
        pattern("(?!a)b"),
        "constraints.pattern: (?!a)b looks ahead or behind with (?!, which patterns here do not support, because \
         every text is checked in linear time"
    );
    assert_eq!(pattern("(a"), "constraints.pattern: (a is not a pattern: unclosed group");
}
