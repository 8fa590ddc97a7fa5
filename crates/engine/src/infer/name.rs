//! Names of fields, made from the labels of columns.

use std::collections::HashSet;

use crate::feed::FeedName;

/// Longest name, in characters.
const MAX_NAME: usize = 60;

/// A name for each label: lower case, words joined by `_`, none twice, none empty.
pub(super) fn names(labels: &[String]) -> Vec<String> {
    let mut taken = HashSet::new();
    let plain = labels.iter().enumerate().map(|(at, label)| match name(label) {
        name if name.is_empty() => format!("column_{}", at + 1),
        name => name,
    });
    plain
        .map(|plain| {
            let mut name = plain.clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{plain}_{number}");
                number += 1;
            }
            name
        })
        .collect()
}

/// The name of a feed, made from that of a file: `Orders 2026.csv` is `orders-2026`.
pub(super) fn feed(file: &str) -> String {
    let stem = file.split('.').next().unwrap_or_default().to_lowercase();
    let words: Vec<&str> = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").trim_start_matches(|c: char| !c.is_ascii_lowercase()).chars().take(40).collect();
    if name.parse::<FeedName>().is_ok() { name } else { "new-feed".to_owned() }
}

fn name(label: &str) -> String {
    let mut name = String::new();
    let mut before = ' ';
    for c in label.chars() {
        // `unitsSold` has two words, `XMax` and `COMMUNE_NOM` are not cut into letters.
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
    fn table_of_files() {
        for (file, expected) in [
            ("orders.csv", "orders"),
            ("Orders 2026_v2.csv.gz", "orders-2026-v2"),
            ("2026-orders.csv", "orders"),
            ("123.csv", "new-feed"),
            ("", "new-feed"),
        ] {
            assert_eq!(feed(file), expected, "{file}");
        }
    }

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
    }
}
