//! The secrets of connections.

use anyhow::Context;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, Tag};
use sluice_engine::connection::ConnectionName;
use sluice_platform::aws::AwsFailure;
use sluice_platform::connections::Connection;

use crate::place::Deployed;

/// For how many days a removed secret can come back: the least that Secrets Manager takes.
const RECOVERY_DAYS: i64 = 7;

/// The code of a secret that exists already.
const EXISTS: &str = "ResourceExistsException";
/// The code of a request about a secret that was removed, and can still come back.
const REMOVED: &str = "InvalidRequestException";

/// The secrets of a stack.
pub struct Secrets {
    client: Client,
    stack: String,
    prefix: String,
    /// The key of the stack; `None` for the key of Secrets Manager.
    key: Option<String>,
}

impl Secrets {
    /// The secrets of a stack.
    pub fn of(deployed: &Deployed) -> Self {
        let key = deployed.stack.parameters.get("KmsKeyArn").filter(|arn| !arn.is_empty());
        Self {
            client: Client::new(deployed.aws.config()),
            stack: deployed.stack.name.clone(),
            prefix: deployed.stack.connections_prefix(),
            key: key.cloned(),
        }
    }

    /// Creates or replaces the secret of a connection. Returns whether it is new.
    pub async fn put(&self, name: &ConnectionName, connection: &Connection) -> anyhow::Result<bool> {
        let (id, text) = (self.id(name), serde_json::to_string(connection)?);
        let tag = Tag::builder().key("sluice:stack").value(&self.stack).build();
        let create = self.client.create_secret().name(&id).secret_string(&text).tags(tag);
        let what = || format!("writing the secret {id}");
        match create.set_kms_key_id(self.key.clone()).send().await {
            Ok(_) => return Ok(true),
            Err(error) if code(&error).is_some_and(|code| [EXISTS, REMOVED].contains(&code)) => {}
            Err(error) => return Err(AwsFailure::of(&error)).with_context(what),
        }
        let replace = || self.client.put_secret_value().secret_id(&id).secret_string(&text).send();
        let mut replaced = replace().await;
        if replaced.as_ref().is_err_and(|error| code(error) == Some(REMOVED)) {
            let restored = self.client.restore_secret().secret_id(&id).send().await;
            restored.map_err(|error| AwsFailure::of(&error)).with_context(what)?;
            replaced = replace().await;
        }
        replaced.map_err(|error| AwsFailure::of(&error)).with_context(what)?;
        Ok(false)
    }

    /// The names of the connections, sorted.
    pub async fn list(&self) -> anyhow::Result<Vec<ConnectionName>> {
        let filter = Filter::builder().key(FilterNameStringType::Name).values(&self.prefix).build();
        let mut pages = self.client.list_secrets().filters(filter).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsFailure::of(&error)).context("listing the secrets of the stack")?;
            let found = page.secret_list.unwrap_or_default().into_iter().filter_map(|secret| secret.name);
            names.extend(found.filter_map(|name| name.strip_prefix(&self.prefix)?.parse().ok()));
        }
        names.sort();
        Ok(names)
    }

    /// Removes the secret of a connection. Returns whether there was one.
    pub async fn remove(&self, name: &ConnectionName) -> anyhow::Result<bool> {
        let id = self.id(name);
        match self.client.delete_secret().secret_id(&id).recovery_window_in_days(RECOVERY_DAYS).send().await {
            Ok(_) => Ok(true),
            Err(error) if code(&error) == Some("ResourceNotFoundException") => Ok(false),
            Err(error) => Err(AwsFailure::of(&error)).with_context(|| format!("removing the secret {id}")),
        }
    }

    fn id(&self, name: &ConnectionName) -> String {
        format!("{}{name}", self.prefix)
    }
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.code()
}
