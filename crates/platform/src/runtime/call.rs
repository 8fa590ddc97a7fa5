//! One call of a step: its id and its deadline.

use std::hash::{BuildHasher, RandomState};

use lambda_runtime::Context;

use super::Deadline;

/// One call of a step. Its id stands in the keys of what it writes that another call could write differently, so that no
/// call can replace what another has left: also one that was given up and works on unnoticed.
///
/// An id is given once. For a function it is the id of the request, which the state machine's every attempt has
/// for itself.
#[derive(Clone, Debug)]
pub struct Call {
    id: String,
    deadline: Deadline,
}

impl Call {
    /// The call that a function is invoked for.
    #[must_use]
    pub fn of(context: &Context) -> Self {
        // It becomes a part of keys: an endpoint that stands in for AWS may have ids of another form.
        let id: String = context.request_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let local = Self::local();
        Self { id: if id.is_empty() { local.id } else { id }, deadline: Deadline::at(context.deadline()) }
    }

    /// A call on this machine, without a deadline.
    #[must_use]
    pub fn local() -> Self {
        // Each `RandomState` has keys of its own: 128 bits, so that also those of two processes differ.
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

    /// When it must have answered.
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
