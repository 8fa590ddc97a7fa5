//! Settings from the environment. All their problems are reported at once.
//!
//! ```
//! # use sluice_platform::Settings;
//! # use sluice_platform::settings::InvalidSettings;
//! # fn main() -> Result<(), InvalidSettings> {
//! let mut settings = Settings::from_pairs([("DATA_BUCKET", "data"), ("CHUNK_BYTES", "8388608")]);
//! let bucket = settings.text("DATA_BUCKET");
//! let chunk_bytes: u64 = settings.number("CHUNK_BYTES");
//! settings.finish()?;
//! assert_eq!((bucket.as_str(), chunk_bytes), ("data", 8_388_608));
//! # Ok(())
//! # }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use sluice_contract::ErrorName;

use crate::{Fault, StepError};

/// Returns the value of a variable.
type Lookup = Box<dyn Fn(&str) -> Option<String> + Send>;

/// Settings by name, and the problems that were found so far.
///
/// For a missing or wrong value, the default of its type is returned and the problem is noted. Then
/// [`Settings::finish`] fails, so that nobody uses the default.
#[must_use = "only `finish` says whether the settings are complete"]
pub struct Settings {
    lookup: Lookup,
    asked: BTreeSet<&'static str>,
    problems: Vec<SettingProblem>,
}

impl Settings {
    /// The settings of this process.
    pub fn from_env() -> Self {
        Self::with(Box::new(|name| std::env::var(name).ok()))
    }

    /// Settings from pairs, for tests and for programs without such an environment.
    pub fn from_pairs<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        let values: BTreeMap<String, String> =
            pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self::with(Box::new(move |name| values.get(name).cloned()))
    }

    fn with(lookup: Lookup) -> Self {
        Self { lookup, asked: BTreeSet::new(), problems: Vec::new() }
    }

    /// The names of the settings that were read so far.
    #[must_use]
    pub fn asked(&self) -> &BTreeSet<&'static str> {
        &self.asked
    }

    /// A text that must be set. An empty text counts as not set, because a template passes an empty parameter in this
    /// way.
    pub fn text(&mut self, name: &'static str) -> String {
        self.required(name)
    }

    /// A text that may be set.
    #[must_use]
    pub fn optional_text(&mut self, name: &'static str) -> Option<String> {
        self.asked.insert(name);
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// A text with a default.
    #[must_use]
    pub fn text_or(&mut self, name: &'static str, default: &str) -> String {
        self.optional_text(name).unwrap_or_else(|| default.to_owned())
    }

    /// A number that must be set.
    pub fn number<T>(&mut self, name: &'static str) -> T
    where
        T: FromStr + Default,
        T::Err: fmt::Display,
    {
        self.required(name)
    }

    /// A number with a default.
    pub fn number_or<T>(&mut self, name: &'static str, default: T) -> T
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        match self.optional_text(name).map(|value| value.parse()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.note(name, format!("is wrong: {error}"));
                default
            }
        }
    }

    /// Ends the reading of settings.
    ///
    /// # Errors
    /// With every setting that was read and is missing or wrong.
    pub fn finish(self) -> Result<(), InvalidSettings> {
        if self.problems.is_empty() { Ok(()) } else { Err(InvalidSettings { problems: self.problems }) }
    }

    fn required<T>(&mut self, name: &'static str) -> T
    where
        T: FromStr + Default,
        T::Err: fmt::Display,
    {
        match self.optional_text(name).map(|value| value.parse()) {
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.note(name, format!("is wrong: {error}"));
                T::default()
            }
            None => {
                self.note(name, "is not set".to_owned());
                T::default()
            }
        }
    }

    /// Notes a problem, once for each name, because several ports may read the same setting.
    fn note(&mut self, name: &'static str, problem: String) {
        if self.problems.iter().all(|noted| noted.name != name) {
            self.problems.push(SettingProblem { name, problem });
        }
    }
}

/// What is wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it, in words that follow its name.
    pub problem: String,
}

/// Settings that are missing or wrong: all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSettings {
    /// The problems, at least one, in the order in which the settings were read.
    pub problems: Vec<SettingProblem>,
}

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, SettingProblem { name, problem }) in self.problems.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name} {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidSettings {}

impl StepError for InvalidSettings {
    fn name(&self) -> ErrorName {
        ErrorName::Misconfigured
    }
}

impl From<InvalidSettings> for Fault {
    fn from(invalid: InvalidSettings) -> Self {
        Fault::Misconfigured { what: "read the settings".to_owned(), source: Box::new(invalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_told_at_once() {
        let mut settings = Settings::from_pairs([("CHUNK_BYTES", "8 MiB"), ("SENDER", ""), ("WIDTH", "-1")]);
        assert_eq!(settings.text("DATA_BUCKET"), "");
        assert_eq!(settings.number::<u64>("CHUNK_BYTES"), 0);
        assert_eq!(settings.text("SENDER"), "");
        assert_eq!(settings.number_or("WIDTH", 4_u32), 4);
        // A second read of the same setting adds no problem.
        assert_eq!(settings.text("SENDER"), "");
        assert_eq!(settings.asked().len(), 4);
        let invalid = settings.finish().unwrap_err();
        assert_eq!(invalid.name(), ErrorName::Misconfigured);
        assert_eq!(
            invalid.to_string(),
            "DATA_BUCKET is not set, CHUNK_BYTES is wrong: invalid digit found in string, \
             SENDER is not set, WIDTH is wrong: invalid digit found in string"
        );
    }

    #[test]
    fn defaults_stand_in_for_what_is_not_set() {
        let mut settings = Settings::from_pairs([("PREFIX", "")]);
        assert_eq!(settings.text_or("PREFIX", "sluice-"), "sluice-");
        assert_eq!(settings.optional_text("PREFIX"), None);
        assert_eq!(settings.number_or("WIDTH", 40_u32), 40);
        assert_eq!(settings.finish(), Ok(()));
    }
}
