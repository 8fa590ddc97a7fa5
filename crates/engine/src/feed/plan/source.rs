//! `source`: checks and compiles the format of the file.

use std::collections::HashSet;
use std::sync::Arc;

use encoding_rs::Encoding;

use super::PlanBuilder;
use super::footer::{FOOTER_BYTES, FooterPlan};
use super::header::HeaderPlan;
use crate::dialect::{Delimiter, Dialect};
use crate::fixed::FixedLayout;
use crate::scan::Layout;
use crate::spec::FeedProblem;
use crate::spec::{
    BlankLines, FeedSpec, HeaderPlace, Quotes, SameContent, SourceFormat, SourceSpec, TrailingDelimiter,
};

/// The parts of a file besides its data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourcePlan {
    /// The number of lines to skip at the start.
    pub skip_lines: u64,
    /// Where the header is, if the file has one.
    pub header: HeaderPlan,
    /// The columns of fixed width, if the file has such.
    pub fixed: Option<Arc<FixedLayout>>,
    /// The names of the columns, if the file has no header.
    pub columns: Option<Vec<String>>,
    /// What the last records must be, if the file has a footer.
    pub footer: Option<FooterPlan>,
    /// Whether an empty cell at the end of the header and of records is left out.
    pub ignores_trailing: bool,
    /// How broken quotes are treated.
    pub quotes: Quotes,
    /// How a file with the same content as an earlier one is treated.
    pub same_content: SameContent,
}

impl SourcePlan {
    /// The layout, for scanning a file of this length in bytes.
    #[must_use]
    pub fn layout(&self, length: u64) -> Layout {
        let tail = self.footer.is_some().then(|| length.saturating_sub(FOOTER_BYTES));
        Layout { skip_lines: self.skip_lines, header: self.columns.is_none(), data: None, tail }
    }
}

impl SourceSpec {
    /// The dialect: how records and cells are separated.
    ///
    /// # Errors
    /// Every problem, each with its key.
    pub fn dialect(&self) -> Result<Dialect, Vec<FeedProblem>> {
        let mut problems = Vec::new();
        let mut problem = |key: &str, message: String| problems.push(FeedProblem::new(key, message));
        let delimiter = delimiter(&self.delimiter).unwrap_or_else(|message| {
            problem("delimiter", message);
            Dialect::CANONICAL.delimiter
        });
        let given = [
            ("delimiter", None),
            ("quoteChar", self.quote_char.as_ref()),
            ("escapeChar", self.escape_char.as_ref()),
            ("commentChar", self.comment_char.as_ref()),
        ];
        let mut bytes: [Option<u8>; 4] = [delimiter.only(), None, None, None];
        for at in 1..given.len() {
            let (key, text) = given[at];
            match text.map(|text| one_byte(text)) {
                Some(Ok(byte)) => {
                    if delimiter.only().is_none() && delimiter.as_bytes().contains(&byte) {
                        problem(key, format!("is {:?}, which is part of the delimiter", char::from(byte)));
                    } else if let Some(other) = bytes[..at].iter().position(|other| *other == Some(byte)) {
                        problem(
                            key,
                            format!(
                                "is {:?}, which is already the {}{}",
                                char::from(byte),
                                given[other].0,
                                hint(key, given[other].0)
                            ),
                        );
                    }
                    bytes[at] = Some(byte);
                }
                Some(Err(message)) => problem(key, message),
                None => {}
            }
        }
        let [_, quote, escape, comment] = bytes;
        if self.skip_initial_space && (bytes.contains(&Some(b' ')) || delimiter.as_bytes().contains(&b' ')) {
            problem(
                "skipInitialSpace",
                "cannot be true if a space is the delimiter or another special character".into(),
            );
        }
        let dialect = Dialect {
            delimiter,
            quote,
            double_quote: self.double_quote,
            escape,
            comment,
            skip_initial_space: self.skip_initial_space,
            keep_blank_lines: self.blank_lines == BlankLines::Keep,
        };
        if problems.is_empty() { Ok(dialect) } else { Err(problems) }
    }
}

/// The delimiter that a text stands for. `\\t` means the tab, even in YAML quotes that do not unescape it.
fn delimiter(text: &str) -> Result<Delimiter, String> {
    let text = text.replace("\\t", "\t");
    if text.contains(['\n', '\r']) {
        let is = if text.len() == 1 { "is" } else { "contains" };
        return Err(format!("{is} a line break, which ends a record"));
    }
    Delimiter::of(text.as_bytes()).ok_or_else(|| match text.len() {
        0 => "is empty; expected one character or several".to_owned(),
        bytes => format!("{text:?} has {bytes} bytes; expected at most {}", Delimiter::LONGEST),
    })
}

/// The byte that another character of the dialect stands for.
fn one_byte(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [b'\n' | b'\r'] => Err("is a line break, which ends a record".into()),
        [byte] if byte.is_ascii() => Ok(*byte),
        [] => Err("is empty; expected one ASCII character (or null for none, where that is allowed)".into()),
        _ => Err(format!("{text:?} is not one ASCII character")),
    }
}

fn hint(key: &str, other: &str) -> &'static str {
    match (key, other) {
        ("escapeChar", "quoteChar") => "; use doubleQuote for quotes that are written twice",
        _ => "",
    }
}

impl PlanBuilder<'_> {
    pub(super) fn dialect(&mut self, spec: &FeedSpec) -> Dialect {
        if self.is_json || spec.source.format == SourceFormat::Fixed {
            return Dialect::LINES;
        }
        let encoding = Encoding::for_label(spec.source.encoding.trim().as_bytes());
        if let Some(encoding) = encoding.filter(|encoding| encoding.is_single_byte())
            && !spec.source.delimiter.is_ascii()
        {
            let message = format!(
                "{:?} is not ASCII, and a file in {} is read as it comes; expected characters of ASCII",
                spec.source.delimiter,
                encoding.name()
            );
            self.problem("source.delimiter", message);
        }
        spec.source.dialect().unwrap_or_else(|problems| {
            for FeedProblem { path, message, .. } in problems {
                self.problem(format!("source.{path}"), message);
            }
            Dialect::CANONICAL
        })
    }

    pub(super) fn source(&mut self, spec: &FeedSpec) -> SourcePlan {
        let source = &spec.source;
        let fixed = self.fixed(source);
        if self.is_json {
            return SourcePlan { same_content: source.same_content, ..SourcePlan::default() };
        }
        if source.format == SourceFormat::Fixed {
            return SourcePlan {
                skip_lines: source.skip_lines,
                columns: fixed.as_ref().map(|fixed| fixed.labels()),
                fixed,
                footer: self.footer(source),
                same_content: source.same_content,
                ..SourcePlan::default()
            };
        }
        let has_header = source.header != HeaderPlace::None;
        match (has_header, &source.columns[..]) {
            (true, []) => {}
            (true, _) => {
                self.problem("source.columns", "the header names the columns; set header: false if there is none");
            }
            (false, []) => {
                self.problem("source.columns", "is empty; expected the names of the columns, as there is no header");
            }
            (false, columns) => self.columns(columns),
        }
        SourcePlan {
            skip_lines: source.skip_lines,
            header: self.header(source),
            fixed: None,
            columns: (!has_header).then(|| source.columns.iter().map(|name| name.trim().to_owned()).collect()),
            footer: self.footer(source),
            ignores_trailing: source.trailing_delimiter == TrailingDelimiter::Ignore,
            quotes: source.quotes,
            same_content: source.same_content,
        }
    }

    fn columns(&mut self, columns: &[String]) {
        let mut seen = HashSet::new();
        for (at, name) in columns.iter().map(|name| name.trim()).enumerate() {
            let path = format!("source.columns[{at}]");
            if name.is_empty() {
                self.problem(path, "has no name");
            } else if !seen.insert(name) {
                self.problem(path, format!("{name:?} occurs twice"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::FeedPlan;

    use super::*;

    fn plan(source: &str) -> Result<FeedPlan, Vec<String>> {
        let feed = format!(
            "version: 1\nname: orders\nsource: {source}\n\
             schema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\nimport: {{table: orders, key: [id]}}\n"
        );
        FeedPlan::from_yaml(&feed).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_key_of_the_dialect_has_its_place() {
        let source = "{delimiter: '|', quoteChar: \"'\", doubleQuote: false, escapeChar: '\\', commentChar: '#', \
                      skipInitialSpace: true, blankLines: keep}";
        let dialect = Dialect {
            delimiter: b'|'.into(),
            quote: Some(b'\''),
            double_quote: false,
            escape: Some(b'\\'),
            comment: Some(b'#'),
            skip_initial_space: true,
            keep_blank_lines: true,
        };
        assert_eq!(plan(source).map(|plan| plan.dialect), Ok(dialect));
        assert_eq!(plan("{}").map(|plan| (plan.dialect, plan.source)), Ok((Dialect::CANONICAL, SourcePlan::default())));
    }

    #[test]
    fn any_single_byte_is_a_delimiter_and_a_quote_may_be_none() {
        for (written, delimiter) in
            [("\"\\t\"", b'\t'), ("'\\t'", b'\t'), ("\"\\x01\"", 1), ("' '", b' '), ("';'", b';'), ("\"\\x1F\"", 0x1F)]
        {
            let dialect = plan(&format!("{{delimiter: {written}, quoteChar: null}}")).map(|plan| plan.dialect);
            assert_eq!(
                dialect,
                Ok(Dialect { delimiter: Delimiter::byte(delimiter), quote: None, ..Dialect::CANONICAL }),
                "{written}"
            );
        }
    }

    #[test]
    fn a_delimiter_may_have_several_characters() {
        for (written, delimiter) in [
            ("'||'", "||"),
            ("'~|~'", "~|~"),
            ("'\\t|\\t'", "\t|\t"),
            ("\"\\t|\\t\"", "\t|\t"),
            ("§§§§", "§§§§"),
            ("¦", "¦"),
        ] {
            let dialect = plan(&format!("{{delimiter: {written}, encoding: auto}}")).map(|plan| plan.dialect);
            let delimiter = Delimiter::of(delimiter.as_bytes()).unwrap();
            assert_eq!(dialect, Ok(Dialect { delimiter, ..Dialect::CANONICAL }), "{written}");
        }
        assert!(plan("{delimiter: ¦, encoding: utf-16}").is_ok(), "it is decoded first");
    }

    #[test]
    fn preamble_columns_and_footer_have_their_places() {
        let source = "{skipLines: 3, header: false, columns: [id, ' name '], footer: {marker: 99, countCell: 3}}";
        let expected = SourcePlan {
            ignores_trailing: false,
            quotes: Quotes::Strict,
            same_content: SameContent::Import,
            skip_lines: 3,
            header: HeaderPlan::default(),
            fixed: None,
            columns: Some(vec!["id".into(), "name".into()]),
            footer: Some(FooterPlan { marker: Some("99".into()), when: None, within: 10, count_cell: Some(2) }),
        };
        assert_eq!(plan(source).map(|plan| plan.source), Ok(expected));
    }

    #[test]
    fn contradictions_are_reported() {
        for (source, expected) in [
            ("{delimiter: '123456789'}", &["source.delimiter: \"123456789\" has 9 bytes; expected at most 8"][..]),
            ("{delimiter: \"|\\r|\"}", &["source.delimiter: contains a line break, which ends a record"]),
            (
                "{delimiter: '|\"', commentChar: '|'}",
                &[
                    "source.quoteChar: is '\"', which is part of the delimiter",
                    "source.commentChar: is '|', which is part of the delimiter",
                ],
            ),
            (
                "{delimiter: §, encoding: latin1}",
                &["source.delimiter: \"§\" is not ASCII, and a file in windows-1252 is read as it comes; expected \
                   characters of ASCII"],
            ),
            (
                "{delimiter: ' | ', skipInitialSpace: true}",
                &["source.skipInitialSpace: cannot be true if a space is the delimiter or another special character"],
            ),
            (
                "{delimiter: '', quoteChar: §}",
                &[
                    "source.delimiter: is empty; expected one character or several",
                    "source.quoteChar: \"§\" is not one ASCII character",
                ],
            ),
            ("{delimiter: \"\\n\"}", &["source.delimiter: is a line break, which ends a record"]),
            (
                "{delimiter: '#', quoteChar: '#', commentChar: '#'}",
                &[
                    "source.quoteChar: is '#', which is already the delimiter",
                    "source.commentChar: is '#', which is already the delimiter",
                ],
            ),
            (
                "{escapeChar: '\"'}",
                &["source.escapeChar: is '\"', which is already the quoteChar; use doubleQuote for quotes that are \
                     written twice"],
            ),
            (
                "{delimiter: ' ', skipInitialSpace: true}",
                &["source.skipInitialSpace: cannot be true if a space is the delimiter or another special character"],
            ),
            ("{columns: [id]}", &["source.columns: the header names the columns; set header: false if there is none"]),
            (
                "{header: false}",
                &["source.columns: is empty; expected the names of the columns, as there is no header"],
            ),
            (
                "{header: false, columns: [id, '', id]}",
                &["source.columns[1]: has no name", "source.columns[2]: \"id\" occurs twice"],
            ),
        ] {
            assert_eq!(plan(source).err().unwrap_or_default(), expected, "{source}");
        }
    }
}
