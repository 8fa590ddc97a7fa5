//! Rewords serde's messages for people who write feeds.

use crate::feed::yaml::{Kind, Node};
use crate::spec::FeedProblem;
use crate::suggest;

/// Maximum length of a quoted value, in characters.
const MAX_SHOWN: usize = 60;

/// Keys of earlier versions, with those of today.
const RENAMED: [(&str, &str); 2] = [("trailer", "footer"), ("trailerCell", "footerCell")];

/// The key that a message reports as missing.
pub(super) fn missing(message: &str) -> Option<&str> {
    between_backticks(message).filter(|_| message.starts_with("missing field"))
}

/// The key or word that a message reports as unknown.
pub(super) fn unknown(message: &str) -> Option<&str> {
    let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    between_backticks(message).filter(|_| unknown)
}

/// The problem of an unknown key or word, with a suggestion.
pub(super) fn unknown_problem(path: String, word: &str, message: &str) -> FeedProblem {
    let expected: Vec<&str> =
        message.split_once(", expected").map_or("", |(_, rest)| rest).split('`').skip(1).step_by(2).collect();
    let list = (!expected.is_empty()).then(|| format!("expected one of {}", expected.join(", ")));
    let renamed = RENAMED.iter().find(|(old, new)| *old == word && expected.contains(new));
    let meant = if let Some((_, new)) = renamed {
        Some(format!("did you mean {new:?}?"))
    } else if expected.contains(&"yearmonth") {
        suggest::types::field_type(word)
    } else {
        suggest::did_you_mean(word, expected.iter().copied()).map(|hint| hint.trim_start_matches("; ").to_owned())
    };
    let hint = meant.or(list);
    let what = if message.starts_with("unknown field") || path.ends_with(&format!(".{word}")) {
        "is not a key of the feed language".to_owned()
    } else {
        format!("{} is not allowed here", shown(word))
    };
    FeedProblem::new(path, what).hint(hint)
}

/// The problem of a value of the wrong kind.
pub(super) fn wrong(path: &str, message: &str, found: &Node) -> FeedProblem {
    let Some(expected) = expected(message) else { return FeedProblem::new(path, message) };
    let quotes = matches!(&found.kind, Kind::Number(_) | Kind::Bool(_)) && expected.starts_with("a text");
    let hint = quotes.then(|| format!("in quotes it is a text: \"{}\"", plain(found)));
    FeedProblem::new(path, format!("expected {expected}, found {}", describe(found))).hint(hint)
}

/// What was expected, in plain words; `None` if the message does not say.
fn expected(message: &str) -> Option<String> {
    let (before, expected) = match message.split_once(", expected ") {
        Some((before, expected)) => (before, expected),
        None => ("", message.strip_prefix("expected ")?),
    };
    let plain = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "a boolean" => "true or false",
        "a string" => "a text",
        "a sequence" => "a list",
        other if before.is_empty() || before.starts_with("invalid") => other,
        _ => return None,
    };
    Some(plain.to_owned())
}

fn describe(found: &Node) -> String {
    match &found.kind {
        Kind::Null => "nothing".to_owned(),
        Kind::Bool(truth) => truth.to_string(),
        Kind::Number(_) => format!("the number {}", plain(found)),
        Kind::Text(text) => format!("the text {}", shown(text)),
        Kind::List(items) if items.is_empty() => "an empty list".to_owned(),
        Kind::List(_) => "a list".to_owned(),
        Kind::Map(entries) => match &entries[..] {
            [] => "an empty map".to_owned(),
            [(key, ..)] => format!("a map with the key {}", shown(key)),
            [(key, ..), ..] => format!("a map with {} keys, the first {}", entries.len(), shown(key)),
        },
    }
}

fn plain(found: &Node) -> String {
    match &found.kind {
        Kind::Number(number) => cut(number.as_str()),
        Kind::Bool(truth) => truth.to_string(),
        _ => String::new(),
    }
}

/// A text in quotes, cut if it is long.
fn shown(text: &str) -> String {
    format!("{:?}", cut(text))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_SHOWN {
        return text.to_owned();
    }
    text.chars().take(MAX_SHOWN).chain(['…']).collect()
}

fn between_backticks(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}
