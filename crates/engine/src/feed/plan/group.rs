//! `group`: checks and compiles how several records become one item.
//!
//! A feed with groups has a plan for its items, whose fields go to the target, and within it one for its records
//! ([`FeedPlan::rows`]), whose fields are those of the feed without the lists. Each list has a plan of its own, which judges what a
//! record adds to it.

use super::{FeedFiles, FeedPlan, PlanBuilder};
use crate::mapping::{Mapping, Source};
use crate::mask::Masks;
use crate::repair::SavedFormat;
use crate::rules::GradedRule;
use crate::spec::{
    ColumnPolicy, FeedProblem, FeedSpec, FieldSpec, FieldType, GroupSpec, OneOrMany, RuleSpec, SchemaRef, SchemaSpec,
};

/// Largest size of an item's records together if the feed does not say: 1 MiB, more than a table can hold.
const MAX_GROUP: u64 = 1024 * 1024;
/// The sizes that a feed may allow: a call holds one item in memory, and no target takes a larger one.
const MAX_GROUPS: std::ops::RangeInclusive<u64> = 1024..=16 * 1024 * 1024;

/// How several records become one item.
pub struct GroupPlan {
    /// The feed as it reads records. Its fields are those of the feed without the lists.
    pub rows: FeedPlan,
    /// The field of `rows` whose value the records of an item share, by its index.
    pub by: usize,
    /// The lists.
    pub lists: Vec<ListPlan>,
    /// What each field of the item is made from.
    pub parts: Vec<ItemPart>,
    /// What each field of `rows` is without any cell; empty if it then has no value.
    pub defaults: Vec<String>,
    /// Columns in which an empty cell means the content of the record above.
    pub fill_down: Vec<String>,
    /// Largest size of the records of an item together, in bytes.
    pub most: u64,
}

/// What a field of an item is made from, by its index in [`GroupPlan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemPart {
    /// A field of the records: its first value.
    Field(usize),
    /// A list.
    List(usize),
}

/// A list of an item.
pub struct ListPlan {
    /// Judges what a record adds to the list. It has the fields of the list, and behind them those of the item.
    pub plan: FeedPlan,
    /// For each of these, the field of [`GroupPlan::rows`].
    pub places: Vec<usize>,
    /// How many of these are fields of the list.
    pub members: usize,
    /// For each field of the list, whether it has no value without the cells of a record.
    pub needs_cells: Vec<bool>,
    /// Whether the list has the values of one field, and no objects.
    pub is_plain: bool,
}

impl GroupPlan {
    /// The same for a repair file: see [`FeedPlan::for_repairs`].
    pub(super) fn for_repairs(self, saved: SavedFormat) -> Self {
        let of = |list: ListPlan| ListPlan { plan: list.plan.for_repairs(saved), ..list };
        Self { rows: self.rows.for_repairs(saved), lists: self.lists.into_iter().map(of).collect(), ..self }
    }
}

impl FeedPlan {
    /// The plan by which records are read: that of the feed, or the one for the records of its items.
    #[must_use]
    pub fn rows(&self) -> &Self {
        self.group.as_ref().map_or(self, |group| &group.rows)
    }

    /// The columns of a row with a valid record that come before its fields: the number of the record, and, if the feed has groups,
    /// the numbers of the other records of the item.
    #[must_use]
    pub fn leading(&self) -> &'static [&'static str] {
        if self.group.is_some() { &["_record", "_rows"] } else { &["_record"] }
    }
}

impl PlanBuilder<'_> {
    /// Checks the group of a feed against its other parts.
    pub(super) fn group(&mut self, spec: &FeedSpec, schema: &SchemaSpec, rules: &[GradedRule], mappings: &[Mapping]) {
        let Some(group) = &spec.group else { return };
        if let Some(by) = self.field("group.by", &group.by).and_then(|by| mappings.get(by)) {
            self.filled_key(group, by);
        }
        if self.is_json && !group.fill_down.is_empty() {
            self.problem("group.fillDown", "fills columns of CSV; a record of JSON says what it means");
        }
        if group.into.is_empty() {
            self.problem("group.into", "is empty; it names the lists of an item, each with its fields");
        }
        if group.max_group.is_some_and(|most| !MAX_GROUPS.contains(&most)) {
            let (least, most) = (MAX_GROUPS.start(), MAX_GROUPS.end());
            self.problem("group.maxGroup", format!("is not between {least} and {most} bytes"));
        }
        if group.fill_down.iter().any(|column| column.trim().is_empty()) {
            self.problem("group.fillDown", "names a column without a name");
        }
        if spec.import.as_ref().is_some_and(|import| import.delete.is_some()) {
            let message = "cannot go together with group, because the records of an item may disagree: delete by a feed of its own";
            self.problem("import.delete", message);
        }
        let mut taken: Vec<&str> = Vec::new();
        for (list, members) in &group.into {
            let path = format!("group.into.{list}");
            self.list(&path, list, spec, schema);
            for member in &members.0 {
                self.member(&path, member, spec, schema);
                if taken.contains(&member.as_str()) {
                    self.problem(&path, format!("{member:?} is already in a list"));
                }
                taken.push(member);
            }
        }
        if let Some(keep_in) = &spec.source.labels.keep_in
            && !taken.contains(&keep_in.as_str())
        {
            let message =
                format!("{keep_in:?} differs from record to record, so that it must be in a list of group.into");
            self.problem("source.labels.keepIn", message);
        }
        let is_member = |name: &str| list_of(group, name);
        let no_reference = |rule: &&RuleSpec| !matches!(rule, RuleSpec::Reference(_));
        let written = spec.validate.rules.iter().enumerate().filter(|(_, rule)| no_reference(rule));
        for ((at, _), graded) in written.zip(rules) {
            let lists: Vec<Option<&str>> =
                graded.rule.fields().into_iter().filter_map(|field| Some(is_member(self.names.get(field)?))).collect();
            if lists.array_windows().any(|[one, other]| one != other) {
                let message = "looks at fields of an item and of a list, or of two lists; a rule looks at one of them";
                self.problem(format!("validate.rules[{at}]"), message);
            }
        }
    }

    /// A key that inherits must be known to be missing: a chunk may begin with such a record.
    fn filled_key(&mut self, group: &GroupSpec, by: &Mapping) {
        let is_filled = by.source.names().iter().any(|name| group.fill_down.contains(name));
        if is_filled && !(matches!(by.source, Source::Column(_)) && needs_cells(by)) {
            let message = format!(
                "names a column of {:?}; only a key that is read with `from`, and has no value if its cell is empty, can be \
                 filled down",
                group.by
            );
            self.problem("group.fillDown", message);
        }
    }

    /// Checks the field that receives a list.
    fn list(&mut self, path: &str, list: &str, spec: &FeedSpec, schema: &SchemaSpec) {
        let Some(at) = self.field(path, list) else { return };
        let field_type = schema.fields[at].field_type;
        if field_type != FieldType::Array {
            let message = format!("{list:?} is of the type {}; a list needs the type array", field_type.as_str());
            self.problem(path, message);
        }
        if spec.restructure.contains_key(list) {
            self.problem(format!("restructure.{list}"), "is made by group.into, so that it cannot be made here too");
        }
        if spec.key().iter().any(|key| key == list) {
            self.problem(path, format!("{list:?} is a field of the key, which cannot be a list"));
        }
    }

    /// Checks a field that goes into a list.
    fn member(&mut self, path: &str, member: &str, spec: &FeedSpec, schema: &SchemaSpec) {
        let Some(at) = self.field(path, member) else { return };
        let group = spec.group.as_ref();
        let is_list = group.is_some_and(|group| group.into.contains_key(member));
        let names = |names: &[String]| names.iter().any(|name| name == member);
        let unique = |keys: &Option<Vec<Vec<String>>>| keys.iter().flatten().any(|key| names(key));
        let message = spec.import.as_ref().and_then(|import| import.message.as_ref());
        let refers = |rule: &RuleSpec| matches!(rule, RuleSpec::Reference(rule) if names(&rule.field.0));
        let refusal = if is_list {
            Some("is a list itself")
        } else if group.is_some_and(|group| group.by == member) {
            Some("is the field that the records of an item share")
        } else if names(spec.key()) || message.is_some_and(|fields| names(fields)) {
            Some("is a field of the item, because `import` names it")
        } else if schema.fields[at].constraints.unique
            || schema.primary_key.as_ref().is_some_and(|key| names(&key.0))
            || unique(&schema.unique_keys)
        {
            Some("must be unique, which only fields of an item can be")
        } else if spec.validate.limits.totals.iter().any(|total| total.field == member) {
            Some("has a control total, which only fields of an item can have")
        } else if spec.validate.rules.iter().any(refers) {
            Some("has a reference, which only fields of an item can have")
        } else if member.contains('.') {
            Some("has a dot in its name, and a list holds no nested records")
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.problem(path, format!("{member:?} {refusal}, so that it cannot be in a list"));
        }
    }
}

/// The list of a field, if it is in one.
fn list_of<'g>(group: &'g GroupSpec, field: &str) -> Option<&'g str> {
    let holds = |(_, members): &(&String, &OneOrMany)| members.0.iter().any(|member| member == field);
    group.into.iter().find(holds).map(|(list, _)| list.as_str())
}

/// The plan of a feed with groups, whose parts were checked.
///
/// # Errors
/// Problems that the parts have only on their own.
pub(super) fn compile(
    spec: &FeedSpec,
    group: &GroupSpec,
    schema: &SchemaSpec,
    rules: &[GradedRule],
    masks: &Masks,
    files: &FeedFiles,
) -> Result<FeedPlan, Vec<FeedProblem>> {
    // What is sensitive is decided over all fields, because several may be made from one column.
    let named = |at: usize| schema.fields.get(at).map(|field| field.name.as_str());
    let is_sensitive =
        |name: &str| (0..schema.fields.len()).any(|at| masks.is_sensitive(at) && named(at) == Some(name));
    let secret = |name: &str| {
        let list = list_of(group, name).unwrap_or(name);
        let members = group.into.get(list).map_or(&[][..], |members| &members.0);
        is_sensitive(name) || is_sensitive(list) || list == name && members.iter().any(|member| is_sensitive(member))
    };
    let schema = &SchemaSpec {
        fields: schema
            .fields
            .iter()
            .map(|field| FieldSpec { sensitive: secret(&field.name), ..field.clone() })
            .collect(),
        ..schema.clone()
    };
    let part = |fields: Vec<FieldSpec>, of: Option<&str>| {
        let mut part = spec.clone();
        part.group = None;
        // A summary is of items.
        if of.is_some() {
            part.summarise.clear();
        }
        let labels = &mut part.source.labels;
        if labels.keep_in.as_ref().is_some_and(|keep_in| fields.iter().all(|field| field.name != *keep_in)) {
            let unkept = |policy| if policy == ColumnPolicy::Keep { ColumnPolicy::Ignore } else { policy };
            (labels.extra, labels.duplicate) = (unkept(labels.extra), unkept(labels.duplicate));
            labels.keep_in = None;
        }
        part.restructure.retain(|name, _| fields.iter().any(|field| field.name == *name));
        let graded = spec.validate.rules.iter().filter(|rule| !matches!(rule, RuleSpec::Reference(_)));
        let mut lists = graded.zip(rules).map(|(_, graded)| {
            let field = graded.rule.fields().first().and_then(|field| schema.fields.get(*field));
            field.and_then(|field| list_of(group, &field.name))
        });
        part.validate.rules.retain(|rule| match rule {
            RuleSpec::Reference(_) => of.is_none(),
            _ => lists.next().flatten() == of,
        });
        part.schema = SchemaRef::Inline(Box::new(SchemaSpec { fields, ..schema.clone() }));
        FeedPlan::compile(&part, files, Vec::new())
    };
    let is_list = |field: &FieldSpec| group.into.contains_key(&field.name);
    let of_item = |field: &FieldSpec| list_of(group, &field.name).is_none();
    let item: Vec<FieldSpec> = schema.fields.iter().filter(|field| of_item(field)).cloned().collect();
    let mut plan = part(item, None)?;
    let rows: Vec<FieldSpec> = schema.fields.iter().filter(|field| !is_list(field)).cloned().collect();
    let place = |name: &str| rows.iter().position(|field| field.name == name);
    let shared = || rows.iter().filter(|field| of_item(field));
    let mut lists = Vec::new();
    for (list, members) in &group.into {
        let own = members.0.iter().filter_map(|name| rows.iter().find(|field| field.name == *name));
        let fields: Vec<FieldSpec> = own.chain(shared()).cloned().collect();
        let places = fields.iter().filter_map(|field| place(&field.name)).collect();
        let plan = part(fields, Some(list))?;
        let needs_cells = plan.mappings.iter().take(members.0.len()).map(needs_cells).collect();
        let (members, is_plain) = (members.0.len(), members.0.len() == 1);
        lists.push(ListPlan { plan, places, members, needs_cells, is_plain });
    }
    let parts = plan.fields.iter().map(|field| match group.into.keys().position(|list| *list == field.name) {
        Some(list) => ItemPart::List(list),
        None => ItemPart::Field(place(&field.name).unwrap_or_default()),
    });
    let parts = parts.collect();
    let by = place(&group.by).unwrap_or_default();
    let rows = part(rows, Some(""))?;
    plan.source.columns.clone_from(&rows.source.columns);
    let defaults = rows.mappings.iter().map(|mapping| match mapping.source {
        Source::Value(_) => String::new(),
        _ => mapping.read("").unwrap_or_default(),
    });
    let defaults = defaults.collect();
    let (fill_down, most) = (group.fill_down.clone(), group.max_group.unwrap_or(MAX_GROUP));
    plan.group = Some(Box::new(GroupPlan { rows, by, lists, parts, defaults, fill_down, most }));
    Ok(plan)
}

/// Whether a field has no value if all cells of a record are empty.
fn needs_cells(mapping: &Mapping) -> bool {
    !matches!(mapping.source, Source::Value(_)) && mapping.read("").is_ok_and(|text| text.is_empty())
}

#[cfg(test)]
mod tests;
