//! The type `list`: values of one type, separated by a delimiter.

use crate::schema::reader::Reader;
use crate::schema::{Json, Value};
use crate::spec::FieldType;

/// The notation of a field's lists.
#[derive(Clone, Debug)]
pub(in crate::schema) struct Style {
    pub(in crate::schema) delimiter: String,
    pub(in crate::schema) item: Box<Reader>,
}

impl Style {
    pub(in crate::schema) fn new(delimiter: &str, item_type: FieldType) -> Self {
        Self { delimiter: delimiter.to_owned(), item: Box::new(Reader::of(item_type)) }
    }

    /// Reads a list; `None` if one of its items is not of their type.
    pub(in crate::schema) fn read<'a>(&self, text: &'a str) -> Option<Vec<Value<'a>>> {
        text.split(self.delimiter.as_str()).map(|item| self.item.read(item)).collect()
    }

    /// Reads a list from its canonical text: a JSON array.
    pub(in crate::schema) fn read_canonical(&self, text: &str) -> Option<Vec<Value<'static>>> {
        let json = Json::read(text)?;
        let item = |item: &Json| {
            let text = match item {
                Json::Text(text) => text.clone(),
                Json::Number(number) => number.to_string(),
                Json::Bool(truth) => truth.to_string(),
                _ => return None,
            };
            self.item.read_canonical(&text)
        };
        json.as_array()?.iter().map(item).collect()
    }

    /// The first item that cannot be read, with its number.
    pub(in crate::schema) fn first_bad_item<'a>(&self, text: &'a str) -> Option<(usize, &'a str)> {
        let mut items = text.split(self.delimiter.as_str()).enumerate();
        items.find(|(_, item)| self.item.read(item).is_none()).map(|(at, item)| (at + 1, item))
    }
}
