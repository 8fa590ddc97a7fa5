//! `summarise`: checks and compiles the tables that are computed from a file.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::PlanBuilder;
use crate::decimal::Decimal;
use crate::expression::Expression;
use crate::mask::Masks;
use crate::schema::Field;
use crate::spec::{CreditSpec, FeedSpec, FieldType, SummaryColumnSpec, SummarySpec};
use crate::suggest;
use crate::summary::{Column, ColumnOf, CreditPlan, Kind, MAX_COLUMNS, SummaryPlan};

/// The most summaries of a feed. Each is computed in the same pass over the records.
const MAX_SUMMARIES: usize = 20;
/// The most decimals of a number.
const MAX_DECIMALS: u8 = 30;
/// The types of a field with the time of a record.
const TIMES: [FieldType; 4] = [FieldType::Integer, FieldType::Number, FieldType::Date, FieldType::Datetime];
/// The longest folder of the outbound bucket, in bytes, so that the key has room for the file.
const MAX_FOLDER: usize = 400;

impl PlanBuilder<'_> {
    pub(super) fn summaries(&mut self, spec: &FeedSpec, fields: &[Field], masks: &Masks) -> Vec<SummaryPlan> {
        if spec.summarise.len() > MAX_SUMMARIES {
            let message = format!("has {} summaries; expected at most {MAX_SUMMARIES}", spec.summarise.len());
            self.problem("summarise", message);
        }
        let mut plans: Vec<SummaryPlan> = Vec::new();
        for (at, summary) in spec.summarise.iter().enumerate() {
            let path = format!("summarise[{at}]");
            if spec.summarise.iter().take(at).any(|other| other.file == summary.file) {
                self.problem(format!("{path}.file"), "is already the file of another summary");
            }
            plans.extend(self.summary(&path, summary, fields, masks));
        }
        plans
    }

    fn summary(&mut self, path: &str, spec: &SummarySpec, fields: &[Field], masks: &Masks) -> Option<SummaryPlan> {
        let mut reads = Vec::new();
        let file = self.take(&format!("{path}.file"), spec.file.parse());
        let zone = match &spec.timezone {
            None => TimeZone::UTC,
            Some(name) => TimeZoneDatabase::bundled().get(name).unwrap_or_else(|_| {
                let message = format!("{name:?} is not a time zone of the IANA database, such as Europe/Berlin");
                self.problem(format!("{path}.timezone"), message);
                TimeZone::UTC
            }),
        };
        if let Some(folder) = &spec.deliver {
            self.folder(&format!("{path}.deliver"), folder);
        }
        let delimiter = self.one(&format!("{path}.delimiter"), &spec.delimiter).filter(char::is_ascii);
        let decimal = self.one(&format!("{path}.decimal"), &spec.decimal);
        let group = if spec.group.is_empty() { None } else { self.one(&format!("{path}.group"), &spec.group) };
        if group.is_some() && group == decimal {
            self.problem(format!("{path}.group"), "is the decimal mark, too");
        }
        let mut when_reads = Vec::new();
        let when = spec.when.as_ref();
        let when = when.and_then(|when| self.reading(&format!("{path}.when"), when, &mut when_reads));
        reads.extend(when_reads.iter().copied());
        let credit = spec.credit.as_ref();
        let credit = credit.map(|credit| self.credit(&format!("{path}.credit"), credit, fields, &mut reads));
        let (columns, touch_reads) = self.summary_columns(path, spec, &mut reads);
        let sort = self.order(path, spec);
        if spec.top == Some(0) {
            self.problem(format!("{path}.top"), "is 0, so the file would have no row");
        }
        let credit = match credit {
            Some(Some(credit)) => {
                let mut touch_reads: Vec<usize> = touch_reads.into_iter().chain(credit.touch_reads).collect();
                touch_reads.sort_unstable();
                touch_reads.dedup();
                Some(CreditPlan { touch_reads, ..credit })
            }
            Some(None) => return None,
            None => None,
        };
        reads.sort_unstable();
        reads.dedup();
        let of_visitor = credit.iter().flat_map(|credit| credit.per.iter());
        let is_sensitive = reads.iter().chain(of_visitor).any(|field| masks.is_sensitive(*field));
        Some(SummaryPlan {
            file: file?,
            zone,
            deliver: spec.deliver.clone(),
            delimiter: u8::try_from(delimiter?).ok()?,
            labels: spec.labels,
            marks: (decimal?, group),
            when,
            when_reads,
            credit,
            columns,
            sort,
            top: spec.top,
            reads,
            is_sensitive,
        })
    }

    /// Compiles an expression over a record, and notes the fields that it reads.
    fn reading(&mut self, path: &str, source: &str, reads: &mut Vec<usize>) -> Option<Expression> {
        let (expression, fields) = self.over_record(path, source)?;
        reads.extend(fields);
        Some(expression)
    }

    fn credit(
        &mut self,
        path: &str,
        spec: &CreditSpec,
        fields: &[Field],
        reads: &mut Vec<usize>,
    ) -> Option<CreditPlan> {
        if spec.per.is_empty() {
            self.problem(format!("{path}.per"), "is empty; name the fields that tell visitors apart");
        }
        let names = spec.per.iter().enumerate();
        let per: Vec<usize> = names.filter_map(|(at, name)| self.field(&format!("{path}.per[{at}]"), name)).collect();
        let sort = self.field(&format!("{path}.sort"), &spec.sort);
        let of = sort.and_then(|sort| fields.get(sort)).map(|field| field.field_type);
        if let Some(other) = of.filter(|of| !TIMES.contains(of)) {
            let message = format!(
                "{:?} is of the type {}, which is no time: expected integer, number, date or datetime",
                spec.sort,
                other.as_str()
            );
            self.problem(format!("{path}.sort"), message);
        }
        let mut touch_reads = Vec::new();
        let touch = self.reading(&format!("{path}.touch"), &spec.touch, &mut touch_reads);
        let gap = spec.gap.as_ref().map(|gap| self.gap(&format!("{path}.gap"), &gap.0));
        reads.extend(touch_reads.iter().copied().chain(sort));
        Some(CreditPlan { per, sort: sort?, touch: touch?, touch_reads, model: spec.model, gap: gap.flatten() })
    }

    /// The seconds of a pause: `30m`.
    fn gap(&mut self, path: &str, text: &str) -> Option<Decimal> {
        let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];
        let found = units.into_iter().find_map(|(unit, seconds)| {
            let number: i64 = text.strip_suffix(unit)?.parse().ok()?;
            number.checked_mul(seconds).filter(|seconds| *seconds > 0)
        });
        if found.is_none() {
            let message = format!(
                "{text:?} is no pause: write whole seconds, minutes, hours or days, such as 90s, 30m, 12h or 7d"
            );
            self.problem(path, message);
        }
        found.map(Decimal::whole)
    }

    /// Compiles the columns. Also returns the fields on which the texts of a touch depend.
    fn summary_columns(&mut self, path: &str, spec: &SummarySpec, reads: &mut Vec<usize>) -> (Vec<Column>, Vec<usize>) {
        let (mut columns, mut touch_reads): (Vec<Column>, _) = (Vec::new(), Vec::new());
        if spec.columns.len() > MAX_COLUMNS {
            let message = format!("has {} columns; expected at most {MAX_COLUMNS}", spec.columns.len());
            self.problem(format!("{path}.columns"), message);
        }
        for (at, column) in spec.columns.iter().enumerate() {
            let path = format!("{path}.columns[{at}]");
            if column.label.trim().is_empty() {
                self.problem(format!("{path}.label"), "is missing or empty");
            } else if spec.columns.iter().take(at).any(|other| other.label == column.label) {
                self.problem(format!("{path}.label"), format!("{:?} is the label of another column", column.label));
            }
            let Some(of) = self.summary_column(&path, column, spec.credit.is_some(), reads, &mut touch_reads) else {
                continue;
            };
            columns.push(Column { label: column.label.clone(), decimals: column.decimals, of });
        }
        let is_number = |column: &Column| matches!(column.of, ColumnOf::Number { .. });
        if columns.len() == spec.columns.len() && !columns.iter().any(is_number) {
            self.problem(format!("{path}.columns"), "has no number: give it a column with sum, count, min or max");
        }
        (columns, touch_reads)
    }

    fn summary_column(
        &mut self,
        path: &str,
        column: &SummaryColumnSpec,
        has_credit: bool,
        reads: &mut Vec<usize>,
        touch_reads: &mut Vec<usize>,
    ) -> Option<ColumnOf> {
        let SummaryColumnSpec { by, sum, count, min, max, decimals, .. } = column;
        let count = count.as_ref().map(|count| &count.0);
        let given = [
            ("by", by.as_ref()),
            ("sum", sum.as_ref()),
            ("count", count),
            ("min", min.as_ref()),
            ("max", max.as_ref()),
        ];
        let mut given = given.into_iter().filter_map(|(key, source)| source.map(|source| (key, source)));
        let Some((key, source)) = given.next() else {
            self.problem(path, "says nothing of its content: give it one of by, sum, count, min and max");
            return None;
        };
        if let Some((other, _)) = given.next() {
            self.problem(path, format!("has both {key} and {other}; a column is one of by, sum, count, min and max"));
        }
        if let Some(decimals) = decimals {
            let place = format!("{path}.decimals");
            if key == "by" {
                self.problem(place, "is for numbers; the column is a group");
            } else if *decimals > MAX_DECIMALS {
                self.problem(place, format!("is {decimals}; expected at most {MAX_DECIMALS}"));
            }
        }
        let place = format!("{path}.{key}");
        let kind = match key {
            "by" => {
                let (expression, fields, of_touch) = self.over_touch(&place, source)?;
                if of_touch && !has_credit {
                    self.problem(place, "reads the touch, which only a summary with `credit` has");
                }
                reads.extend(fields.iter().copied());
                if of_touch {
                    touch_reads.extend(fields);
                }
                return Some(ColumnOf::Group { expression, of_touch });
            }
            "sum" => Kind::Sum,
            "count" => Kind::Count,
            "min" => Kind::Min,
            _ => Kind::Max,
        };
        let expression =
            if kind == Kind::Count && source == "true" { None } else { Some(self.reading(&place, source, reads)?) };
        Some(ColumnOf::Number { kind, expression })
    }

    /// The columns by which the rows are sorted.
    fn order(&mut self, path: &str, spec: &SummarySpec) -> Vec<(usize, bool)> {
        let mut order: Vec<(usize, bool)> = Vec::new();
        for (at, written) in spec.sort.iter().enumerate() {
            let path = format!("{path}.sort[{at}]");
            let of = |label: &str| spec.columns.iter().position(|column| column.label == label);
            let found = of(written).map(|column| (column, false));
            let found = found.or_else(|| Some((of(written.strip_prefix('-')?)?, true)));
            match found {
                Some((column, _)) if order.iter().any(|(other, _)| *other == column) => {
                    self.problem(path, "is named twice");
                }
                Some(found) => order.push(found),
                None => {
                    let labels = spec.columns.iter().map(|column| column.label.as_str());
                    let hint = suggest::did_you_mean(written.trim_start_matches('-'), labels).unwrap_or_default();
                    self.problem(path, format!("{written:?} is not the label of a column{hint}"));
                }
            }
        }
        order
    }

    /// A key that is one character.
    fn one(&mut self, path: &str, text: &str) -> Option<char> {
        let mut characters = text.chars();
        let found =
            characters.next().filter(|found| characters.next().is_none() && !matches!(found, '\n' | '\r' | '"'));
        if found.is_none_or(|found| path.ends_with(".delimiter") && !found.is_ascii()) {
            self.problem(path, format!("{text:?} is not one character that can stand there"));
        }
        found
    }

    /// A folder of the outbound bucket.
    fn folder(&mut self, path: &str, folder: &str) {
        let inner = folder.strip_suffix('/');
        let is_good = inner.is_some_and(|inner| {
            inner.len() <= MAX_FOLDER
                && inner.split('/').all(|part| !matches!(part, "" | "." | ".."))
                && !inner.contains(|odd: char| odd.is_control() || matches!(odd, '{' | '}' | '\\'))
        });
        if !is_good {
            let message = format!(
                "{folder:?} is no folder of the outbound bucket: expected a prefix that ends in /, such as revenue/"
            );
            self.problem(path, message);
        }
    }
}
