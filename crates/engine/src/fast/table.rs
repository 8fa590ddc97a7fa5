//! Patterns as transition tables: one step for each byte of a text.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use regex_automata::hybrid::dfa::{Config, DFA};
use regex_automata::{Anchored, Input};

use super::alphabet::Alphabet;
use super::glance::{begins, classes, doubles, ends};

/// Maximum number of states of a table: 256 × 256 bytes = 64 KiB.
const MAX_STATES: usize = 256;

/// A pattern for whole texts, as a table. Patterns whose table would be too large have none.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// The next state by state and byte. State 0 is the initial one.
    next: Vec<[u8; 256]>,
    /// Whether a text may end in a state.
    matches: Vec<bool>,
}

impl Table {
    /// The table of a pattern anchored at both ends. The library builds states lazily while it matches texts;
    /// this explores all of them.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        // The cache must hold all states of a table.
        let config = Config::new().skip_cache_capacity_check(true).cache_capacity(16 * 1024 * 1024);
        let dfa = DFA::builder().configure(config).build(pattern).ok()?;
        let mut cache = dfa.create_cache();
        let start = dfa.start_state_forward(&mut cache, &Input::new("").anchored(Anchored::Yes)).ok()?;
        let (mut states, mut numbers) = (vec![start], HashMap::from([(start, 0_u8)]));
        let mut table = Self { next: Vec::new(), matches: Vec::new() };
        while let Some(state) = states.get(table.next.len()).copied() {
            let mut row = [0; 256];
            for (byte, number) in (0..=u8::MAX).zip(&mut row) {
                let next = dfa.next_state(&mut cache, state, byte).ok().filter(|next| !next.is_quit())?;
                *number = match numbers.entry(next) {
                    Entry::Occupied(known) => *known.get(),
                    Entry::Vacant(new) => {
                        let found = u8::try_from(states.len()).ok()?;
                        states.push(next);
                        *new.insert(found)
                    }
                };
            }
            table.next.push(row);
            table.matches.push(dfa.next_eoi_state(&mut cache, state).ok()?.is_match());
        }
        (cache.clear_count() == 0 && states.len() <= MAX_STATES).then_some(table)
    }

    /// Whether the whole text matches.
    #[inline]
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let step = |state: u8, byte: &u8| self.next.get(usize::from(state)).map_or(0, |row| row[usize::from(*byte)]);
        let last = text.iter().fold(0, step);
        self.matches.get(usize::from(last)).is_some_and(|matches| *matches)
    }

    /// The alphabet of the texts that match and are not empty.
    pub(crate) fn alphabet(&self) -> Alphabet {
        let bytes = 0..=u8::MAX;
        let next = |row: &[u8; 256], byte: u8| usize::from(row[usize::from(byte)]);
        // Every state can be reached. A live one can be left towards a match.
        let mut live = self.matches.clone();
        loop {
            let leads = |row: &[u8; 256]| bytes.clone().any(|byte| live.get(next(row, byte)) == Some(&true));
            let grown: Vec<bool> = self.next.iter().zip(&live).map(|(row, live)| *live || leads(row)).collect();
            if grown == live {
                break;
            }
            live = grown;
        }
        let (mut found, mut bits) = ([false; 256], 0);
        let (mut before, mut behind) = (vec![0; live.len()], vec![0; live.len()]);
        for (state, row) in self.next.iter().enumerate() {
            for byte in bytes.clone().filter(|byte| live.get(next(row, *byte)) == Some(&true)) {
                let (classes, to) = (classes(byte), next(row, byte));
                found[usize::from(byte)] = true;
                bits |= classes;
                bits |= if state == 0 { begins(classes) } else { 0 };
                bits |= if self.matches[to] { ends(classes) } else { 0 };
                behind[state] |= classes;
                before[to] |= classes;
            }
        }
        let twice = before.iter().zip(&behind).fold(0, |all, (before, behind)| all | (before & behind));
        Alphabet::new(found, bits | doubles(twice))
    }

    /// Whether a non-empty text without the ASCII bytes that `never` names could match.
    pub(crate) fn may_match(&self, never: impl Fn(u8) -> bool) -> bool {
        let bytes: Vec<u8> = (0..=u8::MAX).filter(|byte| !byte.is_ascii() || !never(*byte)).collect();
        let mut reached = vec![false; self.next.len()];
        let mut open = vec![0];
        while let Some(row) = open.pop().and_then(|state: usize| self.next.get(state)) {
            for next in bytes.iter().map(|byte| usize::from(row[usize::from(*byte)])) {
                if reached.get(next).is_some_and(|reached| !reached) {
                    reached[next] = true;
                    open.push(next);
                }
            }
        }
        reached.iter().zip(&self.matches).any(|(reached, matches)| *reached && *matches)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;
    use crate::fast::glance::{DIGIT, Glance, LOWER, SIGN, UPPER};

    const PATTERNS: &[&str] = &[
        "",
        "a*",
        "[A-Z]{2}-[0-9]{5}|[A-Z]{3}_[A-Z]{3}_[0-9]{3}|24-[A-Z]{2}[0-9]{2}|[A-Z]+(-[A-Z]+)+",
        "(?i)ab?|é+",
        "(a|ab)(c|bcd)(d*)",
        "^a$|^b",
        "(?m)^a$\nb*",
        "[^a]b.",
        "a??b|.*c",
        "(?s).{2}",
        "(?-u:\\b)a",
        "\\w{1,3}\\d",
        "$a|b$",
    ];

    proptest! {
        #[test]
        fn a_table_matches_what_the_pattern_does(
            text in "[ab-dé\n]{0,5}|[A-C]{1,3}[-_][A-C0-9]{1,5}|24-[A-Z]{2}[0-9]{2}|\\PC{0,4}",
        ) {
            for pattern in PATTERNS {
                let pattern = format!("^(?:{pattern})$");
                if let Some(table) = Table::new(&pattern) {
                    prop_assert_eq!(table.matches(text.as_bytes()), Regex::new(&pattern).unwrap().is_match(&text), "{}", pattern);
                    if table.matches(text.as_bytes()) && !text.is_empty() {
                        let (alphabet, glance) = (table.alphabet(), Glance::at(text.as_bytes()));
                        prop_assert!(text.bytes().all(|byte| alphabet.may_have(byte)), "{}", pattern);
                        let unforeseen = (0..64).map(|bit| 1 << bit).find(|bit| glance.has(*bit) && !alphabet.may_show(*bit));
                        prop_assert_eq!(unforeseen, None, "{}", pattern);
                    }
                }
            }
        }
    }

    #[test]
    fn an_alphabet_has_no_more_than_the_texts_have() {
        let alphabet = Table::new("^(?:[A-C]{2}-[0-9]+|é?x)$").unwrap().alphabet();
        let bytes: Vec<u8> = (0..=u8::MAX).filter(|byte| alphabet.may_have(*byte)).collect();
        assert_eq!(bytes, b"-0123456789ABCx\xA9\xC3");
        assert!(!alphabet.may_show(begins(SIGN | DIGIT) | ends(SIGN | UPPER) | doubles(SIGN)));
        assert!(alphabet.may_show(begins(LOWER)) && alphabet.may_show(doubles(UPPER)));
    }

    #[test]
    fn common_patterns_have_a_table_and_large_ones_none() {
        for (pattern, expected) in [(PATTERNS[2], true), ("[0-9]{13}", true), ("(?i)ab?|é+", true), ("\\w{100}", false)]
        {
            assert_eq!(Table::new(&format!("^(?:{pattern})$")).is_some(), expected, "{pattern}");
        }
    }
}
