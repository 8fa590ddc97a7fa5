//! Translates date patterns of other systems, such as `MM/DD/YY`, to `strptime` directives; also handles
//! seconds since 1970.

/// The same pattern in directives, if it is one of another system. The caller must test it before suggesting
/// it.
pub(crate) fn directives(written: &str) -> Option<String> {
    if written.contains('%') {
        return None;
    }
    let is_half = |word: &&str| ["am", "tt", "a"].contains(&word.to_ascii_lowercase().as_str());
    let has_half = words(written).iter().any(is_half);
    let mut made = String::new();
    let mut words = words(written).into_iter();
    while let Some(word) = words.next() {
        // `AM/PM` is three words.
        if word.eq_ignore_ascii_case("am") {
            words.next().zip(words.next()).filter(|(_, pm)| pm.eq_ignore_ascii_case("pm"))?;
            made.push_str("%p");
            continue;
        }
        let made_of_word = directive(word, &made, has_half)?;
        made.push_str(made_of_word);
    }
    let has = |directives: &[&str]| directives.iter().any(|directive| made.contains(directive));
    (has(&YEARS) && has(&MONTHS) || has(&HOURS)).then_some(made)
}

/// The directives of a year, a month and an hour.
const YEARS: [&str; 2] = ["%Y", "%y"];
const MONTHS: [&str; 3] = ["%m", "%b", "%B"];
const HOURS: [&str; 2] = ["%H", "%I"];

/// The directive for a run of the same letter, given the pattern so far: `mm` after the hours are minutes.
/// Other characters stay.
fn directive<'w>(word: &'w str, made: &str, has_half: bool) -> Option<&'w str> {
    let first = word.chars().next()?;
    if !first.is_ascii_alphabetic() {
        return Some(word);
    }
    let has = |directives: &[&str]| directives.iter().any(|directive| made.contains(directive));
    let is_month = match first {
        'M' => !(has(&HOURS) && has(&MONTHS) && !has(&["%M"])),
        'm' => !has(&HOURS) && !has(&MONTHS),
        _ => false,
    };
    Some(match (first, word.len()) {
        ('y' | 'Y', 4) => "%Y",
        ('y' | 'Y', 2) => "%y",
        ('M' | 'm', 1 | 2) if is_month => "%m",
        ('M' | 'm', 1 | 2) => "%M",
        ('M' | 'm', 3) => "%b",
        ('M' | 'm', 4) => "%B",
        ('D' | 'd', 1 | 2) => "%d",
        ('D' | 'd', 3) => "%a",
        ('D' | 'd', 4) => "%A",
        ('H' | 'h', 1 | 2) if has_half => "%I",
        ('H' | 'h', 1 | 2) => "%H",
        ('S' | 's', 1 | 2) => "%S",
        ('A' | 'a', 1) | ('T' | 't', 2) => "%p",
        ('T', 1) => "T",
        ('Z', 1..=3) | ('x' | 'X', 2..=4) => "%z",
        _ => return None,
    })
}

/// The runs of the same letter, and the characters between them.
fn words(written: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = written;
    while let Some(first) = rest.chars().next() {
        let half = rest.get(..2).filter(|two| two.eq_ignore_ascii_case("am") || two.eq_ignore_ascii_case("pm"));
        let length = match half {
            Some(half) => half.len(),
            None if first.is_ascii_alphabetic() => rest.find(|c| c != first).unwrap_or(rest.len()),
            None => first.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        words.push(word);
        rest = after;
    }
    words
}

#[cfg(test)]
mod tests {
    #[test]
    fn table_of_patterns() {
        for (written, directives) in [
            ("MM/DD/YY", Some("%m/%d/%y")),
            ("MM/DD/YYYY", Some("%m/%d/%Y")),
            ("YYYY-MM-DD", Some("%Y-%m-%d")),
            ("yyyy-mm-dd", Some("%Y-%m-%d")),
            ("dd.mm.yyyy", Some("%d.%m.%Y")),
            ("d.M.yyyy", Some("%d.%m.%Y")),
            ("YYYYMMDD", Some("%Y%m%d")),
            ("DD-MMM-YYYY", Some("%d-%b-%Y")),
            ("D MMMM YYYY", Some("%d %B %Y")),
            ("yyyy-MM-dd HH:mm:ss", Some("%Y-%m-%d %H:%M:%S")),
            ("YYYY-MM-DDTHH:MM:SS", Some("%Y-%m-%dT%H:%M:%S")),
            ("dd/mm/yyyy hh:mm", Some("%d/%m/%Y %H:%M")),
            ("M/d/yyyy h:mm a", Some("%m/%d/%Y %I:%M %p")),
            ("M/d/yyyy h:mm AM/PM", Some("%m/%d/%Y %I:%M %p")),
            ("HH:mm", Some("%H:%M")),
            ("iso", None),
            ("short", None),
            ("%d/%m/%y", None),
            ("", None),
        ] {
            assert_eq!(super::directives(written).as_deref(), directives, "{written}");
        }
    }
}
