//! Mail in memory.

use async_trait::async_trait;

use super::{Mail, Mailer};
use crate::Fault;
use crate::shared::Shared;

/// Keeps mails in memory instead of sending them. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryMailer(Shared<Vec<Mail>>);

impl MemoryMailer {
    /// A mailer that has sent nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The mails, in the order in which they were sent.
    #[must_use]
    pub fn sent(&self) -> Vec<Mail> {
        self.0.lock().clone()
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<String, Fault> {
        let mut sent = self.0.lock();
        sent.push(mail.clone());
        Ok(format!("memory-{}", sent.len()))
    }
}
