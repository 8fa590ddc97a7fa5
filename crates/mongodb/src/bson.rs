//! Writes BSON.
//!
//! The driver's own builders copy each nested document into the one around it. A batch has a thousand documents in four levels, so this
//! writer fills in the lengths afterwards instead.

use mongodb::bson::raw::{CStr, RawBson};
use mongodb::bson::{Decimal128, RawDocumentBuf};
use sluice_engine::sink::{Attribute, milliseconds};

/// A document that is being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

/// A value has no form in BSON. That happens if another feed has checked it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the collection cannot hold the value of {0:?}")]
pub(crate) struct NoForm(String);

/// The types of BSON that are written here (<https://bsonspec.org/spec.html>).
mod kind {
    pub(super) const STRING: u8 = 0x02;
    pub(super) const DOCUMENT: u8 = 0x03;
    pub(super) const ARRAY: u8 = 0x04;
    pub(super) const BOOLEAN: u8 = 0x08;
    pub(super) const DATE: u8 = 0x09;
    pub(super) const NULL: u8 = 0x0a;
    pub(super) const INT32: u8 = 0x10;
    pub(super) const INT64: u8 = 0x12;
    pub(super) const DECIMAL128: u8 = 0x13;
}

impl Writer {
    /// The size of what was written, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Removes what was written after this size.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// Writes the fields of a whole document.
    pub(crate) fn document(write: impl FnOnce(&mut Self)) -> mongodb::error::Result<RawDocumentBuf> {
        let mut writer = Self::default();
        writer.block(write);
        Ok(RawDocumentBuf::from_bytes(writer.bytes)?)
    }

    /// Appends fields that were written elsewhere.
    pub(crate) fn fields(&mut self, fields: &[u8]) {
        self.bytes.extend_from_slice(fields);
    }

    /// What was written.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn inner(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.begin(kind::DOCUMENT, name);
        self.block(write);
    }

    pub(crate) fn list(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.begin(kind::ARRAY, name);
        self.block(write);
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.begin(kind::STRING, name);
        self.int(text.len() + 1);
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(0);
    }

    pub(crate) fn bool(&mut self, name: &str, value: bool) {
        self.begin(kind::BOOLEAN, name);
        self.bytes.push(value.into());
    }

    pub(crate) fn int32(&mut self, name: &str, value: i32) {
        self.begin(kind::INT32, name);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes a value as it was read.
    pub(crate) fn raw(&mut self, name: &CStr, value: &RawBson) {
        let mut document = RawDocumentBuf::new();
        document.append(name, value.clone());
        let bytes = document.as_bytes();
        // The fields stand between the length of the document and the zero that ends it.
        self.fields(bytes.get(4..bytes.len().saturating_sub(1)).unwrap_or_default());
    }

    /// Writes a value of a record.
    ///
    /// # Errors
    /// If the value has no form.
    pub(crate) fn value(&mut self, name: &str, value: &Attribute<'_>) -> Result<(), NoForm> {
        let no_form = || NoForm(name.to_owned());
        if name.contains('\0') {
            return Err(no_form());
        }
        match value {
            Attribute::Text(text) => self.text(name, text),
            Attribute::Integer(number) | Attribute::Number(number) => {
                let whole = matches!(value, Attribute::Integer(_)).then(|| number.parse::<i64>().ok()).flatten();
                if let Some(whole) = whole {
                    self.begin(kind::INT64, name);
                    self.bytes.extend_from_slice(&whole.to_le_bytes());
                } else {
                    let decimal: Decimal128 = number.parse().map_err(|_| no_form())?;
                    self.begin(kind::DECIMAL128, name);
                    self.bytes.extend_from_slice(&decimal.bytes());
                }
            }
            Attribute::Date(text) => {
                let milliseconds = milliseconds(text).ok_or_else(no_form)?;
                self.begin(kind::DATE, name);
                self.bytes.extend_from_slice(&milliseconds.to_le_bytes());
            }
            Attribute::Bool(value) => self.bool(name, *value),
            Attribute::Null => self.begin(kind::NULL, name),
            Attribute::List(elements) => {
                let mut written = Ok(());
                self.list(name, |list| {
                    for (index, element) in elements.iter().enumerate() {
                        written = written.clone().and_then(|()| list.value(&index.to_string(), element));
                    }
                });
                written?;
            }
            Attribute::Map(members) => {
                let mut written = Ok(());
                self.inner(name, |map| {
                    for (name, member) in members {
                        written = written.clone().and_then(|()| map.value(name, member));
                    }
                });
                written?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, kind: u8, name: &str) {
        self.bytes.push(kind);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
    }

    /// Writes a document without a name: its length, its fields and a zero.
    fn block(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.int(0);
        write(self);
        self.bytes.push(0);
        let length = i32::try_from(self.bytes.len() - start).unwrap_or(i32::MAX).to_le_bytes();
        if let Some(place) = self.bytes.get_mut(start..start + length.len()) {
            place.copy_from_slice(&length);
        }
    }

    fn int(&mut self, value: usize) {
        self.bytes.extend_from_slice(&i32::try_from(value).unwrap_or(i32::MAX).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Bson, Document, doc};
    use proptest::prelude::*;
    use sluice_engine::sink::{MongoDb, SinkRules};

    use super::*;

    fn written(name: &str, value: &Attribute<'_>) -> Document {
        let document = Writer::document(|writer| writer.value(name, value).unwrap()).unwrap();
        Document::try_from(&*document).unwrap()
    }

    #[test]
    fn values_have_the_types_of_the_collection() {
        let number = |text: &'static str| Attribute::Number(text.into());
        let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
        for (value, expected) in [
            (Attribute::Text("$x\0".into()), Bson::from("$x\0")),
            (Attribute::Integer("-7".into()), Bson::Int64(-7)),
            (Attribute::Integer("9223372036854775808".into()), decimal("9223372036854775808")),
            (number("0.10"), decimal("0.10")),
            (Attribute::Date("1970-01-02".into()), Bson::DateTime(mongodb::bson::DateTime::from_millis(86_400_000))),
            (Attribute::Bool(true), Bson::Boolean(true)),
            (Attribute::Null, Bson::Null),
            (Attribute::List(vec![number("1"), Attribute::Null]), Bson::from(vec![decimal("1"), Bson::Null])),
            (Attribute::Map([("a.b".to_owned(), number("1"))].into()), Bson::from(doc! {"a.b": decimal("1")})),
        ] {
            assert_eq!(written("n", &value), doc! {"n": expected});
        }
    }

    #[test]
    fn what_has_no_form_is_said() {
        let mut writer = Writer::default();
        let inner = Attribute::List(vec![Attribute::Map([("a\0".to_owned(), Attribute::Null)].into())]);
        for value in [Attribute::Date("a day".into()), Attribute::Number("x".into()), inner] {
            assert!(writer.value("n", &value).is_err(), "{value:?}");
        }
    }

    proptest! {
        /// A number that the rules of the sink accept is stored with its exact value.
        #[test]
        fn numbers_are_exact(text in "-?[1-9][0-9]{0,20}(\\.[0-9]{1,20})?0{0,40}") {
            let exact = |text: &str| text.parse::<sluice_engine::decimal::Decimal>().unwrap();
            if MongoDb.refuse_number(&text).is_none() {
                let stored = written("n", &Attribute::Number(text.clone().into()));
                let stored = stored.get("n").unwrap().to_string();
                prop_assert_eq!(exact(&stored.to_lowercase()), exact(&text), "{}", stored);
            }
        }
    }
}
