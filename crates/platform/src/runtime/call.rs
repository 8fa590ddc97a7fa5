//! One call of a step: its id and its deadline.

use std::hash::{BuildHasher, RandomState};

use lambda_runtime::Context;

use super::Deadline;

/// One call of a step. Its id is part of the keys of objects that another call could write with other content. So no
/// call replaces an object of another call, even if it was abandoned and still runs.
///
/// Ids are unique. A function uses the id of its request: each attempt of the state machine is a request of its own.
#[derive(Clone, Debug)]
pub struct Call {
    id: String,
    deadline: Deadline,
}

impl Call {
    /// The call that an invocation of a function is.
    #[must_use]
    pub fn of(context: &Context) -> Self {
        // The id becomes part of keys, and an endpoint that stands in for AWS may use other characters in it.
        let id: String = context.request_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let local = Self::local();
        Self { id: if id.is_empty() { local.id } else { id }, deadline: Deadline::at(context.deadline()) }
    }

    /// A call on this machine, without a deadline.
    #[must_use]
    pub fn local() -> Self {
        // Each `RandomState` has random keys, so these 128 bits also differ between two processes.
        let [first, second] = [0, 1].map(|part: u8| RandomState::new().hash_one(part));
        Self { id: format!("{first:016x}{second:016x}"), deadline: Deadline::none() }
    }

    /// The same call with this deadline.
    #[must_use]
    pub fn until(mut self, deadline: Deadline) -> Self {
        self.deadline = deadline;
        self
    }

    /// Its id: letters, digits and hyphens.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The time by which it must have answered.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_two_calls_have_one_id() {
        let ids: BTreeSet<String> = (0..1000).map(|_| Call::local().id().to_owned()).collect();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn the_id_of_a_request_is_fit_for_a_key() {
        let of = |id: &str| {
            let mut context = Context::default();
            context.request_id = id.to_owned();
            Call::of(&context)
        };
        assert_eq!(of("8476a536-e9f4-11e8-9739-2dfe598c3fcd").id(), "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
        assert_eq!(of("../a/b c").id(), "abc");
        assert!(!of("").id().is_empty());
        assert_eq!(of("a").deadline().remaining(), Duration::ZERO);
    }
}
