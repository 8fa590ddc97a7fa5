//! A summary, checked and compiled.

use jiff::tz::TimeZone;

use super::measure::Kind;
use super::name::FileName;
use crate::RunContext;
use crate::decimal::Decimal;
use crate::expression::Expression;
use crate::spec::CreditModel;

/// The most columns that a summary can have.
pub const MAX_COLUMNS: usize = 50;

/// A summary of a feed.
#[derive(Clone, Debug)]
pub struct SummaryPlan {
    /// The name of its file.
    pub file: FileName,
    /// The zone of the date in that name.
    pub(crate) zone: TimeZone,
    /// The prefix of the outbound bucket to which it is delivered.
    pub deliver: Option<String>,
    pub(crate) delimiter: u8,
    /// Whether the file begins with the labels.
    pub(crate) labels: bool,
    /// The decimal mark, and the mark between groups of digits.
    pub(crate) marks: (char, Option<char>),
    /// What is true for the records that count; `None` if all do.
    pub(crate) when: Option<Expression>,
    /// The indices of the fields that it reads.
    pub(crate) when_reads: Vec<usize>,
    pub(crate) credit: Option<CreditPlan>,
    /// The columns of the file.
    pub columns: Vec<Column>,
    /// The indices of the columns by which the rows are sorted, and whether from large to small.
    pub(crate) sort: Vec<(usize, bool)>,
    /// The most rows of the file.
    pub top: Option<u64>,
    /// The indices of the fields that it reads, each once.
    pub(crate) reads: Vec<usize>,
    /// Whether one of these fields is sensitive, so that no report shows a row.
    pub is_sensitive: bool,
}

impl SummaryPlan {
    /// Whether its file has tabs between cells.
    #[must_use]
    pub fn is_tab_separated(&self) -> bool {
        self.delimiter == b'\t'
    }

    /// The name of its file for a run: its id, the name of its upload without folders, and its clock.
    #[must_use]
    pub fn file_of(&self, run: &str, upload: &str, context: &RunContext) -> String {
        self.file.of(run, upload, context.as_of, &self.zone)
    }

    /// The labels of the columns.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.label.as_str())
    }

    /// The columns with numbers, in their order.
    pub fn number_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_number())
    }
}

/// A column of a summary.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its label.
    pub label: String,
    /// The number of decimals; as many as a number needs if `None`.
    pub(crate) decimals: Option<u8>,
    pub(crate) of: ColumnOf,
}

impl Column {
    /// Whether it holds numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self.of, ColumnOf::Number { .. })
    }

    /// The number of decimals; as many as a number needs if `None`.
    #[must_use]
    pub fn decimals(&self) -> Option<u8> {
        self.decimals
    }
}

/// What a column is made of.
#[derive(Clone, Debug)]
pub enum ColumnOf {
    /// The group of a record. With credit, it is that of the touch if the expression is about the touch.
    Group {
        /// What names the group.
        expression: Expression,
        /// Whether it is about the touch.
        of_touch: bool,
    },
    /// A number of the group.
    Number {
        /// How it is made.
        kind: Kind,
        /// What is added up, counted or compared; `None` for a count of all records.
        expression: Option<Expression>,
    },
}

/// How records are credited to touches.
#[derive(Clone, Debug)]
pub struct CreditPlan {
    /// The indices of the fields that tell visitors apart.
    pub(crate) per: Vec<usize>,
    /// The index of the field with the time.
    pub(crate) sort: usize,
    pub(crate) touch: Expression,
    /// The indices of the fields on which the texts of a touch depend.
    pub(crate) touch_reads: Vec<usize>,
    pub(crate) model: CreditModel,
    /// The longest pause within a visit, in seconds.
    pub(crate) gap: Option<Decimal>,
}
