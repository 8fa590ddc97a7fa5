//! References to cells, such as `C5`.

/// The last row of a sheet. The limit of Excel: <https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3>.
pub(super) const MAX_ROW: u32 = 1_048_576;

/// The last column of a sheet, XFD. The limit of Excel.
pub(super) const MAX_COLUMN: u32 = 16_384;

/// A cell: its row and its column, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub row: u32,
    pub column: u32,
}

impl Place {
    /// The cell that a reference names; `None` if it names none within the limits.
    pub fn of(reference: &str) -> Option<Self> {
        let digits = reference.find(|c: char| c.is_ascii_digit())?;
        let (letters, digits) = reference.split_at(digits);
        let column = letters.bytes().try_fold(0, |column: u32, letter| {
            let value = match letter {
                b'A'..=b'Z' => letter - b'A',
                b'a'..=b'z' => letter - b'a',
                _ => return None,
            };
            Some(column * 26 + u32::from(value) + 1).filter(|column| *column <= MAX_COLUMN)
        })?;
        let row = row(digits)?;
        (column > 0).then_some(Self { row, column })
    }
}

/// The row that digits name; `None` if it is not one within the limits.
pub(super) fn row(digits: &str) -> Option<u32> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|row| is_number && (1..=MAX_ROW).contains(row))
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", letters(self.column), self.row)
    }
}

/// The letters of a column.
pub(super) fn letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        column -= 1;
        letters.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or_default()));
        column /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_references() {
        for (text, place) in [
            ("A1", Some((1, 1))),
            ("c5", Some((5, 3))),
            ("Z9", Some((9, 26))),
            ("AA10", Some((10, 27))),
            ("XFD1048576", Some((MAX_ROW, MAX_COLUMN))),
            ("XFE1", None),
            ("A1048577", None),
            ("ZZZZZZZZZZZZ1", None),
            ("A0", None),
            ("A", None),
            ("1", None),
            ("A1B", None),
            ("A+1", None),
            ("$A$1", None),
            ("", None),
        ] {
            assert_eq!(Place::of(text).map(|place| (place.row, place.column)), place, "{text}");
        }
        for column in [1, 26, 27, 52, 702, 703, MAX_COLUMN] {
            let place = Place { row: 7, column };
            assert_eq!(Place::of(&place.to_string()), Some(place));
        }
    }
}
