//! Mail and events that fail.

use std::sync::Arc;

use async_trait::async_trait;

use super::Faults;
use crate::Fault;
use crate::events::{Events, RunEnded};
use crate::mail::{Mail, Mailer};

/// A mailer that fails as a test decides.
pub struct FaultyMailer {
    inner: Arc<dyn Mailer>,
    faults: Faults,
}

impl FaultyMailer {
    /// Wraps a mailer with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Mailer>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Mailer for FaultyMailer {
    async fn send(&self, mail: &Mail) -> Result<String, Fault> {
        self.faults.change("send a mail", self.inner.send(mail)).await
    }
}

/// An event bus that fails as a test decides.
pub struct FaultyEvents {
    inner: Arc<dyn Events>,
    faults: Faults,
}

impl FaultyEvents {
    /// Wraps an event bus with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Events>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Events for FaultyEvents {
    async fn publish(&self, event: &RunEnded) -> Result<(), Fault> {
        self.faults.change("publish an event", self.inner.publish(event)).await
    }
}
