//! The plan of a feed for a file of repaired rejects.

use std::sync::Arc;

use super::{FeedPlan, Limits, SourcePlan};
use crate::Severity;
use crate::dialect::Dialect;
use crate::encoding::EncodingPlan;
use crate::repair::{Producer, RawForm, SavedFormat};

impl FeedPlan {
    /// How the producer writes the files of this feed.
    #[must_use]
    pub fn producer(&self) -> Producer {
        let (quotes, ignores_trailing) = (self.source.quotes, self.source.ignores_trailing);
        let form = match &self.source.fixed {
            Some(layout) => RawForm::Fixed(Arc::clone(layout)),
            None if self.json.is_some() => RawForm::Json,
            None => RawForm::Separated,
        };
        Producer { dialect: self.dialect, quotes, ignores_trailing, form }
    }

    /// The same feed for a repair file in this format: CSV in UTF-8 with a header, whatever the dialect of
    /// the producer's files.
    ///
    /// Conditions on the whole file do not apply to a part of it: limits on rejects, the minimum number of
    /// records, control totals and a footer are dropped, and a rule that stops the file only rejects the
    /// record. Conditions on records stay, and so do those under which records are omitted. Rows without content
    /// and repeated headers are of the repair file itself, so they are omitted whatever the feed says.
    #[must_use]
    pub fn for_repairs(mut self, saved: SavedFormat) -> Self {
        self.dialect = Dialect { delimiter: saved.delimiter.byte().into(), ..Dialect::CANONICAL };
        self.encoding = EncodingPlan::Declared(encoding_rs::UTF_8);
        (self.json, self.workbook) = (None, None);
        let ignores_trailing = self.source.ignores_trailing;
        self.source = SourcePlan { skip_lines: saved.skip_lines(), ignores_trailing, ..SourcePlan::default() };
        (self.omit.empty, self.omit.repeated_header) = (true, true);
        self.limits = Limits::default();
        self.group = self.group.map(|group| Box::new(group.for_repairs(saved)));
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
