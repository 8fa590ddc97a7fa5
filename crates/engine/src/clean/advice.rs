//! Steps of cleaning that make a number of a text which says its sign in another way, or the name of a currency.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::{CleanStep, Marks as NumberMarks};
use crate::advice::{DASHES, Marks, keeps, named, tried};
use crate::decimal::Decimal;

/// A step of cleaning, as a feed writes it, and as it is run.
struct Step {
    written: &'static str,
    run: CleanStep,
}

/// A way to write a sign outside of a number.
struct Sign {
    is: fn(&str) -> bool,
    /// What is said of it.
    why: &'static str,
    /// The step that puts a minus before the number.
    step: Step,
}

/// The marks of numbers: as the step `number` writes them, before the fraction, and between groups.
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
    let sign = |is: fn(&str) -> bool, why, written, pattern| {
        let run = CleanStep::ReplacePattern { pattern: Regex::new(pattern).ok()?, with: "-$1".to_owned() };
        Some(Sign { is, why, step: Step { written, run } })
    };
    let signs = [
        sign(
            |text| text.contains('(') && text.contains(')'),
            "parentheses mean minus, which no setting of the schema reads",
            r"{replace: {pattern: '^\s*\((.+)\)\s*$', with: '-$1'}}",
            r"^\s*\((.+)\)\s*$",
        ),
        sign(
            begins_with_dash,
            "the minus is not a - directly before the number",
            r"{replace: {pattern: '^[-−‐‒–—﹣－]\s*(.+)$', with: '-$1'}}",
            r"^[-−‐‒–—﹣－]\s*(.+)$",
        ),
        sign(
            ends_with_dash,
            "the minus stands behind the number, where no setting of the schema reads it",
            r"{replace: {pattern: '^(.+?)\s*[-−‐‒–—﹣－]$', with: '-$1'}}",
            r"^(.+?)\s*[-−‐‒–—﹣－]$",
        ),
    ];
    signs.into_iter().flatten().collect()
});

/// Words that say whether an amount is debit or credit, and the step that takes each for a minus.
static DEBIT_OR_CREDIT: LazyLock<Vec<(&str, Step)>> = LazyLock::new(|| {
    let words = [
        ("DR", r"{replace: {pattern: '(?i)^(.+?)\s*DR$', with: '-$1'}}", r"(?i)^(.+?)\s*DR$"),
        ("CR", r"{replace: {pattern: '(?i)^(.+?)\s*CR$', with: '-$1'}}", r"(?i)^(.+?)\s*CR$"),
    ];
    let step = |(word, written, pattern): (&'static str, _, &str)| {
        let run = CleanStep::ReplacePattern { pattern: Regex::new(pattern).ok()?, with: "-$1".to_owned() };
        Some((word, Step { written, run }))
    };
    words.into_iter().filter_map(step).collect()
});

const STRIP_CURRENCY: Step = Step { written: "strip_currency", run: CleanStep::StripCurrency };

/// What is the matter with a number whose sign stands outside of it, or that names its currency, and the steps of
/// cleaning that make this number of it; follows a semicolon. `reads` is what reads the text after these steps, and
/// `marks` how that writes numbers.
pub(crate) fn advise(text: &str, reads: &dyn Fn(&str) -> Option<Decimal>, marks: Marks<'_>) -> Option<String> {
    let text = text.trim();
    let found = SIGNS.iter().find(|sign| (sign.is)(text));
    let debit = || DEBIT_OR_CREDIT.iter().find(|(word, _)| ends_with_word(text, word));
    if let Some((word, step)) = found.is_none().then(debit).flatten() {
        let amount = &text[..text.len() - word.len()];
        let made = chains(&[step], reads, text, marks, &|number, marks| keeps(amount, &-number, marks));
        let meant = "says whether this is a debit or a credit, and so its sign";
        let if_minus = made.map(|made| format!(": if it means minus, {made}")).unwrap_or_default();
        return Some(format!("{word} {meant}{if_minus}"));
    }
    let steps: Vec<&Step> = found.iter().map(|sign| &sign.step).collect();
    let made = chains(&steps, reads, text, marks, &|number, marks| keeps(text, number, marks));
    match (found, made) {
        (Some(sign), Some(made)) => Some(format!("{}; {made}", sign.why)),
        (None, made) => made,
        // Something else is the matter as well: `N/A-`.
        (Some(_), None) => None,
    }
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let at = text.len().checked_sub(word.len());
    let end = at.and_then(|at| Some((text.get(..at)?, text.get(at..)?)));
    end.is_some_and(|(before, end)| end.eq_ignore_ascii_case(word) && !before.ends_with(char::is_alphabetic))
}

/// Names the steps after which a text is read as what it says, with the number.
fn chains(
    steps: &[&Step],
    reads: &dyn Fn(&str) -> Option<Decimal>,
    text: &str,
    marks: Marks<'_>,
    is_right: &dyn Fn(&Decimal, Marks<'_>) -> bool,
) -> Option<String> {
    let currency = &STRIP_CURRENCY;
    let orders: [Vec<&Step>; 3] = [
        steps.to_vec(),
        steps.iter().copied().chain([currency]).collect(),
        [currency].into_iter().chain(steps.iter().copied()).collect(),
    ];
    for order in orders.iter().filter(|order| !order.is_empty()) {
        let names = || order.iter().map(|step| step.written);
        let cleaned = order.iter().try_fold(Cow::Borrowed(text), |text, step| step.run.apply(text)).ok()?;
        let plainly = tried([(names().collect::<Vec<_>>().join(", "), reads(&cleaned))], |made| is_right(made, marks));
        if let Some(told) = told(&plainly) {
            return Some(told);
        }
        let with = MARKS.iter().flat_map(|(written, decimal, group)| {
            let step = NumberMarks { decimal: *decimal, group: group.chars().collect() };
            let read = step.plain(cleaned.trim()).and_then(|text| reads(&text));
            let decimal = if *decimal == ',' { "," } else { "." };
            let marks = Marks { decimal, group: Some(*group).filter(|group| !group.is_empty()) };
            let names = names().map(str::to_owned).chain([format!("{{number: {written}}}")]);
            tried([(names.collect::<Vec<_>>().join(", "), read)], |made| is_right(made, marks))
        });
        let with: Vec<_> = with.collect();
        // Where the marks can be read in two ways, the feed must say which one is meant.
        let same = with.iter().all(|(_, made)| with.first().is_some_and(|(_, first)| first == made));
        if let Some(told) = with.first().filter(|_| same).and_then(|first| told(std::slice::from_ref(first))) {
            return Some(told);
        }
    }
    None
}

fn told(made: &[(String, Decimal)]) -> Option<String> {
    let (_, number) = made.first()?;
    Some(format!("clean: [{}] makes {number} of it", named(made)?))
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
                    r"parentheses mean minus, which no setting of the schema reads; clean: [{replace: {pattern: '^\s*\((.+)\)\s*$', with: '-$1'}}] makes -30 of it",
                ),
            ),
            (
                "($1,200.50)",
                Some(
                    r#"parentheses mean minus, which no setting of the schema reads; clean: [{replace: {pattern: '^\s*\((.+)\)\s*$', with: '-$1'}}, strip_currency, {number: {group: ","}}] makes -1200.5 of it"#,
                ),
            ),
            (
                "1.20-",
                Some(
                    r"the minus stands behind the number, where no setting of the schema reads it; clean: [{replace: {pattern: '^(.+?)\s*[-−‐‒–—﹣－]$', with: '-$1'}}] makes -1.2 of it",
                ),
            ),
            (
                "−5",
                Some(
                    r"the minus is not a - directly before the number; clean: [{replace: {pattern: '^[-−‐‒–—﹣－]\s*(.+)$', with: '-$1'}}] makes -5 of it",
                ),
            ),
            (
                "12.50 DR",
                Some(
                    r"DR says whether this is a debit or a credit, and so its sign: if it means minus, clean: [{replace: {pattern: '(?i)^(.+?)\s*DR$', with: '-$1'}}] makes -12.5 of it",
                ),
            ),
            ("-$30", Some("clean: [strip_currency] makes -30 of it")),
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

    /// What is advised is written into a feed, and the feed makes the number of the text.
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
            ("12.50cr", "-12.50"),
            ("-$30", "-30"),
        ] {
            let advice = advice(text).unwrap_or_else(|| panic!("{text}: no advice"));
            let start = advice.find("clean: [").unwrap();
            let clean = &advice[start..advice.find("] makes ").unwrap()];
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
