//! `restructure.<field>.clean`: checks and compiles the cleaning steps.

use std::collections::{BTreeMap, HashMap};

use regex::Regex;

use super::PlanBuilder;
use crate::clean::{CleanStep, Marks, Notation, Table, Units, Words};
use crate::decimal::Decimal;
use crate::spec::{CleanSpec, MapSpec, NumberSpec, Scalar, UnitsSpec};

impl PlanBuilder<'_> {
    /// The steps of a field; `path` is that of its `clean`.
    pub(super) fn cleaning(&mut self, path: &str, steps: &[CleanSpec]) -> Vec<CleanStep> {
        steps.iter().enumerate().filter_map(|(at, step)| self.step(&format!("{path}[{at}]"), step)).collect()
    }

    fn step(&mut self, path: &str, step: &CleanSpec) -> Option<CleanStep> {
        Some(match step {
            CleanSpec::Trim => CleanStep::Trim,
            CleanSpec::CollapseWhitespace => CleanStep::CollapseWhitespace,
            CleanSpec::Upper => CleanStep::Upper,
            CleanSpec::Lower => CleanStep::Lower,
            CleanSpec::Title => CleanStep::Title,
            CleanSpec::StripCurrency => CleanStep::StripCurrency,
            CleanSpec::HtmlToText => CleanStep::HtmlToText,
            CleanSpec::Normalize(form) => CleanStep::Normalize(*form),
            CleanSpec::Default(value) => CleanStep::Default(value.0.clone()),
            CleanSpec::Strip(characters) => CleanStep::Strip(self.given(&format!("{path}.strip"), characters)?),
            CleanSpec::Extract(pattern) => CleanStep::Extract(self.pattern(&format!("{path}.extract"), pattern)?),
            CleanSpec::List(list) => CleanStep::List(self.given(&format!("{path}.list.separator"), &list.separator)?),
            CleanSpec::Split(split) => {
                if split.take == 0 {
                    self.problem(format!("{path}.split.take"), "is 0; the first part is 1, the last is -1");
                }
                CleanStep::Split { by: self.given(&format!("{path}.split.by"), &split.by)?, take: split.take }
            }
            CleanSpec::Replace(replace) => {
                let path = format!("{path}.replace");
                let with = replace.with.clone();
                match (&replace.text, &replace.pattern) {
                    (Some(text), None) => {
                        CleanStep::ReplaceText { text: self.given(&format!("{path}.text"), text)?, with }
                    }
                    (None, Some(pattern)) => {
                        CleanStep::ReplacePattern { pattern: self.pattern(&format!("{path}.pattern"), pattern)?, with }
                    }
                    _ => {
                        self.problem(path, "needs exactly one of text and pattern");
                        return None;
                    }
                }
            }
            CleanSpec::Map(map) => CleanStep::Map(self.table(&format!("{path}.map"), map)?),
            CleanSpec::Number(number) => {
                let marks = self.marks(&format!("{path}.number"), number)?;
                CleanStep::Number(Notation { marks, negative: number.negative.clone(), percent: number.percent })
            }
            CleanSpec::Units(units) => CleanStep::Units(self.units(&format!("{path}.units"), units)?),
            CleanSpec::Boolean(words) => {
                let texts = |words: &[Scalar]| words.iter().map(|word| word.0.clone()).collect::<Vec<_>>();
                CleanStep::Boolean(
                    self.take(&format!("{path}.boolean"), Words::new(&texts(&words.r#true), &texts(&words.r#false)))?,
                )
            }
        })
    }

    /// Checks that a text is not empty.
    fn given(&mut self, path: &str, text: &str) -> Option<String> {
        if text.is_empty() {
            self.problem(path, "is empty");
            return None;
        }
        Some(text.to_owned())
    }

    fn pattern(&mut self, path: &str, pattern: &str) -> Option<Regex> {
        self.take(path, Regex::new(pattern))
    }

    fn table(&mut self, path: &str, map: &MapSpec) -> Option<Table> {
        let entries: HashMap<String, String> = match &map.file {
            Some(_) if !map.values.is_empty() => {
                self.problem(path, "needs exactly one of values and file");
                return None;
            }
            Some(name) => {
                let text = self.file(&format!("{path}.file"), name)?;
                match Table::entries(&text) {
                    Ok(entries) => entries,
                    Err(problems) => {
                        for problem in problems {
                            self.problem(format!("{path}.file"), format!("{name}: {problem}"));
                        }
                        return None;
                    }
                }
            }
            None => map.values.iter().map(|(from, to)| (from.clone(), to.0.clone())).collect(),
        };
        if entries.is_empty() {
            self.problem(path, "is empty; give values, or the name of a file");
        }
        Some(Table::new(entries, map.otherwise))
    }

    fn marks(&mut self, path: &str, number: &NumberSpec) -> Option<Marks> {
        let mut characters = number.decimal.chars();
        let (Some(decimal), None) = (characters.next(), characters.next()) else {
            self.problem(format!("{path}.decimal"), format!("{:?} is not one character", number.decimal));
            return None;
        };
        for (key, marks) in [("decimal", &number.decimal), ("group", &number.group)] {
            if marks.contains(|mark: char| mark.is_ascii_digit() || matches!(mark, '+' | '-')) {
                self.problem(format!("{path}.{key}"), format!("{marks:?} has a digit or a sign"));
            }
        }
        if number.group.contains(decimal) {
            self.problem(format!("{path}.group"), "contains the decimal mark");
        }
        Some(Marks { decimal, group: number.group.chars().collect() })
    }

    fn units(&mut self, path: &str, units: &UnitsSpec) -> Option<Units> {
        let mut factors = BTreeMap::new();
        for (unit, factor) in &units.factors {
            if let Some(factor) = self.take(&format!("{path}.factors.{unit}"), factor.0.parse::<Decimal>()) {
                factors.insert(unit.clone(), factor);
            }
        }
        if units.factors.is_empty() {
            self.problem(format!("{path}.factors"), "is empty");
            return None;
        }
        if let Some(unit) = units.unit.as_ref().filter(|unit| !units.factors.contains_key(*unit)) {
            self.problem(format!("{path}.unit"), format!("{unit:?} is not one of the factors"));
        }
        Some(Units { factors, unit: units.unit.clone() })
    }
}
