//! Goes through a text of JSON and names its values, for a first look at a file.

use super::error::Kind;
use super::grammar::{Action, Container, MAX_DEPTH, Machine, plain};
use super::text::unescape;

/// A value of a text.
pub(crate) struct Value<'a> {
    /// The names and numbers on the way to it, from the outermost.
    pub path: &'a [String],
    /// The number of arrays that it is in.
    pub arrays: usize,
    /// Whether the innermost of what it is in is an array.
    pub is_element: bool,
    /// Whether it is an object, and whether it is an array.
    pub is_object: bool,
    pub is_array: bool,
}

/// Passes every value of a text to `each`, in its order, until `each` says `false`. `true` if the text is JSON as far as
/// it goes, even if it ends too early.
pub(crate) fn walk(text: &[u8], mut each: impl FnMut(Value<'_>) -> bool) -> bool {
    let mut machine = Machine::new();
    // The open containers, with the number of their elements.
    let mut open: Vec<(Container, usize)> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let (mut at, mut start) = (0, 0);
    loop {
        if machine.state().is_in_string() {
            at += plain(&text[at..]);
        }
        let Some(&byte) = text.get(at) else { return true };
        let action = machine.step(byte);
        let kind = match action {
            Action::Bad => return false,
            Action::Begin => Some(Kind::Scalar(byte)),
            Action::Open(container) => Some(Kind::Container(container)),
            _ => None,
        };
        if let Some(kind) = kind {
            let is_element = matches!(open.last(), Some((Container::Array, _)));
            if let Some((Container::Array, count)) = open.last_mut() {
                path.push(count.to_string());
                *count += 1;
            }
            let arrays = open.iter().filter(|(container, _)| *container == Container::Array).count();
            let is_object = kind == Kind::Container(Container::Object);
            let is_array = kind == Kind::Container(Container::Array);
            if !each(Value { path: &path, arrays, is_element, is_object, is_array }) {
                return true;
            }
            match kind {
                Kind::Container(container) => open.push((container, 0)),
                Kind::Scalar(_) => drop(path.pop()),
            }
        }
        match action {
            Action::BeginName => start = at + 1,
            Action::EndName => {
                let mut name = Vec::new();
                // Half of a surrogate pair makes the record a reject, so its name does not matter.
                let _ = unescape(&text[start..at], &mut name);
                path.push(String::from_utf8_lossy(&name).into_owned());
            }
            Action::Close(_) => {
                open.pop();
                path.pop();
            }
            Action::Open(_) if open.len() > MAX_DEPTH => return true,
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_path() {
        let text = br#"{"a": 1, "b/": {"c": [true, {"d": null}], "e": "x"}, "f": {}}"#;
        let mut found = Vec::new();
        let is_json = walk(text, |value| {
            found.push((value.path.join(" "), value.arrays, value.is_element, value.is_object, value.is_array));
            true
        });
        let expected = [
            ("", 0, false, true, false),
            ("a", 0, false, false, false),
            ("b/", 0, false, true, false),
            ("b/ c", 0, false, false, true),
            ("b/ c 0", 1, true, false, false),
            ("b/ c 1", 1, true, true, false),
            ("b/ c 1 d", 1, false, false, false),
            ("b/ e", 0, false, false, false),
            ("f", 0, false, true, false),
        ];
        assert_eq!(found, expected.map(|(path, a, b, c, d)| (path.to_owned(), a, b, c, d)));
        assert!(is_json && walk(b"[1, ", |_| true) && !walk(b"[id],[name]", |_| true));
    }
}
