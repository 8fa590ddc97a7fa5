//! Recognizes texts that are not tables.

use serde_json::Value;

/// A text is not a table if one in this many characters is a control character.
const CONTROLS: usize = 10;

/// This many control characters are always allowed, because in a short text they would be too large a share.
const FEW: usize = 16;

/// The kind of a text that is not a table, judged by its beginning; `whole` says that this is all of it.
#[must_use]
pub fn no_table(text: &str, whole: bool) -> Option<&'static str> {
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |tag: &str| begin.get(..tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag));
    if begin.is_empty() {
        return Some("empty");
    }
    if ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| begins(tag)) {
        return Some("an HTML page");
    }
    if begins("<?xml") || begins("<!doctype") {
        return Some("an XML document");
    }
    if let Some(json) = json(begin, whole) {
        return Some(json);
    }
    let control = |c: &char| c.is_control() && !c.is_whitespace() || *c == '\u{fffd}';
    let controls = text.chars().filter(control).count();
    (controls >= FEW && controls * CONTROLS > text.chars().count())
        .then_some("not a text: much of it is control characters")
}

/// JSON is an object or an array, or one on each line.
fn json(text: &str, whole: bool) -> Option<&'static str> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let first = values.next()?;
    let many = match values.next() {
        None => false,
        Some(Ok(second)) if second.is_object() || second.is_array() => true,
        Some(Err(error)) if error.is_eof() && !whole && first.is_ok() => true,
        Some(_) => return None,
    };
    match first {
        Ok(_) if many => Some("JSON, with a value on each line"),
        Ok(Value::Object(_)) => Some("JSON: one object"),
        Ok(_) => Some("JSON: one array"),
        // An incomplete text may end within a value.
        Err(error) if error.is_eof() && !whole => Some("JSON"),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_texts() {
        for (text, whole, expected) in [
            ("", true, Some("empty")),
            (" \n\n", true, Some("empty")),
            ("\u{feff}<!DOCTYPE html>\n<html>", true, Some("an HTML page")),
            ("<HTML>", true, Some("an HTML page")),
            ("<?xml version=\"1.0\"?>", true, Some("an XML document")),
            ("{\"a\": [1, 2],\n \"b\": 3}\n", true, Some("JSON: one object")),
            ("[{\"a\": 1}, {\"a\": 2}]", true, Some("JSON: one array")),
            ("{\"a\": 1}\n{\"a\": 2}\n", true, Some("JSON, with a value on each line")),
            ("[{\"a\": 1}, {\"a\"", false, Some("JSON")),
            ("{\"a\": 1}\n{\"a\"", false, Some("JSON, with a value on each line")),
            ("1,\u{0}\u{0}\n2,\u{1a}\n", true, None),
            (&"\u{1}\u{2}\u{3}abc".repeat(9), true, Some("not a text: much of it is control characters")),
            ("id,name\n1,Cu\u{0}p\n", true, None),
            ("[id],[name]\n1,x\n", true, None),
            ("{id},{name}\n1,x\n", true, None),
            ("id,name\n1,<html>\n", true, None),
            ("<b>,x\n", true, None),
        ] {
            assert_eq!(no_table(text, whole), expected, "{text:?}");
        }
    }
}
