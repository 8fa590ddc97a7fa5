//! JSON pointers (RFC 6901): `/price/amount`.

use std::fmt;
use std::str::FromStr;

/// A JSON pointer. The empty one points to the whole value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pointer(Vec<String>);

/// Why a text is not a JSON pointer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPointer {
    /// It does not begin with a slash.
    #[error("{written:?} is no JSON pointer, because it does not begin with \"/\"; did you mean {meant:?}?")]
    Relative {
        /// The text.
        written: String,
        /// The pointer that it seems to be.
        meant: String,
    },
    /// It has a tilde that is no escape.
    #[error("{written:?} is no JSON pointer: \"~\" must be followed by 0 (for \"~\") or 1 (for \"/\")")]
    Tilde {
        /// The text.
        written: String,
    },
}

impl Pointer {
    /// The names and numbers on the way, from the outermost.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.0
    }

    /// The pointer to the member that a field is read from if the feed does not say: a level for each dot of
    /// its name.
    #[must_use]
    pub fn of_field(name: &str) -> Self {
        Self(name.split('.').map(str::to_owned).collect())
    }

    /// The pointer to a member of what this one points to.
    #[must_use]
    pub fn then(&self, token: &str) -> Self {
        let mut tokens = self.0.clone();
        tokens.push(token.to_owned());
        Self(tokens)
    }

    /// The pointer to what lies on the way, after this many tokens.
    #[must_use]
    pub fn first(&self, tokens: usize) -> Self {
        Self(self.0.iter().take(tokens).cloned().collect())
    }

    /// Whether one of two pointers points into what the other points to, or both to the same.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a == b)
    }
}

impl FromStr for Pointer {
    type Err = InvalidPointer;

    fn from_str(written: &str) -> Result<Self, InvalidPointer> {
        if written.is_empty() {
            return Ok(Self::default());
        }
        let Some(tokens) = written.strip_prefix('/') else { return Err(relative(written)) };
        let tokens = tokens.split('/').map(|token| {
            let is_bad = token.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1']));
            let tilde = || InvalidPointer::Tilde { written: written.to_owned() };
            if is_bad { Err(tilde()) } else { Ok(token.replace("~1", "/").replace("~0", "~")) }
        });
        tokens.collect::<Result<_, _>>().map(Self)
    }
}

/// The error for a text without a leading slash, with the pointer that it seems to be: `price.amount` and
/// `$.price.amount` are common elsewhere.
fn relative(written: &str) -> InvalidPointer {
    let path = written.strip_prefix("$.").unwrap_or(written).trim_start_matches("#/");
    let tokens = if path.contains('/') { path.split('/').collect::<Vec<_>>() } else { path.split('.').collect() };
    let meant = Pointer(tokens.into_iter().map(str::to_owned).collect());
    InvalidPointer::Relative { written: written.to_owned(), meant: meant.to_string() }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for token in &self.0 {
            write!(f, "/{}", token.replace('~', "~0").replace('/', "~1"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_pointers() {
        // The examples of RFC 6901.
        for (written, tokens) in [
            ("", &[][..]),
            ("/foo", &["foo"]),
            ("/foo/0", &["foo", "0"]),
            ("/", &[""]),
            ("/a~1b", &["a/b"]),
            ("/c%d", &["c%d"]),
            ("/k\"l", &["k\"l"]),
            ("/ ", &[" "]),
            ("/m~0n", &["m~n"]),
            ("/~01", &["~1"]),
        ] {
            let pointer: Pointer = written.parse().unwrap();
            assert_eq!(
                (pointer.tokens(), pointer.to_string()),
                (&tokens.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()[..], written.to_owned())
            );
        }
        for (written, message) in [
            ("price", "\"price\" is no JSON pointer, because it does not begin with \"/\"; did you mean \"/price\"?"),
            (
                "$.price.net",
                "\"$.price.net\" is no JSON pointer, because it does not begin with \"/\"; did you mean \"/price/net\"?",
            ),
            (
                "price/net",
                "\"price/net\" is no JSON pointer, because it does not begin with \"/\"; did you mean \"/price/net\"?",
            ),
            ("/a~2", "\"/a~2\" is no JSON pointer: \"~\" must be followed by 0 (for \"~\") or 1 (for \"/\")"),
            ("/a~", "\"/a~\" is no JSON pointer: \"~\" must be followed by 0 (for \"~\") or 1 (for \"/\")"),
        ] {
            assert_eq!(written.parse::<Pointer>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_field_without_a_pointer_is_read_from_the_member_of_its_name() {
        for (name, pointer) in [("id", "/id"), ("price.net", "/price/net"), ("a/b", "/a~1b")] {
            assert_eq!(Pointer::of_field(name).to_string(), pointer);
        }
    }

    #[test]
    fn what_lies_within_another_overlaps_it() {
        let pointer = |text: &str| text.parse::<Pointer>().unwrap();
        for (a, b, overlap) in
            [("/a", "/a", true), ("/a", "/a/b", true), ("", "/x", true), ("/a", "/b", false), ("/a/b", "/a/c", false)]
        {
            assert_eq!(
                (pointer(a).overlaps(&pointer(b)), pointer(b).overlaps(&pointer(a))),
                (overlap, overlap),
                "{a} {b}"
            );
        }
    }
}
