//! Numbers in the notations that partners use.

use std::collections::BTreeMap;

use super::advice::advise;
use crate::advice::{self, keeps, named, tried};
use crate::decimal::Decimal;

/// The notation of a number.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    /// The decimal mark.
    pub decimal: char,
    /// The possible marks between groups of digits.
    pub group: Vec<char>,
}

impl Marks {
    /// The message for a text that is not a number. `with_percent` says that it must have a percent sign.
    pub(super) fn not_a_number(&self, text: &str, with_percent: bool) -> String {
        let percent = if with_percent { "%" } else { "" };
        let advice = self.advice(text.trim()).map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("{text:?} is not a number such as {}{percent}{advice}", self.example())
    }

    /// A number in plain notation; `None` if it is invalid.
    ///
    /// Groups must be well-formed: the last has three digits, inner ones two or three, the first up to three.
    /// So `1.5` is refused if the point is a group mark, because it more likely means one and a half.
    pub(crate) fn plain(&self, text: &str) -> Option<String> {
        let (sign, digits) = match text.strip_prefix(['-', '−', '﹣', '－']) {
            Some(rest) => ("-", rest),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match digits.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let groups: Vec<&str> = whole.split(|mark| self.groups(mark)).collect();
        let (last, before) = groups.split_last()?;
        let grouped = match before.split_first() {
            None => true,
            Some((first, rest)) => {
                last.len() == 3
                    && (1..=3).contains(&first.len())
                    && rest.iter().all(|group| matches!(group.len(), 2 | 3))
            }
        };
        let fraction = fraction.unwrap_or_default();
        let readable = grouped && groups.iter().all(|group| all_digits(group)) && all_digits(fraction);
        if !readable || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let point = if fraction.is_empty() { "" } else { "." };
        let whole = if whole.is_empty() { "0".to_owned() } else { groups.concat() };
        Some(format!("{sign}{whole}{point}{fraction}"))
    }

    /// Suggests marks that would read a text, or a step before this one.
    fn advice(&self, text: &str) -> Option<String> {
        let with = |decimal: char, group: Option<char>| {
            let marks = Self { decimal, group: group.into_iter().collect() };
            marks.plain(text).and_then(|plain| plain.parse::<Decimal>().ok())
        };
        let marks = [(".", None), (".", Some(",")), (".", Some(" ")), (",", None), (",", Some(".")), (",", Some(" "))];
        let first = |mark: &str| mark.chars().next();
        let read = marks.into_iter().flat_map(|(decimal, group)| {
            let group_key = group.map(|group: &str| format!(", group: {group:?}")).unwrap_or_default();
            let made = first(decimal).and_then(|decimal| with(decimal, group.and_then(first)));
            let is_right = |number: &Decimal| keeps(text, number, advice::Marks { decimal, group });
            tried([(format!("{{decimal: {decimal:?}{group_key}}}"), made)], is_right)
        });
        // One mark is enough if the other does not occur.
        let mut read: Vec<_> = read.collect();
        read.dedup_by(|next, first| next.1 == first.1);
        if let Some(marks) = named(&read) {
            return Some(format!("this step reads it with {marks}"));
        }
        let (decimal, group) = (self.decimal.to_string(), self.group.first().map(char::to_string));
        let marks = advice::Marks { decimal: &decimal, group: group.as_deref() };
        let reads = |text: &str| self.plain(text.trim()).and_then(|plain| plain.parse().ok());
        advise(text, &reads, marks).map(|advice| format!("before this step: {advice}"))
    }

    fn groups(&self, mark: char) -> bool {
        self.group.contains(&mark) || (mark.is_whitespace() && self.group.iter().any(|group| group.is_whitespace()))
    }

    fn example(&self) -> String {
        let group = self.group.first().map(char::to_string).unwrap_or_default();
        format!("1{group}234{}50", self.decimal)
    }
}

/// The values of units.
#[derive(Clone, Debug)]
pub(crate) struct Units {
    /// The value of each unit in the unit of the field.
    pub factors: BTreeMap<String, Decimal>,
    /// The unit of a number without one.
    pub unit: Option<String>,
}

impl Units {
    /// Reads a number with a unit and converts it.
    pub(super) fn convert(&self, text: &str) -> Result<String, String> {
        let trimmed = text.trim();
        let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-');
        let end = trimmed.find(|c| !number(c)).unwrap_or(trimmed.len());
        let (number, unit) = (&trimmed[..end], trimmed[end..].trim());
        let number: Decimal = number.parse().map_err(|_| {
            let advice = self.advice(trimmed).unwrap_or_default();
            format!("{text:?} is not a number with a unit such as {}{advice}", self.example())
        })?;
        let unit = if unit.is_empty() { self.unit.as_deref().unwrap_or_default() } else { unit };
        let factor = self.factor(unit).ok_or_else(|| {
            let units = self.factors.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let found = if unit.is_empty() { "no unit".to_owned() } else { format!("the unit {unit:?}") };
            format!("{text:?} has {found}; expected one of {units}")
        })?;
        Ok((&number * factor).to_string())
    }

    /// Suggests a step before this one for a number with a comma; it follows the expectation.
    fn advice(&self, text: &str) -> Option<String> {
        let end = text.rfind(|c: char| c.is_ascii_digit()).filter(|_| text.contains(','))? + 1;
        let number = text[..end].strip_prefix(['+', '-']).unwrap_or(&text[..end]);
        let with = |decimal, group: &[char]| Marks { decimal, group: group.to_vec() }.plain(number);
        let point = with(',', &[]).and_then(|_| self.convert(&text.replace(',', ".")).ok());
        let none = with('.', &[',']).and_then(|_| self.convert(&text.replace(',', "")).ok());
        let steps = [("{replace: {text: \",\", with: \".\"}}", point), ("{replace: {text: \",\", with: \"\"}}", none)];
        let steps = tried(steps, |_| true);
        let (_, first) = steps.first()?;
        let made = if steps.len() == 1 { format!(" turns it into {first}") } else { String::new() };
        Some(format!("; it has a comma: before this step, {}{made}", named(&steps)?))
    }

    /// The value of a unit, ignoring case if that is unambiguous (`MW` and `mW` differ).
    fn factor(&self, unit: &str) -> Option<&Decimal> {
        let lower = unit.to_lowercase();
        let same: Vec<&Decimal> =
            self.factors.iter().filter(|(name, _)| name.to_lowercase() == lower).map(|(_, factor)| factor).collect();
        self.factors.get(unit).or(match same[..] {
            [factor] => Some(factor),
            _ => None,
        })
    }

    fn example(&self) -> String {
        format!("1.5 {}", self.factors.keys().next().map_or("kg", String::as_str))
    }
}
