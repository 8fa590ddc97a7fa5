//! When two labels count as the same name.

use crate::mapping::ColumnPattern;
use crate::spec::LabelMatch;

/// The form in which labels of the same name are equal.
pub(super) fn key(matching: LabelMatch, label: &str) -> String {
    match matching {
        LabelMatch::Exact => label.trim().to_owned(),
        LabelMatch::Loose => label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
    }
}

/// Whether two labels are the same name.
pub(crate) fn same(matching: LabelMatch, a: &str, b: &str) -> bool {
    match matching {
        LabelMatch::Exact => a.trim() == b.trim(),
        LabelMatch::Loose => key(matching, a) == key(matching, b),
    }
}

/// What stands in a label for the `*` of a pattern; nothing if the pattern has none. `None` if the label is another name.
pub(super) fn star(matching: LabelMatch, pattern: &ColumnPattern, label: &str) -> Option<String> {
    let (label, before) = (key(matching, label), &pattern.before);
    let Some(behind) = &pattern.behind else { return (label == key(matching, before)).then(String::new) };
    // White space beside the `*` belongs to the name.
    let (before, behind) = match matching {
        LabelMatch::Exact => (before.trim_start().to_owned(), behind.trim_end().to_owned()),
        LabelMatch::Loose => (key(matching, before), key(matching, behind)),
    };
    label.strip_prefix(before.as_str())?.strip_suffix(behind.as_str()).map(str::to_owned)
}

/// Whether two labels have the same letters and digits, at least one.
pub(crate) fn same_loosely(a: &str, b: &str) -> bool {
    let key = key(LabelMatch::Loose, a);
    !key.is_empty() && key == self::key(LabelMatch::Loose, b)
}
