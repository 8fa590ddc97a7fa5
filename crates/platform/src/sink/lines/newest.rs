//! The newest state of each key of a table, in little memory.

use std::collections::HashMap;

use crate::sink::decision::Mark;

/// The newest state of each key: some 100 bytes each, in addition to the key itself.
#[derive(Debug, Default)]
pub(super) struct Newest {
    items: HashMap<Box<str>, State>,
    /// The runs that wrote the items, with their orders. There are few of them, and each wrote many items.
    writers: Vec<(String, String)>,
}

/// A mark, with an index instead of its run and order, which it shares with other marks.
#[derive(Debug)]
struct State {
    writer: usize,
    hash: Hash,
    /// Whether the previous hash was the same. Nobody needs the previous hash itself.
    unchanged: bool,
}

/// The text of a hash, which usually is 32 hexadecimal digits.
#[derive(Debug)]
enum Hash {
    Digits([u8; 16]),
    Text(Box<str>),
}

impl Newest {
    /// The mark of a key, if it has one.
    pub(super) fn get(&self, key: &str) -> Option<Mark> {
        let state = self.items.get(key)?;
        let (run, order) = self.writers.get(state.writer)?.clone();
        let hash = state.hash.text();
        let was = state.unchanged.then(|| hash.clone());
        Some(Mark { run, order, hash, was })
    }

    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether this mark is the newest of a key. A run writes a key at most once, so run and order identify a mark.
    pub(super) fn is_of(&self, key: &str, mark: &Mark) -> bool {
        let writer = self.items.get(key).and_then(|state| self.writers.get(state.writer));
        writer.is_some_and(|(run, order)| *run == mark.run && *order == mark.order)
    }

    /// Sets the mark of a key.
    pub(super) fn set(&mut self, key: Box<str>, mark: &Mark) {
        // The last writer is the most likely one.
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
