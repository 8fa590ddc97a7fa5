//! The report of a run: one content, several presentations.
//!
//! [`Report`] is the content and is stored as `report.json`. [`subject`], [`text()`], [`mail_html`] and
//! [`page_html`] present it. They are pure functions over one [`view`](mod@view), which reduces every text
//! from the data to one capped line without control characters. The templates (`templates/*.html`) escape
//! every value.

mod equation;
mod exhausted;
mod failure_cause;
mod headline;
mod html;
mod late;
mod mail;
mod model;
mod page;
mod result;
#[cfg(test)]
mod sample;
mod set;
mod shell;
mod subject;
mod summary;
mod text;
mod view;
mod words;

pub use exhausted::Exhausted;
pub use failure_cause::FailureCause;
pub use headline::headline;
pub use late::Late;
pub use mail::mail_html;
pub use model::{
    Cost, CostLine, DeliveredTo, Failure, Output, ParentKind, ParentRun, RejectListing, Report, SummaryRow,
    SummaryTable, UnattributedTable, Would,
};
pub use page::page_html;
pub use result::result;
pub use set::{SetNotice, SetSection};
pub use shell::shell_word;
pub use subject::{PLACEHOLDERS, SUBJECT_WITHOUT_FEED, subject};
pub use text::{omitted_text, tally_text, text};
pub use view::suspect;
