//! Converts HTML to text.
//!
//! This is not a browser: tags are removed, block elements become lines, invisible content (scripts, styles,
//! comments) is removed, and entities are decoded. Anything that cannot be a tag stays.

use std::borrow::Cow;

use html_escape::decode_html_entities;

use crate::fast::text::surely_without_markup;

/// Tags that begin or end a line.
const LINES: [&str; 30] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];
/// Tags with invisible content.
const HIDDEN: [&str; 4] = ["script", "style", "template", "title"];

/// The text of HTML: one line for each of its lines, with white space collapsed.
pub(super) fn to_text(html: Cow<'_, str>) -> Cow<'_, str> {
    if surely_without_markup(&html) {
        return super::space::collapse(html);
    }
    let mut bare = String::with_capacity(html.len());
    let mut rest = &html[..];
    // If an end does not exist, it is not searched for again and again.
    let last_comment = html.rfind("-->").unwrap_or(0);
    let last_tag = html.rfind('>').unwrap_or(0);
    while let Some(at) = rest.find('<') {
        spaced(&mut bare, &rest[..at]);
        let place = html.len() - rest.len() + at;
        let ends = if rest[at..].starts_with("<!--") { last_comment } else { last_tag };
        rest = match Some(&rest[at..]).filter(|_| place < ends).and_then(Tag::at) {
            Some(tag) => {
                let after = &rest[at + tag.length..];
                if LINES.contains(&tag.name.as_str()) {
                    bare.push('\n');
                } else if matches!(tag.name.as_str(), "td" | "th") {
                    bare.push(' ');
                }
                if HIDDEN.contains(&tag.name.as_str()) && !tag.closes { after_hidden(after, &tag.name) } else { after }
            }
            None => {
                bare.push('<');
                &rest[at + 1..]
            }
        };
    }
    spaced(&mut bare, rest);
    // Entities come last: `&lt;b&gt;` is the text `<b>` and not a tag.
    let text = decode_html_entities(&bare);
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    super::changed(html, lines.join("\n"))
}

/// Appends text, with line breaks as spaces.
fn spaced(out: &mut String, text: &str) {
    out.extend(text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
}

/// A tag, a comment or a declaration.
struct Tag {
    /// The name in lower case; empty if it is not an element.
    name: String,
    closes: bool,
    /// The length in bytes, including brackets.
    length: usize,
}

impl Tag {
    /// The tag at the start of a text; `None` if there is none or it does not end.
    fn at(text: &str) -> Option<Self> {
        if let Some(comment) = text.strip_prefix("<!--") {
            return comment.find("-->").map(|end| Self { name: String::new(), closes: false, length: end + 7 });
        }
        let inner = text.get(1..)?;
        let closes = inner.starts_with('/');
        let inner = inner.strip_prefix(['/', '!', '?']).unwrap_or(inner);
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let name = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
        let mut quote = None;
        for (at, c) in text.char_indices() {
            match (quote, c) {
                (Some(open), _) if c == open => quote = None,
                // A quote counts only around a value: `<it's>` has none.
                (None, '"' | '\'') if text[..at].trim_end().ends_with('=') => quote = Some(c),
                (None, '>') => return Some(Self { name, closes, length: at + 1 }),
                (None, '<') if at > 0 => return None,
                _ => {}
            }
        }
        None
    }
}

/// The text after an element with invisible content; empty if it does not end.
fn after_hidden<'a>(text: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let start = from + at;
        match Tag::at(&text[start..]) {
            Some(tag) if tag.name == name => return &text[start + tag.length..],
            _ => from = start + 2,
        }
    }
    ""
}
