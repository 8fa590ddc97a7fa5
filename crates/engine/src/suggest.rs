//! "Did you mean".

/// Least similarity (Jaro-Winkler, 0 to 1) at which a suggestion helps more than it confuses.
const SIMILAR: f64 = 0.8;

/// `; did you mean "…"?`, where one of the candidates is close to what was written.
pub(crate) fn did_you_mean<'a>(written: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let written = written.to_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&written, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| format!("; did you mean {candidate:?}?"))
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
}
