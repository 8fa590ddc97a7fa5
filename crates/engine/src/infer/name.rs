//! Makes field names from the labels of columns.

use std::collections::{HashMap, HashSet};

/// Maximum length of a name, in characters.
const MAX_NAME: usize = 60;

/// A name for each label: lower case, words joined by `_`, unique and not empty.
pub(super) fn names(labels: &[String]) -> Vec<String> {
    let mut taken = HashSet::new();
    let plain = labels.iter().enumerate().map(|(at, label)| match name(label) {
        name if name.is_empty() => format!("column_{}", at + 1),
        name => name,
    });
    // The last number appended to a frequent name, so that not every number is tried again.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    plain
        .map(|plain| {
            let mut name = plain.clone();
            while !taken.insert(name.clone()) {
                let number = numbers.entry(plain.clone()).or_insert(1);
                *number += 1;
                name = format!("{plain}_{number}");
            }
            name
        })
        .collect()
}

/// A name that differs from all others.
pub(super) fn free(name: &str, others: &[String]) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !others.contains(name)).unwrap_or_default()
}

fn name(label: &str) -> String {
    let mut name = String::new();
    let mut before = ' ';
    for c in label.chars() {
        // `unitsSold` has two words; `XMax` and `COMMUNE_NOM` are not split into letters.
        let word_begins = c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if !c.is_alphanumeric() || word_begins {
            name.push('_');
        }
        if c.is_alphanumeric() {
            name.extend(c.to_lowercase());
        }
        before = c;
    }
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    words.join("_").chars().take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_labels() {
        for (label, expected) in [
            ("id", "id"),
            ("Item Type", "item_type"),
            ("unitsSold", "units_sold"),
            ("COMMUNE_NOM", "commune_nom"),
            ("Body (HTML)", "body_html"),
            ("_run", "run"),
            ("Größe in cm", "größe_in_cm"),
            ("price.amount", "price_amount"),
            ("???", "column_1"),
            ("", "column_1"),
        ] {
            assert_eq!(names(&[label.to_owned()]), [expected]);
        }
        assert_eq!(names(&["A b".into(), "a-b".into(), "a b 2".into()]), ["a_b", "a_b_2", "a_b_2_2"]);
        assert_eq!(free("a", &["a".into(), "a_2".into()]), "a_3");
    }
}
