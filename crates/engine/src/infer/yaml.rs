//! A draft as the text of a feed, with comments.

use super::Draft;
use super::column::Found;
use super::date::Way;
use crate::import::MAX_FIELDS;
use crate::report::thousands;

impl Draft {
    /// The feed as YAML.
    #[must_use]
    pub fn yaml(&self) -> String {
        let mut text = String::from("# yaml-language-server: $schema=feed.schema.json\n");
        text.push_str(&format!(
            "# A first feed, made from {} records. What held for all of them is\n",
            thousands(self.records)
        ));
        text.push_str("# written as type and constraint; what is only seen or guessed, as a comment.\n");
        if self.ragged > 0 {
            let ragged = thousands(self.ragged);
            text.push_str(&format!(
                "# {ragged} of them have more or fewer cells than the first: they would be rejected.\n"
            ));
        }
        text.push_str(&format!("version: 1\nname: {}\ndescription: \"\"\n\n", self.name));
        self.source(&mut text);
        let fields: Vec<usize> = self.fields().take(MAX_FIELDS).collect();
        self.restructure(&fields, &mut text);
        self.schema(&fields, &mut text);
        self.import(&mut text);
        text.push_str("\nreport:\n  recipients: []\n");
        text
    }

    fn source(&self, text: &mut String) {
        let source = &self.source;
        text.push_str(&format!("source:\n  delimiter: {}\n", quoted(&char::from(source.delimiter).to_string())));
        if !source.quote {
            text.push_str("  quoteChar: null\n");
        }
        if let Some(escape) = source.escape {
            text.push_str(&format!(
                "  doubleQuote: false\n  escapeChar: {}\n",
                quoted(&char::from(escape).to_string())
            ));
        }
        if let Some(comment) = source.comment {
            text.push_str(&format!("  commentChar: {}\n", quoted(&char::from(comment).to_string())));
        }
        if source.skip_lines > 0 {
            text.push_str(&format!("  skipLines: {}\n", source.skip_lines));
        }
        if !source.header {
            let columns: Vec<String> = self.labels.iter().map(|label| plain(label)).collect();
            text.push_str("  # The first record looks like data: give the columns better names here and below.\n");
            text.push_str(&format!("  header: false\n  columns: [{}]\n", columns.join(", ")));
        }
        if self.encoding != "utf-8" {
            text.push_str(&format!("  encoding: {}\n", plain(&self.encoding)));
        }
        let twice = |(at, label): &(usize, &String)| !label.is_empty() && self.labels[..*at].contains(label);
        for (at, label) in self.labels.iter().enumerate().filter(twice) {
            let first = self.labels.iter().position(|other| other == label).map_or(0, |first| first + 1);
            text.push_str(&format!("  # Column {} is named as column {first}, and is not read.\n", at + 1));
        }
        if self.labels.iter().enumerate().any(|entry| twice(&entry)) {
            text.push_str("  labels: {duplicate: ignore}\n");
        }
        for at in (0..self.labels.len()).filter(|at| self.labels[*at].is_empty()) {
            text.push_str(&format!("  # Column {} has no name, and is not read.\n", at + 1));
        }
    }

    fn restructure(&self, fields: &[usize], text: &mut String) {
        let entries: Vec<String> = fields.iter().filter_map(|at| self.mapping(*at)).collect();
        if !entries.is_empty() {
            text.push_str(&format!("\nrestructure:\n{}", entries.concat()));
        }
    }

    /// How a field is made, where it is not just the column of its name.
    fn mapping(&self, at: usize) -> Option<String> {
        let (name, label, column) = (&self.names[at], &self.labels[at], &self.columns[at]);
        let mut parts = Vec::new();
        if name != label {
            parts.push(format!("from: {}", plain(label)));
        }
        let mut clean = Vec::new();
        clean.extend(column.padded.then(|| "trim".to_owned()));
        match self.found(at) {
            Found::Number(style) => {
                clean.extend(column.numbers.currency.then(|| "strip_currency".to_owned()));
                let group = style.group.map(|group| format!(", group: {}", quoted(&group.to_string())));
                if style.decimal != '.' || group.is_some() {
                    let decimal = quoted(&style.decimal.to_string());
                    clean.push(format!("{{number: {{decimal: {decimal}{}}}}}", group.unwrap_or_default()));
                }
            }
            Found::Boolean(Some((yes, no))) => {
                clean.push(format!("{{boolean: {{\"true\": [{}], \"false\": [{}]}}}}", plain(yes), plain(no)));
            }
            _ => {}
        }
        if !clean.is_empty() {
            parts.push(format!("clean: [{}]", clean.join(", ")));
        }
        match self.found(at) {
            Found::Date(Way::Date(pattern)) => parts.push(format!("date: {}", quoted(&pattern))),
            Found::Date(Way::Datetime(pattern)) => parts.push(format!("datetime: {}", quoted(&pattern))),
            _ => {}
        }
        (!parts.is_empty()).then(|| format!("  {}: {{{}}}\n", plain(name), parts.join(", ")))
    }

    fn schema(&self, fields: &[usize], text: &mut String) {
        text.push_str("\nschema:\n  fields:\n");
        let key = self.key_columns();
        for at in fields {
            for remark in self.remarks(*at) {
                text.push_str(&format!("    # {remark}\n"));
            }
            let mut constraints = Vec::new();
            if self.required(*at) || key.contains(at) {
                constraints.push("required: true".to_owned());
            }
            if let Some(values) = self.allowed(*at) {
                let values: Vec<String> = values.into_iter().map(plain).collect();
                constraints.push(format!("enum: [{}]", values.join(", ")));
            }
            let constraints = match &constraints[..] {
                [] => String::new(),
                constraints => format!(", constraints: {{{}}}", constraints.join(", ")),
            };
            let of = match self.found(*at) {
                Found::Nothing | Found::Text => "string",
                Found::Boolean(_) => "boolean",
                Found::Integer => "integer",
                Found::Number(_) => "number",
                Found::Date(Way::IsoDate | Way::Date(_)) => "date",
                Found::Date(Way::IsoDatetime | Way::Datetime(_)) => "datetime",
            };
            text.push_str(&format!("    - {{name: {}, type: {of}{constraints}}}\n", plain(&self.names[*at])));
        }
        let more = self.fields().count() - fields.len();
        if more > 0 {
            text.push_str(&format!(
                "    # {more} columns more are not here: a table takes up to {MAX_FIELDS} fields.\n"
            ));
        }
    }

    fn import(&self, text: &mut String) {
        text.push_str("\nimport:\n");
        if self.key.is_none() {
            text.push_str(
                "  # No column or pair of columns is full and different in every record: this key is a guess.\n",
            );
        }
        let key: Vec<String> = self.key_columns().into_iter().map(|at| plain(&self.names[at])).collect();
        text.push_str(&format!("  table: {}\n  key: [{}]\n  duplicates: last\n", self.name, key.join(", ")));
    }
}

/// A text as YAML has it, without quotes where it can do without.
fn plain(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let safe = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(word)
        && !text.ends_with(' ')
        && !words.contains(&text.to_lowercase().as_str());
    if safe { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes, with escapes for whatever cannot be printed.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}') => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
