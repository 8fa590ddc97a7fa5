use proptest::prelude::*;
use serde_json::{Map, Value as Node, json};

use crate::decimal::Decimal;
use crate::schema::{Field, Value};
use crate::spec::FieldSpec;

fn field(keys: &Map<String, Node>) -> Field {
    let mut keys = keys.clone();
    keys.insert("name".into(), json!("f"));
    let spec: FieldSpec = serde_json::from_value(Node::Object(keys)).unwrap();
    let compiled = Field::compile(&spec, None);
    assert!(compiled.problems.is_empty(), "{:?}", compiled.problems);
    compiled.field
}

fn keys(node: &Node) -> Map<String, Node> {
    node.as_object().cloned().unwrap()
}

/// The message for a text that is not a value of a field; `None` if it is one.
fn reported(keys: &Map<String, Node>, text: &str) -> Option<String> {
    let mut problems = Vec::new();
    field(keys).check(text, &mut problems);
    problems.first().map(|problem| problem.message.clone())
}

/// The settings that a message suggests, each as the keys of a field.
fn settings(message: &str) -> Vec<Map<String, Node>> {
    let Some((_, settings)) = message.split_once("the schema can allow it with ") else { return Vec::new() };
    let settings = settings.split("; only who knows").next().unwrap_or_default();
    let keys = |setting: &str| {
        let setting = setting.rsplit_once(" (").map_or(setting, |(setting, _)| setting);
        let pair = |pair: &str| {
            let (key, value) = pair.split_once(": ").unwrap();
            (key.to_owned(), serde_json::from_str(value).unwrap())
        };
        setting.split(" and ").map(pair).collect()
    };
    settings.split(", or with ").map(keys).collect()
}

#[test]
fn table_of_advice() {
    let number = keys(&json!({"type": "number"}));
    for (text, advice) in [
        ("12,50", "the schema can allow it with decimalChar: \",\""),
        ("1,234", "the schema can allow it with decimalChar: \",\" (1.234), or with groupChar: \",\" (1234)"),
        ("1.299,00", "the schema can allow it with decimalChar: \",\" and groupChar: \".\""),
        ("12 €", "the schema can allow it with bareNumber: false"),
        ("5 EUR", "the schema can allow it with bareNumber: false"),
        ("$-30", "the schema can allow it with bareNumber: false"),
        ("95%", "the schema can allow it with bareNumber: false"),
        ("12,50 €", "the schema can allow it with decimalChar: \",\" and bareNumber: false"),
        ("12.5 kg", "it has a unit: clean: [{units: {factors: {kg: 1}}}] turns it into 12.5"),
        ("-$30", "clean: [strip_currency] turns it into -30"),
    ] {
        let message = reported(&number, text).unwrap();
        let expected = format!("{text:?} is not a decimal number, such as 12.50; {advice}");
        assert_eq!(message, expected);
    }
    for text in
        ["H2O", "CO2", "mg/m^3", "A12", "12B3", "N/A 3", "12:30", "3 million", "12 K", "<5", "5½", "n/a", "1 or 2"]
    {
        let message = reported(&number, text).unwrap();
        assert_eq!(message, format!("{text:?} is not a decimal number, such as 12.50"), "nothing is advised");
    }
    // Steps are tried with the field as it is.
    let comma = keys(&json!({"type": "number", "decimalChar": ","}));
    let message = reported(&comma, "(30,00)").unwrap();
    assert!(message.ends_with("with: '-$1'}}] turns it into -30"), "{message}");
}

#[test]
fn table_of_advice_on_dates() {
    for (text, advice) in [
        ("13/01/2003", "; the schema can allow it with format: \"%d/%m/%Y\""),
        (
            "01/02/2003",
            "; the schema can allow it with format: \"%d/%m/%Y\" (2003-02-01), or with format: \"%m/%d/%Y\" \
             (2003-01-02); only someone who knows the file can tell which is meant",
        ),
        ("21 Nov 2026", "; the schema can allow it with format: \"%d %b %Y\""),
        ("99/99/2003", ""),
        ("soon", ""),
    ] {
        let message = reported(&keys(&json!({"type": "date"})), text).unwrap();
        assert_eq!(message, format!("{text:?} is not a date, such as 2026-11-21{advice}"));
    }
}

/// The digits of a number without zeros at either end.
fn digits(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

/// Whether a text may have an exponent, such as the `e0` of `5e0`.
fn has_exponent(text: &str) -> bool {
    text.as_bytes()
        .windows(3)
        .any(|three| matches!(three, [b'0'..=b'9' | b'.' | b',', b'e' | b'E', b'0'..=b'9' | b'+' | b'-']))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Any setting suggested for a number keeps all its digits and its sign.
    #[test]
    fn no_setting_that_is_advised_changes_a_number(
        before in "|[€$£] ?|EUR ?|\\(|-|−|–|- |\\(\\$|-€|€-|[A-Z]{1,3} ?|[<>~±#]|\\PC{0,2}",
        number in "[0-9]{1,4}([.,' ][0-9]{1,3}){0,2}|[.,][0-9]{1,3}",
        after in "| ?[€$%‰]| ?EUR|\\)|-|−| -| DR| CR|€-|\\$\\)| ?[A-Za-z]{1,4}[0-9]?|\\PC{0,2}",
        integer in any::<bool>(),
    ) {
        let text = format!("{before}{number}{after}");
        prop_assume!(!has_exponent(&text), "an exponent is notation, not digits of the number");
        let plain = keys(&json!({"type": if integer { "integer" } else { "number" }}));
        let Some(message) = reported(&plain, &text) else { return Ok(()) };
        let minus = text.contains(crate::advice::DASHES) || text.contains(['(', ')']);
        for setting in settings(&message) {
            let of: Map<String, Node> = plain.iter().map(|(key, value)| (key.clone(), value.clone())).chain(setting.clone()).collect();
            let field = field(&of);
            let Some(Value::Number(read)) = field.read(&text) else {
                return Err(TestCaseError::fail(format!("{text:?} is not read with {setting:?}")));
            };
            let read = read.to_string();
            prop_assert_eq!(digits(&read), digits(&text), "{:?} {:?}: {}", text, setting, read);
            let zero = digits(&read).is_empty();
            prop_assert_eq!(read.starts_with('-'), minus && !zero, "{:?} {:?}: {}", text, setting, read);
            prop_assert!(!text.contains(|char: char| char.is_alphabetic()) || text.contains("EUR") || {
                let letters: String = text.chars().filter(|char| char.is_alphabetic()).collect();
                let code: Decimal = "1".parse().unwrap();
                // Only the code of a currency is dropped.
                field_reads_as_currency(&letters) == Some(code)
            }, "{:?} {:?}", text, setting);
        }
    }

    /// If `bareNumber: false` reads a text, the result is the number with its sign, and no digit is dropped.
    #[test]
    fn what_stands_around_a_number_never_changes_it(
        before in "|[€$£] ?|\\(|-|−|–|- |\\(\\$|-€|€-|[A-Za-z]{1,3}[ .:]?|[<>~±#]|\\PC{0,2}",
        number in "[0-9]{1,4}(\\.[0-9]{1,3})?",
        after in "| ?[€$%‰]|\\)|-|−| -| DR| CR|€-|\\$\\)| ?[A-Za-z]{1,4}|\\PC{0,2}",
    ) {
        prop_assume!(!before.contains(|char: char| char.is_ascii_digit()) && !after.contains(|char: char| char.is_ascii_digit()));
        let text = format!("{before}{number}{after}");
        let loose = field(&keys(&json!({"type": "number", "bareNumber": false})));
        if let Some(Value::Number(read)) = loose.read(&text) {
            let minus = text.contains(crate::advice::DASHES) || text.contains(['(', ')']);
            let expected: Decimal = number.parse().unwrap();
            let expected = if minus { -&expected } else { expected };
            // A period may end the text before the number.
            let point: Option<Decimal> = before.ends_with('.').then(|| format!(".{number}").parse().ok()).flatten();
            prop_assert!(read == expected || Some(read.clone()) == point, "{:?}: {}", text, read);
            let last_word = text.rsplit(|char: char| !char.is_alphabetic()).next();
            prop_assert!(!matches!(last_word, Some("DR" | "CR")), "{:?}", text);
        }
    }
}

fn field_reads_as_currency(letters: &str) -> Option<Decimal> {
    let loose = field(&keys(&json!({"type": "number", "bareNumber": false})));
    match loose.read(&format!("1{letters}")) {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    }
}
