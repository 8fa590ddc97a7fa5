//! The tally as a written addition: the outcomes of the records, and the number of records read.

use super::words::Words;
use crate::display::{count, thousands};
use crate::{Omitted, Tally};

/// The tally as an addition. Its sum is compared with the number of records read.
pub(super) struct Equation {
    /// The outcomes. Left, deleted, omitted and withheld records appear only if there are any; the other outcomes always
    /// appear.
    pub terms: Vec<Term>,
    /// Records read.
    pub read: String,
    /// The sum of the terms.
    pub sum: String,
    /// Whether the sum equals the records read.
    pub adds_up: bool,
    /// A sentence: the numbers add up, or they are off by this many.
    pub verdict: String,
}

/// One outcome and its number.
pub(super) struct Term {
    /// The outcome of these records.
    pub kind: TermKind,
    /// What the outcome means.
    pub meaning: String,
    /// The number of records.
    pub number: String,
    /// The share of the sum, in hundredths of a percent.
    share: u64,
}

/// The outcome of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TermKind {
    /// This run wrote them.
    Imported,
    /// The table held them already.
    Unchanged,
    /// Another record of the file was used instead.
    Duplicate,
    /// The table holds newer ones.
    Stale,
    /// The feed's mode leaves their key alone.
    Left,
    /// They deleted the item of their key.
    Deleted,
    /// Something is wrong with them.
    Rejected,
    /// They hold nothing to import.
    Omitted,
    /// They are valid and were not written.
    Withheld,
}

impl TermKind {
    /// The outcome in one word, which is also its class in CSS.
    fn word(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Unchanged => "unchanged",
            Self::Duplicate => "duplicate",
            Self::Stale => "stale",
            Self::Left => "left",
            Self::Deleted => "deleted",
            Self::Rejected => "rejected",
            Self::Omitted => "omitted",
            Self::Withheld => "withheld",
        }
    }
}

impl Term {
    /// The outcome in one word.
    pub fn word(&self) -> &'static str {
        self.kind.word()
    }

    /// The share of the sum in percent, used as a width in CSS.
    pub fn percent(&self) -> String {
        format!("{}.{:02}", self.share / 100, self.share % 100)
    }

    /// Whether any record has this outcome.
    pub fn is_some(&self) -> bool {
        self.number != "0"
    }
}

impl Equation {
    pub(super) fn new(tally: &Tally, omitted: &Omitted, dry_run: bool, words: &Words) -> Self {
        let sum = tally.accounted();
        let term = |kind, number: u64, meaning: &str| Term {
            kind,
            meaning: meaning.to_owned(),
            number: thousands(number),
            share: number.saturating_mul(10_000) / sum.max(1),
        };
        let mut terms = vec![
            term(TermKind::Imported, tally.imported, words.imported),
            term(TermKind::Unchanged, tally.unchanged, words.unchanged),
            term(
                TermKind::Duplicate,
                tally.duplicate,
                "another record of this file has the same key and was used instead",
            ),
            term(TermKind::Stale, tally.stale, "a later file has already written the same key"),
        ];
        for (kind, number, meaning) in
            [(TermKind::Left, tally.left, words.left), (TermKind::Deleted, tally.deleted, words.deleted)]
        {
            terms.extend((number > 0).then(|| term(kind, number, meaning)));
        }
        terms.push(term(TermKind::Rejected, tally.rejected, "something is wrong with them"));
        if tally.omitted > 0 {
            let names: Vec<String> =
                omitted.iter().map(|(name, found)| format!("{} {name}", thousands(found.records))).collect();
            let colon = if names.is_empty() { "" } else { ": " };
            let meaning = format!("nothing in them to import{colon}{}", names.join(", "));
            terms.push(term(TermKind::Omitted, tally.omitted, &meaning));
        }
        if tally.withheld > 0 {
            let why = if dry_run {
                "valid, but this was a dry run: nothing was written"
            } else {
                "valid, but the file as a whole did not pass"
            };
            terms.push(term(TermKind::Withheld, tally.withheld, why));
        }
        let verdict = if tally.adds_up() {
            "The numbers add up.".to_owned()
        } else if tally.read > sum {
            format!("The numbers do not add up: {} unaccounted for.", count(tally.read - sum, "record"))
        } else {
            format!("The numbers do not add up: {} accounted for but never read.", count(sum - tally.read, "record"))
        };
        Self { terms, read: thousands(tally.read), sum: thousands(sum), adds_up: tally.adds_up(), verdict }
    }

    /// Adds how many items the imported and unchanged records are, if several may be one.
    pub(super) fn of_items(mut self, tally: &Tally, items: Option<u64>) -> Self {
        let held = tally.imported.saturating_add(tally.unchanged);
        if let Some(items) = items.filter(|_| held > 0) {
            self.verdict += &format!(" {} imported or unchanged: {}.", count(held, "record"), count(items, "item"));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;

    fn equation(tally: &Tally) -> Equation {
        Equation::new(tally, &Omitted::default(), false, Words::of(None))
    }

    #[test]
    fn says_whether_it_adds_up_and_by_how_much_not() {
        let tally = Tally { read: 2_000, imported: 1_848, rejected: 152, ..Tally::default() };
        for (read, expected) in [
            (2_000, "The numbers add up."),
            (2_001, "The numbers do not add up: 1 record unaccounted for."),
            (1_900, "The numbers do not add up: 100 records accounted for but never read."),
        ] {
            assert_eq!(equation(&Tally { read, ..tally }).verdict, expected);
        }
    }

    #[test]
    fn what_is_rare_stands_there_only_if_there_is_any() {
        let words = |left, deleted| {
            let tally = Tally { read: left + deleted, left, deleted, ..Tally::default() };
            let equation = equation(&tally);
            assert!(equation.adds_up);
            equation.terms.iter().map(Term::word).collect::<Vec<_>>()
        };
        assert_eq!(words(0, 0), ["imported", "unchanged", "duplicate", "stale", "rejected"]);
        assert_eq!(words(1, 2), ["imported", "unchanged", "duplicate", "stale", "left", "deleted", "rejected"]);
        let words = |withheld| equation(&Tally { withheld, ..Tally::default() }).terms.len();
        assert_eq!((words(0), words(1)), (5, 6));
        let words = |omitted| equation(&Tally { omitted, ..Tally::default() }).terms.len();
        assert_eq!((words(0), words(1)), (5, 6));
    }

    #[test]
    fn omitted_records_are_added_and_counted_by_name() {
        let mut omitted = Omitted::default();
        for record in 1..=1_200 {
            omitted.add(if record == 3 { "repeated-header" } else { "empty" }, Place { record, line: record });
        }
        let tally = Tally { read: 1_203, imported: 3, omitted: 1_200, ..Tally::default() };
        let equation = Equation::new(&tally, &omitted, false, Words::of(None));
        let term = &equation.terms[5];
        assert_eq!((term.word(), term.number.as_str()), ("omitted", "1,200"));
        assert_eq!(term.meaning, "nothing in them to import: 1,199 empty, 1 repeated-header");
        assert!(equation.adds_up);
    }

    #[test]
    fn shares_are_of_the_sum_and_an_empty_file_has_none() {
        let shares = |tally: &Tally| equation(tally).terms.iter().map(Term::percent).collect::<Vec<_>>();
        assert_eq!(
            shares(&Tally { imported: 2, rejected: 1, ..Tally::default() }),
            ["66.66", "0.00", "0.00", "0.00", "33.33"]
        );
        assert_eq!(shares(&Tally::default()), ["0.00"; 5]);
    }
}
