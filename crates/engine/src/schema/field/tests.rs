use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::schema::Compiled;

fn field(spec: serde_json::Value) -> Field {
    let Compiled { field, problems, .. } = Field::compile(&serde_json::from_value(spec).unwrap(), None);
    assert_eq!(problems, []);
    field
}

fn messages(spec: serde_json::Value, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    field(spec).check(text, &mut problems);
    problems.into_iter().map(|problem| problem.message).collect()
}

#[test]
fn table_of_formats() {
    for (spec, text, canonical) in [
        (json!({"type": "string", "format": "email"}), "a@b.de", Some("a@b.de")),
        (json!({"type": "string", "format": "uri"}), "b.de", None),
        (json!({"type": "string", "format": "binary"}), "dGVzdA==", Some("dGVzdA==")),
        (json!({"type": "string", "format": "uuid"}), "no", None),
        (json!({"type": "number", "decimalChar": ",", "groupChar": "."}), "1.234,50", Some("1234.5")),
        (json!({"type": "number", "bareNumber": false}), "EUR 95", Some("95")),
        (json!({"type": "integer", "groupChar": " "}), "1 234", Some("1234")),
        (json!({"type": "integer", "groupChar": ""}), "1234", Some("1234")),
        (json!({"type": "boolean", "trueValues": ["ja"], "falseValues": ["nein"]}), "ja", Some("true")),
        (json!({"type": "boolean", "trueValues": ["ja"], "falseValues": ["nein"]}), "true", None),
        (json!({"type": "boolean", "trueValues": ["ja"]}), "0", Some("false")),
        (json!({"type": "date", "format": "%d/%m/%y"}), "21/11/06", Some("2006-11-21")),
        (json!({"type": "date", "format": "fmt:%d/%m/%y"}), "21/11/06", Some("2006-11-21")),
        (json!({"type": "date", "format": "%d.%m.%Y"}), "8.10.2014", Some("2014-10-08")),
        (json!({"type": "date", "format": "%d.%m.%Y"}), "8.10.14", None),
        (json!({"type": "date", "format": "%d.%m.%Y"}), "08.10.2014 ", None),
        (json!({"type": "date", "format": "any"}), "10th Jan 1969", Some("1969-01-10")),
        (json!({"type": "time", "format": "%H:%M"}), "06:00", Some("06:00:00")),
        (json!({"type": "time", "format": "%I:%M %p"}), "3:05 pm", Some("15:05:00")),
        (json!({"type": "time", "format": "%H:%M%z"}), "06:00+0100", Some("05:00:00Z")),
        (json!({"type": "datetime", "format": "%d/%m/%y %H:%M"}), "21/11/06 16:30", Some("2006-11-21T16:30:00")),
        (
            json!({"type": "datetime", "format": "%Y-%m-%d %H:%M%z"}),
            "2026-01-01 00:30+0100",
            Some("2025-12-31T23:30:00Z"),
        ),
        (json!({"type": "geopoint", "format": "array"}), "[7.5, 48.250]", Some("7.5,48.25")),
        (json!({"type": "geopoint", "format": "array"}), "[7.5, \"48\"]", None),
        (json!({"type": "geopoint", "format": "array"}), "[7.5, 48, 1]", None),
        (json!({"type": "geopoint", "format": "object"}), "{\"lat\": 48, \"lon\": 7}", Some("7,48")),
        (json!({"type": "geopoint", "format": "object"}), "{\"lat\": 48, \"lon\": 7, \"x\": 1}", None),
        (
            json!({"type": "geojson", "format": "topojson"}),
            "{\"type\": \"LineString\", \"arcs\": [4]}",
            Some("{\"arcs\":[4],\"type\":\"LineString\"}"),
        ),
        (
            json!({"type": "list", "delimiter": "; ", "itemType": "date"}),
            "2026-01-01; 2026-01-02",
            Some("[\"2026-01-01\",\"2026-01-02\"]"),
        ),
        (json!({"type": "list", "itemType": "integer"}), "1, 02,3", Some("[1,2,3]")),
        (json!({"type": "list", "itemType": "boolean"}), "1,false", Some("[true,false]")),
        (json!({"type": "list", "itemType": "integer"}), "1,,3", None),
    ] {
        let field = field(spec.clone());
        let read = field.read(text);
        assert_eq!(read.as_ref().map(Value::canonical).as_deref(), canonical, "{spec} {text}");
        let again = read.as_ref().and_then(|value| field.read_canonical(&value.canonical()));
        assert_eq!(again, read, "{spec} {text}");
    }
}

#[test]
fn what_is_no_value_is_neither_read_nor_judged() {
    let spec = json!({"type": "integer", "missingValues": ["NA", "-"], "constraints": {"minimum": 1}});
    for (text, is_value) in [("", false), ("NA", false), ("-", false), ("1", true)] {
        let mut problems = Vec::new();
        assert_eq!(field(spec.clone()).check(text, &mut problems).is_some(), is_value, "{text}");
        assert_eq!(problems, [], "{text}");
    }
    let missing = serde_json::from_value::<Vec<_>>(json!(["none"])).unwrap();
    let of_schema = Field::compile(&serde_json::from_value(json!({"name": "a"})).unwrap(), Some(&missing)).field;
    assert!(of_schema.is_missing("none") && of_schema.is_missing("") && !of_schema.is_missing("NA"));
    let own = json!({"name": "a", "missingValues": [{"value": "NA", "label": "not asked"}]});
    let own = Field::compile(&serde_json::from_value(own).unwrap(), Some(&missing)).field;
    assert!(own.is_missing("NA") && own.is_missing("") && !own.is_missing("none"));
}

#[test]
fn messages_of_constraints_name_the_constraint_and_the_bound() {
    let string = |constraints| json!({"name": "a", "type": "string", "constraints": constraints});
    for (spec, text, expected) in [
        (string(json!({"required": true})), "", "is empty, but a value is required (constraint \"required\")"),
        (
            json!({"missingValues": ["NA"], "constraints": {"required": true}}),
            "NA",
            "\"NA\" means that there is no value, but one is required (constraint \"required\")",
        ),
        (string(json!({"pattern": "a|b"})), "ab", "\"ab\" does not match the pattern a|b (constraint \"pattern\")"),
        (
            string(json!({"enum": ["red", "green"]})),
            "geen",
            "\"geen\" is not one of red, green; did you mean \"green\"? (constraint \"enum\")",
        ),
        (
            json!({"type": "string", "categories": [{"value": "S", "label": "small"}, "M"]}),
            "XL",
            "\"XL\" is not one of S, M (constraint \"categories\")",
        ),
        (
            string(json!({"minLength": 3})),
            "üü",
            "\"üü\" has 2 characters, fewer than the minimum of 3 (constraint \"minLength\")",
        ),
        (
            json!({"type": "array", "constraints": {"maxLength": 1}}),
            "[1,2]",
            "\"[1,2]\" has 2 items, more than the maximum of 1 (constraint \"maxLength\")",
        ),
        (
            json!({"type": "list", "constraints": {"maxLength": 1}}),
            "a,b",
            "\"a,b\" has 2 items, more than the maximum of 1 (constraint \"maxLength\")",
        ),
        (
            json!({"type": "object", "constraints": {"minLength": 1}}),
            "{}",
            "\"{}\" has 0 keys, fewer than the minimum of 1 (constraint \"minLength\")",
        ),
        (
            json!({"type": "number", "constraints": {"minimum": "0.10"}}),
            "0.09",
            "\"0.09\" must be at least 0.1 (constraint \"minimum\")",
        ),
        (
            json!({"type": "year", "constraints": {"maximum": 4}}),
            "2026",
            "\"2026\" must be at most 0004 (constraint \"maximum\")",
        ),
        (
            json!({"type": "date", "format": "%d.%m.%Y", "constraints": {"exclusiveMinimum": "01.02.2026"}}),
            "01.02.2026",
            "\"01.02.2026\" must be more than 2026-02-01 (constraint \"exclusiveMinimum\")",
        ),
        (
            json!({"type": "duration", "constraints": {"exclusiveMaximum": "P1D"}}),
            "PT24H",
            "\"PT24H\" must be less than P1D (constraint \"exclusiveMaximum\")",
        ),
        (
            json!({"type": "object", "constraints": {"jsonSchema": {"properties": {"a": {"type": "integer"}}}}}),
            "{\"a\": \"x\"}",
            "does not match the JSON Schema of the field: \"x\" is not of type \"integer\" (at /a) (constraint \
             \"jsonSchema\")",
        ),
    ] {
        assert_eq!(messages(spec.clone(), text), [expected], "{spec}");
    }
}

#[test]
fn messages_of_types_say_what_was_found_and_what_was_expected() {
    for (spec, text, expected) in [
        (json!({"type": "integer"}), "12.5", "\"12.5\" is not an integer, such as 12 or -3"),
        (
            json!({"type": "number"}),
            "12,50",
            "\"12,50\" is not a decimal number, such as 12.50; the schema can allow it with decimalChar: \",\"",
        ),
        (
            json!({"type": "number"}),
            "NaN",
            "\"NaN\" is not a decimal number, such as 12.50; numbers are kept exactly, and a table cannot hold this \
             one",
        ),
        (
            json!({"type": "number"}),
            "12 €",
            "\"12 €\" is not a decimal number, such as 12.50; the schema can allow it with bareNumber: false",
        ),
        (
            json!({"type": "number"}),
            "1,234",
            "\"1,234\" is not a decimal number, such as 12.50; the schema can allow it with decimalChar: \",\" \
             (1.234), or with groupChar: \",\" (1234)",
        ),
        (
            json!({"type": "integer"}),
            "1 234",
            "\"1 234\" is not an integer, such as 12 or -3; the schema can allow it with groupChar: \" \"",
        ),
        (
            json!({"type": "number", "groupChar": " ", "decimalChar": ","}),
            "x",
            "\"x\" is not a decimal number, such as 1 234,50",
        ),
        (
            json!({"type": "boolean", "trueValues": ["Oui"], "falseValues": ["Non"]}),
            "oui",
            "\"oui\" is not a truth value: Oui for true, Non for false; case and white space count",
        ),
        (
            json!({"type": "date", "format": "%d/%m/%Y"}),
            "2026-11-21",
            "\"2026-11-21\" is not a date in the format %d/%m/%Y, such as 21/11/2026",
        ),
        (
            json!({"type": "date", "format": "any"}),
            "01/02/2003",
            "\"01/02/2003\" is not a date that can be read in one way only, such as 21 Nov 2026; the schema can allow \
             it with format: \"%d/%m/%Y\" (2003-02-01), or with format: \"%m/%d/%Y\" (2003-01-02); only someone who \
             knows the file can tell which is meant",
        ),
        (
            json!({"type": "date"}),
            " 2026-11-21",
            "\" 2026-11-21\" is not a date, such as 2026-11-21; it would be valid without the white space around it",
        ),
        (
            json!({"type": "list", "itemType": "integer"}),
            "1,x",
            "\"1,x\" is not a list with \",\" between its items, each of which is an integer, such as 12 or -3; item 2 is \"x\"",
        ),
    ] {
        assert_eq!(messages(spec.clone(), text), [expected], "{spec}");
    }
}

#[test]
fn every_constraint_that_is_broken_is_reported() {
    let spec = json!({"type": "string", "constraints": {"pattern": "a|b", "enum": ["a", "b"], "maxLength": 1}});
    assert_eq!(messages(spec.clone(), "cc").len(), 3);
    assert_eq!(messages(spec, "a"), [""; 0]);
    let schema = json!({"items": {"type": "integer"}});
    let wrong = messages(
        json!({"type": "array", "constraints": {"jsonSchema": schema}}),
        "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]",
    );
    assert_eq!(wrong.len(), 6);
    assert!(wrong[5].contains("and 2 more"), "{wrong:?}");
    let long = messages(
        json!({"type": "array", "constraints": {"jsonSchema": {"maxItems": 1}}}),
        &format!("[1{}]", ",1".repeat(1000)),
    );
    assert_eq!(
        long,
        ["does not match the JSON Schema of the field: value has more than 1 item (constraint \"jsonSchema\")"]
    );
}

#[test]
fn equal_values_are_found_in_an_enum_however_they_are_written() {
    for (spec, text) in [
        (json!({"type": "number", "constraints": {"enum": [1.5, "2.50"]}}), "1.500"),
        (json!({"type": "number", "constraints": {"enum": [1.5, "2.50"]}}), "2.5"),
        (json!({"type": "boolean", "trueValues": ["ja"], "constraints": {"enum": [true]}}), "ja"),
        (json!({"type": "date", "format": "%d.%m.%Y", "constraints": {"enum": ["01.02.2026"]}}), "1.2.2026"),
        (json!({"type": "date", "format": "%d.%m.%Y", "constraints": {"enum": ["2026-02-01"]}}), "1.2.2026"),
        (json!({"type": "object", "constraints": {"enum": [{"b": 1, "a": [2]}]}}), "{\"a\":[2.0],\"b\":1}"),
        (json!({"type": "list", "itemType": "integer", "constraints": {"enum": [[1, 2], "3,4"]}}), "3, 4"),
        (json!({"type": "list", "itemType": "integer", "constraints": {"enum": [[1, 2], "3,4"]}}), "1, 2"),
        (json!({"type": "geopoint", "format": "array", "constraints": {"enum": [[1, 2]]}}), "[1.0, 2]"),
        (json!({"type": "number", "decimalChar": ",", "groupChar": ".", "constraints": {"enum": [1.125]}}), "1,125"),
    ] {
        assert_eq!(messages(spec.clone(), text), [""; 0], "{spec} {text}");
    }
}

/// Every type in every format, compiled once.
static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let formats = [
        json!({"type": "string", "format": "email"}),
        json!({"type": "string", "format": "uri"}),
        json!({"type": "string", "format": "binary"}),
        json!({"type": "string", "format": "uuid"}),
        json!({"type": "string", "constraints": {"pattern": "[a-z]+", "minLength": 2, "enum": ["a"]}}),
        json!({"type": "any"}),
        json!({"type": "integer"}),
        json!({"type": "integer", "groupChar": ",", "bareNumber": false}),
        json!({"type": "number", "constraints": {"minimum": 1, "exclusiveMaximum": 2}}),
        json!({"type": "number", "decimalChar": ",", "groupChar": "."}),
        json!({"type": "number", "decimalChar": "ü", "groupChar": "é", "bareNumber": false}),
        json!({"type": "boolean"}),
        json!({"type": "object", "constraints": {"jsonSchema": {"minProperties": 1}}}),
        json!({"type": "array", "constraints": {"minLength": 1}}),
        json!({"type": "list"}),
        json!({"type": "list", "itemType": "number", "delimiter": "é"}),
        json!({"type": "list", "itemType": "datetime"}),
        json!({"type": "date"}),
        json!({"type": "date", "format": "any"}),
        json!({"type": "date", "format": "%d. %B %y"}),
        json!({"type": "time"}),
        json!({"type": "time", "format": "any"}),
        json!({"type": "time", "format": "%I:%M:%S %p"}),
        json!({"type": "datetime"}),
        json!({"type": "datetime", "format": "any"}),
        json!({"type": "datetime", "format": "%d/%m/%Y %H:%M%z"}),
        json!({"type": "year"}),
        json!({"type": "yearmonth"}),
        json!({"type": "duration", "constraints": {"minimum": "P1D"}}),
        json!({"type": "geopoint"}),
        json!({"type": "geopoint", "format": "array"}),
        json!({"type": "geopoint", "format": "object"}),
        json!({"type": "geojson"}),
        json!({"type": "geojson", "format": "topojson"}),
    ];
    formats.into_iter().map(field).collect()
});

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-+0-9.,eé$ ü]{0,20}",
        "[0-9:/ TZapm.+-]{0,25}",
        "([0-9]{1,4}|[0-9]{1,2}(st|th)|Jan|feb\\.|Fri|am|pm|[0-9]{1,2}:[0-9]{2}|[ ,]|utc){0,8}",
        "[\\[\\]{}\",:0-9a-z\\\\ ]{0,25}",
        "[-P0-9YMDTHMSW.]{0,20}",
        "[a-z0-9@.:/%-]{0,25}",
    ]
}

proptest! {
    #[test]
    fn any_text_is_judged_and_what_is_read_is_read_again(text in texts()) {
        for field in FIELDS.iter() {
            let mut problems = Vec::new();
            let checked = field.check(&text, &mut problems);
            prop_assert_eq!(checked.is_none() && !field.is_missing(&text), problems.iter().any(|it| it.code == Code::TypeError));
            let Some(value) = checked else { continue };
            let canonical = value.canonical().into_owned();
            prop_assert_eq!(field.read_canonical(&canonical), Some(value), "{:?} {}", field.field_type, canonical);
        }
    }
}

#[test]
fn white_space_alone_is_no_value_where_one_is_required() {
    let spaces = ["\u{a0} ", " ", "\t", "\u{3000}", "\u{85}", "\u{2028}"];
    for of in ["string", "any", "integer", "date", "boolean"] {
        for text in spaces {
            let reported = messages(json!({"type": of, "constraints": {"required": true}}), text);
            let expected = format!("{text:?} is white space only, but a value is required (constraint \"required\")");
            assert_eq!(reported, [expected], "{of}");
        }
    }
    // Elsewhere it is data.
    for text in spaces {
        assert_eq!(messages(json!({"type": "string"}), text), [""; 0], "{text:?}");
    }
    assert_eq!(messages(json!({"constraints": {"required": true}}), "\u{200b}"), [""; 0], "not white space in Unicode");
}
