//! Mail in memory.

use async_trait::async_trait;

use super::{Mail, Mailer};
use crate::Fault;
use crate::shared::Shared;

/// Keeps mails in memory instead of sending them. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryMailer {
    mails: Shared<Vec<Mail>>,
    refused: Shared<Option<String>>,
}

impl MemoryMailer {
    /// A mailer that has sent nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The mails, in the order in which they were sent.
    #[must_use]
    pub fn sent(&self) -> Vec<Mail> {
        self.mails.lock().clone()
    }

    /// From now on, refuses each mail that has an address which contains this, as SES does.
    pub fn refuse(&self, part: &str) {
        *self.refused.lock() = Some(part.to_owned());
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<String, Fault> {
        let refused = self.refused.lock().clone();
        if let Some(address) = refused.and_then(|part| mail.to.iter().find(|address| address.contains(&part))) {
            let source = format!("Email address is not verified: {address}").into();
            return Err(Fault::Misconfigured { what: "send a mail".to_owned(), source });
        }
        let mut sent = self.mails.lock();
        sent.push(mail.clone());
        Ok(format!("memory-{}", sent.len()))
    }
}
