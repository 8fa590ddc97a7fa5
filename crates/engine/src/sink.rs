//! Sinks: what each can hold, and how a record becomes an item of the sink.
//!
//! A feed names its sink in `import`. The rules of a sink ([`SinkRules`]) say what it can hold; each sink has a file of its
//! own. They are checked when a feed is compiled and again for each record, so that the sink refuses no valid record. The
//! rest of the engine knows only the trait. The platform writes the items.

mod attribute;
mod content;
mod dynamodb;
mod item;
mod mongodb;
mod outputs;
mod rules;
mod sqs;

pub use attribute::{Attribute, InvalidValue, is_nested};
pub use content::{ContentHash, InvalidHash};
pub use dynamodb::DynamoDb;
pub use item::{Columns, path};
pub use mongodb::{MongoDb, milliseconds};
pub use outputs::Outputs;
pub use rules::{Limits, Shape, SinkRules};
pub use sqs::Sqs;

use serde::{Deserialize, Serialize};

use crate::spec::ImportSpec;

/// A sink that a feed can name. Its text is the key of `import` that names its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SinkKind {
    /// `import.table`: a table of Amazon DynamoDB.
    Table,
    /// `import.queue`: a queue of Amazon SQS.
    Queue,
    /// `import.collection`: a collection of MongoDB.
    Collection,
    /// No `import`: the outputs of the run are the result.
    Outputs,
}

impl SinkKind {
    /// What the sink can hold.
    #[must_use]
    pub fn rules(self) -> &'static dyn SinkRules {
        match self {
            Self::Table => &DynamoDb,
            Self::Queue => &Sqs,
            Self::Collection => &MongoDb,
            Self::Outputs => &Outputs,
        }
    }

    /// The sink of a feed; `None` if its `import` names no target, which is a problem of the feed.
    #[must_use]
    pub fn of(import: Option<&ImportSpec>) -> Option<Self> {
        match import {
            Some(import) => Self::named(import).next().map(|(kind, _)| kind),
            None => Some(Self::Outputs),
        }
    }

    /// The sinks that a feed names, with the name of the target in each. A valid feed names one.
    pub fn named(import: &ImportSpec) -> impl Iterator<Item = (Self, &str)> {
        let ImportSpec { table, collection, queue, .. } = import;
        let named = [(Self::Table, table), (Self::Collection, collection), (Self::Queue, queue)].into_iter();
        named.filter_map(|(sink, name)| Some((sink, name.as_deref()?)))
    }
}

/// The rules of tables. References look into tables, and drafted feeds import into one.
pub const TABLES: &dyn SinkRules = &DynamoDb;
