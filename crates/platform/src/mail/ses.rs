//! Mail through SES.

use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};

use super::{Mail, Mailer};
use crate::Fault;
use crate::aws::{Aws, AwsRequest, fault, misconfigured};

/// Sends mail through SES, from one sender, which must be verified in SES.
#[derive(Clone, Debug)]
pub struct SesMailer {
    client: Client,
    sender: String,
}

impl SesMailer {
    /// Mail from this sender.
    #[must_use]
    pub fn new(aws: &Aws, sender: &str) -> Self {
        Self { client: aws.ses(), sender: sender.to_owned() }
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> Result<String, Fault> {
        let to = format!("a mail from {}", self.sender);
        let request = AwsRequest { verb: "send", to: &to };
        let message = message(mail).map_err(|error| misconfigured(request, error))?;
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().set_to_addresses(Some(mail.to.clone())).build())
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await
            .map_err(|error| fault(request, &error))?;
        Ok(sent.message_id.unwrap_or_default())
    }
}

fn message(mail: &Mail) -> Result<Message, BuildError> {
    let body = Body::builder().text(content(&mail.text)?).html(content(&mail.html)?).build();
    Ok(Message::builder().subject(content(&mail.subject)?).body(body).build())
}

fn content(text: &str) -> Result<Content, BuildError> {
    Content::builder().data(text).charset("UTF-8").build()
}
