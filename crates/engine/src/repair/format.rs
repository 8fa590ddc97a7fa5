//! The format in which a repair file was saved: as `rejects.csv` is written, or as a spreadsheet saves it.

use serde::{Deserialize, Serialize};

/// The format in which a repair file was saved. Its header shows it: only with the right delimiter does it
/// have our columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedFormat {
    /// The delimiter. Spreadsheets use the list separator of their locale.
    pub delimiter: Separator,
    /// Whether the first line is a `sep=` line, which names the delimiter for spreadsheets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sep_line: bool,
}

impl SavedFormat {
    /// Whether the file was saved in the format of `rejects.csv`.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        *self == Self::default()
    }

    /// The number of lines before the header.
    #[must_use]
    pub fn skip_lines(self) -> u64 {
        u64::from(self.sep_line)
    }
}

/// The possible delimiters of a repair file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Separator {
    /// As in `rejects.csv`.
    #[default]
    #[serde(rename = ",")]
    Comma,
    /// As spreadsheets save it in locales whose decimal sign is the comma.
    #[serde(rename = ";")]
    Semicolon,
    /// As spreadsheets save "Unicode text".
    #[serde(rename = "\t")]
    Tab,
}

impl Separator {
    /// All of them, the most likely first.
    pub(super) const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// The delimiter as a byte.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}
