//! Is a text with bytes that are not UTF-8 a broken UTF-8 text, or a text in another encoding? Both decodings are compared.
//!
//! A text in another encoding holds sequences that are UTF-8 only by accident, and its own decoding of them makes sense: in
//! windows-1252, the bytes of `É»` are UTF-8 too, and a closing quote may follow a letter. What was written as UTF-8 becomes
//! nonsense there, such as `Ã©` for `é`. So sequences that become nonsense are counted against the bytes that are not UTF-8.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How many bytes that are not UTF-8 one sequence outweighs that the other encoding makes nonsense of. The wrong choice is
/// seen where the file is read as UTF-8, for records are rejected; where it is not, good text is altered. So this leans to UTF-8.
const WORTH: usize = 10;

/// How many sequences outweigh a byte where the other encoding has characters of several bytes: texts in `Shift_JIS` and the
/// like hold many sequences that are UTF-8 by accident, but always more bytes that are not.
const ACCIDENTS: usize = 3;

/// What is counted in a text of which not every byte is UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Characters of several bytes that are UTF-8.
    pub characters: usize,
    /// Of these, how many the other encoding makes nonsense of.
    pub nonsense: usize,
    /// The first of them: a character, and what it becomes.
    pub example: Option<(char, String)>,
    /// Bytes that are not UTF-8.
    pub stray: usize,
    /// The other encoding that the text may be in.
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

    /// Whether the text is UTF-8, and the stray bytes are what is wrong with it.
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

    /// What is to be told of the choice. `part` is what was looked at: `the file`, or `the first MiB of the file`.
    #[must_use]
    pub fn told(&self, part: &str) -> String {
        let Self { characters, nonsense, stray, guess, example } = self;
        let guess = guess.name();
        let count = |count: usize, one: &str, many: &str| {
            if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
        };
        let stray = count(*stray, "byte is", "bytes are");
        let would = |(from, to): &(char, String)| format!("{guess} would turn {from:?} into {to:?}");
        if self.is_utf8() {
            let characters = count(*characters, "character of several bytes is", "characters of several bytes are");
            let would = example.as_ref().map_or_else(String::new, |example| format!("; {}", would(example)));
            return format!(
                "the file is read as UTF-8: in {part}, {characters} UTF-8 and {stray} not{would}. Records with bytes that are \
                 not UTF-8 are rejected; where the whole file is in another encoding, declare source.encoding"
            );
        }
        let but = match example {
            Some(example) => format!(
                ", and {} UTF-8, which is too few to decide for it (but note: {})",
                count(*nonsense, "character of several bytes seems to be", "characters of several bytes seem to be"),
                would(example)
            ),
            None => String::new(),
        };
        format!(
            "the file is read as {guess}: in {part}, {stray} not UTF-8{but}; where that is wrong, declare source.encoding"
        )
    }
}

/// Whether characters may follow each other like this: letters, then more letters of their script, or what ends a word.
fn makes_sense(text: &str) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next().filter(|first| first.is_alphabetic()) else { return false };
    // Latin capitals are not followed by small letters that a code page has in its middle: `Ãœ` is nonsense, `ęż` is not.
    let letters = first.is_lowercase() || first > '\u{36F}';
    characters.all(|c| ends_word(c) || letters && c.is_alphabetic() && !matches!(c, 'ª' | 'º' | 'µ' | 'ƒ'))
}

/// Whether a character may stand behind a letter: a space, a closing quote, a dash and the like.
fn ends_word(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '»' | '«' | '’' | '‘' | '”' | '“' | '›' | '…' | '–' | '—' | '·' | '•' | '®' | '™' | '\u{ad}'
    )
}

/// Text that was encoded as UTF-8 twice, as far as it shows: `Ã©` in a text that is UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mojibake {
    /// How many places there are.
    pub places: usize,
    /// The first of them: what stands there, and what was meant.
    pub example: (String, char),
}

impl Mojibake {
    /// Looks for it. Only what every western text would have is looked for: two characters of windows-1252 whose bytes are
    /// a character of UTF-8 up to `ÿ`, and which make no sense together.
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

    /// What is to be told of it.
    #[must_use]
    pub fn told(&self, part: &str) -> String {
        let (stands, meant) = &self.example;
        let (places, seem) = if self.places == 1 {
            ("1 place".to_owned(), "seems")
        } else {
            (format!("{} places", self.places), "seem")
        };
        format!(
            "{places} in {part} {seem} to be text that was encoded as UTF-8 twice, such as {stands:?} where {meant:?} was meant. \
             It is imported as it stands; have it corrected where the file is made"
        )
    }
}
