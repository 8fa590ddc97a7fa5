//! How a repair file was saved: as `rejects.csv` is written, or as a spreadsheet does it.

use serde::{Deserialize, Serialize};

/// How a repair file was saved. Its header tells: under one of the delimiters it has our columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// What separates its cells. Spreadsheets take the list separator of the country where they run.
    pub delimiter: Separator,
    /// Whether its first line is the `sep=` line that tells a spreadsheet which delimiter it has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sep_line: bool,
}

impl Saved {
    /// Whether it was saved as `rejects.csv` is written.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        *self == Self::default()
    }

    /// How many lines come before its header.
    #[must_use]
    pub fn skip_lines(self) -> u64 {
        u64::from(self.sep_line)
    }
}

/// What can separate the cells of a repair file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Separator {
    /// As in `rejects.csv`.
    #[default]
    #[serde(rename = ",")]
    Comma,
    /// As spreadsheets save it where the comma is the decimal sign.
    #[serde(rename = ";")]
    Semicolon,
    /// As spreadsheets save "Unicode text".
    #[serde(rename = "\t")]
    Tab,
}

impl Separator {
    /// All of them, the most likely first.
    pub(super) const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// The byte.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}
