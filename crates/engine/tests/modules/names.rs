//! The paths in a source, and its test modules.

use crate::tokens::{Token, tokens};

/// The references of a source to other modules.
#[derive(Debug, Default)]
pub struct Names {
    /// Each path that begins with `crate`, `super` or `self`, after the names of the inline modules around it.
    pub paths: Vec<(Vec<String>, Vec<String>)>,
    /// The re-exports: the name, and its path as written.
    pub exports: Vec<(String, Vec<String>)>,
    /// The modules that it declares as tests.
    pub tests: Vec<String>,
}

impl Names {
    pub fn of(source: &str) -> Self {
        let mut names = Self::default();
        let tokens = tokens(source);
        names.read(&tokens, &[]);
        names
    }

    fn read(&mut self, tokens: &[Token], within: &[String]) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let after = &tokens[at + 1..];
            at += match token.word() {
                _ if is_of_tests(&tokens[at..]) => self.skip_test(&tokens[at..]),
                Some("mod") => match after {
                    [Token::Word(name), Token::Sign('{'), ..] => {
                        let body = group(&tokens[at + 2..]);
                        let inner: Vec<_> = within.iter().cloned().chain([name.clone()]).collect();
                        self.read(&tokens[at + 3..at + 2 + body - 1], &inner);
                        2 + body
                    }
                    _ => 1,
                },
                Some("use") => {
                    let (tree, length) = tree(after);
                    let is_public = at > 0 && (tokens[at - 1].word() == Some("pub") || tokens[at - 1].is(')'));
                    for (path, name) in tree {
                        if is_public {
                            self.exports.push((name, path.clone()));
                        }
                        self.enter(within, path);
                    }
                    1 + length
                }
                Some("crate" | "super" | "self") if after.first() == Some(&Token::Colons) => {
                    let is_visibility = at > 0 && tokens[at - 1].word() == Some("in");
                    let (tree, length) = tree(&tokens[at..]);
                    for (path, _) in tree.into_iter().filter(|_| !is_visibility) {
                        self.enter(within, path);
                    }
                    length.max(1)
                }
                _ => 1,
            };
        }
    }

    fn enter(&mut self, within: &[String], path: Vec<String>) {
        if matches!(path.first().map(String::as_str), Some("crate" | "super" | "self")) {
            self.paths.push((within.to_vec(), path));
        }
    }

    /// Skips an item for tests, and notes its name if it is a module. Returns the number of tokens, attributes included.
    fn skip_test(&mut self, tokens: &[Token]) -> usize {
        let mut at = 0;
        while tokens.get(at).is_some_and(|token| token.is('#')) {
            at += 1 + group(&tokens[at + 1..]);
        }
        if let [Token::Word(word), Token::Word(name), Token::Sign(';'), ..] = &tokens[at..]
            && word == "mod"
        {
            self.tests.push(name.clone());
        }
        while let Some(token) = tokens.get(at) {
            match token {
                Token::Sign(';') => return at + 1,
                Token::Sign('{') => {
                    let end = at + group(&tokens[at..]);
                    // After the braces of a `use` comes its semicolon.
                    return if tokens.get(end).is_some_and(|token| token.is(';')) { end + 1 } else { end };
                }
                Token::Sign('(' | '[') => at += group(&tokens[at..]),
                _ => at += 1,
            }
        }
        at
    }
}

/// Whether the tokens begin with attributes, one of which is `#[cfg(test)]`.
fn is_of_tests(tokens: &[Token]) -> bool {
    let mut rest = tokens;
    while let [Token::Sign('#'), after @ ..] = rest {
        if let [Token::Sign('['), Token::Word(cfg), Token::Sign('('), Token::Word(test), Token::Sign(')'), ..] = after
            && (cfg, test) == (&"cfg".to_owned(), &"test".to_owned())
        {
            return true;
        }
        rest = &after[group(after)..];
    }
    false
}

/// The number of tokens up to the matching bracket, brackets included; 0 if the tokens do not begin with a bracket.
fn group(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return if at == 0 { 0 } else { at + 1 };
        }
    }
    tokens.len()
}

/// The paths of a tree such as `a::{b, c::d as e}`, each with the name that it introduces, and the number of tokens.
fn tree(tokens: &[Token]) -> (Vec<(Vec<String>, String)>, usize) {
    let mut path: Vec<String> = Vec::new();
    let mut at = 0;
    loop {
        match tokens.get(at) {
            Some(Token::Word(word)) => path.push(word.clone()),
            Some(Token::Sign('*')) => path.push("*".to_owned()),
            Some(Token::Sign('{')) => {
                let end = at + group(&tokens[at..]);
                let mut found = Vec::new();
                at += 1;
                while at + 1 < end {
                    let (inner, length) = tree(&tokens[at..end - 1]);
                    let whole = |inner: Vec<String>| {
                        let inner = inner.into_iter().filter(|word| word != "self");
                        path.iter().cloned().chain(inner).collect::<Vec<_>>()
                    };
                    found.extend(inner.into_iter().map(|(inner, name)| (whole(inner), name)));
                    at += length.max(1);
                    at += usize::from(tokens.get(at).is_some_and(|token| token.is(',')));
                }
                return (found, end);
            }
            _ => return (Vec::new(), at),
        }
        at += 1;
        match &tokens[at..] {
            [Token::Colons, ..] => at += 1,
            [Token::Word(word), Token::Word(name), ..] if word == "as" => return (vec![(path, name.clone())], at + 2),
            _ => {
                let name = path.last().cloned().unwrap_or_default();
                return (vec![(path, name)], at);
            }
        }
    }
}
