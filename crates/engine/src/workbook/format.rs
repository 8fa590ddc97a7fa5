//! What the format of a number makes of it: a number, a date, or a time.

/// What a format makes of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Style {
    /// A number, or a duration such as `[h]:mm`, which is a number of days.
    #[default]
    Number,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day with a time.
    DateTime,
}

impl Style {
    /// What a format makes that files name by its number alone. ECMA-376 part 1, 18.8.30; those of Chinese, Japanese,
    /// Korean and Thai are dates in one of these languages at least.
    pub fn built_in(number: u32) -> Self {
        match number {
            14..=17 | 27..=31 | 34..=36 | 50..=58 | 71..=74 => Self::Date,
            18..=21 | 32..=33 | 45 | 47 | 75..=76 | 78..=80 => Self::Time,
            22 | 77 => Self::DateTime,
            _ => Self::Number,
        }
    }

    /// What a format makes that is written as a code, such as `dd.mm.yyyy`. Its first section counts, which is for positive
    /// numbers. Texts in quotes, escaped characters, colours, conditions and languages say nothing.
    pub fn of(code: &str) -> Self {
        let mut found = Found::default();
        let mut characters = code.chars().peekable();
        while let Some(character) = characters.next() {
            let letter = character.to_ascii_lowercase();
            match letter {
                ';' => break,
                '"' => while characters.next().is_some_and(|next| next != '"') {},
                // The next character stands for itself, for its width, or fills the cell.
                '\\' | '_' | '*' => drop(characters.next()),
                '[' => {
                    let inside: String = characters.by_ref().take_while(|next| *next != ']').collect();
                    if is_elapsed(&inside) {
                        return Self::Number;
                    }
                }
                // The exponent of a number, as in 0.00E+00.
                'e' if matches!(characters.peek(), Some('+' | '-')) => return Self::Number,
                'a' if takes(&mut characters, "m/pm") || takes(&mut characters, "/p") => found.time = true,
                // The word General has an e and an a in it.
                'g' if takes(&mut characters, "eneral") => {}
                'y' | 'd' | 'e' | 'g' | 'b' => {
                    found.settle();
                    found.date = true;
                }
                'h' => {
                    found.settle();
                    (found.time, found.open) = (true, Open::Hours);
                }
                // The m before seconds is minutes.
                's' => (found.time, found.open) = (true, Open::Nothing),
                'm' => {
                    while characters.next_if(|next| next.eq_ignore_ascii_case(&'m')).is_some() {}
                    if found.open == Open::Hours {
                        found.open = Open::Nothing;
                    } else {
                        found.settle();
                        found.open = Open::Month;
                    }
                }
                _ => {}
            }
        }
        found.settle();
        match (found.date, found.time) {
            (true, true) => Self::DateTime,
            (true, false) => Self::Date,
            (false, true) => Self::Time,
            (false, false) => Self::Number,
        }
    }
}

/// What was found in a code.
#[derive(Default)]
struct Found {
    date: bool,
    time: bool,
    open: Open,
}

/// What decides whether an m is a month or minutes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    /// The last part was hours, after which m is minutes.
    Hours,
    /// The last part was an m that is a month, unless seconds follow.
    Month,
}

impl Found {
    /// Something else than minutes or seconds follows.
    fn settle(&mut self) {
        self.date |= self.open == Open::Month;
        self.open = Open::Nothing;
    }
}

/// Whether hours, minutes or seconds in brackets are meant, which are not of a day.
fn is_elapsed(inside: &str) -> bool {
    let mut letters = inside.bytes().map(|byte| byte.to_ascii_lowercase());
    letters.next().is_some_and(|first| matches!(first, b'h' | b'm' | b's') && letters.all(|other| other == first))
}

/// Takes a word from the front, whatever its case.
fn takes(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, word: &str) -> bool {
    let mut ahead = characters.clone();
    let is_next = word.chars().all(|letter| ahead.next().is_some_and(|next| next.eq_ignore_ascii_case(&letter)));
    if is_next {
        *characters = ahead;
    }
    is_next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_formats() {
        for (code, style) in [
            ("General", Style::Number),
            ("GENERAL", Style::Number),
            ("General;[Red]-General", Style::Number),
            ("0.00", Style::Number),
            ("#,##0.00 \"EUR\"", Style::Number),
            ("0.00E+00", Style::Number),
            ("0.0e-0", Style::Number),
            ("0%", Style::Number),
            ("# ?/?", Style::Number),
            ("@", Style::Number),
            ("\"days\" 0", Style::Number),
            ("0\\d", Style::Number),
            ("0_d", Style::Number),
            ("[Red]0", Style::Number),
            ("[>=100]0", Style::Number),
            ("_-* #,##0.00 [$€-407]_-;-* #,##0.00 [$€-407]_-", Style::Number),
            ("[$USD] #,##0", Style::Number),
            ("yyyy-mm-dd", Style::Date),
            ("DD.MM.YYYY", Style::Date),
            ("d/m/yyyy;@", Style::Date),
            ("[$-409]mmmm d, yyyy;@", Style::Date),
            ("[$-F800]dddd, mmmm dd, yyyy", Style::Date),
            ("mmm", Style::Date),
            ("mmm-yy", Style::Date),
            ("[$-411]ggge\"年\"m\"月\"d\"日\"", Style::Date),
            ("yyyy\\-mm\\-dd", Style::Date),
            ("[Blue]dd/mm/yy", Style::Date),
            ("hh:mm", Style::Time),
            ("h:mm AM/PM", Style::Time),
            ("h:mm a/p", Style::Time),
            ("mm:ss", Style::Time),
            ("mm:ss.0", Style::Time),
            ("m:s", Style::Time),
            ("[$-F400]h:mm:ss AM/PM", Style::Time),
            ("yyyy-mm-dd hh:mm:ss", Style::DateTime),
            ("m/d/yy h:mm", Style::DateTime),
            ("yyyy-mm-dd\"T\"hh:mm:ss.000", Style::DateTime),
            ("hh:mm dd.mm.", Style::DateTime),
            ("[h]:mm:ss", Style::Number),
            ("[HH]:MM", Style::Number),
            ("[mm]:ss", Style::Number),
            ("[s]", Style::Number),
            ("\"unclosed d", Style::Number),
            ("[unclosed d", Style::Number),
            ("", Style::Number),
        ] {
            assert_eq!(Style::of(code), style, "{code}");
        }
        for (number, style) in
            [(0, Style::Number), (14, Style::Date), (20, Style::Time), (22, Style::DateTime), (46, Style::Number)]
        {
            assert_eq!(Style::built_in(number), style, "{number}");
        }
    }
}
