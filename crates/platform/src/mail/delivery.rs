//! Sends a mail to groups of recipients, so that a bad address prevents nobody else's mail.
//!
//! SES takes a message for all its recipients or for none: one address that is not valid, or that is not verified in the sandbox,
//! refuses it for everybody (<https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html>).

use std::slice::from_ref;

use sluice_engine::display::count;
use sluice_engine::feed::once;

use super::{Letter, Mailer};
use crate::{Fault, chain};

/// How many addresses a message may have: <https://docs.aws.amazon.com/ses/latest/dg/quotas.html>.
const ADDRESSES: usize = 50;

/// The outcome of sending a mail.
#[derive(Debug, Default)]
pub struct Delivery {
    /// The number of addresses that should get it.
    pub recipients: usize,
    /// The ids of the messages that were accepted for delivery.
    pub sent: Vec<String>,
    /// The addresses that were not sent a message.
    pub unsent: Vec<Unsent>,
    /// The transient error that is the reason, if it is one: a later attempt may succeed.
    pub transient: Option<Fault>,
}

/// An address that was not sent a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The address.
    pub address: String,
    /// The reason.
    pub reason: String,
}

/// Sends a letter to the operators, and to the other recipients in messages of their own. Each address gets it once. If a message is
/// refused, its addresses are tried one by one. An address that was not sent it is no error: the returned value names it.
pub async fn deliver(mailer: &dyn Mailer, operators: &[String], others: &[String], letter: &Letter) -> Delivery {
    let mut others = once(operators.iter().chain(others));
    let mut delivery = Delivery { recipients: others.len(), ..Delivery::default() };
    let operators: Vec<String> = others.drain(..once(operators.iter()).len()).collect();
    for group in operators.chunks(ADDRESSES).chain(others.chunks(ADDRESSES)) {
        delivery.send(mailer, group, letter).await;
    }
    delivery
}

impl Delivery {
    /// Who was not sent the mail, and the reason for the first of them. Returns `None` if all were sent it.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        let first = self.unsent.first()?;
        let addresses: Vec<&str> = self.unsent.iter().map(|unsent| unsent.address.as_str()).collect();
        Some(format!(
            "{} of {} did not get it ({}): {}",
            addresses.len(),
            count(self.recipients as u64, "recipient"),
            addresses.join(", "),
            first.reason
        ))
    }

    async fn send(&mut self, mailer: &dyn Mailer, group: &[String], letter: &Letter) {
        match mailer.send(&letter.to(group)).await {
            Ok(id) => self.sent.push(id),
            // A transient error says nothing about an address, and SES may have accepted the message.
            Err(fault) if group.len() == 1 || is_transient(&fault) => self.fail(group, fault),
            Err(_) => self.send_one_by_one(mailer, group, letter).await,
        }
    }

    async fn send_one_by_one(&mut self, mailer: &dyn Mailer, group: &[String], letter: &Letter) {
        for (place, address) in group.iter().enumerate() {
            match mailer.send(&letter.to(from_ref(address))).await {
                Ok(id) => self.sent.push(id),
                // Each further request would run into the same error, after the same wait.
                Err(fault) if is_transient(&fault) => {
                    self.fail(&group[place..], fault);
                    return;
                }
                Err(fault) => self.fail(from_ref(address), fault),
            }
        }
    }

    fn fail(&mut self, addresses: &[String], fault: Fault) {
        let reason = chain(&fault);
        tracing::error!(reason, addresses = addresses.join(" "), "a mail could not be sent");
        self.unsent.extend(addresses.iter().map(|address| Unsent { address: address.clone(), reason: reason.clone() }));
        if is_transient(&fault) {
            self.transient = Some(fault);
        }
    }
}

/// Whether a later attempt may succeed.
fn is_transient(fault: &Fault) -> bool {
    matches!(fault, Fault::Transient { .. } | Fault::Throttled { .. })
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::mail::{Mail, MemoryMailer};

    /// Throttles a mail that has an address with `slow`.
    struct Slow<'a>(&'a MemoryMailer);

    #[async_trait]
    impl Mailer for Slow<'_> {
        async fn send(&self, mail: &Mail) -> Result<String, Fault> {
            if mail.to.iter().any(|address| address.contains("slow")) {
                return Err(Fault::Throttled { what: "send".to_owned(), source: "too fast".into() });
            }
            self.0.send(mail).await
        }
    }

    async fn sent(operators: &[&str], others: &[&str]) -> (Delivery, Vec<String>) {
        let owned = |addresses: &[&str]| addresses.iter().map(|&address| address.to_owned()).collect::<Vec<_>>();
        let letter = Letter { subject: "s".into(), text: "t".into(), html: "h".into() };
        let mailer = MemoryMailer::new();
        mailer.refuse("bad");
        let delivery = deliver(&Slow(&mailer), &owned(operators), &owned(others), &letter).await;
        (delivery, mailer.sent().iter().map(|mail| mail.to.join(" ")).collect())
    }

    #[tokio::test]
    async fn a_bad_address_prevents_no_other_mail() {
        let (delivery, mails) = sent(&["o@x.de"], &["a@x.de", "bad@x.de", "O@x.de", "b@x.de"]).await;
        assert_eq!(mails, ["o@x.de", "a@x.de", "b@x.de"]);
        assert_eq!((delivery.sent.len(), delivery.recipients), (3, 4));
        assert!(delivery.transient.is_none());
        let failure = delivery.failure().unwrap();
        assert!(failure.starts_with("1 of 4 recipients did not get it (bad@x.de): not able to send"), "{failure}");
    }

    #[tokio::test]
    async fn a_group_has_50_addresses_and_each_gets_one_mail() {
        let many: Vec<String> = (0..120).map(|number| format!("{number}@x.de")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let (delivery, mails) = sent(&["o@x.de", "0@x.de"], &many).await;
        let sizes: Vec<_> = mails.iter().map(|to| to.split(' ').count()).collect();
        assert_eq!(sizes, [2, 50, 50, 19]);
        assert!(delivery.unsent.is_empty() && delivery.failure().is_none());
    }

    #[tokio::test]
    async fn after_a_transient_error_no_address_is_tried_alone() {
        let (delivery, mails) = sent(&["o@x.de"], &["a@x.de", "slow@x.de"]).await;
        assert_eq!(mails, ["o@x.de"]);
        assert_eq!(delivery.unsent.len(), 2);
        assert!(matches!(delivery.transient, Some(Fault::Throttled { .. })));
    }

    #[tokio::test]
    async fn without_recipients_no_message_is_sent() {
        let (delivery, mails) = sent(&[], &[]).await;
        assert_eq!((delivery.recipients, mails.len()), (0, 0));
    }
}
