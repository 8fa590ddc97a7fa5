//! `restructure`: checks and compiles how fields are made.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::PlanBuilder;
use crate::dates::{EPOCHS_ARE_READ, Names, Pattern};
use crate::json::Pointer;
use crate::mapping::{ColumnPattern, Mapping, Source};
use crate::spec::FeedProblem;
use crate::spec::{FeedSpec, FieldSpec, FieldType, MappingSpec, OneOrMany, PairsSpec, SchemaSpec};
use crate::suggest;

impl PlanBuilder<'_> {
    pub(super) fn mappings(&mut self, spec: &FeedSpec, schema: &SchemaSpec) -> Vec<Mapping> {
        for name in spec.restructure.keys() {
            self.field(&format!("restructure.{name}"), name);
        }
        let mut mappings = Vec::new();
        for field in &schema.fields {
            let mapping = spec.restructure.get(&field.name).cloned().unwrap_or_default();
            let path = format!("restructure.{}", field.name);
            self.of_columns(&path, field, &mapping);
            mappings.push(Mapping {
                field: field.name.clone(),
                source: self.source_of(&path, &field.name, &mapping),
                clean: self.cleaning(&format!("{path}.clean"), &mapping.clean),
                patterns: self.patterns(&path, field, &mapping),
                zone: self.zone(&path, &mapping),
            });
        }
        mappings
    }

    /// The source of a field's text. The columns of JSON are pointers.
    fn source_of(&mut self, path: &str, field: &str, mapping: &MappingSpec) -> Source {
        let made_of = self.made_of(path, field, mapping);
        if self.is_json { self.pointers(path, mapping, made_of) } else { made_of }
    }

    /// The source of a field's text, with its columns as they are written.
    fn made_of(&mut self, path: &str, field: &str, mapping: &MappingSpec) -> Source {
        let MappingSpec { from, first, join, collect, pairs, value, .. } = mapping;
        let given =
            [from.is_some(), first.is_some(), join.is_some(), collect.is_some(), pairs.is_some(), value.is_some()];
        if given.into_iter().filter(|given| *given).count() > 1 {
            let message =
                "has more than one of from, first, join, collect, pairs and value; a field is made in one way";
            self.problem(path, message);
        }
        if let Some(source) = value {
            let expression = self.over_columns(&format!("{path}.value"), source);
            return expression.map_or(Source::Column(Vec::new()), Source::Value);
        }
        if let Some(columns) = first {
            if columns.is_empty() {
                self.problem(format!("{path}.first"), "is empty");
            }
            return Source::First(columns.clone());
        }
        if let Some(join) = join {
            if join.columns.is_empty() {
                self.problem(format!("{path}.join.columns"), "is empty");
            }
            return Source::Join { columns: join.columns.clone(), with: join.with.clone() };
        }
        if let Some(OneOrMany(columns)) = collect {
            return Source::Collect(
                columns.iter().filter_map(|name| self.column_pattern(&format!("{path}.collect"), name)).collect(),
            );
        }
        if let Some(PairsSpec { names, values }) = pairs {
            let of = [
                self.column_pattern(&format!("{path}.pairs.names"), names),
                self.column_pattern(&format!("{path}.pairs.values"), values),
            ];
            if names.contains('*') != values.contains('*') || names == values {
                self.problem(
                    format!("{path}.pairs"),
                    "needs different columns for names and values, both with a * or both without",
                );
            }
            if let [Some(names), Some(values)] = of {
                return Source::Pairs { names, values };
            }
        }
        let of_field = || if self.is_json { Pointer::of_field(field).to_string() } else { field.to_owned() };
        Source::Column(from.as_ref().map_or_else(|| vec![of_field()], |from| from.0.clone()))
    }

    /// The name of columns that become a list or an object.
    fn column_pattern(&mut self, path: &str, written: &str) -> Option<ColumnPattern> {
        ColumnPattern::read(written).map_err(|problem| self.problem(path, format!("{written:?} {problem}"))).ok()
    }

    /// Checks a field that is a list or an object of columns.
    fn of_columns(&mut self, path: &str, field: &FieldSpec, mapping: &MappingSpec) {
        let (key, wanted) = match mapping {
            MappingSpec { collect: Some(_), .. } => ("collect", FieldType::Array),
            MappingSpec { pairs: Some(_), .. } => ("pairs", FieldType::Object),
            _ => return,
        };
        if field.field_type != wanted {
            let (wanted, found) = (wanted.as_str(), field.field_type.as_str());
            self.problem(
                format!("{path}.{key}"),
                format!("gives a value of the type {wanted}; the field is of the type {found}"),
            );
        }
        if self.is_json {
            self.problem(format!("{path}.{key}"), "joins columns of CSV; in JSON, point to the array or the object");
        }
        if !mapping.clean.is_empty() {
            self.problem(format!("{path}.clean"), format!("cleans texts, and {key} gives none"));
        }
    }

    /// The patterns of a date.
    fn patterns(&mut self, path: &str, field: &FieldSpec, mapping: &MappingSpec) -> Vec<Pattern> {
        if mapping.date.is_some() && mapping.datetime.is_some() {
            self.problem(path, "has both date and datetime; a field is one of them");
        }
        let date = mapping.date.as_ref().map(|date| ("date", FieldType::Date, date));
        let datetime = mapping.datetime.as_ref().map(|date| ("datetime", FieldType::Datetime, date));
        let Some((key, wanted, written)) = date.or(datetime) else {
            for (key, given) in [("language", mapping.language.is_some()), ("pivot", mapping.pivot.is_some())] {
                if given {
                    let message = "is only allowed together with date or datetime, which this field lacks";
                    self.problem(format!("{path}.{key}"), message);
                }
            }
            return Vec::new();
        };
        if field.field_type != wanted {
            let message = format!("does not go with the type {} of the field", field.field_type.as_str());
            self.problem(format!("{path}.{key}"), message);
        }
        let names = mapping.language.as_ref().and_then(|language| self.language(path, language));
        let pivot = mapping.pivot.and_then(|pivot| self.pivot(path, pivot));
        let mut patterns = Vec::new();
        for (at, pattern) in written.0.iter().enumerate() {
            let path = if written.0.len() == 1 { format!("{path}.{key}") } else { format!("{path}.{key}[{at}]") };
            match Pattern::compile(pattern, wanted) {
                Ok(mut pattern) => {
                    if let Some(names) = &names {
                        pattern = pattern.in_language(names.clone());
                    }
                    patterns.push(if let Some(pivot) = pivot { pattern.with_pivot(pivot) } else { pattern });
                }
                Err(error) => {
                    let hint = pattern_meant(pattern, wanted)
                        .or_else(|| Pattern::word_meant(pattern))
                        .or_else(|| pattern.contains("%s").then(|| EPOCHS_ARE_READ.to_owned()));
                    self.problems.push(FeedProblem::new(path, error.to_string()).hint(hint));
                }
            }
        }
        if mapping.language.is_some() && !patterns.iter().any(Pattern::has_names) {
            self.problem(format!("{path}.language"), "has no effect: no pattern has the name of a month or a day");
        }
        if mapping.pivot.is_some() && !patterns.iter().any(Pattern::has_short_year) {
            self.problem(format!("{path}.pivot"), "has no effect: no pattern has a two-digit year (%y)");
        }
        patterns
    }

    /// The names of months and days in a language.
    fn language(&mut self, path: &str, language: &str) -> Option<Names> {
        let names = Names::of(language);
        if names.is_none() {
            let message =
                format!("{language:?} is not the code of a language whose months and days are known, such as de");
            self.problem(format!("{path}.language"), message);
        }
        names
    }

    /// The last two-digit year of the 21st century.
    fn pivot(&mut self, path: &str, pivot: u8) -> Option<i16> {
        if pivot > 99 {
            self.problem(format!("{path}.pivot"), format!("is {pivot}; expected a two-digit year: 0 to 99"));
            return None;
        }
        Some(pivot.into())
    }

    /// The time zone of a datetime. The zones are built into the engine, so they are the same on every
    /// machine.
    fn zone(&mut self, path: &str, mapping: &MappingSpec) -> Option<TimeZone> {
        let name = mapping.timezone.as_ref()?;
        let path = format!("{path}.timezone");
        if mapping.datetime.is_none() {
            self.problem(&path, "is only allowed together with datetime, which this field lacks");
        }
        let zone = TimeZoneDatabase::bundled().get(name).ok();
        if zone.is_none() {
            self.problem(&path, format!("{name:?} is not a time zone of the IANA database, such as Europe/Berlin"));
        }
        zone
    }
}

/// The pattern meant by one in the notation of other systems. That notation is tried first.
fn pattern_meant(written: &str, field_type: FieldType) -> Option<String> {
    let meant = suggest::dates::directives(written)?;
    Pattern::compile(&meant, field_type).ok().map(|pattern| format!("did you mean \"{pattern}\"?"))
}
