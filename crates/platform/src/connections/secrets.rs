//! Connections of a stack: secrets of AWS Secrets Manager.

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use sluice_engine::connection::ConnectionName;

use super::{Connection, Connections};
use crate::Fault;
use crate::aws::{Aws, AwsRequest, fault};

/// Connections whose secrets have names with a prefix: `<stack>/connections/<name>`.
#[derive(Clone, Debug)]
pub struct SecretConnections {
    client: Client,
    prefix: String,
}

impl SecretConnections {
    /// The connections whose secrets have names with this prefix.
    #[must_use]
    pub fn new(aws: &Aws, prefix: &str) -> Self {
        Self { client: aws.secrets(), prefix: prefix.to_owned() }
    }
}

#[async_trait]
impl Connections for SecretConnections {
    async fn get(&self, name: &ConnectionName) -> Result<Option<Connection>, Fault> {
        let id = format!("{}{name}", self.prefix);
        let secret = match self.client.get_secret_value().secret_id(&id).send().await {
            Ok(secret) => secret.secret_string.unwrap_or_default(),
            // A deleted secret can be restored for some days, and until then a request for it is invalid.
            Err(error)
                if error.as_service_error().is_some_and(|error| {
                    error.is_resource_not_found_exception() || error.is_invalid_request_exception()
                }) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(fault(AwsRequest { verb: "read", to: &format!("the secret {id}") }, &error)),
        };
        let connection = serde_json::from_str(&secret).map_err(|_| Fault::Misconfigured {
            what: format!("read the secret {id}"),
            // The error of the parser may quote the secret.
            source: "its text is no connection: an operator has to register it again with sluice connection set".into(),
        })?;
        Ok(Some(connection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::scripted::{Answer, Scripted};
    use crate::chain;

    async fn get(status: u16, body: &str) -> Result<Option<Connection>, Fault> {
        let aws = Scripted::new(&[Answer::Response(status, body.to_owned())]).aws().await;
        SecretConnections::new(&aws, "sluice/connections/").get(&"main".parse().unwrap()).await
    }

    #[tokio::test]
    async fn a_secret_is_a_connection_or_is_missing_and_is_never_quoted() {
        let good = r#"{"SecretString": "{\"version\": 1, \"uri\": \"mongodb://me:hidden@host/\", \"feeds\": {}}"}"#;
        assert_eq!(get(200, good).await.unwrap().unwrap().uri.reveal(), "mongodb://me:hidden@host/");
        assert_eq!(get(400, r#"{"__type": "ResourceNotFoundException"}"#).await.unwrap(), None);
        assert_eq!(get(400, r#"{"__type": "InvalidRequestException"}"#).await.unwrap(), None);
        let wrong = r#"{"SecretString": "mongodb://me:hidden@host/"}"#;
        let said = chain(&get(200, wrong).await.unwrap_err());
        assert!(said.contains("the secret sluice/connections/main") && !said.contains("hidden"), "{said}");
    }
}
