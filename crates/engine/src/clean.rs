//! Compiled cleaning steps. Each turns a text into another, or says why it cannot.

mod advice;
mod boolean;
mod changes;
mod currency;
mod html;
mod letters;
mod list;
mod notation;
mod number;
pub(crate) mod outputs;
pub(crate) mod piece;
mod replace;
mod space;
mod table;

use std::borrow::Cow;

use regex::Regex;

use crate::fast::text as fast;
use crate::spec::NormalForm;
use piece::{Bench, Piece, place_in};

pub(crate) use advice::advise;
pub(crate) use boolean::Words;
pub(crate) use notation::Notation;
pub(crate) use number::{Marks, Units};
pub(crate) use space::trim;
pub(crate) use table::Table;

/// A cleaning step. A text that it does not change is not copied. An empty text has no value; only
/// [`Default`](Self::Default) and [`Map`](Self::Map) act on it.
#[derive(Clone, Debug)]
pub(crate) enum CleanStep {
    Trim,
    CollapseWhitespace,
    Upper,
    Lower,
    Title,
    Strip(String),
    Default(String),
    ReplaceText { text: String, with: String },
    ReplacePattern { pattern: Regex, with: String },
    Map(Table),
    Split { by: String, take: i32 },
    Extract(Regex),
    Number(Notation),
    StripCurrency,
    Normalize(NormalForm),
    HtmlToText,
    Units(Units),
    Boolean(Words),
    List(String),
}

impl CleanStep {
    /// Applies the step to a text under construction; the frequent steps work in place.
    ///
    /// # Errors
    /// What was found and what was expected, if the step cannot read the text.
    pub(crate) fn run(&self, bench: &mut Bench<'_>, piece: Piece) -> Result<Piece, Box<str>> {
        let text = bench.text(piece);
        Ok(match self {
            Self::Default(value) if text.is_empty() => bench.make(value),
            Self::Default(_) => piece,
            Self::Trim if fast::surely_trimmed(text) => piece,
            Self::Trim => bench.narrow(piece, space::trim),
            Self::CollapseWhitespace if fast::surely_collapsed(text) => piece,
            Self::CollapseWhitespace => bench.make_of(piece, space::collapse_to),
            Self::HtmlToText if fast::surely_plain(text) => piece,
            Self::HtmlToText if fast::surely_without_markup(text) => bench.make_of(piece, space::collapse_to),
            Self::Map(table) if table.surely_keeps(text) => piece,
            Self::Map(table) if table.get(text).is_some() => bench.make(table.get(text).map_or("", String::as_str)),
            Self::StripCurrency if fast::surely_without_currency(text) => piece,
            Self::Split { by, take: 1 } if !fast::may_contain(text, by) => piece,
            Self::Upper if fast::surely_upper(text) => piece,
            Self::Lower if fast::surely_lower(text) => piece,
            Self::Upper if text.is_ascii() => bench.change(piece, str::make_ascii_uppercase),
            Self::Lower if text.is_ascii() => bench.change(piece, str::make_ascii_lowercase),
            _ => return self.run_apart(bench, piece).map_err(String::into_boxed_str),
        })
    }

    /// The same for steps that do not work in place.
    fn run_apart(&self, bench: &mut Bench<'_>, piece: Piece) -> Result<Piece, String> {
        let text = bench.text(piece);
        Ok(match self.apply(Cow::Borrowed(text))? {
            Cow::Borrowed(part) if place_in(text, part).is_some() => {
                let place = place_in(text, part).unwrap_or_default();
                piece.part(place)
            }
            made => {
                let made = made.into_owned();
                bench.make(&made)
            }
        })
    }

    /// Whether the step mostly takes something off the ends of a text.
    pub(crate) fn narrows(&self) -> bool {
        matches!(self, Self::Trim | Self::StripCurrency)
    }

    /// The part of a text that such a step leaves; `None` if it makes a new text.
    pub(crate) fn narrow<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Trim => Some(trim(text)),
            Self::StripCurrency => currency::narrow(text),
            _ => None,
        }
    }

    /// Applies the step.
    ///
    /// # Errors
    /// What was found and what was expected, if the step cannot read the text.
    pub(crate) fn apply<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, String> {
        match self {
            Self::Default(value) if text.is_empty() => return Ok(Cow::Owned(value.clone())),
            Self::Map(table) => return table.look_up(text),
            _ if text.is_empty() => return Ok(text),
            _ => {}
        }
        Ok(match self {
            Self::Trim => part(text, space::trim),
            Self::CollapseWhitespace => space::collapse(text),
            Self::Upper => letters::upper(text),
            Self::Lower => letters::lower(text),
            Self::Title => letters::title(text),
            Self::Normalize(form) => letters::normalize(*form, text),
            Self::Strip(characters) => replace::strip(characters, text),
            Self::ReplaceText { text: find, with } => replace::text(find, with, text),
            Self::ReplacePattern { pattern, with } => replace::pattern(pattern, with, text),
            Self::Split { by, take } => part(text, |text| replace::split(by, *take, text)),
            Self::Extract(pattern) => part(text, |text| replace::extract(pattern, text)),
            Self::StripCurrency => currency::strip(text),
            Self::HtmlToText => html::to_text(text),
            Self::List(separator) => Cow::Owned(list::json(separator, &text)),
            Self::Number(notation) => return notation.read(text),
            Self::Units(units) => return units.convert(&text).map(Cow::Owned),
            Self::Boolean(words) => return words.read(&text).map(Cow::Borrowed),
            Self::Default(_) | Self::Map(_) => text,
        })
    }
}

/// A part of a text, without copying a borrowed one.
fn part(text: Cow<'_, str>, part: impl Fn(&str) -> &str) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text)),
        Cow::Owned(text) => {
            let part = part(&text);
            if part.len() == text.len() { Cow::Owned(text) } else { Cow::Owned(part.to_owned()) }
        }
    }
}

/// The new text, or the old one if both are equal.
fn changed(old: Cow<'_, str>, new: String) -> Cow<'_, str> {
    if *old == new { old } else { Cow::Owned(new) }
}

#[cfg(test)]
mod tests;
