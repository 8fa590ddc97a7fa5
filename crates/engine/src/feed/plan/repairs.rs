//! What a feed means for a file of repaired rejects.

use super::{FeedPlan, Limits, SourcePlan};
use crate::Severity;
use crate::dialect::Dialect;
use crate::encoding::EncodingPlan;
use crate::repair::Saved;

impl FeedPlan {
    /// The same feed for a file of repaired rejects that was saved like this: CSV in UTF-8 with a header, whatever the files
    /// of the producer are.
    ///
    /// What is said of such a file as a whole is not said of a part of it: limits on rejects, the least number of records,
    /// control totals and a trailer do not count, and a rule that stops the file rejects the record. What is said of a
    /// record stays as it is.
    #[must_use]
    pub fn for_repairs(mut self, saved: Saved) -> Self {
        self.dialect = Dialect { delimiter: saved.delimiter.byte(), ..Dialect::CANONICAL };
        self.encoding = EncodingPlan::Declared(encoding_rs::UTF_8);
        self.source = SourcePlan { skip_lines: saved.skip_lines(), ..SourcePlan::default() };
        self.limits = Limits::default();
        for rule in &mut self.rules {
            if rule.severity == Severity::Abort {
                rule.severity = Severity::Reject;
            }
        }
        for reference in &mut self.references {
            if reference.severity == Severity::Abort {
                reference.severity = Severity::Reject;
            }
        }
        self
    }
}
