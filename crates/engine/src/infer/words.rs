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

/// What the values of a column have in common, taken as truth values.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// Whether the true and the false word of each pair were seen; `None` where another word was.
    pairs: [Option<(bool, bool)>; PAIRS.len()],
    /// Whether all are written as Table Schema writes them.
    standard: bool,
}

impl Default for Words {
    fn default() -> Self {
        Self { pairs: [Some((false, false)); PAIRS.len()], standard: true }
    }
}

impl Words {
    /// Takes a value, without white space around it.
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

    /// The pair that all values are of, and whether they are as Table Schema writes them. Of words that
    /// only some take for truth values, both must have been seen.
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
