//! Which columns of a file must not be shown: the sources of sensitive fields.

use sluice_engine::spec::OneOrMany;

use super::feed::Written;

/// For each column of the file, whether a sensitive field is made from it.
///
/// Errs on the safe side: labels are compared by letters and digits only, and an expression counts as using
/// every column whose label occurs in it.
pub fn secret_columns(feed: &Written, labels: &[String]) -> Vec<bool> {
    let mut secret = vec![false; labels.len()];
    for field in feed.schema.fields.iter().filter(|field| field.sensitive) {
        let mapping = feed.mapping(&field.name).cloned().unwrap_or_default();
        let mut names = mapping.join.map(|join| join.columns).unwrap_or_default();
        if let Some(OneOrMany(from)) = mapping.from {
            names.extend(from);
        }
        if names.is_empty() && mapping.value.is_none() {
            names.push(field.name.clone());
        }
        let names: Vec<String> = names.iter().map(|name| letters(name)).collect();
        let expression = mapping.value.unwrap_or_default();
        for (label, secret) in labels.iter().zip(&mut secret) {
            *secret |= names.contains(&letters(label)) || (!label.is_empty() && expression.contains(label.as_str()));
        }
    }
    secret
}

fn letters(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sluice_engine::feed::read;

    use super::*;

    #[test]
    fn table_of_mappings() {
        let labels = ["ID", "E-Mail", "First", "Last", "Card No"].map(str::to_owned);
        for (restructure, expected) in [
            ("{}", [false, true, false, false, false]),
            ("{email: {from: [Mail, e_mail]}}", [false, true, false, false, false]),
            ("{email: {from: Card No}}", [false, false, false, false, true]),
            ("{email: {join: {columns: [First, Last]}}}", [false, false, true, true, false]),
            ("{email: {value: 'row[\"First\"] + \"x\"'}}", [false, false, true, false, false]),
        ] {
            let yaml = format!(
                "{{version: 1, name: x, restructure: {restructure}, schema: {{fields: [{{name: id}}, \
                 {{name: email, sensitive: true}}]}}, import: {{table: x, key: [id]}}}}"
            );
            let feed = Written::new(read(&yaml).unwrap().0, Path::new("feed.yaml"));
            assert_eq!(secret_columns(&feed, &labels), expected, "{restructure}");
        }
    }
}
