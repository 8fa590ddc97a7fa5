//! What a collection of MongoDB can hold.
//!
//! The limits are those of *MongoDB Limits and Thresholds* (<https://www.mongodb.com/docs/manual/reference/limits/>) for MongoDB 5.0.
//!
//! The key of a record is the `_id` of its document: one field is the value itself, two are a document.

use jiff::civil::{Date, DateTime};

use super::attribute::{Attribute, is_nested};
use super::item::path;
use super::rules::{Limits, Shape, SinkRules, is_short_number};
use crate::Code;
use crate::decimal::Decimal;
use crate::schema::Field;
use crate::spec::FieldType;

/// A collection of MongoDB.
#[derive(Clone, Copy, Debug)]
pub struct MongoDb;

static LIMITS: Limits = Limits {
    levels: 100,
    record_bytes: MAX_DOCUMENT,
    record: ["a document", "documents"],
    too_large: Code::ItemTooLarge,
    // Neither has a key.
    key_bytes: &[MAX_DOCUMENT, MAX_DOCUMENT],
    key_name_bytes: MAX_DOCUMENT,
};

/// Maximum size of a document, in bytes: 16 MiB, less 64 KiB for the statement that writes it, because a command has about the same
/// limit as a document.
const MAX_DOCUMENT: usize = (16 << 20) - (64 << 10);
/// The size of the fields that Sluice writes beside those of the feed (`_run`, `_order`, `_hash`, `_was`), in bytes, rounded up.
const OWN_FIELDS: usize = 1024;
/// Maximum length of the name of a database, in bytes.
const MAX_DATABASE: usize = 63;
/// Maximum length of the names of database and collection with the dot between them, in bytes.
const MAX_NAME: usize = 255;
/// Maximum number of significant digits of a Decimal128. Its powers of ten reach further than those of any number that Sluice reads.
const MAX_DIGITS: usize = 34;
/// The size of a field without its name and its value: a byte for the type, and one that ends the name.
const FIELD: usize = 2;
/// The size of a document or a list without its fields: its length, and a byte that ends it.
const DOCUMENT: usize = 5;
/// The size of a text without its bytes: its length, and a byte that ends it.
const TEXT: usize = 5;
/// The size of a Decimal128, which is the largest value of fixed size.
const NUMBER: usize = 16;
/// The length of the name of an element of a list, which is its index, rounded up.
const INDEX: usize = 8;
/// The longest canonical text of a date with time that has no fraction of a second: `2026-11-21T02:33:00Z`.
const WHOLE_SECONDS: usize = 20;

impl SinkRules for MongoDb {
    fn target(&self) -> &'static str {
        "collection"
    }

    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn refuse_name(&self, name: &str) -> Option<String> {
        let Some((database, collection)) = name.split_once('.') else {
            return Some(format!(
                "{name:?} names no database: a collection stands after its database and a dot, such as shop.products"
            ));
        };
        let odd = |c: char| c.is_whitespace() || c.is_control() || "/\\\"$*<>:|?".contains(c);
        if !(1..=MAX_DATABASE).contains(&database.len()) || database.contains(odd) {
            return Some(format!("{database:?} is not the name of a database of MongoDB"));
        }
        if matches!(database, "admin" | "config" | "local") {
            return Some(format!("the database {database:?} belongs to MongoDB itself"));
        }
        if collection.is_empty()
            || collection.starts_with('.')
            || collection.contains(['$', '\0'])
            || name.len() > MAX_NAME
        {
            return Some(format!("{collection:?} is not the name of a collection of MongoDB"));
        }
        collection.starts_with("system.").then(|| format!("the collection {collection:?} belongs to MongoDB itself"))
    }

    fn refuse_field(&self, name: &str) -> Option<String> {
        let parts = path(name);
        if parts.iter().any(|part| part.starts_with('$')) {
            return Some(format!(
                "{name:?} cannot be the name of a field in a collection: it begins with $, as operators do"
            ));
        }
        if parts == [name] && name.contains('.') {
            return Some(format!(
                "{name:?} cannot be the name of a field in a collection: a dot leads into a record, and here it stands at an end \
                 or beside another one"
            ));
        }
        name.contains('\0')
            .then(|| format!("{name:?} cannot be the name of a field in a collection: it has a zero byte"))
    }

    fn has_many_types(&self) -> bool {
        true
    }

    fn may_be_key(&self, field_type: FieldType) -> bool {
        field_type != FieldType::Boolean && !is_nested(field_type)
    }

    fn refuse_number(&self, number: &str) -> Option<String> {
        let held = is_short_number(number, MAX_DIGITS)
            || number.parse::<Decimal>().is_ok_and(|number| number.significant_digits() <= MAX_DIGITS as u64);
        (!held).then(|| format!("{number} cannot be stored exactly: the collection holds {MAX_DIGITS} digits"))
    }

    fn refuse_text(&self, field_type: FieldType, text: &str) -> Option<String> {
        let is_date = matches!(field_type, FieldType::Date | FieldType::Datetime);
        (is_date && milliseconds(text).is_none())
            .then(|| "cannot be stored exactly: the collection holds times to the millisecond".to_owned())
    }

    fn refuse_member(&self, name: &str) -> Option<String> {
        name.contains('\0').then(|| "has a name with a zero byte, which the collection cannot hold".to_owned())
    }

    fn overhead(&self, shape: Shape<'_>) -> usize {
        // Each dot of a name makes a document. Every value counts as if it were a number and a text.
        let size = |name: &str| FIELD + name.len() + NUMBER + (DOCUMENT + FIELD) * (path(name).len() - 1);
        OWN_FIELDS + shape.fields.iter().map(|field| size(&field.name)).sum::<usize>()
    }

    fn size(&self, value: &Attribute<'_>) -> usize {
        match value {
            Attribute::Text(text) => TEXT + text.len(),
            Attribute::Number(_) | Attribute::Integer(_) | Attribute::Date(_) => NUMBER,
            Attribute::Bool(_) | Attribute::Null => 1,
            Attribute::List(elements) => {
                DOCUMENT + elements.iter().map(|element| FIELD + INDEX + self.size(element)).sum::<usize>()
            }
            Attribute::Map(members) => {
                let size = |(name, value): (&String, &Attribute<'_>)| FIELD + name.len() + self.size(value);
                DOCUMENT + members.iter().map(size).sum::<usize>()
            }
        }
    }

    fn surely_holds<'t>(&self, shape: Shape<'_>, bytes: usize, text: &dyn Fn(usize) -> &'t str) -> bool {
        let is_whole = |(index, field): (usize, &Field)| {
            field.field_type != FieldType::Datetime || text(index).len() <= WHOLE_SECONDS
        };
        bytes <= MAX_DOCUMENT && shape.fields.iter().enumerate().all(is_whole)
    }
}

/// The milliseconds since 1970 of a date, or of a date with time, in its canonical text; `None` if it is none, or has a fraction of a
/// millisecond. Without an offset it counts as UTC.
#[must_use]
pub fn milliseconds(text: &str) -> Option<i64> {
    let at = match text.parse::<Date>() {
        Ok(date) if text.len() == "2026-11-21".len() => date.at(0, 0, 0, 0),
        _ => text.strip_suffix('Z').unwrap_or(text).parse::<DateTime>().ok()?,
    };
    let since = at.duration_since(Date::constant(1970, 1, 1).at(0, 0, 0, 0));
    (since.subsec_nanos() % 1_000_000 == 0).then(|| i64::try_from(since.as_millis()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Problem;
    use crate::feed::FeedPlan;

    const FIELDS: &str = "
    - {name: id, constraints: {required: true}}
    - {name: n, type: number}
    - {name: count, type: integer}
    - {name: at, type: datetime}
    - {name: deep.down, type: object}";

    fn feed(fields: &str, import: &str) -> Result<FeedPlan, Vec<String>> {
        let yaml = format!("version: 1\nname: p\nschema:\n  fields:{fields}\nimport: {import}\n");
        FeedPlan::from_yaml(&yaml).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    fn plan() -> FeedPlan {
        feed(FIELDS, "{collection: shop.products, connection: main, key: [id]}").unwrap()
    }

    fn check(plan: &FeedPlan, texts: &[&str]) -> Vec<Problem> {
        let (shape, mut problems) = (plan.shape(), Vec::new());
        plan.sink.check(shape, plan.sink.overhead(shape), &|field| texts[field], &mut problems);
        problems
    }

    #[test]
    fn natural_mistakes_are_said_as_what_they_are() {
        for (import, said) in [
            ("{key: [id]}", "import: names no target: give it a `table`, a `collection` or a `queue`"),
            (
                "{collection: products, connection: main, key: [id]}",
                "import.collection: \"products\" names no database: a collection stands after its database and a dot, such as \
                 shop.products",
            ),
            (
                "{collection: shop.products, key: [id]}",
                "import.connection: is missing: it names the connection of the stack that leads to the collection",
            ),
            (
                "{collection: shop.products, table: products, connection: main, key: [id]}",
                "import.collection: a feed has one target, and `table` names it already",
            ),
            (
                "{table: products, connection: main, key: [id]}",
                "import.connection: a table needs no connection; a collection does",
            ),
            (
                "{collection: shop.products, connection: 'mongodb://me:secret@host/', key: [id]}",
                "import.connection: is an address; a feed has the name of a connection that an operator registers in the stack",
            ),
            (
                "{collection: shop.products, connection: Main, key: [id]}",
                "import.connection: \"Main\" is not the name of a connection: expected 1 to 40 of a-z, 0-9 and -, beginning with a \
                 letter",
            ),
            (
                "{collection: shop.products, connection: main, key: [id, n, count]}",
                "import.key: names 3 fields; the key of a collection has 1 to 2",
            ),
            (
                "{collection: shop.products, connection: main, key: [id, deep.down]}",
                "import.key[1]: \"deep.down\" is of the type object, which cannot be a key",
            ),
        ] {
            let found = feed(FIELDS, import).err().unwrap_or_default();
            assert!(found.iter().any(|found| found.ends_with(said)), "{import}: {found:?}");
        }
    }

    #[test]
    fn table_of_names() {
        for good in ["shop.products", "shop.products.v2", "s.p", "Shop-1.Größen"] {
            assert_eq!(MongoDb.refuse_name(good), None);
        }
        let (long, database) = (format!("shop.{}", "x".repeat(251)), format!("{}.p", "x".repeat(64)));
        for bad in [
            "",
            "shop",
            ".products",
            "shop.",
            "shop..products",
            "my shop.p",
            "a/b.p",
            "a$b.p",
            "admin.p",
            "local.p",
            "config.p",
            "shop.system.users",
            "shop.a$b",
            &long,
            &database,
        ] {
            assert!(MongoDb.refuse_name(bad).is_some(), "{bad}");
        }
        for (bad, good) in [("$x", "x$"), ("a.$b", "a.b"), ("No.", "No"), ("a..b", "a.b.c"), ("a\0", "a")] {
            assert!(MongoDb.refuse_field(bad).is_some() && MongoDb.refuse_field(good).is_none(), "{bad} {good}");
        }
        let fields = "\n    - {name: id, constraints: {required: true}}\n    - {name: $x}";
        let problems = feed(fields, "{collection: a.b, connection: main, key: [id]}").err().unwrap_or_default();
        assert!(problems[0].contains("it begins with $, as operators do"), "{problems:?}");
    }

    #[test]
    fn table_of_limits() {
        let plan = plan();
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let (n, at, deep) = ("1", "2026-11-21T02:33:00Z", "{}");
        for (n, at, deep, code) in [
            (n, at, deep, None),
            (&*"9".repeat(34), at, deep, None),
            (&*"9".repeat(35), at, deep, Some(Code::SinkRefused)),
            (&*format!("1{}", "0".repeat(300)), at, deep, None),
            (&*format!("0.{}1", "0".repeat(300)), at, deep, None),
            ("0", at, deep, None),
            (n, "2026-11-21T02:33:00.123", deep, None),
            (n, "2026-11-21T02:33:00.1234Z", deep, Some(Code::SinkRefused)),
            (n, at, "{\"a\": {\"$ref\": 1, \"a.b\": null, \"\": [true]}}", None),
            (n, at, "{\"a\\u0000\": 1}", Some(Code::SinkRefused)),
            (n, at, &nested(99), None),
            (n, at, &nested(100), Some(Code::SinkRefused)),
            (n, at, &*format!("[{}]", "9".repeat(35)), Some(Code::SinkRefused)),
            (n, at, &*format!("[\"{}\"]", "x".repeat(16 << 20)), Some(Code::ItemTooLarge)),
        ] {
            let problems = check(&plan, &["a", n, "7", at, deep]);
            assert_eq!(problems.first().map(|problem| problem.code), code, "{:?}", problems.first());
        }
    }

    #[test]
    fn dates_are_milliseconds() {
        for (text, expected) in [
            ("1970-01-01", Some(0)),
            ("1970-01-02T00:00:00", Some(86_400_000)),
            ("1970-01-01T00:00:01.5Z", Some(1_500)),
            ("0001-01-01", Some(-62_135_596_800_000)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799_000)),
            ("1970-01-01T00:00:00.0001", None),
            ("a day", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn types_are_those_of_the_collection() {
        let of = |field_type, text| format!("{:?}", Attribute::of(&MongoDb, field_type, text).unwrap());
        for (field_type, text, expected) in [
            (FieldType::Integer, "7", "Integer(\"7\")"),
            (FieldType::Number, "7", "Number(\"7\")"),
            (FieldType::Date, "2026-11-21", "Date(\"2026-11-21\")"),
            (FieldType::Year, "2026", "Text(\"2026\")"),
            (FieldType::Array, "[1,1.5]", "List([Integer(\"1\"), Number(\"1.5\")])"),
        ] {
            assert_eq!(of(field_type, text), expected);
        }
    }

    proptest! {
        #[test]
        fn what_surely_fits_is_not_refused(id in 0_usize..4096, digits in 0_usize..18, fraction in 0_usize..9, big: bool) {
            let plan = plan();
            let at = format!("2026-11-21T02:33:00{}{}", if fraction > 0 { "." } else { "" }, "1".repeat(fraction));
            let texts = ["x".repeat(id), "9".repeat(digits), "9".repeat(digits), at, String::new()];
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let (shape, more) = (plan.shape(), if big { MAX_DOCUMENT - 3000 } else { 0 });
            let overhead = plan.sink.overhead(shape) + more;
            let mut problems = Vec::new();
            plan.sink.check(shape, overhead, &|field| texts[field], &mut problems);
            let bytes = overhead + texts.iter().map(|text| text.len()).sum::<usize>();
            prop_assert!(!plan.sink.surely_holds(shape, bytes, &|field| texts[field]) || problems.is_empty(), "{problems:?}");
        }
    }
}
