//! A running MongoDB server to control.
//!
//! `make mongodb` starts it and passes it to the tests in the environment. Without it they fail; none is skipped.

use std::io::{Error, ErrorKind};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mongodb::Client;
use mongodb::options::{ClientOptions, Tls, TlsOptions};
use sluice_platform::connections::{Connection, MemoryConnections};
use sluice_platform::sink::{KeyField, Manner, SinkKind, Target, Via};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{python, root};

/// More bytes than any message but that of a batch.
const OF_A_BATCH: usize = 12 * 1024;

/// The server, as the environment describes it.
#[derive(Clone, Debug)]
pub struct Mongod {
    /// The certificate of the authority that its certificate comes from.
    pub ca: String,
    /// The path of that certificate.
    pub ca_file: String,
    /// The address for a user with all rights.
    pub root: String,
    /// The address for a user who may write.
    pub writer: String,
    /// The address for a user who may read.
    pub reader: String,
}

fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: the tests run with a MongoDB server, by `make mongodb`"))
}

impl Mongod {
    /// The server from the environment.
    #[must_use]
    pub fn from_env() -> Self {
        let ca_file = variable("MONGODB_CA");
        Self {
            ca: std::fs::read_to_string(&ca_file).unwrap(),
            ca_file,
            root: variable("MONGODB_ROOT"),
            writer: variable("MONGODB_WRITER"),
            reader: variable("MONGODB_READER"),
        }
    }

    /// Connections that have one by the name `main`: to this address, for the feed `shop` and one collection.
    #[must_use]
    pub fn connections(&self, uri: &str, collection: &str) -> MemoryConnections {
        let json = serde_json::json!({"version": 1, "uri": uri, "ca": self.ca, "feeds": {"shop": [collection]}});
        let connection: Connection = serde_json::from_value(json).unwrap();
        let connections = MemoryConnections::default();
        connections.insert("main".parse().unwrap(), connection);
        connections
    }

    /// A client with all rights.
    pub async fn client(&self) -> Client {
        let mut options = ClientOptions::parse(&self.root).await.unwrap();
        options.tls = Some(Tls::Enabled(TlsOptions::builder().ca_file_path(PathBuf::from(&self.ca_file)).build()));
        Client::with_options(options).unwrap()
    }

    /// Runs a command of `tools/mongod.py`.
    pub fn tool(&self, command: &str) {
        let status = Command::new(python()).arg(root().join("tools/mongod.py")).arg(command).status().unwrap();
        assert!(status.success(), "tools/mongod.py {command}");
    }
}

/// A collection as the target of the feed `shop`, with these key fields, which are numbers or not.
#[must_use]
pub fn collection(name: &str, key: &[(&str, bool)]) -> Target {
    let field = |(name, number): &(&str, bool)| KeyField { name: (*name).to_owned(), number: *number };
    let via = Via { connection: "main".parse().unwrap(), feed: "shop".parse().unwrap() };
    let key = key.iter().map(field).collect();
    Target { sink: SinkKind::Collection, name: name.to_owned(), key, via: Some(via), manner: Manner::default() }
}

/// Stands before a server, and loses the answers to some batches: the server gets them, and the client loses its connection.
#[derive(Clone, Debug)]
pub struct Lossy {
    /// The number of answers still to be lost.
    left: Arc<AtomicUsize>,
    port: u16,
}

impl Lossy {
    /// Stands before the server at this address, and loses so many answers.
    pub async fn before(uri: &str, answers: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let lossy = Self { left: Arc::new(AtomicUsize::new(answers)), port: listener.local_addr().unwrap().port() };
        let (left, server) = (Arc::clone(&lossy.left), host(uri).to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (left, server) = (Arc::clone(&left), server.clone());
                tokio::spawn(async move { relay(client, TcpStream::connect(server).await?, &left).await });
            }
        });
        lossy
    }

    /// The same address with this in place of the server.
    #[must_use]
    pub fn uri(&self, uri: &str) -> String {
        uri.replace(host(uri), &format!("127.0.0.1:{}", self.port)).replace("replicaSet=test", "directConnection=true")
    }

    /// How many answers are still to be lost.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }
}

/// The host and the port of an address.
fn host(uri: &str) -> &str {
    uri.split(['@', '/']).find(|part| part.starts_with("127.0.0.1:")).unwrap()
}

/// Passes bytes between client and server, until an answer is to be lost.
async fn relay(mut client: TcpStream, mut server: TcpStream, left: &AtomicUsize) -> std::io::Result<()> {
    let (mut from_client, mut from_server) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    // The bytes that the client has sent since the last answer.
    let mut asked = 0;
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => match read? {
                0 => return Ok(()),
                count => {
                    asked += count;
                    server.write_all(&from_client[..count]).await?;
                }
            },
            read = server.read(&mut from_server) => match read? {
                0 => return Ok(()),
                count => {
                    let take = |left: usize| left.checked_sub(1);
                    let is_lost = asked > OF_A_BATCH && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
                    if is_lost {
                        return Err(Error::from(ErrorKind::ConnectionAborted));
                    }
                    asked = 0;
                    client.write_all(&from_server[..count]).await?;
                }
            },
        }
    }
}
