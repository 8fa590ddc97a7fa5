//! `import.empty`, `import.mode` and `import.delete`: what a record does to the item of its key.

use jiff::Timestamp;

use super::PlanBuilder;
use super::expect::Every;
use crate::RunContext;
use crate::expression::Expression;
use crate::schema::{Field, Value};
use crate::sink::{SinkKind, path as item_path};
use crate::spec::{DeleteSpec, Duplicates, Empty, ImportSpec, Mode, SchemaSpec};
use crate::target::TargetRecord;

/// The shortest time that a table keeps the mark of a deleted item, in days. An older file that comes later than that would bring the
/// item back.
const MIN_DAYS: i64 = 90;

/// Which records delete the item of their key.
#[derive(Clone, Debug)]
pub struct DeletePlan {
    /// What is true for them.
    pub(crate) when: Expression,
    /// The indices of the fields that it reads.
    pub(crate) reads: Vec<usize>,
    /// How long the table keeps the mark of a deleted item, in seconds; `None` for ever.
    pub expires: Option<i64>,
}

impl PlanBuilder<'_> {
    pub(super) fn effects(
        &mut self,
        import: &ImportSpec,
        kind: SinkKind,
        schema: &SchemaSpec,
    ) -> (Empty, Mode, Option<DeletePlan>) {
        let delete = import.delete.as_ref().and_then(|delete| self.delete(delete, import.mode, kind));
        if let Some(delete) = &delete {
            self.deletes_empty(delete, schema);
        }
        let target = kind.rules().target();
        if matches!(kind, SinkKind::Queue | SinkKind::Outputs) {
            let message =
                "is for a table or a collection; a message is sent as the record is, whatever was sent before";
            let given = [("empty", import.empty != Empty::Remove), ("mode", import.mode != Mode::Upsert)];
            for (key, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
                self.problem(format!("import.{key}"), message);
            }
            return (import.empty, import.mode, delete);
        }
        if import.empty == Empty::Keep {
            if let Some(nested) = schema.fields.iter().find(|field| item_path(&field.name).len() > 1) {
                let message = format!(
                    "keep is for fields that stand alone, but {:?} is a part of a nested record, which is written as a whole",
                    nested.name
                );
                self.problem("import.empty", message);
            }
            let mut note = format!(
                "keep makes the {target} depend on the order in which files arrive: an older file that comes after a newer one fills nothing in"
            );
            if import.duplicates != Duplicates::Reject {
                note += "; and of several records of a key in one file only one counts, so what the others fill in is lost \
                         (duplicates: reject shows them)";
            }
            self.note("import.empty", note);
        }
        let what = match import.mode {
            Mode::Upsert => None,
            Mode::InsertOnly => {
                Some("insert_only: the first file that has a key decides, even if it is not the oldest")
            }
            Mode::UpdateOnly => Some("update_only: a record that comes before its item is lost"),
        };
        if let Some(what) = what {
            let note = format!("{what}, so the {target} depends on the order in which files arrive");
            self.note("import.mode", note);
        }
        (import.empty, import.mode, delete)
    }

    fn delete(&mut self, delete: &DeleteSpec, mode: Mode, kind: SinkKind) -> Option<DeletePlan> {
        let path = "import.delete";
        if kind != SinkKind::Table {
            let target = kind.rules().target();
            self.problem(path, format!("only a `table` can mark an item as deleted; a {target} cannot"));
        }
        if mode == Mode::InsertOnly {
            self.problem(path, "does not go with `mode: insert_only`, which leaves every item alone that exists");
        }
        let expires = delete.expires.as_ref().and_then(|expires| self.expires(&expires.0));
        let (when, reads) = self.over_record("import.delete.when", &delete.when)?;
        if when.fields.is_empty() {
            self.problem("import.delete.when", "reads no field, so it is the same for every record");
        }
        Some(DeletePlan { when, reads, expires })
    }

    /// Notes that a record deletes in which nothing says so.
    fn deletes_empty(&mut self, delete: &DeletePlan, schema: &SchemaSpec) {
        let fields: Vec<Field> = schema.fields.iter().map(|field| Field::new(&field.name, field.field_type)).collect();
        let values: Vec<Option<Value<'_>>> = fields.iter().map(|_| None).collect();
        let record = TargetRecord { fields: &fields, values: &values, unreadable: &[] };
        if delete.when.truth(&record, &RunContext { as_of: Timestamp::UNIX_EPOCH }) == Ok(true) {
            let message = "is true for a record in which the fields that it reads are empty, so such a record deletes its item; say what \
                           the value must be";
            self.note("import.delete.when", message);
        }
    }

    /// How long a mark is kept, in seconds.
    fn expires(&mut self, text: &str) -> Option<i64> {
        let path = "import.delete.expires";
        let kept = self.take(path, text.parse::<Every>())?;
        if kept.duration().as_hours() < MIN_DAYS * 24 {
            let message = format!(
                "{text:?} is too short: the mark of a deleted item is kept for {MIN_DAYS} days or longer, so that no older file brings \
                 the item back"
            );
            self.problem(path, message);
            return None;
        }
        Some(kept.duration().as_secs())
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::FeedPlan;
    use crate::spec::{Empty, Mode};

    fn feed(fields: &str, import: &str) -> Result<FeedPlan, Vec<String>> {
        let yaml = format!(
            "version: 1\nname: p\nschema:\n  fields:\n    - {{name: id, constraints: {{required: true}}}}\n    - {{name: status}}\n\
             {fields}import: {{key: [id], {import}}}\n"
        );
        FeedPlan::from_yaml(&yaml).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_key_has_its_place() {
        let plan = feed("", "table: p").unwrap();
        assert_eq!((plan.import.empty, plan.import.mode), (Empty::Remove, Mode::Upsert));
        assert!(plan.import.delete.is_none() && plan.notes.is_empty());
        let delete = "delete: {when: 'record.status == \"gone\"', expires: 90d}";
        let plan = feed("", &format!("table: p, empty: keep, mode: update_only, {delete}")).unwrap();
        assert_eq!((plan.import.empty, plan.import.mode), (Empty::Keep, Mode::UpdateOnly));
        let found = plan.import.delete.unwrap();
        assert_eq!((found.reads, found.expires), (vec![1], Some(90 * 86_400)));
        let notes: Vec<&str> = plan.notes.iter().map(|note| note.path.as_str()).collect();
        assert_eq!(notes, ["import.empty", "import.mode"]);
        assert!(
            feed("", "table: p, delete: {when: 'record.status == \"gone\"'}")
                .unwrap()
                .import
                .delete
                .unwrap()
                .expires
                .is_none()
        );
    }

    #[test]
    fn a_condition_that_holds_for_what_is_empty_is_noted() {
        for (when, notes) in [
            ("record.status != \"active\"", &["import.delete.when"][..]),
            ("record.status == \"gone\"", &[]),
            ("record.status != null && record.status != \"active\"", &[]),
        ] {
            let plan = feed("", &format!("table: p, delete: {{when: '{when}'}}")).unwrap();
            let found: Vec<&str> = plan.notes.iter().map(|note| note.path.as_str()).collect();
            assert_eq!(found, notes, "{when}");
        }
    }

    #[test]
    fn natural_mistakes_are_said_as_what_they_are() {
        let nested = "    - {name: price.amount, type: number}\n";
        let collection = "collection: shop.p, connection: main";
        let when = "when: 'record.status == \"gone\"'";
        for (fields, import, expected) in [
            (
                "",
                "queue: p, empty: keep",
                "import.empty: is for a table or a collection; a message is sent as the record is, whatever was sent before",
            ),
            (
                "",
                "queue: p, mode: insert_only",
                "import.mode: is for a table or a collection; a message is sent as the record is, whatever was sent before",
            ),
            (
                "",
                &format!("queue: p, delete: {{{when}}}"),
                "import.delete: only a `table` can mark an item as deleted; a queue cannot",
            ),
            (
                "",
                &format!("{collection}, delete: {{{when}}}"),
                "import.delete: only a `table` can mark an item as deleted; a collection cannot",
            ),
            (
                "",
                &format!("table: p, mode: insert_only, delete: {{{when}}}"),
                "import.delete: does not go with `mode: insert_only`, which leaves every item alone that exists",
            ),
            (
                "",
                &format!("table: p, delete: {{{when}, expires: 30d}}"),
                "import.delete.expires: \"30d\" is too short: the mark of a deleted item is kept for 90 days or longer, so that no \
                 older file brings the item back",
            ),
            (
                "",
                &format!("table: p, delete: {{{when}, expires: 90}}"),
                "import.delete.expires: \"90\" has no unit: write 90h, 90d or 90w for hours, days or weeks",
            ),
            (
                "",
                "table: p, delete: {when: 'true'}",
                "import.delete.when: reads no field, so it is the same for every record",
            ),
            (
                nested,
                "table: p, empty: keep",
                "import.empty: keep is for fields that stand alone, but \"price.amount\" is a part of a nested record, which is \
                 written as a whole",
            ),
        ] {
            assert_eq!(feed(fields, import).err().unwrap_or_default(), [expected], "{import}");
        }
        let unknown = feed("", "table: p, delete: {when: 'record.state == 1'}").err().unwrap_or_default();
        assert!(unknown[0].starts_with("import.delete.when: "), "{unknown:?}");
    }
}
