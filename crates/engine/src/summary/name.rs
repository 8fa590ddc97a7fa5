//! The name of a summary's file.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The longest name, in bytes: a key of S3 has up to 1,024, and a folder comes before it.
const MAX_BYTES: usize = 500;
/// The longest name of an upload in it, in bytes. A longer one is cut off there.
const MAX_UPLOAD_BYTES: usize = 200;
/// What can stand in a name.
const VARIABLES: [&str; 3] = ["date", "file", "run"];

/// The name of a summary's file, with variables in braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    written: String,
}

/// Why a text is not the name of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFileName {
    /// It is empty, too long, or a part of it names no file.
    #[error("{0:?} is not the name of a file: expected up to 500 bytes, in folders without empty names, . and ..")]
    Path(String),
    /// It has a character that a key should not have.
    #[error("{0:?} has the character {1:?}, which a name cannot have")]
    Character(String, char),
    /// It has an unknown variable.
    #[error("{{{0}}} is not known; expected {{date}}, {{run}} or {{file}}")]
    Variable(String),
    /// It has a brace without its pair.
    #[error("{0:?} has a brace without its pair")]
    Brace(String),
}

impl FromStr for FileName {
    type Err = InvalidFileName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_BYTES || text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(InvalidFileName::Path(text.to_owned()));
        }
        if let Some(odd) =
            text.chars().find(|odd| odd.is_control() || matches!(odd, '\\' | '*' | '?' | '"' | '<' | '>'))
        {
            return Err(InvalidFileName::Character(text.to_owned(), odd));
        }
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((variable, after)) = after.split_once('}') else {
                return Err(InvalidFileName::Brace(text.to_owned()));
            };
            if before.contains('}') {
                return Err(InvalidFileName::Brace(text.to_owned()));
            }
            if !VARIABLES.contains(&variable) {
                return Err(InvalidFileName::Variable(variable.to_owned()));
            }
            rest = after;
        }
        if rest.contains('}') {
            return Err(InvalidFileName::Brace(text.to_owned()));
        }
        Ok(Self { written: text.to_owned() })
    }
}

impl FileName {
    /// The name as it is written in the feed.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The name for a run: its id, the name of its upload without folders, and its clock in a zone.
    #[must_use]
    pub fn of(&self, run: &str, upload: &str, at: Timestamp, zone: &TimeZone) -> String {
        let file = upload.rsplit_once('.').map_or(upload, |(stem, _)| if stem.is_empty() { upload } else { stem });
        let file = &file[..file.floor_char_boundary(MAX_UPLOAD_BYTES)];
        // An upload can be called `..`, which leads out of a folder.
        let file = if file.trim_matches('.').is_empty() { "_" } else { file };
        let date = at.to_zoned(zone.clone()).date().to_string();
        self.written.replace("{date}", &date).replace("{run}", run).replace("{file}", file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_names() {
        for (text, expected) in [
            ("{date}/{date}_Search.tab", Ok("2026-11-29/2026-11-29_Search.tab")),
            ("{file}-{run}.csv", Ok("hits.2026-r1.csv")),
            ("plain.csv", Ok("plain.csv")),
            (
                "",
                Err(
                    "\"\" is not the name of a file: expected up to 500 bytes, in folders without empty names, . and ..",
                ),
            ),
            (
                "/a",
                Err(
                    "\"/a\" is not the name of a file: expected up to 500 bytes, in folders without empty names, . and ..",
                ),
            ),
            (
                "a/../b",
                Err(
                    "\"a/../b\" is not the name of a file: expected up to 500 bytes, in folders without empty names, . and ..",
                ),
            ),
            ("{day}.csv", Err("{day} is not known; expected {date}, {run} or {file}")),
            ("{date.csv", Err("\"{date.csv\" has a brace without its pair")),
            ("a}{date}.csv", Err("\"a}{date}.csv\" has a brace without its pair")),
            ("a*.csv", Err("\"a*.csv\" has the character '*', which a name cannot have")),
        ] {
            let at = "2026-11-30T04:59:00Z".parse().unwrap();
            let zone = TimeZone::fixed(jiff::tz::offset(-5));
            let found = text.parse::<FileName>().map(|name| name.of("r1", "hits.2026.tsv", at, &zone));
            assert_eq!(
                found.map_err(|error| error.to_string()),
                expected.map(str::to_owned).map_err(str::to_owned),
                "{text}"
            );
        }
    }
    #[test]
    fn whatever_an_upload_is_called_the_name_is_one_of_a_file() {
        let name: FileName = "{file}/a.csv".parse().unwrap();
        let long = format!("{}.csv", "\u{fc}".repeat(500));
        let cut = "\u{fc}".repeat(100);
        for (upload, expected) in [
            ("data.sql", "data"),
            ("data[98][58].tsv", "data[98][58]"),
            (".csv", ".csv"),
            ("..", "_"),
            ("....csv", "_"),
            (".", "_"),
            ("{date}.csv", "{date}"),
            (&long, &cut),
        ] {
            let found = name.of("r1", upload, Timestamp::UNIX_EPOCH, &TimeZone::UTC);
            assert_eq!(found, format!("{expected}/a.csv"), "{upload}");
        }
    }
}
