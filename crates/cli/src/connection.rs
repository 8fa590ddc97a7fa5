//! `sluice connection`: the services that feeds of a stack may name.
//!
//! A connection is a secret of AWS Secrets Manager. No command prints its address, which may hold a password.

mod address;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use sluice_contract::documents::Version;
use sluice_engine::connection::ConnectionName;
use sluice_engine::feed::FeedName;
use sluice_platform::World;
use sluice_platform::connections::{Connection, Connections, SecretConnections};
use sluice_platform::sink::{Manner, SinkKind, Target, Via};

use self::secrets::Secrets;
use crate::args::{ConnectionCommand, ConnectionSetArgs, Permission, StackArgs};
use crate::columns::Columns;
use crate::ending::{Ending, refused};
use crate::place::Deployed;
use crate::screen::say;

/// What to do about a connection that does not lead to the collection of a feed.
pub const CORRECT_CONNECTION: &str =
    "Correct the collection or the connection in the feed, or the connection itself: sluice connection set";

/// Runs the command.
pub async fn connection(command: &ConnectionCommand) -> anyhow::Result<Ending> {
    match command {
        ConnectionCommand::Set(args) => {
            set(args).await.with_context(|| format!("setting the connection {}", args.name))
        }
        ConnectionCommand::List(args) => list(&args.stack).await.context("listing connections"),
        ConnectionCommand::Test(args) => {
            test(&args.name, &args.stack).await.with_context(|| format!("testing the connection {}", args.name))
        }
        ConnectionCommand::Remove(args) => {
            remove(&args.name, &args.stack).await.with_context(|| format!("removing the connection {}", args.name))
        }
    }
}

/// Registers a connection, or replaces it.
async fn set(args: &ConnectionSetArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(&args.stack).await?;
    let ca = args.ca.as_deref().map(address::certificates).transpose()?;
    let connection = if args.keep_address {
        let kept = found(&deployed, &args.name).await?;
        Connection { feeds: permissions(&args.permit), ca: ca.or(kept.ca), ..kept }
    } else {
        Connection { version: Version, uri: address::read()?, ca, feeds: permissions(&args.permit) }
    };
    let is_new = Secrets::of(&deployed).put(&args.name, &connection).await?;
    say(&format!("{} the connection {}", if is_new { "created" } else { "replaced" }, args.name));
    say(&format!("to test it: sluice connection test {} --stack {}", args.name, deployed.stack.name));
    Ok(Ending::Good)
}

/// The collections that each feed may write to.
fn permissions(permit: &[Permission]) -> BTreeMap<FeedName, BTreeSet<String>> {
    let mut feeds = BTreeMap::<_, BTreeSet<_>>::new();
    for Permission { feed, collection } in permit {
        feeds.entry(feed.clone()).or_default().insert(collection.clone());
    }
    feeds
}

/// A connection that must be there.
async fn found(deployed: &Deployed, name: &ConnectionName) -> anyhow::Result<Connection> {
    let connections = SecretConnections::new(&deployed.aws, &deployed.stack.connections_prefix());
    let stack = &deployed.stack.name;
    connections.get(name).await?.ok_or_else(|| refused(format!("the stack {stack} has no connection {name}")))
}

/// Lists the connections of a stack, with the feeds that may use each and the collections that these may write to.
async fn list(args: &StackArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(args).await?;
    let names = Secrets::of(&deployed).list().await?;
    if names.is_empty() {
        say("there is no connection; sluice connection set NAME registers one");
        return Ok(Ending::Good);
    }
    let mut table = Columns::new(["CONNECTION", "FEED", "COLLECTION"]);
    for name in names {
        let connection = found(&deployed, &name).await?;
        if connection.feeds.is_empty() {
            table.row([name.to_string(), "none".to_owned(), String::new()]);
        }
        for (feed, collections) in &connection.feeds {
            for collection in collections {
                table.row([name.to_string(), feed.to_string(), collection.clone()]);
            }
        }
    }
    say(&table.text());
    Ok(Ending::Good)
}

/// Lets the function that writes to collections check each one that the connection permits.
async fn test(name: &ConnectionName, args: &StackArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(args).await?;
    let connection = found(&deployed, name).await?;
    if connection.feeds.is_empty() {
        return Err(refused(format!("no feed may use the connection {name}; give sluice connection set a --permit")));
    }
    let mut ending = Ending::Good;
    for (feed, collections) in connection.feeds {
        for collection in collections {
            let via = Some(Via { connection: name.clone(), feed: feed.clone() });
            let target = Target {
                sink: SinkKind::Collection,
                name: collection,
                key: Vec::new(),
                via,
                manner: Manner::default(),
            };
            let problems = deployed.world.sinks().open(&target).check(&target).await?;
            if problems.is_empty() {
                say(&format!("good: the feed {feed} can write to {}", target.name));
            } else {
                say(&format!("bad: the feed {feed} cannot write to {}: {}", target.name, problems.join(" ")));
                ending = Ending::Refused;
            }
        }
    }
    Ok(ending)
}

/// Removes a connection. Within a week, `sluice connection set` brings the secret back.
async fn remove(name: &ConnectionName, args: &StackArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(args).await?;
    if Secrets::of(&deployed).remove(name).await? {
        say(&format!("removed the connection {name}; files of the feeds that name it are refused from now on"));
        Ok(Ending::Good)
    } else {
        Err(refused(format!("the stack {} has no connection {name}", deployed.stack.name)))
    }
}
