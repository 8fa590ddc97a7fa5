//! Mail.

mod delivery;
mod memory;
mod outbox;
mod ses;

use async_trait::async_trait;

pub use delivery::{Delivery, Unsent, deliver};
pub use memory::MemoryMailer;
pub use outbox::Outbox;
pub use ses::SesMailer;

use crate::Fault;

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a mail and returns its message id.
    ///
    /// # Errors
    /// If it was not accepted for delivery.
    async fn send(&self, mail: &Mail) -> Result<String, Fault>;
}

/// The addresses in a list separated by commas, as in a setting.
#[must_use]
pub fn addresses(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|address| !address.is_empty()).map(str::to_owned).collect()
}

/// What a mail says: the same to everybody who gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The subject: one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl Letter {
    /// The mail to these addresses.
    #[must_use]
    pub fn to(&self, to: &[String]) -> Mail {
        let Self { subject, text, html } = self.clone();
        Mail { to: to.to_vec(), subject, text, html }
    }
}

/// A mail, as text and as plain HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The recipients; at least one.
    pub to: Vec<String>,
    /// The subject: one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same text as HTML.
    pub html: String,
}
