//! A parser for JSON texts (RFC 8259).

use std::collections::BTreeMap;

use super::Json;

/// Maximum nesting of lists and objects, the same as in `serde_json`.
const MAX_DEPTH: usize = 128;

pub(super) fn parse(text: &str) -> Option<Json> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    parser.white_space();
    (parser.at == text.len()).then_some(value)
}

struct Parser<'a> {
    text: &'a str,
    /// Offset of the next byte; always a character boundary.
    at: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        self.white_space();
        match self.peek()? {
            b'{' if depth < MAX_DEPTH => self.object(depth + 1),
            b'[' if depth < MAX_DEPTH => self.array(depth + 1),
            b'"' => self.string().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            _ => [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
                .into_iter()
                .find(|(word, _)| self.rest().starts_with(word))
                .map(|(word, value)| {
                    self.at += word.len();
                    value
                }),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        self.at += 1;
        let mut map = BTreeMap::new();
        if self.skip(b'}') {
            return Some(Json::Object(map));
        }
        loop {
            self.white_space();
            let key = self.string()?;
            let value = self.skip(b':').then(|| self.value(depth))??;
            // With a repeated key, one of the values would be lost.
            if map.insert(key, value).is_some() {
                return None;
            }
            if self.skip(b'}') {
                return Some(Json::Object(map));
            }
            self.skip(b',').then_some(())?;
        }
    }

    fn array(&mut self, depth: usize) -> Option<Json> {
        self.at += 1;
        let mut list = Vec::new();
        if self.skip(b']') {
            return Some(Json::Array(list));
        }
        loop {
            list.push(self.value(depth)?);
            if self.skip(b']') {
                return Some(Json::Array(list));
            }
            self.skip(b',').then_some(())?;
        }
    }

    /// A string, from its quote on; `serde_json` decodes the escapes.
    fn string(&mut self) -> Option<String> {
        let rest = self.rest();
        let mut bytes = rest.bytes().enumerate();
        (bytes.next()?.1 == b'"').then_some(())?;
        let mut escaped = false;
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'\\' => {
                    escaped = true;
                    bytes.next();
                }
                b'"' => {
                    self.at += at + 1;
                    let inside = &rest[1..at];
                    let plain = !escaped && inside.bytes().all(|byte| byte >= b' ');
                    return if plain { Some(inside.to_owned()) } else { serde_json::from_str(&rest[..=at]).ok() };
                }
                _ => {}
            }
        }
        None
    }

    fn number(&mut self) -> Option<Json> {
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let token = &rest[..end.unwrap_or(rest.len())];
        // Stricter than a decimal: no `01`, `.5`, `5.` or `+1`.
        let unsigned = token.strip_prefix('-').unwrap_or(token);
        let whole = unsigned.split(['.', 'e', 'E']).next()?;
        let mantissa = unsigned.split(['e', 'E']).next()?;
        if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) || mantissa.ends_with('.') {
            return None;
        }
        self.at += token.len();
        token.parse().ok().map(Json::Number)
    }

    /// Skips white space and the given byte; `false` if another byte follows.
    fn skip(&mut self, byte: u8) -> bool {
        self.white_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
}
