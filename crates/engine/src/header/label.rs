//! When two labels are one name.

use crate::spec::LabelMatch;

/// What two labels of one name have the same.
pub(super) fn key(matching: LabelMatch, label: &str) -> String {
    match matching {
        LabelMatch::Exact => label.trim().to_owned(),
        LabelMatch::Loose => label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
    }
}

/// Whether two labels are one name.
pub(super) fn same(matching: LabelMatch, a: &str, b: &str) -> bool {
    match matching {
        LabelMatch::Exact => a.trim() == b.trim(),
        LabelMatch::Loose => key(matching, a) == key(matching, b),
    }
}

/// Whether two labels are one name by their letters and digits, of which there must be some.
pub(crate) fn same_loosely(a: &str, b: &str) -> bool {
    let key = key(LabelMatch::Loose, a);
    !key.is_empty() && key == self::key(LabelMatch::Loose, b)
}
