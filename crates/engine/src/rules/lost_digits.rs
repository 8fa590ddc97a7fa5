//! The rule `lost-digits`, which every feed has for its keys and for texts with a pattern.
//!
//! # What it checks
//! A text is not a long number as a spreadsheet shortens it: `4,00638E+12`. Only texts count whose exponent is larger
//! than the number of decimals, so that digits before the decimal mark are missing.
//!
//! # Why
//! Opening a CSV in a spreadsheet and saving it turns article numbers of more than eleven digits into this form, and
//! the digits are gone. As a key, the text of one article then is that of a thousand.
//!
//! # Example
//! A key `ean` with `4,00638E+12`, which was `4006381333931`.
//!
//! # How to fix
//! Ask for the file as the system wrote it. In the spreadsheet, import the column as text.

use super::rule::Rule;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// Looks for shortened numbers in a field.
pub struct LostDigits {
    /// The field.
    pub field: usize,
}

impl Rule for LostDigits {
    fn code(&self) -> Code {
        Code::LostDigits
    }

    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn surely_holds<'t>(&self, text: &dyn Fn(usize) -> &'t str) -> bool {
        !text(self.field).as_bytes().contains(&b'+')
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        let Some(value) = record.value(self.field) else { return };
        let text = value.canonical();
        if is_shortened(&text) {
            let message = format!(
                "{text:?} looks like a long number whose last digits a spreadsheet has dropped: ask for the file as it was \
                 before, or import the column as text there"
            );
            let problem = Problem::new(Stage::Validate, Code::LostDigits, message);
            problems.push(problem.field(record.name(self.field)).value(&text));
        }
    }
}

/// Whether a text is a number with an exponent, as spreadsheets write it, that lacks digits before the decimal mark.
fn is_shortened(text: &str) -> bool {
    let Some((digits, exponent)) = text.trim().split_once(['E', 'e']) else { return false };
    let digits = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, decimals) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    // Spreadsheets always write the sign and two digits, unlike the codes 1E5 and 12E34.
    let exponent = exponent.strip_prefix('+').filter(|exponent| exponent.len() > 1 && all(exponent));
    whole.len() == 1
        && all(whole)
        && (decimals.is_empty() || all(decimals))
        && exponent
            .and_then(|exponent| exponent.parse::<usize>().ok())
            .is_some_and(|exponent| exponent > decimals.len())
}

#[cfg(test)]
mod tests {
    use super::super::rule::testing::messages_of;
    use super::*;
    use crate::spec::FieldType;

    #[test]
    fn table_of_texts() {
        for (text, is_one) in [
            ("4,00638E+12", true),
            ("4.00638133E+12", true),
            ("4E+12", true),
            ("-1.5e+10", true),
            (" 4,00638E+12 ", true),
            // All digits are there.
            ("4.006381333931E+12", false),
            ("1E5", false),
            ("12E+34", false),
            ("1E+5", false),
            ("1,5E-03", false),
            ("4006381333931", false),
            ("A+B", false),
            ("E+12", false),
            ("4,E+12x", false),
        ] {
            let rule = LostDigits { field: 0 };
            let messages = messages_of(&rule, &[("ean", FieldType::String, text), ("n", FieldType::String, "1")]);
            assert_eq!(!messages.is_empty(), is_one, "{text}");
            assert!(messages.iter().all(|message| message.contains("a spreadsheet has dropped")), "{messages:?}");
        }
    }
}
