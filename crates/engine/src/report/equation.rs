//! The tally as an addition on paper: what the records became, and what was read.

use crate::display::{count, thousands};
use crate::{Omitted, Tally};

/// The tally as an addition whose sum stands against the records read.
pub(super) struct Equation {
    /// What the records became; unlike the others, omitted and withheld records stand here only if there are any.
    pub terms: Vec<Term>,
    /// Records read.
    pub read: String,
    /// The sum of the terms.
    pub sum: String,
    /// Whether the two are equal.
    pub adds_up: bool,
    /// That they are, or by how much they are not.
    pub verdict: String,
}

/// One of the numbers that are added.
pub(super) struct Term {
    /// What the records became, in a word.
    pub word: &'static str,
    /// What that means.
    pub meaning: String,
    /// How many they are.
    pub number: String,
    /// Their share of the sum, in hundredths of a percent.
    share: u64,
}

impl Term {
    /// Their share of the sum in percent, for a bar.
    pub fn percent(&self) -> String {
        format!("{}.{:02}", self.share / 100, self.share % 100)
    }

    /// Whether there are any.
    pub fn is_some(&self) -> bool {
        self.number != "0"
    }
}

impl Equation {
    pub(super) fn new(tally: &Tally, omitted: &Omitted, dry_run: bool) -> Self {
        let sum = tally.accounted();
        let term = |word, number: u64, meaning: &str| Term {
            word,
            meaning: meaning.to_owned(),
            number: thousands(number),
            share: number.saturating_mul(10_000) / sum.max(1),
        };
        let mut terms = vec![
            term("imported", tally.imported, "written to the table by this run"),
            term("unchanged", tally.unchanged, "in the table before, exactly as they are"),
            term("duplicate", tally.duplicate, "lost their key to another record of this file"),
            term("stale", tally.stale, "a later file has written their key already"),
            term("rejected", tally.rejected, "something is wrong with them"),
        ];
        if tally.omitted > 0 {
            let names: Vec<String> =
                omitted.iter().map(|(name, found)| format!("{} {name}", thousands(found.records))).collect();
            let colon = if names.is_empty() { "" } else { ": " };
            let meaning = format!("nothing in them to import{colon}{}", names.join(", "));
            terms.push(term("omitted", tally.omitted, &meaning));
        }
        if tally.withheld > 0 {
            let why = if dry_run {
                "valid, but this was a dry run: nothing was written"
            } else {
                "valid, but the file as a whole did not pass"
            };
            terms.push(term("withheld", tally.withheld, why));
        }
        let verdict = if tally.adds_up() {
            "The numbers add up.".to_owned()
        } else if tally.read > sum {
            format!("The numbers do not add up: {} unaccounted for.", count(tally.read - sum, "record"))
        } else {
            format!("The numbers do not add up: {} accounted for and never read.", count(sum - tally.read, "record"))
        };
        Self { terms, read: thousands(tally.read), sum: thousands(sum), adds_up: tally.adds_up(), verdict }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;

    fn equation(tally: &Tally) -> Equation {
        Equation::new(tally, &Omitted::default(), false)
    }

    #[test]
    fn says_whether_it_adds_up_and_by_how_much_not() {
        let tally = Tally { read: 2_000, imported: 1_848, rejected: 152, ..Tally::default() };
        for (read, expected) in [
            (2_000, "The numbers add up."),
            (2_001, "The numbers do not add up: 1 record unaccounted for."),
            (1_900, "The numbers do not add up: 100 records accounted for and never read."),
        ] {
            assert_eq!(equation(&Tally { read, ..tally }).verdict, expected);
        }
    }

    #[test]
    fn withheld_and_omitted_stand_there_only_if_there_are_any() {
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
        let equation = Equation::new(&tally, &omitted, false);
        let term = &equation.terms[5];
        assert_eq!((term.word, term.number.as_str()), ("omitted", "1,200"));
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
