//! Control totals: sums over the whole file with an expected value.
//!
//! Each chunk sums its own records, and the gate sums the chunks. Sums are exact, so the order and number of
//! chunks make no difference.

use crate::decimal::{Decimal, NotDecimal};
use crate::feed::{Expected, FeedPlan, Total};
use crate::schema::Value;
use crate::{Code, Problem, Stage};

/// The sums of a chunk or a file, one for each control total of the feed, in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals(Vec<Decimal>);

/// Why sums cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum WrongTotals {
    /// Their number differs from that of the feed's control totals.
    #[error("there are {found} sums, but the feed has {expected} control totals")]
    Number {
        /// The number of sums.
        found: usize,
        /// The number of control totals.
        expected: usize,
    },
    /// One of them is not a number.
    #[error("a sum is {0}")]
    NotDecimal(#[from] NotDecimal),
}

impl Totals {
    /// The sums of no records.
    #[must_use]
    pub fn of_nothing(plan: &FeedPlan) -> Self {
        Self(vec![Decimal::from(0); plan.limits.totals.len()])
    }

    /// Adds a number to the sum of the control total at this index.
    pub fn add(&mut self, total: usize, number: &Decimal) {
        if let Some(sum) = self.0.get_mut(total) {
            *sum += number;
        }
    }

    /// The sums as texts, for documents.
    #[must_use]
    pub fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Adds sums from a document.
    ///
    /// # Errors
    /// If they are not sums of this feed. Then nothing is added.
    pub fn add_texts(&mut self, texts: &[String]) -> Result<(), WrongTotals> {
        if texts.len() != self.0.len() {
            return Err(WrongTotals::Number { found: texts.len(), expected: self.0.len() });
        }
        let numbers: Vec<Decimal> = texts.iter().map(|text| Decimal::of_any_length(text)).collect::<Result<_, _>>()?;
        for (sum, number) in self.0.iter_mut().zip(&numbers) {
            *sum += number;
        }
        Ok(())
    }

    /// Reports each sum of a whole file that differs from the expectation of the feed or the footer.
    #[must_use]
    pub fn check(&self, plan: &FeedPlan, footer: Option<&[String]>) -> Vec<Problem> {
        let sums = plan.limits.totals.iter().zip(&self.0);
        sums.filter_map(|(total, sum)| wrong(plan, total, sum, footer)).collect()
    }
}

/// The problem of a sum; `None` if it is right.
fn wrong(plan: &FeedPlan, total: &Total, sum: &Decimal, footer: Option<&[String]>) -> Option<Problem> {
    let field = plan.fields.get(total.field)?;
    let (expected, of_whom) = match &total.expected {
        Expected::Value(value) => (Ok(value.clone()), "the feed expects".to_owned()),
        Expected::FooterCell(index) => {
            let number = index + 1;
            let cell = footer.map(|cells| cells.get(*index));
            let expected = match cell {
                None => Err("the file has no footer with the expected sum".to_owned()),
                Some(None) => {
                    let cells = footer.map_or(0, <[String]>::len);
                    Err(format!(
                        "cell {number} of the footer, which should contain the sum, is missing: the footer has \
                         {cells} cells"
                    ))
                }
                Some(Some(text)) => match stated(plan, total.field, text) {
                    Some(number) => Ok(number),
                    None => Err(format!(
                        "cell {number} of the footer, which should contain the sum, is {text:?}, not a number"
                    )),
                },
            };
            (expected, format!("cell {number} of the footer says"))
        }
    };
    let message = match expected {
        Ok(expected) if expected == *sum => return None,
        Ok(expected) if expected < *sum => {
            format!("adds up to {sum}, but {of_whom} {expected}: {} too much", sum - &expected)
        }
        Ok(expected) => format!("adds up to {sum}, but {of_whom} {expected}: {} too little", &expected - sum),
        Err(why) => format!("adds up to {sum}, but {why}"),
    };
    Some(Problem::new(Stage::Gate, Code::ControlTotal, message).field(&field.name).value(&sum.to_string()))
}

/// The number in a cell of the footer, which is written and cleaned like the cells of the field.
fn stated(plan: &FeedPlan, field: usize, text: &str) -> Option<Decimal> {
    let cleaned = plan.mappings.get(field)?.read(text.trim()).ok()?;
    match plan.fields.get(field)?.read(&cleaned) {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(totals: &str) -> FeedPlan {
        let yaml = format!(
            "
version: 1
name: p
source: {{footer: {{marker: END}}}}
schema: {{fields: [{{name: id, constraints: {{required: true}}}}, {{name: n, type: number}}]}}
validate: {{limits: {{totals: [{totals}]}}}}
import: {{table: p, key: [id]}}
"
        );
        FeedPlan::from_yaml(&yaml).unwrap()
    }

    /// Adds what can be read.
    fn add(sums: &mut Totals, text: &str) {
        if let Ok(number) = text.parse() {
            sums.add(0, &number);
        }
    }

    #[test]
    fn table_of_sums() {
        let footer = ["END", " 12.5", "x"].map(str::to_owned);
        for (total, footer, expected) in [
            ("equals: 12.50", None, None),
            ("equals: 13", None, Some("n: adds up to 12.5, but the feed expects 13: 0.5 too little")),
            ("equals: -1", None, Some("n: adds up to 12.5, but the feed expects -1: 13.5 too much")),
            ("footerCell: 2", Some(&footer[..]), None),
            ("footerCell: 2", None, Some("n: adds up to 12.5, but the file has no footer with the expected sum")),
            (
                "footerCell: 3",
                Some(&footer[..]),
                Some(
                    "n: adds up to 12.5, but cell 3 of the footer, which should contain the sum, is \"x\", not a number",
                ),
            ),
            (
                "footerCell: 4",
                Some(&footer[..]),
                Some(
                    "n: adds up to 12.5, but cell 4 of the footer, which should contain the sum, is missing: the footer has 3 cells",
                ),
            ),
        ] {
            let plan = plan(&format!("{{field: n, {total}}}"));
            let mut sums = Totals::of_nothing(&plan);
            for text in ["10.25", "", "2.25"] {
                add(&mut sums, text);
            }
            let found = sums.check(&plan, footer).pop().map(|problem| problem.to_string());
            let expected = expected.map(|expected| format!("[control-total] {expected}"));
            assert_eq!(found, expected, "{total}");
        }
    }

    #[test]
    fn a_number_of_the_footer_is_read_like_those_of_the_field() {
        let yaml = "{version: 1, name: p, source: {footer: {marker: END}}, restructure: {n: {clean: [{number: {group: ','}}]}}, \
            schema: {fields: [{name: id, constraints: {required: true}}, {name: n, type: number}]}, \
            validate: {limits: {totals: [{field: n, footerCell: 2}]}}, import: {table: p, key: [id]}}";
        let plan = FeedPlan::from_yaml(yaml).unwrap();
        let mut sums = Totals::of_nothing(&plan);
        add(&mut sums, "3500");
        let check = |cell: &str| sums.check(&plan, Some(&["END".to_owned(), cell.to_owned()])).len();
        assert_eq!((check(" 3,500.00 "), check("3,500.01"), check("3.500,00")), (0, 1, 1));
    }

    #[test]
    fn sums_of_another_feed_are_not_added() {
        let plan = plan("{field: n, equals: 0}");
        let mut sums = Totals::of_nothing(&plan);
        for texts in [&[][..], &["1".to_owned(), "2".to_owned()], &["x".to_owned()]] {
            assert!(sums.add_texts(texts).is_err(), "{texts:?}");
        }
        assert_eq!(sums, Totals::of_nothing(&plan));
    }

    proptest! {
        /// The cuts make no difference, however different the magnitudes of the numbers are.
        #[test]
        fn chunks_add_up_to_the_file(
            numbers in prop::collection::vec("-?[0-9]{1,9}(\\.[0-9]{1,9})?(e-?[0-9]{1,2}|e400|e-400)?", 0..20),
            cut in 0_usize..20,
        ) {
            let plan = plan("{field: n, equals: 0}");
            let sum_of = |numbers: &[String]| {
                let mut sums = Totals::of_nothing(&plan);
                for text in numbers {
                    add(&mut sums, text);
                }
                sums
            };
            let (first, second) = numbers.split_at(cut.min(numbers.len()));
            let mut sums = Totals::of_nothing(&plan);
            for chunk in [first, second] {
                sums.add_texts(&sum_of(chunk).to_texts()).unwrap();
            }
            prop_assert_eq!(sums, sum_of(&numbers));
        }
    }
}
