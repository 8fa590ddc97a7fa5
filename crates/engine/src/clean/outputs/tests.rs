use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use regex::Regex;

use super::*;
use crate::clean::{Table, Units, Words};
use crate::spec::NormalForm;

/// Characters that become others, or several, in another case or normal form.
const ODD: &str = "ßŉǰﬁﬀﬅİıſΣςσKÅΐǅǆ\u{FF21}\u{FF41}¨\u{300}\u{345}ℌ\u{37E}\u{2003}\u{A0}−";

fn steps() -> Vec<CleanStep> {
    let table = |entries: &[(&str, &str)], otherwise| {
        let entries: HashMap<_, _> = entries.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        CleanStep::Map(Table::new(entries, otherwise))
    };
    let pattern = |pattern: &str| Regex::new(pattern).unwrap();
    let replace = |text: &str, with: &str| CleanStep::ReplaceText { text: text.into(), with: with.into() };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut steps = vec![
        CleanStep::Trim,
        CleanStep::CollapseWhitespace,
        CleanStep::Upper,
        CleanStep::Lower,
        CleanStep::Title,
        CleanStep::StripCurrency,
        CleanStep::HtmlToText,
        CleanStep::Strip("-.".into()),
        CleanStep::Strip("aS ".into()),
        CleanStep::Default("Aa".into()),
        replace("a", "b"),
        replace("-", ""),
        replace("ab", "a"),
        replace("S", "sS"),
        CleanStep::ReplacePattern { pattern: pattern("([a-z])[0-9]"), with: "$1-A".into() },
        table(&[("a", "A-1"), ("AB", "ab"), ("", "none")], Otherwise::Keep),
        table(&[("a", "x"), ("1", "")], Otherwise::Reject),
        table(&[("ab", "Ab"), ("A", "a")], Otherwise::Empty),
        CleanStep::Split { by: "-".into(), take: 1 },
        CleanStep::Split { by: "ab".into(), take: -2 },
        CleanStep::Extract(pattern("[A-Za-z]+-?")),
        CleanStep::Number(Notation::of(Marks { decimal: ',', group: vec!['.', ' '] })),
        CleanStep::Units(Units {
            factors: BTreeMap::from([("a".to_owned(), "0.5".parse().unwrap())]),
            unit: Some("a".to_owned()),
        }),
        CleanStep::Boolean(Words::new(&words(&["a", "1"]), &words(&["b", "0"])).unwrap()),
        CleanStep::List("-".into()),
    ];
    steps.extend([NormalForm::Nfc, NormalForm::Nfd, NormalForm::Nfkc, NormalForm::Nfkd].map(CleanStep::Normalize));
    steps
}

fn run(steps: &[CleanStep], text: &str) -> Result<String, String> {
    steps.iter().try_fold(text.to_owned(), |text, step| step.apply(text.into()).map(Cow::into_owned))
}

/// Whether a text may result, as far as known.
fn may_come_out(outputs: &Outputs, text: &str) -> bool {
    outputs.known.iter().any(|known| known.text == text)
        || outputs.rest.as_ref().is_some_and(|certain| {
            impossible(certain, text).is_none() && text.chars().all(|c| never_has(certain, c).is_none())
        })
}

#[test]
fn every_character_may_come_out_of_what_becomes_of_it() {
    for step in [CleanStep::Upper, CleanStep::Lower, CleanStep::Title] {
        let (outputs, _) = Outputs::anything().through(std::slice::from_ref(&step));
        let (kept, _) = Outputs::anything().through(&[CleanStep::Strip("-. 1".into()), step.clone()]);
        // Others have no case.
        let has_case = |c: &char| *c < '\u{3000}' || !c.to_lowercase().eq([*c]) || !c.to_uppercase().eq([*c]);
        for character in ('\0'..=char::MAX).filter(has_case) {
            for text in [character.to_string(), format!("A{character}"), format!("{character}B c")] {
                let made = run(std::slice::from_ref(&step), &text).unwrap();
                assert!(may_come_out(&outputs, &made), "{step}: {text:?} {made:?}");
            }
            let made = run(&[CleanStep::Strip("-. 1".into()), step.clone()], &character.to_string()).unwrap();
            assert!(may_come_out(&kept, &made), "{step}: {character:?} {made:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn what_comes_out_is_never_said_to_be_impossible(
        chosen in prop::collection::vec(prop::sample::select(steps()), 0..5),
        text in prop_oneof![
            "[aAbBsS1., -]{0,5}",
            "[A-Za-z0-9,.<>&;\" \t-]{0,8}",
            prop::collection::vec(prop::sample::select(ODD.chars().chain("aAbS1-. ".chars()).collect::<Vec<_>>()), 0..5)
                .prop_map(|characters| characters.into_iter().collect::<String>()),
        ],
    ) {
        let (outputs, futile) = Outputs::anything().through(&chosen);
        if let Ok(made) = run(&chosen, &text) {
            prop_assert!(made.is_empty() || may_come_out(&outputs, &made), "{chosen:?} {made:?} {outputs:?}");
        }
        // An entry that is reported to never match never does.
        for futile in futile {
            if let Futile::Unfound { step, key, .. } = futile {
                prop_assert!(run(&chosen[..step], &text).ok().as_ref() != Some(&key), "{chosen:?} {text:?} {key:?}");
            }
        }
    }
}

#[test]
fn table_of_what_cannot_come_out() {
    let strip = |characters: &str| CleanStep::Strip(characters.into());
    for (steps, text, possible) in [
        (vec![CleanStep::Lower], "Online", false),
        (vec![CleanStep::Lower], "online", true),
        (vec![CleanStep::Lower, CleanStep::Trim], "Online", false),
        (vec![CleanStep::Lower, CleanStep::Upper], "ONLINE", true),
        (vec![CleanStep::Lower, CleanStep::Normalize(NormalForm::Nfkc)], "Online", true),
        (vec![CleanStep::Upper], "ß", false),
        (vec![CleanStep::Title], "ONLINE", false),
        (vec![CleanStep::Title], "SSe", true),
        (vec![CleanStep::Trim], " a", false),
        (vec![CleanStep::Trim, strip("x")], " a", true),
        (vec![strip("-")], "a-b", false),
        (vec![strip("-"), CleanStep::Upper], "A-B", false),
        (vec![strip("a"), CleanStep::Lower], "a", true),
        (vec![strip("-"), CleanStep::ReplaceText { text: "a".into(), with: "-".into() }], "-", true),
        (vec![CleanStep::Split { by: "/".into(), take: -1 }], "a/b", false),
        (vec![CleanStep::Number(Notation::of(Marks { decimal: ',', group: Vec::new() }))], "1,5", false),
        (vec![CleanStep::Number(Notation::of(Marks { decimal: ',', group: Vec::new() }))], "1.5", true),
        (vec![CleanStep::HtmlToText], "<b>", true),
    ] {
        let (outputs, _) = Outputs::anything().through(&steps);
        assert_eq!(may_come_out(&outputs, text), possible, "{steps:?} {text}");
    }
}

#[test]
fn a_table_of_many_texts_is_not_followed() {
    let entries: HashMap<_, _> = (0..=MAX_KNOWN).map(|n| (n.to_string(), format!("x{n}"))).collect();
    let table = CleanStep::Map(Table::new(entries, Otherwise::Reject));
    let (outputs, _) = Outputs::anything().through(&[CleanStep::Upper, table]);
    assert!(outputs.rest.is_some_and(|certain| certain.is_empty()));
}
