//! Limits the size of an expression. The parser recurses for every bracket and every operator in a row, so it
//! gets a stack of its own and only expressions that fit.

/// Maximum length of an expression, in bytes.
const MAX_LENGTH: usize = 4000;
/// Maximum nesting of brackets.
const MAX_BRACKETS: u16 = 32;
/// Maximum number of operators, points and brackets outside of texts: far more than anybody writes by hand.
const MAX_OPERATORS: usize = 160;
/// The stack of the parser in bytes: 64 levels of brackets and conditionals, each up to 130 KiB in an
/// unoptimized build, plus half as much again.
pub(super) const PARSER_STACK: usize = 12 * 1024 * 1024;
/// Maximum nesting that the parser accepts.
pub(super) const PARSER_DEPTH: u16 = 64;

/// Reports in what respect an expression is too large.
pub(super) fn too_large(source: &str) -> Option<String> {
    if source.len() > MAX_LENGTH {
        return Some(format!("is {} bytes long; an expression has up to {MAX_LENGTH}", source.len()));
    }
    let (mut operators, mut depth, mut deepest) = (0, 0_u16, 0);
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = after_text(rest, source[..source.len() - rest.len()].ends_with(['r', 'R'])) {
            rest = after;
            continue;
        }
        match first {
            '(' | '[' | '{' => {
                depth += 1;
                deepest = deepest.max(depth);
                operators += 1;
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' | '?' | ':' | '&' | '|' | '.' => operators += 1,
            _ => {}
        }
        rest = &rest[first.len_utf8()..];
    }
    if deepest > MAX_BRACKETS {
        return Some(format!("has brackets {deepest} deep; an expression has up to {MAX_BRACKETS}"));
    }
    // `in` is an operator without a sign of its own.
    operators += source.split_whitespace().filter(|word| *word == "in").count();
    (operators > MAX_OPERATORS)
        .then(|| format!("has {operators} operators and brackets; an expression has up to {MAX_OPERATORS}"))
}

/// The rest after the quoted text with which a source begins; `None` if there is none or it does not end.
fn after_text(source: &str, raw: bool) -> Option<&str> {
    let quote = source.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let triple: String = [quote; 3].into_iter().collect();
    let end = if source.starts_with(&triple) { &triple[..] } else { &triple[..1] };
    let mut rest = &source[end.len()..];
    loop {
        if let Some(after) = rest.strip_prefix(end) {
            return Some(after);
        }
        let mut chars = rest.chars();
        match chars.next()? {
            '\\' if !raw => drop(chars.next()?),
            '\n' | '\r' if end.len() == 1 => return None,
            _ => {}
        }
        rest = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_sizes() {
        for (source, large) in [
            ("1 + 1".to_owned(), false),
            (format!("\"{}\"", "(".repeat(1000)), false),
            (format!("'{}'", "\\'(".repeat(300)), false),
            (format!("'''{}'''", "'(".repeat(300)), false),
            (format!("r'\\'{}", "(".repeat(300)), true),
            (format!("'{}", "(".repeat(300)), true),
            (format!("'\n{}'", "(".repeat(300)), true),
            ("(".repeat(33), true),
            ("()".repeat(32), false),
            ("1+".repeat(161), true),
            (" in 1".repeat(161), true),
            ("x".repeat(4001), true),
        ] {
            assert_eq!(too_large(&source).is_some(), large, "{source}");
        }
    }
}
