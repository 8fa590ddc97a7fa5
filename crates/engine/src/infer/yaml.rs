//! Writes a draft as the text of a feed with comments.

use super::column::Guess;
use super::date::Notation;
use super::draft::Draft;
use super::footer::FooterGuess;
use super::key::Sure;
use super::remarks;
use super::source::Trailing;
use super::text;
use super::trial::Outcome;
use crate::display::thousands;
use crate::json::Pointer;

/// Maximum width of a comment line, in characters.
const WIDTH: usize = 110;

/// The share of rejects that a first feed accepts, in percent, and the maximum if more records of its own
/// file are rejected.
const REJECTS: u64 = 5;
const MAX_REJECTS: u64 = 50;

/// Maximum number of columns without a field that are listed.
const MAX_LISTED: usize = 5;

impl Draft {
    /// The feed as YAML. `outcome` says how this feed treats the records of the file; without it, the
    /// comments say nothing about that.
    #[must_use]
    pub fn yaml(&self, outcome: Option<&Outcome>) -> String {
        let mut text = String::from("# yaml-language-server: $schema=feed.schema.json\n");
        let made = format!("A first feed, made by `sluice feed new` from {}.", records(self.records));
        let tried = outcome.map(|outcome| match (outcome.records - outcome.rejected, outcome.rejected) {
            (0, 0) => String::new(),
            (_, 0) => " Tried on them, it rejects none.".to_owned(),
            (0, _) => " Tried on them, it rejects all of them: see below.".to_owned(),
            (good, bad) => format!(" Tried on them, it accepts {} and rejects {}.", thousands(good), thousands(bad)),
        });
        let rest = "Types and constraints hold for nearly all records; mere observations and guesses are comments.";
        comment(&mut text, "", &format!("{made}{} {rest}", tried.unwrap_or_default()));
        text.push_str(&format!("version: 1\nname: {}\ndescription: \"\"\n\n", self.name));
        self.source(&mut text, outcome);
        self.group(&mut text);
        self.restructure(&mut text);
        self.schema(&mut text, outcome);
        self.validate(&mut text, outcome);
        self.import(&mut text);
        text.push_str("\nreport:\n  recipients: []\n");
        text
    }

    fn source(&self, text: &mut String, outcome: Option<&Outcome>) {
        let source = &self.source;
        text.push_str("source:\n");
        for remark in &source.remarks {
            comment(text, "  ", remark);
        }
        if let Some(json) = &source.json {
            text.push_str(&format!("  format: {}\n", if json.records.is_some() { "json" } else { "jsonl" }));
            let records = json.records.iter().map(Pointer::to_string).filter(|records| !records.is_empty());
            records.for_each(|records| text.push_str(&format!("  records: {}\n", quoted(&records))));
        } else if let Some(fixed) = &source.fixed {
            text.push_str("  format: fixed\n  fixed:\n    columns:\n");
            for column in &fixed.layout.columns {
                let start = column.start + 1;
                let end = column.end.map(|end| format!(", end: {end}")).unwrap_or_default();
                text.push_str(&format!("      - {{label: {}, start: {start}{end}}}\n", plain(&column.label)));
            }
            if fixed.layout.fills {
                comment(text, "    ", "Some lines end before the last column begins.");
                text.push_str("    shortLines: fill\n");
            }
            if !fixed.has_labels {
                comment(text, "  ", "No line has labels: give the columns better names here and below.");
            }
        } else if let Some(sheet) = &source.sheet {
            text.push_str("  format: xlsx\n");
            sheet.name.iter().for_each(|name| text.push_str(&format!("  sheet: {}\n", quoted(name))));
        } else {
            text.push_str(&format!("  delimiter: {}\n", quoted(&source.delimiter.to_string())));
        }
        if !source.quote {
            let remark = "No cell is certainly quoted, and records would be broken if quotes counted: a quote is read \
                          as a character like any other.";
            comment(text, "  ", remark);
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
        if source.initial_space {
            text.push_str("  skipInitialSpace: true\n");
        }
        if source.find {
            let remark = format!(
                "The labels are on line {}. The header is looked for, so that another number of lines above it does not matter.",
                source.skip_lines + 1
            );
            comment(text, "  ", &remark);
            text.push_str("  header: find\n");
        } else if source.skip_lines > 0 {
            text.push_str(&format!("  skipLines: {}\n", source.skip_lines));
        }
        if source.header_rows > 1 {
            text.push_str(&format!("  headerRows: {}\n", source.header_rows));
        }
        if !source.header && source.fixed.is_none() {
            let columns: Vec<String> = self.labels.iter().map(|label| plain(label)).collect();
            comment(text, "  ", "The first record looks like data: give the columns better names here and below.");
            text.push_str(&format!("  header: false\n  columns: [{}]\n", columns.join(", ")));
        }
        if self.guessed_encoding {
            let first = self.columns.iter().find_map(|column| column.foreign.as_deref());
            let such = first.map(|value| format!(", such as {}", text::shown(value))).unwrap_or_default();
            comment(
                text,
                "  ",
                &format!(
                    "A guess: the bytes are not UTF-8, and nothing in the file names its encoding. Look at values with \
                     accents{such}: if they look wrong, the encoding is another one."
                ),
            );
        }
        if self.broken_encoding {
            let remark = format!(
                "Some bytes are invalid in the encoding {}: their records are rejected as encoding-error.",
                self.encoding
            );
            comment(text, "  ", &remark);
        }
        if self.encoding != "utf-8" {
            text.push_str(&format!("  encoding: {}\n", plain(&self.encoding)));
        }
        self.unread(text);
        self.odd_records(text, outcome);
    }

    /// The columns without a field.
    fn unread(&self, text: &mut String) {
        let kept = if self.keep_in.is_some() { "kept" } else { "not read" };
        let mut first = std::collections::HashMap::new();
        let (mut listed, mut more, mut twice) = (0, 0, false);
        // A delimiter at the end has a comment of its own.
        let ends_blank = self.source.trailing.is_some() && self.labels.last().is_some_and(String::is_empty);
        let labels = self.labels.iter().take(self.labels.len() - usize::from(ends_blank));
        for (at, label) in labels.enumerate() {
            let before = if label.is_empty() { None } else { Some(*first.entry(label).or_insert(at)) };
            let filled = self.columns[at].filled > 0 || self.keep_in.is_some();
            let what = match before {
                Some(before) if before == at => continue,
                Some(before) => format!("has the same name as column {}", before + 1),
                None => "has no name".to_owned(),
            };
            twice |= before.is_some();
            if listed == MAX_LISTED {
                more += 1;
                continue;
            }
            listed += 1;
            let then = if filled { format!(", and is {kept}") } else { " and is empty. It is not read".to_owned() };
            comment(text, "  ", &format!("Column {} {what}{then}.", at + 1));
        }
        if more > 0 {
            comment(text, "  ", &format!("The same applies to {more} more columns."));
        }
        if self.beyond > 0 {
            let beyond = thousands(self.beyond as u64);
            let what = format!("{beyond} columns more have no field: a proposed feed has no room for them.");
            let then = if self.keep_in.is_some() { "They are kept." } else { "They are not imported." };
            comment(text, "  ", &format!("{what} {then}"));
        }
        match (&self.keep_in, twice) {
            (Some(field), _) => {
                let duplicate = if twice { ", duplicate: keep" } else { "" };
                text.push_str(&format!("  labels: {{extra: keep{duplicate}, keepIn: {}}}\n", plain(field)));
            }
            (None, true) => text.push_str("  labels: {duplicate: ignore}\n"),
            (None, false) => {}
        }
    }

    /// Comments on oddities of whole records.
    fn odd_records(&self, text: &mut String, outcome: Option<&Outcome>) {
        let trailing = match self.source.trailing {
            Some(Trailing::Records) => Some("Records end with a delimiter that the header lacks."),
            Some(Trailing::Header) => Some("The header ends with a delimiter that the records lack."),
            Some(Trailing::Both) => Some("Header and records end with a delimiter."),
            None => None,
        };
        if let Some(what) = trailing {
            comment(text, "  ", &format!("{what} The empty cell behind it is left out."));
            text.push_str("  trailingDelimiter: ignore\n");
        }
        let units = self.units();
        for (at, below) in self.source.below.iter().enumerate() {
            let rejected = outcome.and_then(|outcome| outcome.first.get(at));
            let then = match (rejected, units.get(at)) {
                (_, Some(Some(_))) => "it is omitted",
                (Some(true), _) => "it is rejected",
                (Some(false), _) => "but no check rejects it: it is imported unless the partner removes it",
                (None, _) => "it should be rejected",
            };
            let line = below.line;
            comment(
                text,
                "  ",
                &format!(
                    "Line {line}, record {}, is below the labels and has no values where the data has them. It looks \
                     like units or a second line of labels, not like data: {then}.",
                    at + 1
                ),
            );
        }
        let ragged = self.ragged;
        if ragged > 0 {
            let first: Vec<String> = self.ragged_first.iter().map(|record| thousands(*record)).collect();
            let more = if ragged > first.len() as u64 { " …" } else { "" };
            let (have, are) = if ragged == 1 { ("record has", "is") } else { ("records have", "are") };
            comment(
                text,
                "  ",
                &format!(
                    "{} {have} more or fewer cells than there are columns, and {are} rejected: number {}{more}.",
                    thousands(ragged),
                    first.join(", ")
                ),
            );
        }
        if let Some(outcome) = outcome {
            outcome.of_records().for_each(|(code, problems)| comment(text, "  ", &remarks::of_records(code, problems)));
        }
        let conditions: Vec<&String> = units.iter().flatten().collect();
        if !conditions.is_empty() {
            text.push_str("  omit:\n    conditions:\n");
            for (at, when) in conditions.iter().enumerate() {
                let more = if at == 0 { String::new() } else { format!("-{}", at + 1) };
                text.push_str(&format!("      - {{name: units{more}, when: {when}}}\n"));
            }
        }
        if let Some(FooterGuess { first, records, keys, shown }) = &self.footer {
            let what = match records {
                1 => format!("The last record, number {first} ({shown}), looks"),
                _ => format!("The last {records} records with content, from number {first} ({shown}) on, look"),
            };
            let remark =
                format!("{what} like a footer: not imported. A file without such a footer is not imported at all.");
            comment(text, "  ", &remark);
            text.push_str(&format!("  footer: {{{keys}}}\n"));
        }
        let all = self.repeated + self.blank + conditions.len() as u64;
        let omitted = outcome.is_some_and(|outcome| outcome.omitted == all);
        let then = if omitted { " They are omitted." } else { "" };
        for (count, what) in [(self.repeated, "repeat the header"), (self.blank, "are empty")] {
            if count > 0 {
                comment(text, "  ", &format!("Records that {what}: {}.{then}", thousands(count)));
            }
        }
    }

    fn group(&self, text: &mut String) {
        let Some((group, list)) = &self.group else { return };
        let names = |columns: &[usize]| columns.iter().map(|at| plain(&self.names[*at])).collect::<Vec<_>>();
        let of_first: Vec<&str> = group.of_first.iter().map(|at| self.labels[*at].as_str()).collect();
        let (values, stand) = match group.things {
            1 => ("A value".to_owned(), "stands"),
            things => (format!("{} values", thousands(things)), "stand"),
        };
        let by = text::shown(&self.labels[group.by]);
        let of_first = text::list(of_first.iter().copied(), MAX_LISTED);
        let what = format!(
            "A guess: several records are one thing. {values} of {by} {stand} in several records in a row, of which only the first one has \
             a value in {of_first}. So each thing becomes one item, with a list of what its records differ in. Divide that list if the \
             records say different things, such as variants and pictures."
        );
        text.push_str("\ngroup:\n");
        comment(text, "  ", &what);
        let by = plain(&self.names[group.by]);
        let members: Vec<String> =
            names(&group.members).into_iter().chain(self.keep_in.iter().map(|name| plain(name))).collect();
        text.push_str(&format!("  by: {by}\n  into:\n    {}: [{}]\n", plain(list), members.join(", ")));
    }

    fn restructure(&self, text: &mut String) {
        let mut entries: Vec<String> = self.fields.iter().filter_map(|at| self.mapping(*at)).collect();
        if let Some(name) = &self.joined {
            let columns: Vec<String> = self.fields.iter().map(|at| plain(&self.labels[*at])).collect();
            entries.push(format!("  {}: {{join: {{columns: [{}], with: \"|\"}}}}\n", plain(name), columns.join(", ")));
        }
        if !entries.is_empty() {
            text.push_str(&format!("\nrestructure:\n{}", entries.concat()));
        }
    }

    /// How a field is made, unless it is simply the column of its name.
    fn mapping(&self, at: usize) -> Option<String> {
        let (name, label, column) = (&self.names[at], &self.labels[at], &self.columns[at]);
        let mut parts = Vec::new();
        let is_default = match &self.source.json {
            Some(_) => Pointer::of_field(name).to_string() == *label,
            None => name == label,
        };
        if !is_default {
            parts.push(format!("from: {}", plain(label)));
        }
        let mut clean = Vec::new();
        clean.extend(column.padded.then(|| "trim".to_owned()));
        if column.formulas > 0 {
            clean.push("{replace: {pattern: '^=\"(.*)\"$', with: \"$1\"}}".to_owned());
        }
        if self.blanks_are_mapped(at) {
            let values: Vec<String> = column.blanks.iter().map(|blank| format!("{}: \"\"", quoted(blank))).collect();
            clean.push(format!("{{map: {{values: {{{}}}, otherwise: keep}}}}", values.join(", ")));
        }
        let negative: Vec<&str> = column.numbers.negative.iter().copied().collect();
        let negative = (!negative.is_empty()).then(|| format!("negative: [{}]", negative.join(", ")));
        let percent = (column.numbers.percents > 0).then(|| "percent: drop".to_owned());
        let signs = negative.into_iter().chain(percent).collect::<Vec<_>>().join(", ");
        if self.kinds[at] == Guess::Integer && !signs.is_empty() {
            clean.push(format!("{{number: {{{signs}}}}}"));
        }
        if let Some((style, _)) = self.style(at) {
            clean.extend((column.numbers.currencies > 0).then(|| "strip_currency".to_owned()));
            let group = style.group.map(|group| format!(", group: {}", quoted(&group.to_string())));
            if style.decimal != '.' || group.is_some() || !signs.is_empty() {
                let decimal = quoted(&style.decimal.to_string());
                let signs = if signs.is_empty() { signs } else { format!(", {signs}") };
                clean.push(format!("{{number: {{decimal: {decimal}{}{signs}}}}}", group.unwrap_or_default()));
            }
        }
        if let Guess::Boolean(Some((yes, no))) = &self.kinds[at] {
            clean.push(format!("{{boolean: {{\"true\": [{}], \"false\": [{}]}}}}", plain(yes), plain(no)));
        }
        if !clean.is_empty() {
            parts.push(format!("clean: [{}]", clean.join(", ")));
        }
        match &self.kinds[at] {
            Guess::Date(Notation::Date(pattern)) => parts.push(format!("date: {}", quoted(pattern))),
            Guess::Date(Notation::Datetime(pattern)) => parts.push(format!("datetime: {}", quoted(pattern))),
            Guess::Date(Notation::Named { patterns, language }) => {
                let patterns: Vec<String> = patterns.iter().map(|pattern| quoted(pattern)).collect();
                let date = if let [only] = &patterns[..] { only.clone() } else { format!("[{}]", patterns.join(", ")) };
                parts.push(format!("date: {date}, language: {language}"));
            }
            Guess::Date(Notation::Count { word, with_time }) => {
                parts.push(format!("{}: {word}", if *with_time { "datetime" } else { "date" }));
            }
            _ => {}
        }
        (!parts.is_empty()).then(|| format!("  {}: {{{}}}\n", plain(name), parts.join(", ")))
    }

    /// Whether words for "no value" must be removed before the text is parsed by steps or a pattern.
    fn blanks_are_mapped(&self, at: usize) -> bool {
        let steps = match self.style(at) {
            Some((style, _)) => {
                let numbers = &self.columns[at].numbers;
                style.decimal != '.' || style.group.is_some() || numbers.currencies > 0 || numbers.has_signs()
            }
            None if self.kinds[at] == Guess::Integer => self.columns[at].numbers.has_signs(),
            None => matches!(&self.kinds[at], Guess::Date(notation) if !notation.is_iso()),
        };
        self.has_blanks(at) && steps
    }

    fn schema(&self, text: &mut String, outcome: Option<&Outcome>) {
        text.push_str("\nschema:\n  fields:\n");
        for at in &self.fields {
            for remark in self.remarks(*at, outcome) {
                comment(text, "    ", &remark);
            }
            let of = match self.kinds[*at] {
                Guess::Nothing | Guess::Text => "string",
                Guess::Array => "array",
                Guess::Boolean(_) => "boolean",
                Guess::Integer => "integer",
                Guess::Number(_) | Guess::Either(_) => "number",
                Guess::Date(
                    Notation::IsoDate
                    | Notation::Date(_)
                    | Notation::Named { .. }
                    | Notation::Count { with_time: false, .. },
                ) => "date",
                Guess::Date(
                    Notation::IsoDatetime | Notation::Datetime(_) | Notation::Count { with_time: true, .. },
                ) => "datetime",
            };
            let mut parts = vec![format!("name: {}", plain(&self.names[*at])), format!("type: {of}")];
            if self.has_blanks(*at) && !self.blanks_are_mapped(*at) {
                let blanks: Vec<String> = self.columns[*at].blanks.iter().map(|blank| quoted(blank)).collect();
                parts.push(format!("missingValues: [\"\", {}]", blanks.join(", ")));
            }
            let mut constraints = Vec::new();
            if self.required(*at) || self.key.columns.contains(at) {
                constraints.push("required: true".to_owned());
            }
            if let Some(values) = self.allowed(*at) {
                let values: Vec<String> = values.into_iter().map(plain).collect();
                constraints.push(format!("enum: [{}]", values.join(", ")));
            }
            if !constraints.is_empty() {
                parts.push(format!("constraints: {{{}}}", constraints.join(", ")));
            }
            text.push_str(&format!("    - {{{}}}\n", parts.join(", ")));
        }
        if let Some(name) = &self.joined {
            text.push_str(&format!("    - {{name: {}, constraints: {{required: true}}}}\n", plain(name)));
        }
        if let Some((_, list)) = &self.group {
            comment(text, "    ", "what the records of an item differ in");
            text.push_str(&format!("    - {{name: {}, type: array}}\n", plain(list)));
        }
        if let Some(name) = &self.keep_in {
            comment(text, "    ", "the columns without a field of their own");
            text.push_str(&format!("    - {{name: {}, type: object}}\n", plain(name)));
        }
    }

    /// The rules for records, and the limits for a file.
    fn validate(&self, text: &mut String, outcome: Option<&Outcome>) {
        text.push_str("\nvalidate:\n");
        if let Some((at, words)) = &self.sums {
            let mut words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
            words.sort();
            words.dedup();
            let name = &self.names[*at];
            comment(text, "  ", "Such a record is the sum of others, not data.");
            text.push_str(&format!(
                "  rules:\n    - regex: {{field: {}, pattern: {}, not: true, message: looks like a sum of other records}}\n",
                plain(name),
                quoted(&format!("(?i)^\\s*({}):?\\s*$", words.join("|")))
            ));
        }
        limits(text, outcome);
    }

    fn import(&self, text: &mut String) {
        text.push_str("\nimport:\n");
        let names: Vec<&str> = match &self.joined {
            Some(name) => vec![name],
            None => self.key.columns.iter().map(|at| self.names[*at].as_str()).collect(),
        };
        let nothing = "Choose the key: no column, and no pair of possible key columns, has a value in every record and \
                       another one in each.";
        let remark = match (self.key.sure, &self.joined, &names[..]) {
            (Sure::Named, ..) => {
                "A guess: the values are distinct, and the column has the label of an identifier.".to_owned()
            }
            (Sure::Grouped, ..) => "The records that share this value are one item.".to_owned(),
            (Sure::Different, ..) => {
                "A guess: the values of this file are distinct. Does the partner guarantee that?".to_owned()
            }
            (Sure::Gaps, _, [name, ..]) => {
                format!("{nothing} {name} has distinct values, but some records lack one; these are rejected.")
            }
            (_, Some(_), _) => {
                format!(
                    "{nothing} Until you do, the key is the text of all columns: a guess that changes with any value."
                )
            }
            _ => format!("{nothing} This key is a guess, and records with the same key are rejected."),
        };
        comment(text, "  ", &remark);
        let key: Vec<String> = names.into_iter().map(plain).collect();
        text.push_str(&format!("  table: {}\n  key: [{}]\n", self.name, key.join(", ")));
        text.push_str(
            "  duplicates: reject  # rejects all records of the same key; last and first choose one of them\n",
        );
    }
}

/// The limits for a file.
fn limits(text: &mut String, outcome: Option<&Outcome>) {
    text.push_str("  limits:\n    minRecords: 1\n");
    let (records, rejected) = outcome.map_or((0, 0), |outcome| (outcome.records, outcome.rejected));
    // As the gate counts: a hundred times the rejects, compared with the percentage times the records.
    let share = (rejected * 100).div_ceil(records.max(1));
    let percent = share.div_ceil(REJECTS).max(1) * REJECTS;
    if percent > MAX_REJECTS {
        comment(
            text,
            "    ",
            &format!("{share} % of the records of this file are rejected: beyond the limit, nothing is imported."),
        );
    } else if percent > REJECTS {
        comment(
            text,
            "    ",
            &format!("{share} % of the records of this file are rejected: lower this once they are right."),
        );
    }
    text.push_str(&format!("    maxRejectPercent: {}\n", percent.min(MAX_REJECTS)));
}

fn records(count: u64) -> String {
    format!("{} record{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// Appends a comment on as many lines as needed.
fn comment(text: &mut String, indent: &str, remark: &str) {
    let mut line = String::new();
    for word in remark.split(' ') {
        if !line.is_empty() && indent.len() + 2 + line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&format!("{indent}# {line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    text.push_str(&format!("{indent}# {line}\n"));
}
/// A text in YAML, without quotes if possible.
pub(super) fn plain(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let safe = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(word)
        && !text.ends_with(' ')
        && !words.contains(&text.to_lowercase().as_str());
    if safe { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes, with escapes for unprintable characters.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            // Invisible characters are shown by number, even if YAML would accept them.
            c if c.is_control() || is_invisible(c) => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{A0}' | '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202F}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}
