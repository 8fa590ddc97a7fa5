//! The report of a run: one content, for programs and for people.
//!
//! [`Report`] is the content and `report.json`. [`subject`], [`text()`], [`mail_html`] and
//! [`page_html`] show it: pure functions over one [`view`](mod@view), in which everything that
//! comes from data is already one line, capped and free of control characters. The templates
//! (`templates/*.html`) escape whatever they are given.

mod equation;
mod exhausted;
mod failure_cause;
mod headline;
mod html;
mod mail;
mod model;
mod page;
mod result;
#[cfg(test)]
mod sample;
mod shell;
mod subject;
mod text;
mod view;

pub use exhausted::Exhausted;
pub use failure_cause::FailureCause;
pub use headline::headline;
pub use mail::mail_html;
pub use model::{Cost, CostLine, Failure, Output, ParentKind, ParentRun, RejectListing, Report, Would};
pub use page::page_html;
pub use result::result;
pub use shell::shell_word;
pub use subject::{PLACEHOLDERS, SUBJECT_WITHOUT_FEED, subject};
pub use text::{omitted_text, tally_text, text};
pub use view::suspect;
