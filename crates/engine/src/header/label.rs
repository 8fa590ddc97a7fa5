//! When two labels count as the same name.

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

/// Whether two labels have the same letters and digits, at least one.
pub(crate) fn same_loosely(a: &str, b: &str) -> bool {
    let key = key(LabelMatch::Loose, a);
    !key.is_empty() && key == self::key(LabelMatch::Loose, b)
}
