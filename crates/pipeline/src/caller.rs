//! How steps are called: what differs between a laptop and each test.

use std::fmt;
use std::sync::Arc;

use futures::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_platform::Call;
use sluice_platform::objects::Objects;

use crate::{Failed, Steps};

/// What a step answers.
pub type Answer<O> = LocalBoxFuture<'static, Result<O, Failed>>;

/// A step, to be called with its input. See [`crate::tasks`].
pub type Task<I, O> = fn(Arc<Steps>, I, Call) -> Answer<O>;

/// Where in an execution a call is made: the state, and in a Map the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The name of the state in the definitions. Calls that no state machine makes have a name in lower case.
    pub state: &'static str,
    /// The number of the chunk or range; 0 outside of Maps.
    pub item: u32,
}

impl Site {
    /// A call outside of Maps.
    #[must_use]
    pub const fn of(state: &'static str) -> Self {
        Self { state, item: 0 }
    }

    /// A call for an item of a Map.
    #[must_use]
    pub const fn item(state: &'static str, item: u32) -> Self {
        Self { state, item }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.item {
            0 => f.write_str(self.state),
            item => write!(f, "{}[{item}]", self.state),
        }
    }
}

/// Calls steps for an [`crate::Execution`].
#[expect(async_fn_in_trait, reason = "an execution is followed on one task; a caller moves what it calls to others")]
pub trait Caller {
    /// The data bucket, from which a Map reads its items.
    fn objects(&self) -> Arc<dyn Objects>;

    /// Calls a step, and may retry it as its state does.
    ///
    /// # Errors
    /// The step's error, if the caller does not retry it.
    async fn call<I, O>(&self, site: Site, input: I, task: Task<I, O>) -> Result<O, Failed>
    where
        I: Clone + Serialize + Send + 'static,
        O: DeserializeOwned + Send + 'static;

    /// Runs all items of a Map, each with its number. An item that fails does not stop the others. It leaves no
    /// document, so a later step finds and names it. `state` is the name of the Map.
    async fn map<F: Future<Output = Result<(), Failed>>>(&self, state: &'static str, items: Vec<(u32, F)>);
}
