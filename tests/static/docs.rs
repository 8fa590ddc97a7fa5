//! The reference of the feed language leaves nothing out, and its examples and those of the README compile.
//!
//! In `docs/feeds.md`, the first YAML block is a whole feed, and so is one with a version. Every other one is a part: a key of a section
//! replaces that of the feed, and a field replaces the one of its name or is added. A block ` ```text
//! file=NAME ` is a file beside the feed.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sluice_engine::feed::{self, FeedFiles, FeedPlan};
use sluice_engine::spec::FeedSpec;
use sluice_tests::read;

const REFERENCE: &str = "docs/feeds.md";

/// A block of code.
struct Block {
    /// The text after the opening fence.
    info: String,
    /// The line of the opening fence, from 1.
    line: usize,
    text: String,
}

/// The blocks of code of a page, and the text between them.
fn blocks(page: &str) -> (Vec<Block>, String) {
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    let mut open: Option<Block> = None;
    for (index, line) in page.lines().enumerate() {
        open = match (open.take(), line.strip_prefix("```")) {
            (None, Some(info)) => Some(Block { info: info.to_owned(), line: index + 1, text: String::new() }),
            (None, None) => {
                prose.push_str(&format!("{line}\n"));
                None
            }
            (Some(block), Some(_)) => {
                blocks.push(block);
                None
            }
            (Some(block), None) => Some(Block { text: block.text + line + "\n", ..block }),
        };
    }
    assert!(open.is_none(), "a block of code is not closed");
    (blocks, prose)
}

fn object(block: &Block) -> Map<String, Value> {
    match feed::tree(&block.text) {
        Ok(Value::Object(map)) => map,
        other => panic!("{REFERENCE}:{}: no map: {other:?}", block.line),
    }
}

/// The feed with a part changed.
fn changed(feed: &Map<String, Value>, part: Map<String, Value>) -> Value {
    let mut feed = feed.clone();
    for (section, value) in part {
        match (feed.get_mut(&section), value) {
            // An example of `import` names a target of its own.
            (Some(Value::Object(old)), Value::Object(new)) if section != "import" => {
                for (key, value) in new {
                    match (old.get_mut(&key), value) {
                        (Some(Value::Array(fields)), Value::Array(new)) if key == "fields" => {
                            fields.retain(|field| new.iter().all(|other| other["name"] != field["name"]));
                            fields.extend(new);
                        }
                        (_, value) => {
                            old.insert(key, value);
                        }
                    }
                }
            }
            (_, value) => {
                feed.insert(section, value);
            }
        }
    }
    feed.into()
}

#[test]
fn the_examples_of_the_reference_compile() {
    let page = read(REFERENCE);
    let (blocks, _) = blocks(&page);
    let mut files = FeedFiles::default();
    for block in &blocks {
        if let Some(name) = block.info.strip_prefix("text file=") {
            files.insert(name.to_owned(), block.text.clone());
        }
    }
    let mut examples = blocks.iter().filter(|block| block.info == "yaml");
    let whole = examples.next().expect("the reference has a feed");
    let feed = object(whole);
    assert!(FeedPlan::from_yaml(&whole.text).is_ok(), "{:#?}", FeedPlan::from_yaml(&whole.text).err());
    let mut wrong = Vec::new();
    let mut count = 0;
    for block in examples {
        count += 1;
        let part = object(block);
        let is_whole = part.contains_key("version");
        for section in part.keys() {
            assert!(is_whole || feed.contains_key(section), "{REFERENCE}:{}: {section} is no section", block.line);
        }
        // JSON is YAML.
        let example = if is_whole { part.into() } else { changed(&feed, part) };
        let problems = FeedPlan::from_files(&example.to_string(), &files).err().unwrap_or_default();
        wrong.extend(problems.iter().map(|problem| format!("{REFERENCE}:{}: {problem}", block.line)));
    }
    assert!(count > 20, "{count} examples");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_feeds_of_the_readme_compile() {
    let (blocks, _) = blocks(&read("README.md"));
    let feeds: Vec<&Block> = blocks.iter().filter(|block| block.info == "yaml").collect();
    assert_eq!(feeds.len(), 2, "a minimal feed and a typical one");
    for feed in feeds {
        let problems = FeedPlan::from_yaml(&feed.text).err().unwrap_or_default();
        assert!(problems.is_empty(), "README.md:{}: {problems:#?}", feed.line);
    }
}

#[test]
fn the_examples_of_the_page_of_datasets_can_be_used() {
    let (blocks, _) = blocks(&read("docs/datasets.md"));
    let examples: Vec<&Block> = blocks.iter().filter(|block| block.info == "yaml").collect();
    let [dataset, feed] = examples[..] else { panic!("a dataset, and a feed for what is joined") };
    let plan = sluice_engine::dataset::DatasetPlan::from_yaml(&dataset.text).unwrap();
    assert_eq!(plan.names().collect::<Vec<_>>(), ["customers", "orders", "items"]);
    assert!(FeedPlan::from_yaml(&feed.text).is_ok(), "{:?}", FeedPlan::from_yaml(&feed.text).err());
    // The shipped dataset fits the shipped feeds.
    let yaml = read("datasets/customer-orders.yaml");
    let plan = sluice_engine::dataset::DatasetPlan::from_yaml(&yaml).unwrap();
    let names = ["customers", "orders", "items", "customer-messages", "customer-totals", "orphan-messages"];
    let feeds = names.map(|name| FeedPlan::from_yaml(&read(&format!("feeds/{name}.yaml"))).unwrap());
    let problems = plan.check_feeds(&yaml, |name| feeds.iter().find(|feed| feed.name == *name));
    assert!(problems.is_empty(), "{problems:?}");
    // Every key of the language of datasets is in the page.
    let schema: Value = serde_json::from_str(&read("datasets/dataset.schema.json")).unwrap();
    let page = read("docs/datasets.md");
    let mut keys: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    for definition in schema["definitions"].as_object().unwrap().values() {
        keys.extend(definition["properties"].as_object().into_iter().flat_map(|keys| keys.keys().cloned()));
    }
    let missing: Vec<&String> = keys.iter().filter(|key| !page.contains(key.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Every key and every word of the language, from the JSON Schema of its types.
fn language(schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("properties", Value::Object(properties)) => words.extend(properties.keys().cloned()),
                    ("enum", Value::Array(values)) => words.extend(values.iter().filter_map(text)),
                    ("const", value) => words.extend(text(value)),
                    _ => {}
                }
                // Every key and every word of the language, from the JSON Schema of its types.
                if key != "default" {
                    language(value, words);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|item| language(item, words)),
        _ => {}
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[test]
fn the_reference_names_every_key_and_word_of_the_language() {
    let schema = schemars::schema_for!(FeedSpec);
    let mut words = BTreeSet::new();
    language(schema.as_value(), &mut words);
    assert!(
        words.len() > 150 && words.contains("maxRejectPercent") && words.contains("collapse_whitespace"),
        "{words:?}"
    );

    let (_, prose) = blocks(&read(REFERENCE));
    let code: Vec<&str> = prose.split('`').skip(1).step_by(2).collect();
    let end = |character: char| !(character.is_alphanumeric() || "_<>=!".contains(character));
    let named: BTreeSet<&str> = code.iter().flat_map(|code| code.split(end)).collect();
    let missing: Vec<&String> = words.iter().filter(|word| !named.contains(word.as_str())).collect();
    assert!(missing.is_empty(), "{REFERENCE} does not name, in backticks: {missing:?}");
}
