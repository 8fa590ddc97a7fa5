//! "Did you mean" suggestions. A suggestion never changes the meaning.

pub(crate) mod dates;
pub(crate) mod encodings;
pub(crate) mod types;

/// Minimum similarity (Jaro-Winkler, 0 to 1) of a suggestion.
const SIMILAR: f64 = 0.8;

/// `; did you mean "…"?` if one of the candidates is similar.
pub(crate) fn did_you_mean<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    closest(written, candidates).map(|candidate| format!("; did you mean {candidate:?}?"))
}

/// The most similar candidate, if any is similar enough. Different digits mean something else: `cp866` is not
/// suggested for `cp850`.
pub(crate) fn closest<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let letters = Letters::of(&written);
    candidates
        .filter(|candidate| letters.may_be_similar(candidate) && !has_other_digits(&written, candidate))
        .map(|candidate| (strsim::jaro_winkler(&written, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// How often a text has each ASCII character, to exclude most candidates without comparing them.
struct Letters {
    counts: [u8; 128],
    length: usize,
    /// Whether the text is short ASCII text. Otherwise no candidate is excluded.
    counted: bool,
}

impl Letters {
    fn of(text: &str) -> Self {
        let counted = text.is_ascii() && text.len() < usize::from(u8::MAX);
        let mut counts = [0; 128];
        for byte in text.bytes().filter(|_| counted) {
            counts[usize::from(byte)] += 1;
        }
        Self { counts, length: text.len(), counted }
    }

    /// Whether a candidate has enough letters of the text to be similar, ignoring case. With `common` letters in
    /// common, the Jaro similarity is at most a third of `common / length + common / other length + 1`; unless it is
    /// above 0.7, the Jaro-Winkler similarity is below [`SIMILAR`].
    fn may_be_similar(&self, candidate: &str) -> bool {
        if !self.counted || !candidate.is_ascii() {
            return true;
        }
        let mut counts = self.counts;
        let mut common = 0;
        for byte in candidate.bytes().map(|byte| byte.to_ascii_lowercase()) {
            let count = &mut counts[usize::from(byte)];
            common += usize::from(*count > 0);
            *count = count.saturating_sub(1);
        }
        10 * common * (self.length + candidate.len()) >= 11 * self.length * candidate.len()
    }
}

/// Whether both texts contain digits, and different ones.
fn has_other_digits(a: &str, b: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (a, b) = (digits(a), digits(b));
    !a.is_empty() && !b.is_empty() && a != b
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_similar_candidate_is_excluded(written in "[a-dA-Dé1]{0,12}", candidate in "[a-dA-Dé1]{0,12}") {
            let (a, b) = (written.to_lowercase(), candidate.to_lowercase());
            let similar = strsim::jaro_winkler(&a, &b) >= SIMILAR;
            prop_assert!(!similar || Letters::of(&a).may_be_similar(&candidate));
        }
    }

    #[test]
    fn suggests_what_is_close_and_nothing_else() {
        let columns = ["Price", "Stock", "Updated"];
        assert_eq!(did_you_mean("prcie", columns.into_iter()), Some("; did you mean \"Price\"?".into()));
        assert_eq!(did_you_mean("Currency", columns.into_iter()), None);
    }

    #[test]
    fn other_digits_are_another_meaning() {
        let columns = ["address_1", "address_3", "street2"];
        assert_eq!(did_you_mean("adress_1", columns.into_iter()), Some("; did you mean \"address_1\"?".into()));
        assert_eq!(did_you_mean("address_2", columns.into_iter()), None);
        assert_eq!(did_you_mean("street", columns.into_iter()), Some("; did you mean \"street2\"?".into()));
    }
}
