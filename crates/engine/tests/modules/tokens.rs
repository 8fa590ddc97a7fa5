//! Splits Rust sources into words and signs, without comments, white space and literals in quotes.

/// A word, a sign, or the `::` of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Word(String),
    Sign(char),
    Colons,
}

impl Token {
    pub fn is(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }

    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// The tokens of a source. Literals in quotes yield no token.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = literal(rest) {
            length
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(Token::Word(rest[..length].to_owned()));
            length
        } else if rest.starts_with("::") {
            found.push(Token::Colons);
            2
        } else {
            found.extend((!first.is_whitespace()).then_some(Token::Sign(first)));
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// The length of a block comment, which may contain others.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let next = text[at..]
            .find("/*")
            .map(|open| at + open)
            .filter(|open| text[at..].find("*/").is_none_or(|close| *open < at + close));
        match next {
            Some(open) => (depth, at) = (depth + 1, open + 2),
            None => match text[at..].find("*/") {
                Some(close) => (depth, at) = (depth - 1, at + close + 2),
                None => return text.len(),
            },
        }
        if depth == 0 {
            return at;
        }
    }
}

/// The length of a literal in quotes at the start; `None` if there is none. A lifetime is not a literal.
fn literal(text: &str) -> Option<usize> {
    let bare = text.trim_start_matches(['b', 'c']);
    let prefix = text.len() - bare.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = bare.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let content = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = content.find(&end)?;
        return Some(prefix + 1 + hashes + 1 + length + end.len());
    }
    let quote = bare.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let mut characters = bare.char_indices().skip(1);
    let mut count = 0;
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            _ if character == quote && count > 0 || character == '"' && quote == '"' => return Some(prefix + at + 1),
            // A lifetime such as `'a` has no closing quote.
            _ if quote == '\'' && count > 0 && !bare[1..].starts_with('\\') => return None,
            _ => {}
        }
        count += 1;
    }
    None
}
