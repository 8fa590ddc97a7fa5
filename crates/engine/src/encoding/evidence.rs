//! Decides whether a text with invalid UTF-8 bytes is damaged UTF-8 or in another encoding, by comparing both
//! decodings.
//!
//! A text in another encoding contains valid UTF-8 sequences only by accident, and its own decoding of them
//! makes sense: in windows-1252, the bytes of `É»` are also valid UTF-8, and a closing quote may follow a
//! letter. Text that was written as UTF-8 becomes nonsense there, such as `Ã©` for `é`. So sequences that
//! become nonsense are weighed against the bytes that are not UTF-8.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The number of invalid bytes that one nonsense sequence outweighs. A wrong choice of UTF-8 is visible,
/// because records are rejected; a wrong choice of the other encoding alters good text. So the weight favours
/// UTF-8.
const WORTH: usize = 10;

/// The number of sequences that outweigh one invalid byte if the other encoding is multi-byte. Texts in
/// `Shift_JIS` and similar contain many accidental UTF-8 sequences, but always more invalid bytes.
const ACCIDENTS: usize = 3;

/// Counts for a text that is not entirely valid UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The number of multi-byte characters that are valid UTF-8.
    pub characters: usize,
    /// How many of them are nonsense in the other encoding.
    pub nonsense: usize,
    /// The first of them: the character, and what it becomes.
    pub example: Option<(char, String)>,
    /// The number of bytes that are not UTF-8.
    pub stray: usize,
    /// The other possible encoding.
    pub guess: &'static Encoding,
}

impl Evidence {
    /// Compares UTF-8 with another encoding.
    pub(super) fn of(sample: &[u8], guess: &'static Encoding) -> Self {
        let mut found = Self { characters: 0, nonsense: 0, example: None, stray: 0, guess };
        for chunk in sample.utf8_chunks() {
            found.stray += chunk.invalid().len();
            for character in chunk.valid().chars().filter(|character| !character.is_ascii()) {
                found.characters += 1;
                let mut bytes = [0; 4];
                let other = guess.decode_without_bom_handling(character.encode_utf8(&mut bytes).as_bytes()).0;
                if !makes_sense(&other) {
                    found.nonsense += 1;
                    found.example.get_or_insert_with(|| (character, other.into_owned()));
                }
            }
        }
        found
    }

    /// Whether the text is UTF-8 with some invalid bytes.
    pub(super) fn is_utf8(&self) -> bool {
        let Self { characters, nonsense, stray, guess, .. } = self;
        if *characters > 10 * stray {
            return true;
        }
        if guess.is_single_byte() {
            nonsense * WORTH >= *stray && *nonsense > 0
        } else {
            *characters >= ACCIDENTS * stray
        }
    }

    /// Explains the choice. `part` names what was examined: `the file`, or `the first MiB of the file`.
    #[must_use]
    pub fn describe(&self, part: &str) -> String {
        let Self { characters, nonsense, stray, guess, example } = self;
        let guess = guess.name();
        let count = |count: usize, one: &str, many: &str| {
            if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
        };
        let stray = count(*stray, "byte is", "bytes are");
        let would = |(from, to): &(char, String)| format!("{guess} would turn {from:?} into {to:?}");
        if self.is_utf8() {
            let characters = count(*characters, "multi-byte character is", "multi-byte characters are");
            let would = example.as_ref().map_or_else(String::new, |example| format!("; {}", would(example)));
            return format!(
                "the file is read as UTF-8: in {part}, {characters} UTF-8 and {stray} not{would}. Records with bytes that are \
                 not UTF-8 are rejected; if the whole file is in another encoding, declare source.encoding"
            );
        }
        let but = match example {
            Some(example) => format!(
                ", and {} UTF-8, too few to choose UTF-8 (but note: {})",
                count(*nonsense, "multi-byte character seems to be", "multi-byte characters seem to be"),
                would(example)
            ),
            None => String::new(),
        };
        format!(
            "the file is read as {guess}: in {part}, {stray} not UTF-8{but}; if this is wrong, declare source.encoding"
        )
    }
}

/// Whether these characters may follow each other: letters, then more letters of their script, or a character
/// that ends a word.
fn makes_sense(text: &str) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next().filter(|first| first.is_alphabetic()) else { return false };
    // No Latin capital is followed by a lower-case letter of the middle of a code page: `Ãœ` is nonsense,
    // `ęż` is not.
    let letters = first.is_lowercase() || first > '\u{36F}';
    characters.all(|c| ends_word(c) || letters && c.is_alphabetic() && !matches!(c, 'ª' | 'º' | 'µ' | 'ƒ'))
}

/// Whether a character may follow a word: a space, a closing quote, a dash and the like.
fn ends_word(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '»' | '«' | '’' | '‘' | '”' | '“' | '›' | '…' | '–' | '—' | '·' | '•' | '®' | '™' | '\u{ad}'
    )
}

/// Text that was encoded as UTF-8 twice, such as `Ã©`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mojibake {
    /// The number of places.
    pub places: usize,
    /// The first place: the text there, and the intended character.
    pub example: (String, char),
}

impl Mojibake {
    /// Searches a sample for text that was encoded twice. It only looks for patterns of western texts: two
    /// characters of windows-1252 that make no sense together and whose bytes form a UTF-8 character up to
    /// `ÿ`.
    #[must_use]
    pub fn of(sample: &[u8]) -> Option<Self> {
        let mut found: Option<Self> = None;
        for chunk in sample.utf8_chunks() {
            let text = chunk.valid();
            for (at, first) in text.match_indices(['Â', 'Ã']) {
                let pair = &text[at..];
                let Some(second) = pair[first.len()..].chars().next().filter(|second| !second.is_ascii()) else {
                    continue;
                };
                let pair = &pair[..first.len() + second.len_utf8()];
                let (bytes, _, unmappable) = WINDOWS_1252.encode(pair);
                let Some(meant) = UTF_8.decode_without_bom_handling_and_without_replacement(&bytes) else { continue };
                if unmappable || makes_sense(pair) {
                    continue;
                }
                let Some(meant) = meant.chars().next() else { continue };
                found.get_or_insert_with(|| Self { places: 0, example: (pair.to_owned(), meant) }).places += 1;
            }
        }
        found
    }

    /// Describes the finding.
    #[must_use]
    pub fn describe(&self, part: &str) -> String {
        let (stands, meant) = &self.example;
        let (places, seem) = if self.places == 1 {
            ("1 place".to_owned(), "seems")
        } else {
            (format!("{} places", self.places), "seem")
        };
        format!(
            "{places} in {part} {seem} to be text that was encoded as UTF-8 twice, such as {stands:?} where {meant:?} was meant. \
             It is imported unchanged; fix it where the file is produced"
        )
    }
}
