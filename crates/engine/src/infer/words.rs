//! Words for truth values.

/// Pairs of words, true first.
const PAIRS: [(&str, &str); 12] = [
    ("true", "false"),
    ("yes", "no"),
    ("y", "n"),
    ("oui", "non"),
    ("ja", "nein"),
    ("si", "no"),
    ("sí", "no"),
    ("vrai", "faux"),
    ("wahr", "falsch"),
    ("on", "off"),
    ("t", "f"),
    ("x", "-"),
];

/// What a column's values have in common if they are truth values.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// For each pair, whether its true and its false word occurred; `None` if another word did.
    pairs: [Option<(bool, bool)>; PAIRS.len()],
    /// Whether all words are those of Table Schema.
    standard: bool,
}

impl Default for Words {
    fn default() -> Self {
        Self { pairs: [Some((false, false)); PAIRS.len()], standard: true }
    }
}

impl Words {
    /// Adds a value without surrounding white space.
    pub fn see(&mut self, value: &str) {
        if self.pairs.iter().all(Option::is_none) {
            return;
        }
        let word = value.to_lowercase();
        self.standard &= ["true", "True", "TRUE", "false", "False", "FALSE"].contains(&value);
        for (seen, (yes, no)) in self.pairs.iter_mut().zip(PAIRS) {
            *seen = match seen {
                Some((_, denied)) if word == yes => Some((true, *denied)),
                Some((affirmed, _)) if word == no => Some((*affirmed, true)),
                _ => None,
            };
        }
    }

    /// The pair to which all values belong, and whether its words are those of Table Schema. Both words must
    /// have occurred if only some people read them as truth values.
    pub fn pair(&self) -> Option<((&'static str, &'static str), bool)> {
        let of = |seen: &Option<(bool, bool)>| match seen {
            Some((true, true)) => true,
            Some((yes, no)) => self.standard && (*yes || *no),
            None => false,
        };
        self.pairs.iter().position(of).map(|at| (PAIRS[at], self.standard))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_columns() {
        for (values, expected) in [
            (&["true", "FALSE"][..], Some((("true", "false"), true))),
            (&["true"], Some((("true", "false"), true))),
            (&["tRue", "false"], Some((("true", "false"), false))),
            (&["Oui", "non"], Some((("oui", "non"), false))),
            (&["Non"], None),
            (&["yes", "maybe"], None),
            (&[], None),
        ] {
            let mut words = Words::default();
            for value in values {
                words.see(value);
            }
            assert_eq!(words.pair(), expected, "{values:?}");
        }
    }
}
