//! The comments of a draft about each field: what was seen, what is rejected, what is guessed.

use super::column::{Column, Guess};
use super::date::Notation;
use super::draft::Draft;
use super::label_kind::LabelKind;
use super::number::{Code as Digits, Style};
use super::text;
use super::trial::{Outcome, Problems};
use jiff::tz::TimeZone;

use crate::Code;
use crate::dates::Pattern;
use crate::display::thousands;
use crate::spec::FieldType;

impl Draft {
    /// The comments about a column: what was seen, what is rejected, and what is guessed.
    pub(super) fn remarks(&self, at: usize, outcome: Option<&Outcome>) -> Vec<String> {
        let column = &self.columns[at];
        if column.filled == 0 {
            return vec!["no record has a value".to_owned()];
        }
        let mut remarks = vec![self.seen(at)];
        if self.has_blanks(at) {
            let words = text::list(column.blanks.iter().map(String::as_str), column.blanks.len());
            remarks.push(format!("treated as no value: {words}"));
        }
        if let Some(formula) = &column.formula {
            let (all, written) = (thousands(column.filled), thousands(column.formulas));
            remarks.push(format!(
                "written as a formula, such as {}: {written} of {all}. A spreadsheet then keeps the digits; the text within is read",
                text::shown(formula)
            ));
        }
        if let Some(outcome) = outcome {
            let of_field = outcome.of_field(&self.names[at]);
            remarks.extend(of_field.map(|(code, problems)| rejected(code, problems)));
        }
        self.guesses(at, &mut remarks);
        remarks
    }

    fn seen(&self, at: usize) -> String {
        let column = &self.columns[at];
        let mut seen = match column.empty {
            0 => "every record has a value".to_owned(),
            empty => {
                format!("{} of {} records have a value", thousands(column.filled), thousands(column.filled + empty))
            }
        };
        match (column.unique.holds() && column.filled > 1, column.unique.sure(), column.values()) {
            (true, true, _) => seen.push_str(", all distinct"),
            (true, false, _) => seen.push_str(", all distinct as far as checked"),
            (false, _, Some(values)) if column.filled > 1 => seen.push_str(&format!(", {} different", values.len())),
            _ => {}
        }
        let is_plain = match self.style(at) {
            Some((style, _)) => style == Style { decimal: '.', group: None },
            None => self.kinds[at] == Guess::Integer,
        };
        match (&column.range, column.lengths, &self.kinds[at]) {
            (Some((low, high)), _, Guess::Integer | Guess::Number(_) | Guess::Either(_)) if is_plain => {
                seen.push_str(&format!("; {low} to {high}"));
            }
            (_, Some((1, 1)), Guess::Text) => seen.push_str("; 1 character"),
            (_, Some((short, long)), Guess::Text) if short == long => seen.push_str(&format!("; {long} characters")),
            (_, Some((short, long)), Guess::Text) => seen.push_str(&format!("; {short} to {long} characters")),
            _ => {}
        }
        seen
    }

    fn guesses(&self, at: usize, remarks: &mut Vec<String>) {
        let column = &self.columns[at];
        match &self.kinds[at] {
            Guess::Date(Notation::Count { word, .. }) => {
                let (low, high) = column
                    .range
                    .as_ref()
                    .map_or_else(Default::default, |(low, high)| (low.to_string(), high.to_string()));
                remarks.push(format!(
                    "a guess: the name is that of a date, and all values are numbers from {low} to {high}, which {word} reads as {} to {}",
                    read_as(word, &low),
                    read_as(word, &high)
                ));
            }
            Guess::Date(Notation::Named { language, .. }) => {
                let others = column.named.found().map(|found| found.others).unwrap_or_default();
                if !others.is_empty() {
                    remarks.push(format!(
                        "a guess: the months have the names of the language {language}, but also those of {}",
                        others.join(", ")
                    ));
                }
            }
            Guess::Date(notation) => {
                let pattern = |notation: &&Notation| match notation {
                    Notation::Date(pattern) | Notation::Datetime(pattern) => Some(pattern.clone()),
                    _ => None,
                };
                let iso = notation.is_iso();
                let others: Vec<String> = column.other_dates().iter().filter_map(pattern).collect();
                if !iso && !others.is_empty() {
                    remarks.push(format!("a guess: every value could also be {}", others.join(" or ")));
                }
            }
            Guess::Either(_) => {
                if let Some((style, Some(why))) = self.style(at) {
                    let mark = style.group.unwrap_or(style.decimal);
                    let (read, other) = if style.group.is_some() {
                        ("a group mark", "the decimal mark")
                    } else {
                        ("the decimal mark", "a group mark")
                    };
                    let (decimal, group) =
                        if style.group.is_some() { (mark, "") } else { (style.other_mark(), mark_as_group(mark)) };
                    remarks.push(format!(
                        "a guess: {mark:?} is read as {read}, because {why}; if it is {other}, write \
                         clean: [{{number: {{decimal: {:?}{group}}}}}]",
                        decimal.to_string()
                    ));
                }
            }
            Guess::Number(_) if column.label == LabelKind::Money && column.numbers.only_digits() => {
                remarks.push("whole numbers only, but the name is that of an amount: fractions may follow".to_owned());
            }
            Guess::Integer if column.values().is_some_and(|values| values.keys().all(|v| v == "0" || v == "1")) => {
                remarks.push("0 and 1 only: perhaps a boolean".to_owned());
            }
            Guess::Text => text_guesses(column, remarks),
            _ => {}
        }
        let negative: Vec<&str> = column.numbers.negative.iter().copied().collect();
        if matches!(self.kinds[at], Guess::Integer | Guess::Number(_) | Guess::Either(_)) && !negative.is_empty() {
            remarks.push(format!("some negative numbers are written another way: {}", negative.join(", ")));
        }
        if matches!(self.kinds[at], Guess::Integer | Guess::Number(_) | Guess::Either(_)) && column.numbers.percents > 0
        {
            remarks.push(
                "every value has a percent sign, which is removed: 12.5 % is 12.5; percent: divide makes 0.125 of it"
                    .to_owned(),
            );
        }
        if matches!(self.kinds[at], Guess::Number(_) | Guess::Either(_))
            && let Some(currency) = &column.numbers.currency
        {
            remarks.push(format!("the currency, {}, is removed, and no other column states it", text::shown(currency)));
        }
    }
}

/// The date that a count is.
fn read_as(word: &str, count: &str) -> String {
    let pattern = Pattern::compile(word, FieldType::Datetime).ok();
    pattern.and_then(|pattern| pattern.read(count, Some(&TimeZone::UTC))).unwrap_or_default()
}

/// Explains why a column is text although its values look like numbers.
fn text_guesses(column: &Column, remarks: &mut Vec<String>) {
    let numbers = &column.numbers;
    if numbers.scientific > 0 {
        remarks.push(format!(
            "written like 4.00638E+12: {} of {}. If these were long numbers, a spreadsheet has destroyed their digits, \
             and only the partner can give them back",
            thousands(numbers.scientific),
            thousands(column.filled)
        ));
    }
    if let (Some(one), Some(other)) = (&numbers.currency, &numbers.other_currency) {
        let (one, other) = (text::shown(one), text::shown(other));
        remarks.push(format!("amounts in several currencies ({one}, {other}): kept as texts, so that none is lost"));
        return;
    }
    if !numbers.only_digits() || numbers.most() < column.filled {
        return;
    }
    remarks.push(match numbers.code {
        Some(Digits::LeadingZero) => "digits, some with a leading 0: a code, not a number".to_owned(),
        Some(Digits::Long) => "long digits: a code, not a number".to_owned(),
        None => "digits, but the label is that of a code, in which leading zeros count: kept as texts".to_owned(),
    });
}

/// The comment about records with a problem that concerns them as a whole.
pub(super) fn of_records(code: Code, problems: &Problems) -> String {
    let numbers: Vec<String> = problems.examples.iter().map(|(record, _)| thousands(*record)).collect();
    let more = if problems.count > numbers.len() as u64 { " …" } else { "" };
    let then = if problems.rejects { "Rejected" } else { "Imported with a warning" };
    let advice = match code {
        Code::QuoteError => {
            " Their quotes are broken. If no cell of this file is quoted, quoteChar: null is right. If quotes are part \
             of the text, quotes: lenient reads them as most programs do, but may take several records for one."
        }
        Code::StrayQuote => {
            " They have a single quote in a cell without quotes: check whether its counterpart is missing."
        }
        _ => "",
    };
    format!("{then}, {code}: {}, number {}{more}.{advice}", thousands(problems.count), numbers.join(", "))
}

fn mark_as_group(mark: char) -> &'static str {
    if mark == '.' { ", group: \".\"" } else { ", group: \",\"" }
}

/// The comment about the records that are rejected for one reason.
fn rejected(code: Code, problems: &Problems) -> String {
    let example = |(record, value): &(u64, String)| {
        let value = if value.is_empty() { "empty".to_owned() } else { text::shown(value) };
        format!("record {} ({value})", thousands(*record))
    };
    let examples: Vec<String> = problems.examples.iter().map(example).collect();
    let more = problems.count - examples.len() as u64;
    let more = if more == 0 { String::new() } else { format!(" and {} more", thousands(more)) };
    format!("rejected as {code}: {}{more}", examples.join(", "))
}
