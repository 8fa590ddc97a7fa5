//! Sinks: what each can hold, and how a record becomes what is stored there.
//!
//! A feed names its sink in `import`. What the sink can hold are its rules ([`SinkRules`]), one file per sink. They are
//! checked when a feed is compiled and again for each record, so that the sink has nothing left to refuse. The rest of the
//! engine knows the trait only. The platform writes.

mod attribute;
mod dynamodb;
mod item;
mod rules;

pub use attribute::{Attribute, InvalidValue, is_nested};
pub use dynamodb::DynamoDb;
pub use item::{attributes, path};
pub use rules::{Limits, Shape, SinkRules};

use crate::spec::ImportSpec;

/// A sink that a feed can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkKind {
    /// `import.table`: a table of Amazon DynamoDB.
    Table,
}

impl SinkKind {
    /// What it can hold.
    #[must_use]
    pub fn rules(self) -> &'static dyn SinkRules {
        match self {
            Self::Table => &DynamoDb,
        }
    }

    /// The sink that a feed names, and the name of its target there.
    #[must_use]
    pub fn of(import: &ImportSpec) -> (Self, &str) {
        (Self::Table, &import.table)
    }
}

/// What a table can hold. References look into tables, and first feeds import into one.
pub const TABLES: &dyn SinkRules = &DynamoDb;
