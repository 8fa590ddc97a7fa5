//! Compiles a [`FeedSpec`] into a [`FeedPlan`] and checks what serde cannot. One file per section.

mod cleaning;
mod effects;
mod encoding;
mod expect;
mod expressions;
mod fields;
mod fixed;
mod footer;
mod format;
mod group;
mod hash;
mod header;
mod import;
mod json;
mod labels;
mod limits;
mod mappings;
mod nesting;
mod omit;
mod reach;
mod repairs;
mod report;
mod resume;
mod retry;
mod rules;
mod sensitive;
mod source;
mod summarise;
mod unique;

use super::files::FeedFiles;
use super::name::FeedName;
use super::read::{self, Broken};
use crate::dialect::Dialect;
use crate::encoding::EncodingPlan;
use crate::mapping::Mapping;
use crate::mask::Masks;
use crate::rules::{GradedRule, Reference};
use crate::schema::Field;
use crate::sink::{Shape, SinkKind, SinkRules, TABLES};
use crate::spec::{FeedProblem, FeedSpec, SchemaRef, SchemaSpec};
use crate::suggest;
use crate::summary::SummaryPlan;

pub use effects::DeletePlan;
pub use expect::{Every, InvalidEvery, every_of};
pub use footer::{FOOTER_BYTES, FooterPlan};
pub use format::WorkbookPlan;
pub use group::{GroupPlan, ItemPart, ListPlan};
pub use header::HeaderPlan;
pub use import::ImportPlan;
pub use json::JsonPlan;
pub use labels::Labels;
pub use limits::{Expected, Limits, Total};
pub use omit::{Condition, OmitPlan};
pub use report::{ReportPlan, once};
pub use resume::ResumePlan;
pub use retry::RetryPlan;
pub use source::SourcePlan;
pub use unique::UniqueSet;

/// A compiled feed, checked and ready to use.
///
/// Every field has a mapping, in the order of the schema. Rules and keys refer to fields by index.
pub struct FeedPlan {
    /// The feed's name.
    pub name: FeedName,
    /// What the feed is, for people.
    pub description: String,
    /// How records and cells are separated.
    pub dialect: Dialect,
    /// The encoding of its files.
    pub encoding: EncodingPlan,
    /// Maximum ratio of expanded to compressed size of a compressed file.
    pub max_expansion: u32,
    /// How the records of JSON are found; `None` if the files are something else.
    pub json: Option<JsonPlan>,
    /// How the records of a workbook are found; `None` if the files are something else.
    pub workbook: Option<WorkbookPlan>,
    /// The parts of a file besides its data.
    pub source: SourcePlan,
    /// Which records are omitted.
    pub omit: OmitPlan,
    /// How the columns of a file are found.
    pub labels: Labels,
    /// How each field is made, in the order of `fields`.
    pub mappings: Vec<Mapping>,
    /// The fields, in the order of the output.
    pub fields: Vec<Field>,
    /// How several records become one item; `None` if each is one.
    pub group: Option<Box<GroupPlan>>,
    /// Which fields are sensitive.
    pub masks: Masks,
    /// The sets of fields that must be unique within a file.
    pub unique: Vec<UniqueSet>,
    /// The business rules.
    pub rules: Vec<GradedRule>,
    /// Keys that must exist in other tables. A rule cannot check them, because that needs access to these
    /// tables.
    pub references: Vec<Reference>,
    /// Keys that must be those of another record of the file, or exist in the feed's own table. The gate checks them.
    pub own_references: Vec<Reference>,
    /// What the gate accepts.
    pub limits: Limits,
    /// The target of the records.
    pub import: ImportPlan,
    /// The rules of the sink.
    pub sink: &'static dyn SinkRules,
    /// How often a file comes; `None` if the feed does not say.
    pub expect: Option<Every>,
    /// How often a run is resumed automatically after its execution died.
    pub resume: ResumePlan,
    /// How often retryable rejects are retried.
    pub retry: RetryPlan,
    /// Who receives the report.
    pub report: ReportPlan,
    /// The tables that are computed from a file.
    pub summaries: Vec<SummaryPlan>,
    /// Oddities of the feed that do not stop it.
    pub notes: Vec<FeedProblem>,
}

impl FeedPlan {
    /// Parses, checks and compiles a feed that needs no other files.
    ///
    /// # Errors
    /// Every problem of the feed, with path and place, in the order of the text.
    pub fn from_yaml(yaml: &str) -> Result<Self, Vec<FeedProblem>> {
        Self::from_files(yaml, &FeedFiles::default())
    }

    /// Parses, checks and compiles a feed with its files.
    ///
    /// # Errors
    /// Every problem of the feed, with path and place, in the order of the text.
    pub fn from_files(yaml: &str, files: &FeedFiles) -> Result<Self, Vec<FeedProblem>> {
        let schema = |spec: &FeedSpec| match &spec.schema {
            SchemaRef::File(name) => files.get(name).map(|text| (name.clone(), text)),
            SchemaRef::Inline(_) => None,
        };
        let (spec, notes) = match read::read_parts(yaml) {
            Ok(read) => read,
            Err(Broken { mut problems, rest }) => {
                let Some(rest) = rest else { return Err(problems) };
                let more = Self::compile_parts(&rest.spec, files, Vec::new(), false).err().unwrap_or_default();
                problems.extend(rest.in_the_file(more));
                return Err(read::locate(problems, yaml, schema(&rest.spec)));
            }
        };
        let schema = schema(&spec);
        match Self::compile(&spec, files, notes) {
            Ok(plan) => Ok(Self { notes: read::locate(plan.notes, yaml, schema), ..plan }),
            Err(problems) => Err(read::locate(problems, yaml, schema)),
        }
    }

    /// The shape of its records, for the rules of the sink.
    #[must_use]
    pub fn shape(&self) -> Shape<'_> {
        let ImportPlan { key, message, empty, .. } = &self.import;
        Shape { fields: &self.fields, key, content: message.as_deref(), empty: *empty }
    }

    /// Checks and compiles a feed. `notes` are the oddities found so far.
    ///
    /// # Errors
    /// Every problem of the feed, each with its path.
    pub fn compile(spec: &FeedSpec, files: &FeedFiles, notes: Vec<FeedProblem>) -> Result<Self, Vec<FeedProblem>> {
        Self::compile_parts(spec, files, notes, true)
    }

    /// The same. If the spec is incomplete, problems that may follow from the missing parts are not reported.
    fn compile_parts(
        spec: &FeedSpec,
        files: &FeedFiles,
        notes: Vec<FeedProblem>,
        is_whole: bool,
    ) -> Result<Self, Vec<FeedProblem>> {
        let sink = SinkKind::of(spec.import.as_ref()).map_or(TABLES, SinkKind::rules);
        let is_json = spec.source.format.is_json();
        let mut builder = PlanBuilder { problems: Vec::new(), notes, names: Vec::new(), files, sink, is_json };
        let mut schema = builder.schema(spec);
        // Without a schema, every field name would be reported as unknown.
        if !builder.problems.is_empty() {
            return Err(builder.problems);
        }
        PlanBuilder::require_primary_key(&mut schema);
        builder.names = schema.fields.iter().map(|field| field.name.clone()).collect();
        if spec.version != 1 {
            builder.problem("version", format!("is {}, but this release reads version 1", spec.version));
        }
        let name = builder.take("name", spec.name.parse::<FeedName>());
        let json = builder.json(spec);
        let workbook = builder.workbook(spec);
        builder.only_its_own(&spec.source);
        let dialect = builder.dialect(spec);
        let encoding = builder.encoding(spec);
        let max_expansion = builder.max_expansion(spec);
        let mut source = builder.source(spec);
        let omit = builder.omit(spec);
        let fields = builder.fields(&schema);
        builder.nesting(&schema);
        let labels = builder.labels(spec, &schema);
        let mappings = builder.mappings(spec, &schema);
        if json.is_some() {
            source.columns = Some(json::columns(&mappings, &omit));
        }
        builder.findable(source.header, &labels, &mappings, &fields);
        let masks = builder.masks(spec, &schema, &mappings);
        let unique = builder.unique(&schema);
        let rules = builder.rules(spec, &fields, &unique);
        let references = builder.references(spec, &fields);
        let own_references = builder.own_references(spec, &fields);
        let limits = builder.limits(spec, &fields);
        let import = builder.import(spec, &schema);
        builder.width(&fields, &import);
        let expect = builder.expect(spec);
        let resume = builder.resume(spec);
        let retry = builder.retry(spec);
        let report = builder.report(spec);
        let summaries = builder.summaries(spec, &fields, &masks);
        builder.group(spec, &schema, &rules, &mappings);
        if is_whole {
            builder.reach(spec, &schema, &mappings, &fields, &rules);
        }
        let PlanBuilder { problems, notes, .. } = builder;
        if let Some(group) = spec.group.as_ref().filter(|_| problems.is_empty()) {
            return Ok(Self { notes, ..group::compile(spec, group, &schema, &rules, &masks, files)? });
        }
        match (name, problems) {
            (Some(name), problems) if problems.is_empty() => Ok(Self {
                name,
                description: spec.description.clone(),
                dialect,
                encoding,
                max_expansion,
                json,
                workbook,
                source,
                omit,
                labels,
                mappings,
                fields,
                group: None,
                masks,
                unique,
                rules,
                references,
                own_references,
                limits,
                import,
                sink,
                expect,
                resume,
                retry,
                report,
                summaries,
                notes,
            }),
            (_, problems) => Err(problems),
        }
    }
}

/// Compiles the sections of a feed and collects their problems. A broken part is replaced by a stand-in, so that the rest is
/// checked too; the plan is then not returned.
struct PlanBuilder<'a> {
    problems: Vec<FeedProblem>,
    notes: Vec<FeedProblem>,
    /// The names of the fields.
    names: Vec<String>,
    files: &'a FeedFiles,
    /// The rules of the sink.
    sink: &'static dyn SinkRules,
    /// Whether the files are JSON.
    is_json: bool,
}

impl PlanBuilder<'_> {
    fn problem(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(FeedProblem::new(path, message));
    }

    fn note(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.notes.push(FeedProblem::new(path, message));
    }

    fn take<T, E: std::fmt::Display>(&mut self, path: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.problem(path, error.to_string())).ok()
    }

    /// The index of a field, by name.
    fn field(&mut self, path: &str, name: &str) -> Option<usize> {
        let found = self.names.iter().position(|other| other == name);
        if found.is_none() {
            let hint = suggest::did_you_mean(name, self.names.iter().map(String::as_str)).unwrap_or_default();
            self.problem(path, format!("{name:?} is not a field of the schema{hint}"));
        }
        found
    }

    /// The text of a file beside the feed.
    fn file(&mut self, path: &str, name: &str) -> Option<String> {
        let text = self.files.get(name).map(str::to_owned);
        if text.is_none() {
            self.problem(path, format!("there is no file {name:?} beside the feed"));
        }
        text
    }

    /// The schema, inline or from its file.
    fn schema(&mut self, spec: &FeedSpec) -> SchemaSpec {
        match &spec.schema {
            SchemaRef::Inline(schema) => (**schema).clone(),
            SchemaRef::File(name) => match self.file("schema", name).map(|text| read::schema(name, &text)) {
                Some(Ok((schema, notes))) => {
                    self.notes.extend(notes);
                    schema
                }
                Some(Err(problems)) => {
                    self.problems.extend(problems);
                    SchemaSpec::default()
                }
                None => SchemaSpec::default(),
            },
        }
    }
}

#[cfg(test)]
mod restructure_tests;
#[cfg(test)]
mod tests;
