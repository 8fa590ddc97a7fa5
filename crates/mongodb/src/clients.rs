//! Clients of the servers that connections lead to.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mongodb::Client;
use mongodb::options::{ClientOptions, Tls, TlsOptions};
use sluice_engine::connection::ConnectionName;
use sluice_platform::Fault;
use sluice_platform::connections::{Connection, Connections};
use sluice_platform::sink::{Target, Via};

/// How long a client is used before its connection is read again: after that time a permission that was taken back is noticed.
const FRESH: Duration = Duration::from_mins(1);
/// How long to wait for a primary. An election takes about ten seconds.
const SELECTION: Duration = Duration::from_secs(15);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The clients of a process.
pub(crate) struct Clients {
    connections: Arc<dyn Connections>,
    kept: Mutex<HashMap<ConnectionName, Kept>>,
}

struct Kept {
    connection: Connection,
    client: Client,
    read: Instant,
}

/// A client, or why there is none, in a sentence.
pub(crate) type Found = Result<Client, String>;

impl Clients {
    pub(crate) fn new(connections: Arc<dyn Connections>) -> Self {
        Self { connections, kept: Mutex::default() }
    }

    /// The client that leads to a target.
    ///
    /// # Errors
    /// If the connection cannot be read.
    pub(crate) async fn find(&self, target: &Target) -> Result<Found, Fault> {
        let Some(via) = &target.via else { return Ok(Err(format!("No connection leads to {:?}.", target.name))) };
        if let Some(client) = self.kept(via, target) {
            return Ok(Ok(client));
        }
        let name = &via.connection;
        let Some(connection) = self.connections.get(name).await? else {
            return Ok(Err(format!("There is no connection {name}: an operator has to register it.")));
        };
        if let Some(refusal) = connection.refusal(via, target) {
            return Ok(Err(refusal));
        }
        // A new client connects anew, and leaves a file of certificates behind.
        let client = match self.same(name, &connection) {
            Some(client) => Some(client),
            None => make(&connection).await,
        };
        let Some(client) = client else {
            // The error of the driver may quote the address.
            return Ok(Err(format!(
                "The address of the connection {name} cannot be used: an operator has to correct it."
            )));
        };
        let kept = Kept { connection, client: client.clone(), read: Instant::now() };
        self.lock().insert(name.clone(), kept);
        Ok(Ok(client))
    }

    /// Forgets a client, so that the next one has the connection as it is then.
    pub(crate) fn forget(&self, via: &Via) {
        self.lock().remove(&via.connection);
    }

    /// The client of a connection that was read a moment ago and permits the target. A permission that is missing there may have been
    /// given since.
    fn kept(&self, via: &Via, target: &Target) -> Option<Client> {
        let all = self.lock();
        let kept = all.get(&via.connection).filter(|kept| kept.read.elapsed() < FRESH)?;
        kept.connection.refusal(via, target).is_none().then(|| kept.client.clone())
    }

    /// The client of a connection that has not changed.
    fn same(&self, name: &ConnectionName, connection: &Connection) -> Option<Client> {
        let all = self.lock();
        let kept = all
            .get(name)
            .filter(|kept| kept.connection.uri == connection.uri && kept.connection.ca == connection.ca)?;
        Some(kept.client.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ConnectionName, Kept>> {
        // Nothing panics while the lock is held.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client for a connection; `None` if its address cannot be used, or does without TLS.
async fn make(connection: &Connection) -> Option<Client> {
    let mut options = ClientOptions::parse(connection.uri.reveal()).await.ok()?;
    let Some(Tls::Enabled(tls)) = &options.tls else { return None };
    if tls.allow_invalid_certificates == Some(true) {
        return None;
    }
    if let Some(ca) = &connection.ca {
        let path = ca_file(ca).ok()?;
        options.tls = Some(Tls::Enabled(TlsOptions::builder().ca_file_path(path).build()));
    }
    options.app_name = Some("sluice".to_owned());
    options.server_selection_timeout.get_or_insert(SELECTION);
    options.connect_timeout.get_or_insert(CONNECT);
    Client::with_options(options).ok()
}

/// Writes certificates to a file, because the driver reads them from one.
fn ca_file(ca: &str) -> std::io::Result<std::path::PathBuf> {
    let mut file = tempfile::Builder::new().prefix("sluice-ca-").suffix(".pem").tempfile()?;
    file.write_all(ca.as_bytes())?;
    Ok(file.into_temp_path().keep()?)
}
