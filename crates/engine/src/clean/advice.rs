//! Cleaning steps for numbers with an unusual sign or with the name of a currency.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::notation::Notation;
use super::{CleanStep, Marks as NumberMarks};
use crate::advice::{DASHES, Marks, keeps, named, tried};
use crate::decimal::Decimal;
use crate::spec::Negative;

/// A cleaning step, as a feed writes it and as it runs.
struct Step {
    written: &'static str,
    run: CleanStep,
}

/// A notation of a sign outside of the number.
struct Sign {
    is: fn(&str) -> bool,
    /// The explanation.
    why: &'static str,
    /// How the step `number` reads it.
    negative: Option<(Negative, &'static str)>,
    /// The step that moves the minus before the number, where `number` does not read it.
    step: Step,
}

/// Notations of numbers: as the step `number` writes them, the decimal mark, and the group mark.
const MARKS: [(&str, char, &str); 6] = [
    ("{group: \",\"}", '.', ","),
    ("{group: \" \"}", '.', " "),
    ("{group: \"'\"}", '.', "'"),
    ("{decimal: \",\"}", ',', ""),
    ("{decimal: \",\", group: \".\"}", ',', "."),
    ("{decimal: \",\", group: \" \"}", ',', " "),
];

fn begins_with_dash(text: &str) -> bool {
    text.starts_with(|char| char != '-' && DASHES.contains(&char)) || text.starts_with("- ")
}

fn ends_with_dash(text: &str) -> bool {
    text.ends_with(DASHES)
}

static SIGNS: LazyLock<Vec<Sign>> = LazyLock::new(|| {
    let sign = |is: fn(&str) -> bool, why, negative, written, pattern| {
        let run = CleanStep::ReplacePattern { pattern: Regex::new(pattern).ok()?, with: "-$1".to_owned() };
        Some(Sign { is, why, negative, step: Step { written, run } })
    };
    let signs = [
        sign(
            |text| text.contains('(') && text.contains(')'),
            "parentheses mean minus, which no setting of the schema reads",
            Some((Negative::Parentheses, "parentheses")),
            r"{replace: {pattern: '^\s*\((.+)\)\s*$', with: '-$1'}}",
            r"^\s*\((.+)\)\s*$",
        ),
        sign(
            begins_with_dash,
            "the minus is not a - directly before the number",
            None,
            r"{replace: {pattern: '^[-−‐‒–—﹣－]\s*(.+)$', with: '-$1'}}",
            r"^[-−‐‒–—﹣－]\s*(.+)$",
        ),
        sign(
            ends_with_dash,
            "the minus follows the number, which no setting of the schema reads",
            Some((Negative::Trailing, "trailing")),
            r"{replace: {pattern: '^(.+?)\s*[-−‐‒–—﹣－]$', with: '-$1'}}",
            r"^(.+?)\s*[-−‐‒–—﹣－]$",
        ),
    ];
    signs.into_iter().flatten().collect()
});

/// Words that mark an amount as debit or credit, and whether the step `number` reads each as a minus.
const DEBIT_OR_CREDIT: [(&str, bool); 2] = [("DR", true), ("CR", false)];

const STRIP_CURRENCY: Step = Step { written: "strip_currency", run: CleanStep::StripCurrency };

/// The explanation and the cleaning steps for a number with a sign outside of it or with a currency; it
/// follows a semicolon. `reads` reads the text after these steps, and `marks` is its notation of numbers.
pub(crate) fn advise(text: &str, reads: &dyn Fn(&str) -> Option<Decimal>, marks: Marks<'_>) -> Option<String> {
    let text = text.trim();
    let found = SIGNS.iter().find(|sign| (sign.is)(text));
    let debit = || DEBIT_OR_CREDIT.iter().find(|(word, _)| ends_with_word(text, word));
    if let Some((word, is_minus)) = found.is_none().then(debit).flatten() {
        let amount = &text[..text.len() - word.len()];
        let words = Some((Negative::Words, "words"));
        let is_right = |number: &Decimal, marks: Marks<'_>| {
            if *is_minus { keeps(amount, &-number, marks) } else { keeps(amount, number, marks) }
        };
        let made = chains(&[], words, reads, text, marks, &is_right);
        let meant = "says whether this is a debit or a credit, which determines the sign";
        let sign = if *is_minus { "minus" } else { "plus" };
        let if_so = made.map(|made| format!(": if it means {sign}, {made}")).unwrap_or_default();
        return Some(format!("{word} {meant}{if_so}"));
    }
    let is_right = |number: &Decimal, marks: Marks<'_>| keeps(text, number, marks);
    let negative = found.and_then(|sign| sign.negative);
    let steps: Vec<&Step> = found.iter().map(|sign| &sign.step).collect();
    let made = negative
        .and_then(|negative| chains(&[], Some(negative), reads, text, marks, &is_right))
        .or_else(|| chains(&steps, None, reads, text, marks, &is_right));
    match (found, made) {
        (Some(sign), Some(made)) => Some(format!("{}; {made}", sign.why)),
        (None, made) => made,
        // Something else is wrong too: `N/A-`.
        (Some(_), None) => None,
    }
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let at = text.len().checked_sub(word.len());
    let end = at.and_then(|at| Some((text.get(..at)?, text.get(at..)?)));
    end.is_some_and(|(before, end)| end.eq_ignore_ascii_case(word) && !before.ends_with(char::is_alphabetic))
}

/// Names the steps after which the text is read correctly, with the number. `negative` is what the step `number` is told of the
/// sign.
fn chains(
    steps: &[&Step],
    negative: Option<(Negative, &str)>,
    reads: &dyn Fn(&str) -> Option<Decimal>,
    text: &str,
    marks: Marks<'_>,
    is_right: &dyn Fn(&Decimal, Marks<'_>) -> bool,
) -> Option<String> {
    // A number says what a text says only if the text has digits.
    if !text.contains(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let currency = &STRIP_CURRENCY;
    let orders: [Vec<&Step>; 3] = [
        steps.to_vec(),
        steps.iter().copied().chain([currency]).collect(),
        [currency].into_iter().chain(steps.iter().copied()).collect(),
    ];
    // The step `number` with marks, as it is written, and the number that it makes.
    let number = |cleaned: &str, written: &str, marks: NumberMarks| -> (String, Option<Decimal>) {
        let Some((negative, name)) = negative else {
            let read = marks.plain(cleaned.trim()).and_then(|text| reads(&text));
            return (format!("{{number: {written}}}"), read);
        };
        let notation = Notation { negative: vec![negative], ..Notation::of(marks) };
        let read = notation.plain(cleaned.trim()).and_then(|text| reads(&text));
        let begin = written.strip_suffix('}').map_or_else(|| "{".to_owned(), |begin| format!("{begin}, "));
        (format!("{{number: {begin}negative: [{name}]}}}}"), read)
    };
    for (at, order) in orders.iter().enumerate() {
        // Without steps of its own, the last order is that before it.
        if order.is_empty() && negative.is_none() || at == 2 && steps.is_empty() {
            continue;
        }
        let names = || order.iter().map(|step| step.written);
        let cleaned = order.iter().try_fold(Cow::Borrowed(text), |text, step| step.run.apply(text)).ok()?;
        let (last, read) = match negative {
            Some(_) => {
                let (written, read) = number(&cleaned, "", NumberMarks { decimal: '.', group: Vec::new() });
                (Some(written), read)
            }
            None => (None, reads(&cleaned)),
        };
        let written = names().map(str::to_owned).chain(last).collect::<Vec<_>>().join(", ");
        let plainly = tried([(written, read)], |made| is_right(made, marks));
        if let Some(reported) = describe(&plainly) {
            return Some(reported);
        }
        let with = MARKS.iter().flat_map(|(written, decimal, group)| {
            let step = NumberMarks { decimal: *decimal, group: group.chars().collect() };
            let (step, read) = number(&cleaned, written, step);
            let decimal = if *decimal == ',' { "," } else { "." };
            let marks = Marks { decimal, group: Some(*group).filter(|group| !group.is_empty()) };
            let names = names().map(str::to_owned).chain([step]);
            tried([(names.collect::<Vec<_>>().join(", "), read)], |made| is_right(made, marks))
        });
        let with: Vec<_> = with.collect();
        // If the marks are ambiguous, the feed must say which reading is meant.
        let same = with.iter().all(|(_, made)| with.first().is_some_and(|(_, first)| first == made));
        if let Some(reported) = with.first().filter(|_| same).and_then(|first| describe(std::slice::from_ref(first))) {
            return Some(reported);
        }
    }
    None
}

fn describe(made: &[(String, Decimal)]) -> Option<String> {
    let (_, number) = made.first()?;
    Some(format!("clean: [{}] turns it into {number}", named(made)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedPlan;
    use crate::mapping::Mapping;

    const PLAIN: Marks<'_> = Marks { decimal: ".", group: None };

    fn advice(text: &str) -> Option<String> {
        advise(text, &|text| text.parse().ok(), PLAIN)
    }

    #[test]
    fn table_of_signs() {
        for (text, expected) in [
            (
                "(30.00)",
                Some(
                    "parentheses mean minus, which no setting of the schema reads; clean: [{number: {negative: [parentheses]}}] turns it into -30",
                ),
            ),
            (
                "($1,200.50)",
                Some(
                    "parentheses mean minus, which no setting of the schema reads; clean: [strip_currency, {number: {group: \",\", negative: \
                     [parentheses]}}] turns it into -1200.5",
                ),
            ),
            (
                "1.20-",
                Some(
                    "the minus follows the number, which no setting of the schema reads; clean: [{number: {negative: [trailing]}}] turns it \
                     into -1.2",
                ),
            ),
            (
                "−5",
                Some(
                    r"the minus is not a - directly before the number; clean: [{replace: {pattern: '^[-−‐‒–—﹣－]\s*(.+)$', with: '-$1'}}] turns it into -5",
                ),
            ),
            (
                "12.50 DR",
                Some(
                    "DR says whether this is a debit or a credit, which determines the sign: if it means minus, clean: [{number: {negative: \
                     [words]}}] turns it into -12.5",
                ),
            ),
            ("-$30", Some("clean: [strip_currency] turns it into -30")),
            ("(1,234)", None),
            ("(n/a)", None),
            ("H2O", None),
            ("12:30", None),
            ("5-3", None),
            ("mg/m^3", None),
            ("", None),
        ] {
            assert_eq!(advice(text).as_deref(), expected, "{text}");
        }
    }

    /// The advised steps work if they are written into a feed.
    #[test]
    fn what_is_advised_is_what_a_feed_does() {
        for (text, number) in [
            ("(30.00)", "-30.00"),
            ("($1,200.50)", "-1200.50"),
            ("(1.200,50 €)", "-1200.50"),
            ("1.20-", "-1.20"),
            ("1.20 −", "-1.20"),
            ("−5", "-5"),
            ("– 5", "-5"),
            ("- 5", "-5"),
            ("12.50 DR", "-12.50"),
            ("12.50cr", "12.50"),
            ("-$30", "-30"),
        ] {
            let advice = advice(text).unwrap_or_else(|| panic!("{text}: no advice"));
            let start = advice.find("clean: [").unwrap();
            let clean = &advice[start..advice.find("] turns it into ").unwrap()];
            let yaml = format!(
                "version: 1\nname: p\nrestructure: {{id: {{{clean}]}}}}\n\
                 schema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\nimport: {{table: p, key: [id]}}\n"
            );
            let plan = FeedPlan::from_yaml(&yaml).map_err(|problems| format!("{clean}: {problems:?}")).unwrap();
            let mapping: &Mapping = &plan.mappings[0];
            assert_eq!(mapping.read(text).unwrap(), number, "{clean}");
        }
    }
}
