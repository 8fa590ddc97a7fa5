//! Checks that mails can be sent.

use anyhow::Context;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityError;
use sluice_engine::display::count;
use sluice_engine::feed::once;
use sluice_engine::spec::RecipientsSpec;
use sluice_platform::aws::AwsFailure;
use sluice_platform::mail::addresses;

use super::finding::Finding;
use crate::feed::list::StackFeed;
use crate::place::Deployed;

/// The maximum number of recipients to check.
const ASKED: usize = 50;

/// How to leave the sandbox.
const PRODUCTION: &str = "https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html";

/// The mails of a stack.
pub struct Mail {
    client: Client,
    region: String,
    sender: Option<String>,
    recipients: Vec<String>,
}

impl Mail {
    /// Collects the recipients of this stack and these feeds.
    pub fn new(deployed: &Deployed, feeds: &[StackFeed]) -> Self {
        let config = deployed.aws.config();
        let parameter = |name: &str| deployed.stack.parameters.get(name).cloned();
        let operators = addresses(&parameter("Operators").unwrap_or_default());
        let reports = feeds.iter().filter_map(|feed| Some(&feed.plan.as_ref().ok()?.report));
        let of_feeds = reports.flat_map(|report| {
            let RecipientsSpec { imported, rejects, passed, skipped, rejected, refused, inconsistent, failed } =
                &report.on;
            let some = [imported, rejects, passed, skipped, rejected, refused, inconsistent, failed];
            report.recipients.iter().chain(some.into_iter().flatten())
        });
        let recipients = once(operators.iter().chain(of_feeds));
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        Self { client: Client::new(config), region, sender: parameter("Sender"), recipients }
    }

    /// Checks whether SES sends mails from the sender, and to whom.
    pub async fn check(&self) -> anyhow::Result<Vec<Finding>> {
        let account = self.client.get_account().send().await.map_err(|error| AwsFailure::of(&error));
        let account = account.context("asking SES about the account")?;
        let mut findings = Vec::new();
        if !account.sending_enabled {
            let status = account.enforcement_status.as_deref().unwrap_or("unknown");
            let todo = format!("Open SES in the console, in {}, and do what its message says.", self.region);
            findings.push(Finding::bad(format!("SES sends no mail for this account; its status is {status}"), todo));
        }
        findings.push(self.sender().await?);
        findings.push(if account.production_access_enabled {
            Finding::good("SES is not in the sandbox")
        } else {
            self.sandbox().await?
        });
        Ok(findings)
    }

    async fn sender(&self) -> anyhow::Result<Finding> {
        let Some(sender) = &self.sender else {
            return Ok(Finding::bad("the stack has no parameter Sender", "Deploy this release."));
        };
        if self.is_verified(sender).await? {
            return Ok(Finding::good(format!("the sender {sender} is verified")));
        }
        Ok(Finding::bad(
            format!("SES has not verified the sender {sender} in {}, so no mail will be sent", self.region),
            format!(
                "aws sesv2 create-email-identity --email-identity {sender} --region {}; then open the link in the mail that comes",
                self.region
            ),
        ))
    }

    /// Checks the recipients, because in the sandbox SES sends to verified addresses only.
    async fn sandbox(&self) -> anyhow::Result<Finding> {
        let mut unverified = Vec::new();
        for recipient in self.recipients.iter().take(ASKED) {
            if !self.is_verified(recipient).await? {
                unverified.push(recipient.as_str());
            }
        }
        let others = match self.recipients.len().saturating_sub(ASKED) {
            0 => String::new(),
            more => format!(" ({} were not checked)", count(more as u64, "more recipient")),
        };
        if unverified.is_empty() {
            let recipients = count(self.recipients.len().min(ASKED) as u64, "recipient");
            return Ok(Finding::good(format!("SES is in the sandbox; {recipients} of mails, each verified{others}")));
        }
        Ok(Finding::bad(
            format!("SES is in the sandbox and refuses mails to {}{others}", unverified.join(", ")),
            format!("Have SES verify these addresses, as the sender's, or ask for production access: {PRODUCTION}"),
        ))
    }

    /// Whether SES has verified an address, or a domain that it belongs to.
    async fn is_verified(&self, address: &str) -> anyhow::Result<bool> {
        for identity in identities(address) {
            match self.client.get_email_identity().email_identity(identity).send().await {
                Ok(found) if found.verified_for_sending_status => return Ok(true),
                Ok(_) => {}
                Err(error) if error.as_service_error().is_some_and(GetEmailIdentityError::is_not_found_exception) => {}
                Err(error) => {
                    let asking = || format!("asking SES about {identity}");
                    return Err(AwsFailure::of(&error)).with_context(asking);
                }
            }
        }
        Ok(false)
    }
}

/// The identities with which SES may know an address: itself, its domain, and the domains above that, whose subdomains are
/// verified with them (<https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html>).
fn identities(address: &str) -> Vec<&str> {
    let mut found = vec![address];
    let mut domain = address.rsplit_once('@').map(|(_, domain)| domain);
    while let Some(name) = domain.filter(|name| name.contains('.')) {
        found.push(name);
        domain = name.split_once('.').map(|(_, above)| above);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_verified_with_any_of_its_domains() {
        assert_eq!(identities("a@mail.example.com"), ["a@mail.example.com", "mail.example.com", "example.com"]);
        assert_eq!(identities("a@intranet"), ["a@intranet"]);
    }
}
