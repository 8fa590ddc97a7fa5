//! Connections: services that feeds may name, but never describe.
//!
//! An operator registers a connection with the feeds that may use it, and with what each may reach. The address may hold a password, so
//! nothing prints it.

mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sluice_contract::documents::Version;
use sluice_engine::connection::ConnectionName;
use sluice_engine::feed::FeedName;

pub use self::secrets::SecretConnections;
use crate::Fault;
use crate::shared::Shared;
use crate::sink::{Target, Via};

/// The connections of a stack.
#[async_trait]
pub trait Connections: Send + Sync {
    /// The connection with this name; `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn get(&self, name: &ConnectionName) -> Result<Option<Connection>, Fault>;
}

/// A connection, as an operator registered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// The version of this document.
    pub version: Version,
    /// The address of the service, with its credentials.
    pub uri: Secret,
    /// The certificates of the authorities that the service's certificate may come from, as PEM; `None` for those that browsers trust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// The feeds that may use it, with the targets that each may write to.
    pub feeds: BTreeMap<FeedName, BTreeSet<String>>,
}

impl Connection {
    /// Why this connection may not lead to this target; `None` if it may.
    #[must_use]
    pub fn refusal(&self, via: &Via, target: &Target) -> Option<String> {
        let Via { connection, feed } = via;
        let permitted = self.feeds.get(feed).is_some_and(|targets| targets.contains(&target.name));
        (!permitted).then(|| {
            let name = &target.name;
            format!("The feed {feed} may not write to {name:?} through the connection {connection}: an operator has to permit it.")
        })
    }
}

/// A text that nothing prints.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the service that it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret")
    }
}

/// Connections in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryConnections(Shared<BTreeMap<ConnectionName, Connection>>);

impl MemoryConnections {
    /// Registers a connection, or replaces it.
    pub fn insert(&self, name: ConnectionName, connection: Connection) {
        self.0.lock().insert(name, connection);
    }
}

#[async_trait]
impl Connections for MemoryConnections {
    async fn get(&self, name: &ConnectionName) -> Result<Option<Connection>, Fault> {
        Ok(self.0.lock().get(name).cloned())
    }
}

#[cfg(test)]
mod tests {
    use crate::sink::Manner;

    use sluice_engine::sink::SinkKind;

    use super::*;

    fn connection() -> Connection {
        let json = r#"{"version": 1, "uri": "mongodb://me:pass@host/", "feeds": {"products": ["shop.products"]}}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn only_a_permitted_feed_reaches_a_permitted_target() {
        for (feed, name, permitted) in [
            ("products", "shop.products", true),
            ("products", "shop.prices", false),
            ("prices", "shop.products", false),
        ] {
            let via = Via { connection: "main".parse().unwrap(), feed: feed.parse().unwrap() };
            let target = Target {
                sink: SinkKind::Collection,
                name: name.to_owned(),
                key: Vec::new(),
                via: Some(via.clone()),
                manner: Manner::default(),
            };
            let refusal = connection().refusal(&via, &target);
            assert_eq!(refusal.is_none(), permitted, "{refusal:?}");
        }
    }

    #[test]
    fn an_address_is_not_printed() {
        let printed = format!("{:?}", connection());
        assert!(printed.contains("a secret") && !printed.contains("pass"), "{printed}");
        let document = serde_json::to_string(&connection()).unwrap();
        assert_eq!(serde_json::from_str::<Connection>(&document).unwrap(), connection());
    }
}
