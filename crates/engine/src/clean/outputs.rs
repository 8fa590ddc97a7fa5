//! What can come out of steps of cleaning: the texts that are known one by one, and what is certain of all others.
//!
//! Known texts (of a table, a default, an expression) go through the steps themselves. Of all other texts a few things
//! are certain after a step, as that `lower` leaves no capitals. What a later step could undo is forgotten, so that
//! nothing is ever said to be impossible that is not: a property test holds that.

use std::borrow::Cow;
use std::fmt;

use super::{CleanStep, Marks};
use crate::spec::Otherwise;

/// Known texts beyond which they are not followed one by one.
const MAX_KNOWN: usize = 500;

/// The characters of a number that was read.
const OF_NUMBERS: &str = "0123456789.-";

/// What can come out.
#[derive(Clone, Debug)]
pub(crate) struct Outputs {
    /// Texts that are known one by one.
    pub known: Vec<Known>,
    /// What is certain of all others; `None` where there are no others.
    pub rest: Option<Vec<Certain>>,
}

/// A text that the feed itself gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The text.
    pub text: String,
    /// Where it comes from; `None` for the empty text of a cell without content.
    pub from: Option<Origin>,
}

/// What of a mapping gives a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Its expression.
    Value,
    /// A step `default`, by its index.
    Default(usize),
    /// An entry of a step `map`, by its index: what is looked up.
    Entry(usize, String),
    /// A step `boolean`, by its index.
    Boolean(usize, bool),
}

/// What is certain of every text that comes out of a step.
#[derive(Clone, Debug)]
pub(crate) struct Certain {
    /// The step, by its index.
    pub step: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Each character stays as it is in this case.
    Case(CleanStep),
    /// None of these characters.
    None(String),
    /// No other characters than those of numbers.
    Digits,
    /// The step would leave the whole text as it is.
    Fixed(CleanStep),
    /// Words as `title` leaves them.
    Title,
    /// The text is not a part of it.
    Without(String),
}

/// Something that a step never does, or always refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Futile {
    /// A text of the feed that a later step refuses.
    Refused {
        /// Where the text comes from.
        from: Origin,
        /// The step that refuses it, by its index.
        step: usize,
        /// What it says.
        why: String,
    },
    /// An entry of a step `map` that no text can find.
    Unfound {
        /// The step, by its index.
        step: usize,
        /// What would be looked up.
        key: String,
        /// The step that leaves no such text, by its index.
        by: usize,
    },
}

impl Outputs {
    /// Any text.
    pub(crate) fn anything() -> Self {
        Self { known: vec![Known { text: String::new(), from: None }], rest: Some(Vec::new()) }
    }

    /// A few texts, and no others.
    pub(crate) fn of_expression(texts: Vec<String>) -> Self {
        let known = texts.into_iter().map(|text| Known { text, from: Some(Origin::Value) }).collect();
        Self { known, rest: None }
    }

    /// What comes out of the steps, and what of them is futile.
    pub(crate) fn through(mut self, steps: &[CleanStep]) -> (Self, Vec<Futile>) {
        let mut futile = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            if let CleanStep::Map(table) = step
                && let Some(certain) = self.rest.as_ref().filter(|_| table.len() <= MAX_KNOWN)
            {
                for (key, _) in table.sorted() {
                    let is_known = self.known.iter().any(|known| known.text == *key);
                    if let Some(by) = impossible(certain, key).filter(|_| !is_known && !key.is_empty()) {
                        futile.push(Futile::Unfound { step: at, key: key.clone(), by: by.step });
                    }
                }
            }
            self = self.step(at, step, &mut futile);
            if self.known.len() > MAX_KNOWN {
                self = Self::anything();
            }
        }
        (self, futile)
    }

    fn step(self, at: usize, step: &CleanStep, futile: &mut Vec<Futile>) -> Self {
        let mut made = Self { known: Vec::new(), rest: None };
        for Known { text, from } in self.known {
            let was_empty = text.is_empty();
            match (step.apply(Cow::Borrowed(&text)), from) {
                (Ok(text), from) => {
                    let text = text.into_owned();
                    // What takes the place of an empty text is the step's own.
                    let own = was_empty && !text.is_empty();
                    let from = match step {
                        CleanStep::Default(_) if own => Some(Origin::Default(at)),
                        CleanStep::Map(_) if own => Some(Origin::Entry(at, String::new())),
                        _ => from,
                    };
                    made.add(text, from);
                }
                (Err(why), Some(from)) => futile.push(Futile::Refused { from, step: at, why }),
                (Err(_), None) => {}
            }
        }
        if let Some(certain) = self.rest {
            made.rest = made.of_others(at, step, certain);
        }
        made
    }

    /// What becomes of the texts that are not known one by one.
    fn of_others(&mut self, at: usize, step: &CleanStep, mut certain: Vec<Certain>) -> Option<Vec<Certain>> {
        match step {
            // What it makes could be anything.
            CleanStep::Map(table) if table.len() > MAX_KNOWN => return Some(Vec::new()),
            CleanStep::Map(table) => {
                for (key, text) in table.sorted() {
                    if !key.is_empty() && impossible(&certain, key).is_none() {
                        self.add(text.clone(), Some(Origin::Entry(at, key.clone())));
                    }
                }
                match table.otherwise() {
                    Otherwise::Keep => return Some(certain),
                    Otherwise::Empty => self.add(String::new(), None),
                    Otherwise::Reject => {}
                }
                return None;
            }
            CleanStep::Boolean(words) => {
                for truth in [true, false] {
                    if words.has(truth) {
                        self.add(truth.to_string(), Some(Origin::Boolean(at, truth)));
                    }
                }
                return None;
            }
            CleanStep::Default(_) => return Some(certain),
            CleanStep::Upper
            | CleanStep::Lower
            | CleanStep::Title
            | CleanStep::Normalize(_)
            | CleanStep::Number(_)
            | CleanStep::Units(_)
            | CleanStep::List(_) => {}
            // Of these something may be left without a character.
            CleanStep::Trim
            | CleanStep::CollapseWhitespace
            | CleanStep::Strip(_)
            | CleanStep::ReplaceText { .. }
            | CleanStep::ReplacePattern { .. }
            | CleanStep::Split { .. }
            | CleanStep::Extract(_)
            | CleanStep::StripCurrency
            | CleanStep::HtmlToText => self.add(String::new(), None),
        }
        certain.retain(|certain| certain.kind.outlasts(step));
        certain.extend(Kind::after(step).into_iter().map(|kind| Certain { step: at, kind }));
        Some(certain)
    }

    fn add(&mut self, text: String, from: Option<Origin>) {
        let known = Known { text, from };
        if !self.known.contains(&known) {
            self.known.push(known);
        }
    }
}

/// Why a text cannot come out, where that is certain.
pub(crate) fn impossible<'c>(certain: &'c [Certain], text: &str) -> Option<&'c Certain> {
    certain.iter().find(|certain| !certain.kind.allows(text))
}

/// Why no text that comes out can have a character, where that is certain.
pub(crate) fn never_has(certain: &[Certain], character: char) -> Option<&Certain> {
    certain.iter().find(|certain| certain.kind.never_has(character))
}

impl Kind {
    /// What is certain after a step.
    fn after(step: &CleanStep) -> Vec<Self> {
        match step {
            CleanStep::Upper | CleanStep::Lower => vec![Self::Case(step.clone())],
            CleanStep::Title => vec![Self::Title],
            CleanStep::Trim | CleanStep::CollapseWhitespace | CleanStep::Normalize(_) => {
                vec![Self::Fixed(step.clone())]
            }
            CleanStep::Strip(characters) => vec![Self::None(characters.clone())],
            CleanStep::Number(_) | CleanStep::Units(_) => {
                let plain = CleanStep::Number(Marks { decimal: '.', group: Vec::new() });
                vec![Self::Digits, Self::Fixed(plain)]
            }
            CleanStep::Split { by, .. } if by.chars().count() == 1 => vec![Self::None(by.clone())],
            CleanStep::Split { by, .. } => vec![Self::Without(by.clone())],
            // A longer text can come about anew where one was taken out.
            CleanStep::ReplaceText { text, with } if text.chars().count() == 1 && !with.contains(text.as_str()) => {
                vec![Self::None(text.clone())]
            }
            _ => Vec::new(),
        }
    }

    /// Whether a text can be one of those of which it is certain.
    fn allows(&self, text: &str) -> bool {
        match self {
            Self::Case(_) | Self::None(_) | Self::Digits => !text.chars().any(|character| self.never_has(character)),
            Self::Fixed(step) => step.apply(Cow::Borrowed(text)).is_ok_and(|same| same == text),
            Self::Title => may_be_title(text),
            Self::Without(part) => !text.contains(part.as_str()),
        }
    }

    /// Whether none of the texts has a character.
    fn never_has(&self, character: char) -> bool {
        match self {
            Self::Case(step) => {
                let mut text = [0; 4];
                let text = &*character.encode_utf8(&mut text);
                step.apply(Cow::Borrowed(text)).is_ok_and(|same| same != text)
            }
            Self::None(characters) => characters.contains(character),
            Self::Digits => !OF_NUMBERS.contains(character),
            Self::Fixed(CleanStep::CollapseWhitespace) => character != ' ' && character.is_whitespace(),
            Self::Fixed(_) | Self::Title | Self::Without(_) => false,
        }
    }

    /// Whether it stays certain after another step.
    fn outlasts(&self, step: &CleanStep) -> bool {
        let whole = matches!(self, Self::Fixed(_) | Self::Title);
        match step {
            CleanStep::Default(_) | CleanStep::Map(_) => true,
            // These take parts of the text.
            CleanStep::Trim | CleanStep::Split { .. } | CleanStep::Extract(_) => {
                !whole || (matches!(step, CleanStep::Trim) && !matches!(self, Self::Fixed(CleanStep::Normalize(_))))
            }
            // These leave parts side by side that were not.
            CleanStep::Strip(_) | CleanStep::StripCurrency => !whole && !matches!(self, Self::Without(_)),
            CleanStep::ReplaceText { with, .. } | CleanStep::ReplacePattern { with, .. } => {
                let by_character = matches!(self, Self::Case(_) | Self::None(_) | Self::Digits);
                by_character && !with.chars().any(|character| self.never_has(character))
            }
            CleanStep::CollapseWhitespace => match self {
                Self::Case(_) | Self::Digits => true,
                Self::None(characters) => !characters.contains(' '),
                _ => false,
            },
            CleanStep::Upper | CleanStep::Lower | CleanStep::Title => match self {
                // Letters in another case are letters; no other characters of ASCII come about.
                Self::None(characters) => characters.chars().all(|c| c.is_ascii() && !c.is_ascii_alphabetic()),
                Self::Digits | Self::Fixed(CleanStep::Trim | CleanStep::CollapseWhitespace | CleanStep::Number(_)) => {
                    true
                }
                _ => false,
            },
            CleanStep::Normalize(_) => matches!(self, Self::Digits | Self::Fixed(CleanStep::Number(_))),
            CleanStep::Number(_)
            | CleanStep::Units(_)
            | CleanStep::List(_)
            | CleanStep::Boolean(_)
            | CleanStep::HtmlToText => false,
        }
    }
}

/// Whether a text can come out of `title`. A few letters become two or three: `ß` at the start of a word is `SS`.
fn may_be_title(text: &str) -> bool {
    const ASCII_OF_ONE_LETTER: [&str; 4] = ["SS", "FF", "FI", "FL"];
    let is_word = |word: &&str| !word.is_empty();
    let of_one_letter = || {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_word);
        words
            .into_iter()
            .any(|word| word.starts_with("ST") || ASCII_OF_ONE_LETTER.iter().any(|two| word.starts_with(two)))
    };
    !text.is_ascii() || CleanStep::Title.apply(Cow::Borrowed(text)).is_ok_and(|same| same == text) || of_one_letter()
}

impl fmt::Display for CleanStep {
    /// The name of the step in a feed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trim => "trim",
            Self::CollapseWhitespace => "collapse_whitespace",
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Title => "title",
            Self::Strip(_) => "strip",
            Self::Default(_) => "default",
            Self::ReplaceText { .. } | Self::ReplacePattern { .. } => "replace",
            Self::Map(_) => "map",
            Self::Split { .. } => "split",
            Self::Extract(_) => "extract",
            Self::Number(_) => "number",
            Self::StripCurrency => "strip_currency",
            Self::Normalize(_) => "normalize",
            Self::HtmlToText => "html_to_text",
            Self::Units(_) => "units",
            Self::Boolean(_) => "boolean",
            Self::List(_) => "list",
        })
    }
}

#[cfg(test)]
mod tests;
