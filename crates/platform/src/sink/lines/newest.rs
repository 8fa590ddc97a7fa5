//! The newest state of each key of a table, in as little memory as it takes.

use std::collections::HashMap;

use crate::sink::decision::Mark;

/// The newest state of each key: some 100 bytes for each beside the key itself.
#[derive(Debug, Default)]
pub(super) struct Newest {
    items: HashMap<Box<str>, State>,
    /// The runs that wrote them, with their orders: a few, each of which wrote many.
    writers: Vec<(String, String)>,
}

/// What a mark says, without what it shares with others.
#[derive(Debug)]
struct State {
    writer: usize,
    hash: Hash,
    /// Whether the hash before was the same, which is all that is asked of it.
    unchanged: bool,
}

/// A hash as it is written: mostly 32 hexadecimal digits.
#[derive(Debug)]
enum Hash {
    Digits([u8; 16]),
    Text(Box<str>),
}

impl Newest {
    /// The mark of a key, where it has one.
    pub(super) fn get(&self, key: &str) -> Option<Mark> {
        let state = self.items.get(key)?;
        let (run, order) = self.writers.get(state.writer)?.clone();
        let hash = state.hash.text();
        let was = state.unchanged.then(|| hash.clone());
        Some(Mark { run, order, hash, was })
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether this mark is the newest of a key. A run writes a key once at most.
    pub(super) fn is_of(&self, key: &str, mark: &Mark) -> bool {
        let writer = self.items.get(key).and_then(|state| self.writers.get(state.writer));
        writer.is_some_and(|(run, order)| *run == mark.run && *order == mark.order)
    }

    /// Sets the mark of a key.
    pub(super) fn set(&mut self, key: Box<str>, mark: &Mark) {
        // The last writer is the likeliest.
        let known = self.writers.iter().rposition(|(run, order)| *run == mark.run && *order == mark.order);
        let writer = known.unwrap_or_else(|| {
            self.writers.push((mark.run.clone(), mark.order.clone()));
            self.writers.len() - 1
        });
        let unchanged = mark.was.as_ref() == Some(&mark.hash);
        self.items.insert(key, State { writer, hash: Hash::of(&mark.hash), unchanged });
    }
}

impl Hash {
    fn of(text: &str) -> Self {
        match u128::from_str_radix(text, 16) {
            Ok(number) if format!("{number:032x}") == text => Self::Digits(number.to_be_bytes()),
            _ => Self::Text(text.into()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Digits(bytes) => format!("{:032x}", u128::from_be_bytes(*bytes)),
            Self::Text(text) => text.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_back_with_all_that_decides() {
        let digits = "00ff00ff00ff00ff00ff00ff00ff00ff";
        let mut newest = Newest::default();
        for (index, (hash, was)) in [
            (digits, None),
            (digits, Some(digits)),
            ("00FF00ff00ff00ff00ff00ff00ff00ff", Some("another")),
            ("a hash", Some("a hash")),
            ("+0ff00ff00ff00ff00ff00ff00ff00ff", None),
        ]
        .into_iter()
        .enumerate()
        {
            let of = |text: &str| text.to_owned();
            let mark = Mark { run: format!("run {}", index % 2), order: of("o"), hash: of(hash), was: was.map(of) };
            newest.set("key".into(), &mark);
            let found = newest.get("key").unwrap();
            assert_eq!((&found.run, &found.order, &found.hash), (&mark.run, &mark.order, &mark.hash));
            assert_eq!(found.was.as_deref() == Some(hash), was == Some(hash));
        }
        assert_eq!(newest.writers.len(), 2);
        assert!(newest.get("another key").is_none());
    }
}
