use std::collections::HashMap;

use proptest::prelude::*;
use std::borrow::Cow;

use super::*;
use crate::schema::{Field, Value as FieldValue};
use crate::spec::FieldType;

impl Columns for HashMap<&str, &str> {
    fn column(&self, label: &str) -> Option<Column<'_>> {
        self.get(label).map(|text| match *text {
            "\u{fffd}" => Column::Undecodable,
            "-" => Column::Absent,
            text => Column::Text(Cow::Borrowed(text)),
        })
    }
}

#[test]
fn a_condition_on_a_row_is_true_or_false_or_undecided() {
    let row = HashMap::from([("Price", "12.50"), ("Odd", "\u{fffd}"), ("Gone", "-")]);
    let holds = |source: &str| Expression::over_columns(source).unwrap().holds(&row, &run());
    for (source, expected) in [
        (r#"row["Price"] == "12.50" && !("Other" in row)"#, true),
        (r#"row["Gone"] == null && "Gone" in row"#, true),
        (r#"row["Price"] == null"#, false),
        (r#"row["Gone"] == "" "#, false),
    ] {
        assert_eq!(holds(source), Ok(expected), "{source}");
    }
    for source in
        [r#"row["Odd"] == "" "#, r#"row["Other"] == "" "#, r#"row["Gone"].startsWith("x")"#, r#"row["Price"]"#]
    {
        assert!(holds(source).is_err(), "{source}");
    }
}

fn run() -> RunContext {
    RunContext::at("2026-11-21T02:33:00Z").unwrap()
}

fn text(source: &str) -> Result<String, String> {
    let row =
        HashMap::from([("Price", "12.50"), ("Unit Price", "3"), ("Tags", "a, b"), ("Odd", "\u{fffd}"), ("x", "")]);
    Expression::over_columns(source).map_err(|problems| problems.join("; "))?.text(&row, &run())
}

const FIELDS: [(&str, FieldType, &str); 9] = [
    ("name", FieldType::String, "Lamp"),
    ("stock", FieldType::Integer, "7"),
    ("serial", FieldType::Integer, "123456789012345678901234567890"),
    ("price.amount", FieldType::Number, "0.30"),
    ("price.currency", FieldType::String, "EUR"),
    ("active", FieldType::Boolean, "true"),
    ("day", FieldType::Date, "2026-11-20"),
    ("at", FieldType::Datetime, "2026-11-20T01:00:00Z"),
    ("none", FieldType::Number, ""),
];

fn truth(source: &str) -> Result<bool, String> {
    let names: Vec<String> = FIELDS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let fields: Vec<Field> = FIELDS.iter().map(|(name, of, _)| Field::new(name, *of)).collect();
    let values: Vec<Option<FieldValue<'_>>> =
        FIELDS.iter().map(|(_, of, text)| FieldValue::read(*of, text).filter(|_| !text.is_empty())).collect();
    let unreadable = [false; FIELDS.len()];
    let record = TargetRecord { fields: &fields, values: &values, unreadable: &unreadable };
    Expression::over_record(source, &names).map_err(|problems| problems.join("; "))?.truth(&record, &run())
}

#[test]
fn table_of_texts() {
    for (source, expected) in [
        (r#"row["Price"]"#, "12.50"),
        (r#"row.Price + "x""#, "12.50x"),
        (r#"decimal(row["Price"]) * 2"#, "25"),
        (r#"decimal(row["Price"]) * 1.19"#, "14.875"),
        (r#"round(decimal(row["Price"]) * 1.19, 2)"#, "14.88"),
        ("0.1 + 0.2", "0.3"),
        ("1 + 0.5", "1.5"),
        ("-0.5 + 1", "0.5"),
        ("1 / 4", "0"),
        ("1 / 4.0", "0.25"),
        ("div(2, 3, 4)", "0.6667"),
        ("12345678901234567890.12345678901234567890 + 0.0", "12345678901234567890.1234567890123456789"),
        ("min(1, 0.5) + max(2, 2.5) + abs(-0.5)", "3.5"),
        ("int(2.9) + 1", "3"),
        ("string(2.50)", "2.5"),
        (r#"has(row.x) ? "yes" : "no""#, "yes"),
        (r#"has(row.y) ? "yes" : "no""#, "no"),
        (r#""Unit Price" in row ? row["Unit Price"] : "0""#, "3"),
        (r#"row["Tags"].split(",").map(t, t.trim().upper())"#, r#"["A","B"]"#),
        (r#"row["Tags"].split(",").map(t, t.trim()).join("/")"#, "a/b"),
        (r#"row["Tags"].replace(", ", "+")"#, "a+b"),
        (r#""straße".upper() + "ÄÖ".lower()"#, "STRASSEäö"),
        (r#""äbc".substring(1) + "äbc".substring(0, 1)"#, "bcä"),
        (r#"string("äbc".indexOf("c")) + string("".indexOf("c"))"#, "2-1"),
        (r#""a1".matches("^[a-z][0-9]$") && matches("b", "b")"#, "true"),
        (r#"{"b": 1.10, "a": [null, true, "\""]}"#, r#"{"a":[null,true,"\""],"b":1.1}"#),
        ("null", ""),
        ("as_of", "2026-11-21T02:33:00Z"),
        (r#"timestamp("2026-01-01T00:00:00Z") + duration("36h")"#, "2026-01-02T12:00:00Z"),
        (r#"as_of - timestamp("2026-11-21T00:00:00Z")"#, "PT2H33M"),
        ("1 in [1.0, 2] && 1.0 in [1, 2] && !(3 in [1.5])", "true"),
        ("type(1.5) == decimal", "true"),
        ("7u", "7"),
    ] {
        assert_eq!(text(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn table_of_what_cannot_be_evaluated() {
    for (source, expected) in [
        (r#"row["Prise"]"#, "there is no \"Prise\""),
        (r#"decimal(row["Tags"])"#, "decimal: the text is not a decimal number, such as 12.50"),
        (r#"row["Price"] * 2"#, "* cannot be applied to a text and a whole number"),
        ("null < 1", "< cannot be applied to no value and a whole number; check for a value first with == null"),
        ("1 / 0", "division by zero"),
        ("1.0 / 0", "/: division by zero"),
        ("1 % 0", "division by zero"),
        ("9223372036854775807 + 1", "a whole number became too large; use decimal()"),
        ("[1][1]", "a list has fewer elements than the index needs"),
        (r#"row["Odd"]"#, "row: the column \"Odd\" is not in the encoding of the file"),
        ("row", "a map cannot be the value of a field"),
        (r#""abc".substring(2, 9)"#, "substring: the place is outside the text"),
        ("round(1.5, 1.5)", "round: the digits after the point are a whole number from 0 to 100"),
    ] {
        assert_eq!(text(source).as_ref().map_err(String::as_str), Err(expected), "{source}");
    }
}

#[test]
fn table_of_truths() {
    for (source, expected) in [
        ("record.price.amount == 0.3", true),
        ("record.price.amount < 1 && 1 > record.price.amount", true),
        ("0.30 == record.price.amount", true),
        ("record.stock > 5 && record.stock * 1.5 == 10.5", true),
        ("record.serial - 1 == decimal(\"123456789012345678901234567889\")", true),
        ("record.price.currency in [\"EUR\", \"USD\"]", true),
        ("record[\"price\"][\"currency\"] == \"EUR\"", true),
        ("record.none == null", true),
        ("record.none == null || record.none > 1", true),
        ("has(record.name) && record.name.startsWith(\"L\")", true),
        ("record.active", true),
        ("record.day < as_of && record.at > record.day", true),
        ("as_of - record.at > duration(\"100h\")", false),
        ("record.at.getFullYear() == 2026", true),
    ] {
        assert_eq!(truth(source), Ok(expected), "{source}");
    }
    assert_eq!(truth("record.name").unwrap_err(), "it yields a text, not a truth value");
}

#[test]
fn the_fields_that_are_read_are_known() {
    let names: Vec<String> = FIELDS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let read = |source: &str| Expression::over_record(source, &names).map(|expression| expression.fields).unwrap();
    assert_eq!(read("record.stock > 1 || record.name == \"\" || record.stock < 0"), ["stock", "name"]);
    assert_eq!(read("has(record.price)"), ["price.amount", "price.currency"]);
}

#[test]
fn what_is_wrong_with_an_expression_is_reported_when_it_is_compiled() {
    for (source, expected) in [
        ("price", "\"price\" is not a variable here; a field is record.price"),
        ("recrod.name", "\"recrod\" is not a variable here; did you mean \"record\"?"),
        ("record.nmae == \"\"", "\"nmae\" is not a field of the schema; did you mean \"name\"?"),
        ("record.price.amuont > 1", "\"price.amuont\" is not a field of the schema; did you mean \"price.amount\"?"),
        ("record.name.uper() == \"\"", "\"uper\" is not a function; did you mean \"upper\"?"),
        ("now() > as_of", "\"now\" is not a function"),
        ("double(record.stock) > 1", "double() makes an inexact number; use decimal()"),
        ("record.name.matches(\"(\")", "is not a regular expression"),
        ("record.name.matches(record.name)", "the pattern of matches() must be a literal text"),
        ("[1].all(a, [1].all(b, [1].all(c, true)))", "nests loops over lists more than 2 deep"),
        ("1e-500 > 0", "write decimal("),
        ("1 +", "is not readable as CEL: line 1 column"),
        ("", "is not readable as CEL"),
        ("google.Money{} == null", "cannot be constructed here"),
    ] {
        let problem = truth(source).unwrap_err();
        assert!(problem.contains(expected), "{source}: {problem}");
    }
}

#[test]
fn every_function_that_is_let_through_is_there() {
    for name in functions::KNOWN {
        let unknown = |source: &str| {
            let error = text(source).err().unwrap_or_default();
            error.contains("is not known") || error.contains("is not a function")
        };
        let member = format!("row.Price.{name}(\"a\")");
        assert!(!unknown(&format!("{name}(1, 2, 3)")) || !unknown(&member), "{name}");
    }
}

#[test]
fn work_is_bounded() {
    let nested = |open: &str, close: &str, depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    for source in [
        nested("(", ")", 32),
        nested("[", "]", 32),
        nested("abs(", ")", 32),
        nested("[", "].map(x, x)", 17),
        format!("{}true", "!".repeat(160)),
        format!("{}1", "-".repeat(160)),
        format!("{}1", "- ".repeat(160)),
        format!("1{}", "+1".repeat(160)),
        format!("1{}", "/1".repeat(160)),
        format!("1{}", "<1".repeat(160)),
        format!("1{}", " in 1".repeat(160)),
        format!("{}1", "true?1:".repeat(80)),
        format!("row{}", ".a".repeat(160)),
        format!("row{}", "[0]".repeat(160)),
        format!("true{}", "&&true".repeat(80)),
        format!("{}true", "false||".repeat(80)),
        format!("[{}]", "1,".repeat(1900)),
    ] {
        // Any source gets an answer, even with the small stack of a test.
        let _ = text(&source);
    }
    assert!(text(&format!("1{}", "+1".repeat(100))).unwrap_err().contains("nested more than 40 deep"));
    assert!(text(&"(".repeat(900)).unwrap_err().contains("up to 32"));
    let many = "x,".repeat(5000);
    let row = HashMap::from([("Tags", many.as_str())]);
    let split = Expression::over_columns(r#"row["Tags"].split(",")"#).unwrap();
    assert_eq!(split.text(&row, &run()).unwrap_err(), "split: the text has more than 1000 parts");
    let squared = Expression::over_columns(r#"row["Tags"].replace("", row["Tags"])"#).unwrap();
    assert!(squared.text(&row, &run()).unwrap_err().contains("longer than a record may be"));
}

proptest! {
    #[test]
    fn no_text_makes_the_compiler_panic(source in "\\PC{0,80}") {
        let _ = text(&source);
    }

    #[test]
    fn no_expression_makes_the_interpreter_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "row", ".Price", "[\"x\"]", "(", ")", "[", "]", "1", "0", "-9223372036854775808", "0.5", "1e400", "null", "as_of",
            " + ", " - ", " * ", " / ", " % ", " < ", " == ", " in ", " && ", " ? ", " : ", "!", "-", ",", ".map(x, ", "x",
            "decimal(", "round(", "div(", "int(", "\"a\"", ".split(", ".substring(", "duration(\"1h\")", "timestamp(",
            "\"9999-12-31T23:59:59Z\"", "{", "}", "has(row.x)", ".matches(\"a\")", "uint(", "type(",
        ]), 0..14),
    ) {
        let _ = text(&parts.concat());
    }
}

#[test]
fn table_of_folds() {
    for (source, expected) in [
        ("[1, 2.50, 3].sum()", Ok("6.5")),
        ("[].sum()", Ok("0")),
        ("[0.1, 0.2].sum() == 0.3", Ok("true")),
        ("[3, 1.5, 2].min()", Ok("1.5")),
        ("[3, 1.5, 2].max()", Ok("3")),
        ("min(1, 2)", Ok("1")),
        ("[].max()", Err("max: the list is empty")),
        ("[\"1\"].sum()", Err("sum cannot be applied to a list with a text")),
        (r#"json('[{"amount": 250.00}, {"amount": 150.00}]').map(o, o.amount).sum()"#, Ok("400")),
        (r#"json('{"a": {"b": [1, null, true, "x"]}}').a.b"#, Ok(r#"[1,null,true,"x"]"#)),
        (r#"size(json("[]"))"#, Ok("0")),
        ("json(null)", Ok("")),
        (r#"json("[1")"#, Err("json: the text is not JSON")),
        ("json(1)", Err("json cannot be applied to a whole number")),
        (r#"query("http://a.example/?q=" + row["Price"], "q")"#, Ok("12.50")),
        (r#"registered_domain(host("https://www.example.co.uk/"))"#, Ok("example.co.uk")),
        (r#"registered_domain(host(row["x"]))"#, Ok("")),
        ("host(1)", Err("host cannot be applied to a whole number")),
    ] {
        assert_eq!(text(source).as_deref().map_err(String::as_str), expected, "{source}");
    }
}

#[test]
fn json_with_very_many_values_is_an_error() {
    let long = format!("[{}]", vec!["1"; 100_000].join(","));
    let row = HashMap::from([("list", long.as_str())]);
    let sum = Expression::over_columns("json(row.list).sum()").unwrap();
    assert_eq!(sum.text(&row, &run()).unwrap_err(), "json: the text has more than 100000 values");
}
