//! Tests of what is deployed, without deploying it: the definitions, the template, the events, the binaries;
//! and of the papers that come with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod binaries;
mod docs;
mod events;
mod executor;
mod functions;
mod house;
mod inputs;
mod links;
mod machines;
mod permissions;
mod promises;
mod retries;
mod scan;
mod settings;
mod template;
