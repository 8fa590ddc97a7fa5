//! Tests of the deployment without deploying: definitions, template, events and binaries; and of the
//! documents.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod binaries;
mod deployment;
mod docs;
mod encryption;
mod events;
mod executor;
mod functions;
mod house;
mod inputs;
mod links;
mod machines;
mod network;
mod operations;
mod permissions;
mod promises;
mod protection;
mod retries;
mod scan;
mod settings;
mod template;
mod workflows;
