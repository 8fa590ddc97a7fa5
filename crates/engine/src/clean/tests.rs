use std::borrow::Cow;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::CleanStep;
use crate::feed::FeedPlan;
use crate::mapping::Mapping;

/// The steps of a feed whose only field has this `clean`.
pub(super) fn steps(clean: &str) -> Vec<CleanStep> {
    let yaml = format!(
        "version: 1\nname: p\nrestructure: {{id: {{clean: [{clean}]}}}}\n\
         schema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\nimport: {{table: p, key: [id]}}\n"
    );
    let plan = FeedPlan::from_yaml(&yaml).map_err(|problems| format!("{clean}: {problems:?}")).unwrap();
    plan.mappings.into_iter().next().map(|Mapping { clean, .. }| clean).unwrap()
}

fn apply<'a>(steps: &[CleanStep], text: &'a str) -> Result<Cow<'a, str>, String> {
    steps.iter().try_fold(Cow::Borrowed(text), |text, step| step.apply(text))
}

/// Texts and their results; a message begins with `!`.
fn table(clean: &str, rows: &[(&str, &str)]) {
    let steps = steps(clean);
    for (text, expected) in rows {
        let made = apply(&steps, text).map_or_else(|message| format!("!{message}"), Cow::into_owned);
        assert_eq!(made, *expected, "{clean} of {text:?}");
        let owned = steps.iter().try_fold(Cow::Owned((*text).to_owned()), |text, step| step.apply(text));
        assert_eq!(owned.map_or_else(|message| format!("!{message}"), Cow::into_owned), made, "{clean} of {text:?}");
    }
}

#[test]
fn space_and_letters() {
    table("trim", &[(" \u{a0}a b\t", "a b"), ("", "")]);
    table("collapse_whitespace", &[("  a \n\t b ", "a b"), ("a b", "a b"), ("a\tb", "a b")]);
    table("upper", &[("straße1", "STRASSE1"), ("ABC", "ABC")]);
    table("lower", &[("ÄB", "äb"), ("ab", "ab")]);
    table("title", &[("o'NEIL und SÖHNE-gmbh 3a", "O'neil Und Söhne-Gmbh 3a"), ("A", "A")]);
    table("{normalize: nfc}", &[("e\u{301}", "é"), ("é", "é")]);
    table("{normalize: nfd}", &[("é", "e\u{301}")]);
    table("{normalize: nfkc}", &[("ﬁ²", "fi2")]);
    table("{normalize: nfkd}", &[("ﬁé", "fie\u{301}")]);
}

#[test]
fn parts() {
    table("{strip: '€ '}", &[("1 200 €", "1200"), ("12", "12")]);
    table("{default: EUR}", &[("", "EUR"), ("USD", "USD")]);
    table("{default: 1.50}", &[("", "1.50")]);
    table("{replace: {text: ',', with: '.'}}", &[("1,2,3", "1.2.3"), ("1", "1")]);
    table("{replace: {pattern: '(\\w+) (\\w+)', with: '$2 $1'}}", &[("a b", "b a"), ("a", "a")]);
    table("{split: {by: ' > ', take: 1}}", &[("Gear > Bags", "Gear"), ("Gear", "Gear")]);
    table("{split: {by: ' > ', take: -1}}", &[("Gear > Bags", "Bags")]);
    table("{split: {by: ' > ', take: 3}}", &[("Gear > Bags", "")]);
    table("{extract: '[A-Z]{3}'}", &[("349.00 EUR", "EUR"), ("349", "")]);
    table("{extract: 'size (\\w+)'}", &[("Black, size XL", "XL"), ("Black", "")]);
    table("{list: {separator: ','}}", &[("a, \"b\" ,,c", r#"["a","\"b\"","","c"]"#), ("", "")]);
}

#[test]
fn numbers() {
    table("{number: {}}", &[("+1234.50", "1234.50"), ("-.5", "-0.5"), ("7", "7"), ("", ""), (" 7 ", "7")]);
    table(
        "{number: {}}",
        &[
            ("1,5", "!\"1,5\" is not a number such as 1234.50; this step reads it with {decimal: \",\"}"),
            (
                "1,234",
                "!\"1,234\" is not a number such as 1234.50; this step reads it with {decimal: \".\", group: \",\"} \
                 (1234), or with {decimal: \",\"} (1.234)",
            ),
            (
                "($7)",
                "!\"($7)\" is not a number such as 1234.50; before this step: parentheses mean minus, which no \
                setting of the schema reads; clean: [strip_currency, {number: {negative: [parentheses]}}] turns it into -7",
            ),
            (".", "!\".\" is not a number such as 1234.50"),
        ],
    );
    let german = "{number: {decimal: ',', group: '.'}}";
    table(german, &[("1.234,5", "1234.5"), ("1.234.567", "1234567"), ("−5,25", "-5.25"), ("1234,5", "1234.5")]);
    table(
        german,
        &[
            ("1.5", "!\"1.5\" is not a number such as 1.234,50; this step reads it with {decimal: \".\"}"),
            ("1..234", "!\"1..234\" is not a number such as 1.234,50"),
        ],
    );
    table("{number: {decimal: ',', group: ' '}}", &[("1\u{202f}234,5", "1234.5"), ("12\u{a0}345", "12345")]);
    table("{number: {decimal: '.', group: ','}}", &[("12,34,567.8", "1234567.8")]);
    table(
        "strip_currency",
        &[
            ("€ 1.200", "1.200"),
            ("1200 EUR", "1200"),
            ("12eur", "12"),
            ("US$ 5", "5"),
            ("-€5", "-5"),
            ("-5", "-5"),
            ("5 kr", "5"),
            ("CHF 5.-", "5.-"),
            ("EURO", "EURO"),
            ("Europe 3", "Europe 3"),
            ("349.00", "349.00"),
            ("€", ""),
        ],
    );
    table(
        "{units: {factors: {kg: 1, g: 0.001, lb: 0.45359237}, unit: g}}",
        &[
            ("1.2 kg", "1.2"),
            ("500G", "0.5"),
            ("500", "0.5"),
            ("2lb", "0.90718474"),
            ("5 stone", "!\"5 stone\" has the unit \"stone\"; expected one of g, kg, lb"),
            (
                "1,5 kg",
                "!\"1,5 kg\" is not a number with a unit such as 1.5 g; it has a comma: before this step, \
                 {replace: {text: \",\", with: \".\"}} turns it into 1.5",
            ),
            (
                "1,234 kg",
                "!\"1,234 kg\" is not a number with a unit such as 1.5 g; it has a comma: before this step, \
                 {replace: {text: \",\", with: \".\"}} (1.234), or with {replace: {text: \",\", with: \"\"}} (1234)",
            ),
            ("kg", "!\"kg\" is not a number with a unit such as 1.5 g"),
        ],
    );
    table(
        "{units: {factors: {mW: 1, MW: 1000000000}}}",
        &[("1 MW", "1000000000"), ("5", "!\"5\" has no unit; expected one of MW, mW")],
    );
    table("{units: {factors: {mW: 1, MW: 2}}}", &[("1 mw", "!\"1 mw\" has the unit \"mw\"; expected one of MW, mW")]);
}

#[test]
fn tables_and_words() {
    table("{map: {values: {K: Kitchen, 1: One}}}", &[("K", "Kitchen"), ("1", "One"), ("", "")]);
    table(
        "{map: {values: {Kitchen: K}}}",
        &[("Kitchn", "!\"Kitchn\" is not one of the 1 texts of the table; did you mean \"Kitchen\"?")],
    );
    table("{map: {values: {K: Kitchen}, otherwise: keep}}", &[("G", "G")]);
    table("{map: {values: {K: Kitchen}, otherwise: empty}}", &[("G", "")]);
    table("{map: {values: {'': none}}}", &[("", "none")]);
    table(
        "{boolean: {true: [ja, 1], false: [nein, 0]}}",
        &[
            ("JA", "true"),
            (" nein ", "false"),
            ("1", "true"),
            ("", ""),
            ("x", "!\"x\" is neither a word for true (ja, 1) nor one for false (nein, 0)"),
        ],
    );
}

#[test]
fn html() {
    table(
        "html_to_text",
        &[
            ("<p>Fit &amp; <b>fine</b>.</p><ul><li>One</li><li>Two</li></ul>", "Fit & fine.\nOne\nTwo"),
            ("a<br/>b<BR>c", "a\nb\nc"),
            ("a\nb", "a b"),
            ("<p>a\n b</p>", "a b"),
            ("<style>p {}</style><script>if (a < b) alert('</p>')</script>x", "x"),
            ("<!-- no > --> yes", "yes"),
            ("5 < 6 &gt; 3", "5 < 6 > 3"),
            ("&lt;b&gt; &#228;&euro;&nope;", "<b> ä€&nope;"),
            ("<a title=\"a > b\" href='#'>link</a>", "link"),
            ("<td>1</td><td>2</td>", "1 2"),
            ("open <b", "open <b"),
            ("<!-- open", "<!-- open"),
            ("<", "<"),
            ("plain", "plain"),
        ],
    );
}

#[test]
fn what_does_not_change_is_not_copied() {
    for (clean, text) in [
        ("trim", "a"),
        ("upper", "A1"),
        ("lower", "ä"),
        ("title", "Ab"),
        ("{normalize: nfc}", "é"),
        ("{strip: x}", "a"),
        ("{replace: {pattern: x}}", "a"),
        ("{number: {}}", "12.5"),
        ("strip_currency", "12"),
        ("html_to_text", "a b"),
        ("{extract: 'a'}", "bab"),
        ("{map: {values: {a: a}}}", "a"),
        ("{boolean: {true: [x], false: [y]}}", "x"),
    ] {
        assert!(matches!(apply(&steps(clean), text), Ok(Cow::Borrowed(_))), "{clean} of {text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_step_panic(text in prop_oneof![
        "\\PC{0,40}",
        prop::collection::vec(prop::sample::select(vec![
            "<", ">", "</", "<p", "<script>", "</script>", "<!--", "-->", "=\"", "'", "&", "&#", ";", "€", "EUR", "-", "1", ",", ".",
            " ", "\u{a0}", "ß", "x", "e\u{301}", "kr", "\n",
        ]), 0..20).prop_map(|parts| parts.concat()),
    ]) {
        for step in EVERY.iter() {
            let _ = step.apply(Cow::Borrowed(&text));
        }
    }

    #[test]
    fn a_list_is_a_json_array_of_its_elements(elements in prop::collection::vec("[^,\\s]{1,8}", 1..6)) {
        let made = apply(&steps("{list: {separator: ','}}"), &elements.join(" , ")).unwrap().into_owned();
        prop_assert_eq!(serde_json::from_str::<Vec<String>>(&made).unwrap(), elements);
    }

    #[test]
    fn a_number_is_read_back_as_it_was_written(whole in 0_u32.., fraction in "[0-9]{0,4}", group in "[. ']") {
        let digits = whole.to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                grouped.push_str(&group);
            }
            grouped.push(digit);
        }
        let written = if fraction.is_empty() { grouped } else { format!("{grouped},{fraction}") };
        let marks = format!("{{number: {{decimal: ',', group: \"{group}\"}}}}");
        let plain = if fraction.is_empty() { digits } else { format!("{digits}.{fraction}") };
        prop_assert_eq!(apply(&steps(&marks), &written).unwrap().into_owned(), plain);
    }
}

/// One of every step.
static EVERY: LazyLock<Vec<CleanStep>> = LazyLock::new(|| ALL.iter().flat_map(|step| steps(step)).collect());

const ALL: [&str; 18] = [
    "trim",
    "collapse_whitespace",
    "upper",
    "lower",
    "title",
    "{strip: '€x'}",
    "{default: x}",
    "{replace: {pattern: '\\s+', with: '$0$0'}}",
    "{map: {values: {x: y}}}",
    "{split: {by: ',', take: -2}}",
    "{extract: '(x)?1'}",
    "{number: {decimal: ',', group: '. '}}",
    "strip_currency",
    "{normalize: nfkd}",
    "html_to_text",
    "{units: {factors: {kg: 1}, unit: kg}}",
    "{boolean: {true: [x], false: [y]}}",
    "{list: {separator: ','}}",
];
