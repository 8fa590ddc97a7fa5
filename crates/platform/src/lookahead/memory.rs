//! A bounded memory of answers.

use std::collections::HashMap;
use std::hash::Hash;

/// The newest answers: a younger half, and an older one, which is dropped when the younger is full.
pub(super) struct Memory<K, A> {
    half: usize,
    young: HashMap<K, A>,
    old: HashMap<K, A>,
}

impl<K: Eq + Hash, A: Clone> Memory<K, A> {
    /// A memory of at least `half` answers, and of at most twice as many plus a window.
    pub(super) fn new(half: usize) -> Self {
        Self { half, young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn get(&self, key: &K) -> Option<A> {
        self.young.get(key).or_else(|| self.old.get(key)).cloned()
    }

    pub(super) fn learn(&mut self, answers: impl Iterator<Item = (K, A)>) {
        if self.young.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.extend(answers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_the_newest() {
        const HALF: usize = 4_000;
        let mut known = Memory::new(HALF);
        for from in (0..4 * HALF).step_by(1000) {
            known.learn((from..from + 1000).map(|at| (at, at % 2 == 0)));
        }
        assert!(known.young.len() + known.old.len() <= 2 * (HALF + 1000));
        assert_eq!(known.get(&0), None);
        assert_eq!(known.get(&(3 * HALF)), Some(true));
    }
}
