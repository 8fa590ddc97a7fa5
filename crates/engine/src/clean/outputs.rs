//! The possible results of cleaning steps: the texts that are known individually, and the certain properties
//! of all others.
//!
//! Known texts (of a table, a default, an expression) run through the steps themselves. Other texts have
//! certain properties after a step: for example, `lower` leaves no capitals. A property that a later step
//! could undo is dropped, so that nothing possible is ever called impossible; a property test checks that.

use std::borrow::Cow;
use std::fmt;

use super::{CleanStep, Marks, Notation};
use crate::spec::Otherwise;

/// Maximum number of known texts that are followed individually.
const MAX_KNOWN: usize = 500;

/// The characters of a parsed number.
const OF_NUMBERS: &str = "0123456789.-";

/// The possible results.
#[derive(Clone, Debug)]
pub(crate) struct Outputs {
    /// Texts that are known individually.
    pub known: Vec<Known>,
    /// The certain properties of all others; `None` if there are no others.
    pub rest: Option<Vec<Certain>>,
}

/// A text that the feed itself gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The text.
    pub text: String,
    /// Its origin; `None` for the empty text of a blank cell.
    pub from: Option<Origin>,
}

/// The setting of a mapping that gives a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Its expression.
    Value,
    /// A step `default`, by index.
    Default(usize),
    /// An entry of a step `map`, by index, with the looked-up text.
    Entry(usize, String),
    /// A step `boolean`, by index.
    Boolean(usize, bool),
}

/// A certain property of every text after a step.
#[derive(Clone, Debug)]
pub(crate) struct Certain {
    /// The index of the step.
    pub step: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Each character is unchanged by this case step.
    Case(CleanStep),
    /// It has none of these characters.
    None(String),
    /// It has only characters of numbers.
    Digits,
    /// The step would leave the whole text unchanged.
    Fixed(CleanStep),
    /// Its words are in title case.
    Title,
    /// It does not contain the text.
    Without(String),
}

/// A part of the feed that never has an effect, or always rejects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Futile {
    /// A text of the feed that a later step refuses.
    Refused {
        /// The origin of the text.
        from: Origin,
        /// The index of the step that refuses it.
        step: usize,
        /// Its message.
        why: String,
    },
    /// An entry of a step `map` that never matches.
    Unfound {
        /// The index of the step.
        step: usize,
        /// The looked-up text.
        key: String,
        /// The index of the step that never produces it.
        by: usize,
    },
}

impl Outputs {
    /// Any text.
    pub(crate) fn anything() -> Self {
        Self { known: vec![Known { text: String::new(), from: None }], rest: Some(Vec::new()) }
    }

    /// These texts and no others.
    pub(crate) fn of_expression(texts: Vec<String>) -> Self {
        let known = texts.into_iter().map(|text| Known { text, from: Some(Origin::Value) }).collect();
        Self { known, rest: None }
    }

    /// The results of the steps, and the futile parts of them.
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
                    // The step itself gave the text that replaced an empty one.
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

    /// The properties of the other texts after a step.
    fn of_others(&mut self, at: usize, step: &CleanStep, mut certain: Vec<Certain>) -> Option<Vec<Certain>> {
        match step {
            // It could produce anything.
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
            // These steps may leave nothing.
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

/// The property that excludes a text; `None` if it is possible.
pub(crate) fn impossible<'c>(certain: &'c [Certain], text: &str) -> Option<&'c Certain> {
    certain.iter().find(|certain| !certain.kind.allows(text))
}

/// The property that excludes a character from all texts; `None` if it is possible.
pub(crate) fn never_has(certain: &[Certain], character: char) -> Option<&Certain> {
    certain.iter().find(|certain| certain.kind.never_has(character))
}

impl Kind {
    /// The properties after a step.
    fn after(step: &CleanStep) -> Vec<Self> {
        match step {
            CleanStep::Upper | CleanStep::Lower => vec![Self::Case(step.clone())],
            CleanStep::Title => vec![Self::Title],
            CleanStep::Trim | CleanStep::CollapseWhitespace | CleanStep::Normalize(_) => {
                vec![Self::Fixed(step.clone())]
            }
            CleanStep::Strip(characters) => vec![Self::None(characters.clone())],
            CleanStep::Number(_) | CleanStep::Units(_) => {
                let plain = CleanStep::Number(Notation::of(Marks { decimal: '.', group: Vec::new() }));
                vec![Self::Digits, Self::Fixed(plain)]
            }
            CleanStep::Split { by, .. } if by.chars().count() == 1 => vec![Self::None(by.clone())],
            CleanStep::Split { by, .. } => vec![Self::Without(by.clone())],
            // Removing a longer text may create a new occurrence of it.
            CleanStep::ReplaceText { text, with } if text.chars().count() == 1 && !with.contains(text.as_str()) => {
                vec![Self::None(text.clone())]
            }
            _ => Vec::new(),
        }
    }

    /// Whether a text has this property.
    fn allows(&self, text: &str) -> bool {
        match self {
            Self::Case(_) | Self::None(_) | Self::Digits => !text.chars().any(|character| self.never_has(character)),
            Self::Fixed(step) => step.apply(Cow::Borrowed(text)).is_ok_and(|same| same == text),
            Self::Title => may_be_title(text),
            Self::Without(part) => !text.contains(part.as_str()),
        }
    }

    /// Whether the property excludes a character from all texts.
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

    /// Whether the property still holds after another step.
    fn outlasts(&self, step: &CleanStep) -> bool {
        let whole = matches!(self, Self::Fixed(_) | Self::Title);
        match step {
            CleanStep::Default(_) | CleanStep::Map(_) => true,
            // These steps take a part of the text.
            CleanStep::Trim | CleanStep::Split { .. } | CleanStep::Extract(_) => {
                !whole || (matches!(step, CleanStep::Trim) && !matches!(self, Self::Fixed(CleanStep::Normalize(_))))
            }
            // These steps join parts that were not adjacent.
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
                // Letters stay letters in another case, and no other ASCII characters appear.
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

/// Whether a text can be a result of `title`. A few letters become two or three: `ß` at the start of a word
/// is `SS`.
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
