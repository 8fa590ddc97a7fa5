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
    candidates
        .filter(|candidate| !has_other_digits(&written, candidate))
        .map(|candidate| (strsim::jaro_winkler(&written, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Whether both texts contain digits, and different ones.
fn has_other_digits(a: &str, b: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (a, b) = (digits(a), digits(b));
    !a.is_empty() && !b.is_empty() && a != b
}

#[cfg(test)]
mod tests {
    use super::*;

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
