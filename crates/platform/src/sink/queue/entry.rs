//! What is known of the message of a key: who took the key last, and what was sent.

use async_trait::async_trait;

use super::super::Written;
use crate::Fault;

/// The state of a key of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The run that took the key last.
    pub run: String,
    /// The order of that run.
    pub order: String,
    /// What was sent last; `None` if a message is under way, so that nobody knows.
    pub sent: Option<Sent>,
}

/// What was sent last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The hash of its content.
    pub hash: String,
    /// The order of the run that sent it.
    pub order: String,
}

/// What a run wants to send for a key.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The name of the entry.
    pub entry: &'a str,
    /// The run.
    pub run: &'a str,
    /// Its order.
    pub order: &'a str,
    /// The hash of the content.
    pub hash: &'a str,
}

/// The entries of all queues of a stack, by name.
#[async_trait]
pub trait Entries: Send + Sync {
    /// Takes a key, unless a run with the same or a later order has it, or the same content was sent last. Then the
    /// entry names this run, and has nothing that was sent. Returns the entry that is there if it refuses.
    ///
    /// # Errors
    /// If the entry cannot be written; `Throttled` at once, without retries.
    async fn take(&self, claim: Claim<'_>) -> Result<Option<Entry>, Fault>;

    /// Notes that this run has the same content as what was sent last. `false` if that is not so any more, or a run with
    /// the same or a later order has the key.
    ///
    /// # Errors
    /// If the entry cannot be written; `Throttled` at once, without retries.
    async fn keep(&self, claim: Claim<'_>) -> Result<bool, Fault>;

    /// The entries with these names, as they are now.
    ///
    /// # Errors
    /// If they cannot be read; `Throttled` at once, without retries.
    async fn read(&self, names: &[&str]) -> Result<Vec<Option<Entry>>, Fault>;

    /// Notes that the message was sent. `false` if another run has the key by now.
    ///
    /// # Errors
    /// If the entry cannot be written.
    async fn mark(&self, claim: Claim<'_>) -> Result<bool, Fault>;
}

/// What follows if a key cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The message is to be sent: an earlier call of the same run took the key, and maybe sent it.
    Send,
    /// The same content was sent by an earlier run, and the entry is to name this run.
    Keep,
    /// Nothing is to be done.
    Done(Written),
}

/// Decides by the entry that is there.
pub(super) fn next(entry: &Entry, claim: Claim<'_>) -> Next {
    match &entry.sent {
        None if entry.run == claim.run => Next::Send,
        Some(sent) if entry.run == claim.run && sent.order == claim.order => Next::Done(Written::Imported),
        Some(_) if entry.run == claim.run => Next::Done(Written::Unchanged),
        // A repair has the order of its parent, so the order alone does not tell runs apart.
        _ if entry.order.as_str() >= claim.order => Next::Done(Written::Stale),
        _ => Next::Keep,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_entries() {
        let claim = Claim { entry: "e", run: "r", order: "5", hash: "h" };
        let entry = |run: &str, order: &str, sent: Option<&str>| Entry {
            run: run.to_owned(),
            order: order.to_owned(),
            sent: sent.map(|order| Sent { hash: "h".to_owned(), order: order.to_owned() }),
        };
        for (entry, expected) in [
            (entry("r", "5", None), Next::Send),
            (entry("r", "5", Some("5")), Next::Done(Written::Imported)),
            (entry("r", "5", Some("4")), Next::Done(Written::Unchanged)),
            (entry("s", "6", None), Next::Done(Written::Stale)),
            (entry("s", "6", Some("6")), Next::Done(Written::Stale)),
            (entry("parent", "5", Some("5")), Next::Done(Written::Stale)),
            (entry("s", "4", Some("4")), Next::Keep),
        ] {
            assert_eq!(next(&entry, claim), expected, "{entry:?}");
        }
    }
}
