//! State that the clones of a backend share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// State that the clones of a backend share.
#[derive(Debug, Default)]
pub(crate) struct Shared<T>(Arc<Mutex<T>>);

impl<T> Shared<T> {
    /// Shares a state.
    pub(crate) fn new(state: T) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// Locks the state. Each change is one step under the lock, so a panic cannot leave it half done, and a poisoned
    /// lock can still be used.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
