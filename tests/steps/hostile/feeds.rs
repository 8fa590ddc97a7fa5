//! Hostile feeds: their patterns and expressions run on every record.

use std::time::{Duration, Instant};

use sluice_contract::Verdict;
use sluice_engine::feed::FeedPlan;

use super::import;
use crate::world::World;

const KEY: &str = "inbox/prices/a.csv";

/// A feed with a key and a text with these constraints.
fn feed(constraints: &str, more: &str) -> String {
    format!(
        "version: 1\nname: prices\nschema:\n  fields:\n    - {{name: id, constraints: {{required: true}}}}\n    - {{name: text, constraints: {{required: true{constraints}}}}}\n\
         {more}import: {{table: prices, key: [id]}}\nreport: {{recipients: [a@example.com]}}\n"
    )
}

/// A feed for each place that takes a pattern.
fn patterns(pattern: &str) -> Vec<String> {
    vec![
        feed(&format!(", pattern: '{pattern}'"), ""),
        feed("", &format!("validate: {{rules: [{{regex: {{field: text, pattern: '{pattern}'}}}}]}}\n")),
        feed(
            "",
            &format!(
                "validate: {{rules: [{{rule: {{expression: 'record.text.matches(\"{pattern}\")', message: x}}}}]}}\n"
            ),
        ),
        feed("", &format!("restructure: {{text: {{clean: [{{replace: {{pattern: '{pattern}', with: x}}}}]}}}}\n")),
    ]
}

fn problems(yaml: &str) -> String {
    match FeedPlan::from_yaml(yaml) {
        Ok(_) => String::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

/// These patterns take a backtracking engine exponential time. Here they take time proportional to the length of the text.
#[tokio::test]
async fn a_catastrophic_pattern_is_only_a_pattern() {
    for pattern in ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "(a*)*b", "(x+x+)+y"] {
        for yaml in patterns(pattern) {
            assert_eq!(problems(&yaml), "", "{yaml}");
            let mut world = World::new();
            world.chunk_bytes = 1 << 20;
            world.feed("prices", &yaml);
            let text = "a".repeat(50_000);
            let began = Instant::now();
            let (run, verdict) = import(&world, KEY, format!("id,text\n1,{text}!\n2,{text}{text}!\n")).await;
            assert_eq!(verdict, Verdict::Imported);
            assert_eq!(world.tally(&run).tally.read, 2);
            assert!(began.elapsed() < Duration::from_secs(20), "{pattern} took {:?}: {yaml}", began.elapsed());
        }
    }
}

#[test]
fn a_pattern_that_is_too_large_is_refused_with_its_feed() {
    for pattern in ["(a{1000}){1000}", "((a{100}){100}){100}", "(\\pL{1000}){1000}"] {
        for yaml in patterns(pattern) {
            // CEL has escapes of its own in texts.
            let yaml = if yaml.contains("matches") { yaml.replace("\\pL", "a") } else { yaml };
            let began = Instant::now();
            let found = problems(&yaml);
            assert!(!found.is_empty(), "{yaml}");
            assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        }
    }
}

#[test]
fn aliases_that_repeat_aliases_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..30 {
        let before = n - 1;
        bomb.push_str(&format!("a{n}: &a{n} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"));
    }
    let deep = format!("schema: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let recursive = "a: &a [*a]\n".to_owned();
    let long = format!("name: {}\n", "x".repeat(2 << 20));
    let keys: Vec<String> = (0..200_000).map(|n| format!("k{n}: \n")).collect();
    for yaml in [bomb, deep, recursive, long, keys.concat()] {
        let began = Instant::now();
        let found = problems(&yaml);
        assert!(!found.is_empty() && found.len() < 100_000, "{} bytes: {:.200}", found.len(), found);
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn an_expression_ends() {
    let expression =
        |cel: &str| feed("", &format!("validate: {{rules: [{{rule: {{expression: '{cel}', message: x}}}}]}}\n"));
    let split = "record.text.split(\",\")";
    for cel in [
        format!("{split}.all(a, {split}.all(b, {split}.all(c, a == b || b == c)))"),
        format!("{}1{} == 1", "(".repeat(50), ")".repeat(50)),
        format!("record.text == {}", vec!["record.text"; 500].join(" + ")),
    ] {
        assert!(!problems(&expression(&cel)).is_empty(), "{cel}");
    }
    // The feed may nest two loops, over as many parts as a text can be split into.
    let mut world = World::new();
    world.chunk_bytes = 1 << 20;
    world.feed("prices", &expression(&format!("{split}.all(a, {split}.exists(b, a == b))")));
    let parts: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let began = Instant::now();
    let (run, verdict) = import(&world, KEY, format!("id,text\n1,\"{0}\"\n2,\"{0},1,2\"\n", parts.join(","))).await;
    assert_eq!(verdict, Verdict::Imported);
    let tally = world.tally(&run).tally;
    assert_eq!((tally.imported, tally.rejected), (1, 1), "1,002 parts are more than a text may have");
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
}
