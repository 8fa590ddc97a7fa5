//! `import`: checks where records go.

use super::PlanBuilder;
use super::effects::DeletePlan;
use crate::connection::ConnectionName;
use crate::schema::Field;
use crate::sink::{Shape, SinkKind, SinkRules, path as item_path};
use crate::spec::{Duplicates, Empty, FeedSpec, ImportSpec, Mode, SchemaSpec};

/// Where records go.
#[derive(Clone, Debug)]
pub struct ImportPlan {
    /// The sink.
    pub sink: SinkKind,
    /// The target in the sink, as the feed names it.
    pub target: String,
    /// The connection that leads to the target; `None` if the sink needs none.
    pub connection: Option<ConnectionName>,
    /// The indices of the fields of its key.
    pub key: Vec<usize>,
    /// Which of several records with the same key wins.
    pub duplicates: Duplicates,
    /// The indices of the fields that a message has, in ascending order, with those of the key; `None` for all fields.
    pub message: Option<Vec<usize>>,
    /// What an empty cell means for an item that exists.
    pub empty: Empty,
    /// Whether records may add items, change items, or both.
    pub mode: Mode,
    /// Which records delete the item of their key; `None` if none does.
    pub delete: Option<DeletePlan>,
}

impl PlanBuilder<'_> {
    /// Checks that a target of the sink can have this name.
    pub(super) fn target_name(&mut self, path: &str, sink: &dyn SinkRules, name: &str) {
        if let Some(refusal) = sink.refuse_name(name) {
            self.problem(path, refusal);
        }
    }

    /// Checks that the key has no more fields than the sink allows.
    pub(super) fn key_length(&mut self, path: &str, sink: &dyn SinkRules, fields: usize) {
        let most = sink.limits().key_bytes.len();
        if !(1..=most).contains(&fields) {
            let target = sink.target();
            self.problem(path, format!("names {fields} fields; the key of a {target} has 1 to {most}"));
        }
    }

    pub(super) fn import(&mut self, spec: &FeedSpec, schema: &SchemaSpec) -> ImportPlan {
        let Some(import) = &spec.import else { return self.outputs(!spec.summarise.is_empty()) };
        let (kind, target) = self.target(import);
        let sink = kind.rules();
        let connection = self.connection(import, kind);
        self.key_length("import.key", sink, import.key.len());
        let mut key = Vec::new();
        for (at, name) in import.key.iter().enumerate() {
            let path = format!("import.key[{at}]");
            let Some(index) = self.field(&path, name) else { continue };
            if key.contains(&index) {
                self.problem(&path, "is named twice");
            }
            if !schema.fields[index].constraints.required {
                let message = format!("{name:?} must be required: a record without its key cannot be written");
                self.problem(&path, message);
            }
            if !sink.may_be_key(schema.fields[index].field_type) {
                let of = schema.fields[index].field_type.as_str();
                self.problem(&path, format!("{name:?} is of the type {of}, which cannot be a key"));
            }
            if item_path(name).len() > 1 {
                self.problem(&path, format!("{name:?} is a field of a nested record, which cannot be a key"));
            }
            key.push(index);
        }
        let message = self.message(import, kind, &key);
        let (empty, mode, delete) = self.effects(import, kind, schema);
        let (target, duplicates) = (target.to_owned(), import.duplicates);
        ImportPlan { sink: kind, target, connection, key, duplicates, message, empty, mode, delete }
    }

    /// The plan of a feed without a target.
    fn outputs(&mut self, has_summaries: bool) -> ImportPlan {
        if !has_summaries {
            let note = "is not there: records are written to no database, and the outputs of a run are the result";
            self.note("import", note);
        }
        let import = ImportSpec::default();
        ImportPlan {
            sink: SinkKind::Outputs,
            target: String::new(),
            connection: None,
            key: Vec::new(),
            duplicates: import.duplicates,
            message: None,
            empty: import.empty,
            mode: import.mode,
            delete: None,
        }
    }

    /// Checks that an item has room for more than the names of its fields.
    pub(super) fn width(&mut self, fields: &[Field], import: &ImportPlan) {
        let ImportPlan { key, message, empty, .. } = import;
        let shape = Shape { fields, key, content: message.as_deref(), empty: *empty };
        let (size, limits) = (self.sink.overhead(shape), self.sink.limits());
        if size > limits.record_bytes {
            let (target, [one, many], limit) = (self.sink.target(), limits.record, limits.record_bytes);
            let message = format!(
                "the names of {} fields alone make {one} of {size} bytes, but a {target} holds {many} of up to {limit}",
                fields.len()
            );
            self.problem("schema.fields", message);
        }
    }

    /// The target that the feed names, which must be one.
    fn target<'s>(&mut self, import: &'s ImportSpec) -> (SinkKind, &'s str) {
        let mut named = SinkKind::named(import);
        let Some((kind, target)) = named.next() else {
            self.problem("import", "names no target: give it a `table`, a `collection` or a `queue`");
            return (SinkKind::Table, "");
        };
        let key = kind.rules().target();
        for (other, _) in named {
            let path = format!("import.{}", other.rules().target());
            self.problem(path, format!("a feed has one target, and `{key}` names it already"));
        }
        self.target_name(&format!("import.{key}"), kind.rules(), target);
        (kind, target)
    }

    /// The fields of a message. Those of the key are in each message, since without them nobody knows what it is about.
    fn message(&mut self, import: &ImportSpec, kind: SinkKind, key: &[usize]) -> Option<Vec<usize>> {
        let names = import.message.as_ref()?;
        if kind != SinkKind::Queue {
            self.problem("import.message", "only a `queue` has messages");
            return None;
        }
        let mut message = key.to_vec();
        for (at, name) in names.iter().enumerate() {
            let path = format!("import.message[{at}]");
            let Some(index) = self.field(&path, name) else { continue };
            if names.iter().take(at).any(|other| other == name) {
                self.problem(&path, "is named twice");
            }
            message.push(index);
        }
        message.sort_unstable();
        message.dedup();
        Some(message)
    }

    /// The connection that a feed names, which goes with a collection and nothing else.
    fn connection(&mut self, import: &ImportSpec, kind: SinkKind) -> Option<ConnectionName> {
        let path = "import.connection";
        match (kind, &import.connection) {
            (SinkKind::Collection, None) => {
                self.problem(path, "is missing: it names the connection of the stack that leads to the collection");
                None
            }
            (_, None) => None,
            (_, Some(name)) if name.contains("://") => {
                // The address may hold a password, so it is not shown.
                let message =
                    "is an address; a feed has the name of a connection that an operator registers in the stack";
                self.problem(path, message);
                None
            }
            (SinkKind::Collection, Some(name)) => self.take(path, name.parse()),
            (_, Some(_)) => {
                let target = kind.rules().target();
                self.problem(path, format!("a {target} needs no connection; a collection does"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::FeedPlan;

    #[test]
    fn nested_records_and_keys_do_not_go_together() {
        let yaml = "
version: 1
name: p
schema:
  fields:
    - {name: id.no, constraints: {required: true}}
    - {name: tags, type: array, constraints: {required: true}}
    - {name: price}
    - {name: price.amount, type: number}
    - {name: price.amount.net, type: number}
    - {name: prices.amount, type: number}
import: {table: p, key: [id.no, tags]}
";
        let problems = FeedPlan::from_yaml(yaml).err().unwrap();
        let reported: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            reported,
            [
                "schema.fields[2].name: \"price\" cannot have a value of its own and hold \"price.amount\"",
                "schema.fields[3].name: \"price.amount\" cannot have a value of its own and hold \"price.amount.net\"",
                "import.key[0]: \"id.no\" is a field of a nested record, which cannot be a key",
                "import.key[1]: \"tags\" is of the type array, which cannot be a key",
            ]
        );
    }
}
