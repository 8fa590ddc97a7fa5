//! Dates that are read by a pattern become ISO 8601, and the schema must accept that.

use super::Reach;
use crate::clean::outputs::{Certain, never_has};
use crate::schema::Field;
use crate::spec::FeedProblem;

impl Reach<'_> {
    /// Checks that the patterns can read what the steps produce, and that the schema reads the resulting
    /// dates.
    pub(super) fn dates(&mut self, certain: &[Certain]) -> Result<(), Box<FeedProblem>> {
        let blocked =
            |needs: Vec<char>| needs.into_iter().find_map(|needed| Some((needed, never_has(certain, needed)?)));
        let patterns = &self.mapping.patterns;
        let readable: Vec<_> = patterns.iter().filter(|pattern| blocked(pattern.needs()).is_none()).collect();
        let is_datetime = self.spec.restructure.get(&self.field.name).is_some_and(|mapping| mapping.datetime.is_some());
        let path = format!("{}.{}", self.made, if is_datetime { "datetime" } else { "date" });
        if readable.is_empty() {
            let first = patterns.iter().find_map(|pattern| Some((pattern, blocked(pattern.needs())?)));
            let message = first.map_or_else(String::new, |(pattern, (needed, by))| {
                format!("reads no text: {pattern} needs {needed:?}, but {} leaves none", self.step(by.step))
            });
            return Err(FeedProblem::new(path, message).into());
        }
        let samples: Vec<String> = readable
            .iter()
            .flat_map(|pattern| pattern.samples())
            .filter_map(|sample| self.mapping.date(&sample).ok())
            .collect();
        let refused: Vec<&String> = samples.iter().filter(|text| self.field.read(text).is_none()).collect();
        let altered = samples.iter().find_map(|text| {
            let (found, meant) = (self.field.read(text)?, self.field.read_canonical(text)?);
            (found != meant).then(|| (text, found.canonical().into_owned()))
        });
        let format = self.written.format.as_deref().unwrap_or("default");
        let message = match (altered, refused.first()) {
            (Some((text, found)), _) => {
                format!(
                    "is {format:?}, which reads {text} as {found}: {path} has already converted the date to ISO 8601"
                )
            }
            (None, Some(text)) if refused.len() == samples.len() => {
                format!("is {format:?}, which reads no date that {path} produces: it produces ISO 8601, such as {text}")
            }
            (None, Some(text)) => {
                let message =
                    format!("is {format:?}, which does not read all dates that {path} produces, such as {text}");
                self.notes.push(
                    FeedProblem::new(format!("{}.format", self.of_field), message).hint(self.no_format(&samples)),
                );
                return Ok(());
            }
            (None, None) => return Ok(()),
        };
        Err(FeedProblem::new(format!("{}.format", self.of_field), message).hint(self.no_format(&samples)).into())
    }

    /// Suggests to drop the schema's format, if it reads all samples without one.
    fn no_format(&self, samples: &[String]) -> Option<String> {
        let plain = Field::new(&self.field.name, self.field.field_type);
        samples.iter().all(|text| plain.read(text).is_some()).then(|| "remove \"format\"".to_owned())
    }
}
