//! The sink in MongoDB, with a real server: see `make mongodb`.
//!
//! The tests end and restart one server, so they run one after another (`--test-threads=1`). Each has a collection of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod check;
mod documents;
mod kills;
mod outages;
mod refusals;
mod shop;

use sluice_platform::contract_suite as suite;
use sluice_tests::mongod::collection;

use crate::shop::Shop;

#[tokio::test]
async fn a_collection_keeps_the_contract_of_a_sink() {
    let target = collection("suite.items", &[("id", false), ("line", true)]);
    let shop = Shop::of(target).await;
    suite::sink_into(&shop.sink, &shop.target).await;
    suite::sink_with_modes(&shop.sink, &shop.target).await;
}
