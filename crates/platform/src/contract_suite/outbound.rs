//! The contract of an outbound bucket.

use bytes::Bytes;
use futures::future::BoxFuture;
use sluice_contract::Order;

use super::run;
use crate::Fault;
use crate::objects::{ContentType, Existing, Objects};
use crate::outbound::{Delivered, Delivery, Outbound};

/// The bytes of a file of the outbound bucket; `None` if there is none.
pub type ReadOutbound<'a> = &'a (dyn Fn(String) -> BoxFuture<'static, Option<Bytes>> + Sync);

/// How often two deliveries are made at the same time.
const RACES: u32 = 8;

/// What the suite works with.
struct Suite<'a> {
    outbound: &'a dyn Outbound,
    data: &'a dyn Objects,
    read: ReadOutbound<'a>,
}

/// Tests an outbound bucket beside the data bucket `data`. `read` reads a file of it.
///
/// # Panics
/// If it does not.
pub async fn outbound(outbound: &dyn Outbound, data: &dyn Objects, read: ReadOutbound<'_>) {
    let suite = Suite { outbound, data, read };
    suite.what_is_not_there().await;
    suite.the_later_order_stays().await;
    suite.any_bytes_under_any_name().await;
    suite.two_at_once().await;
}

/// Tests what an outbound bucket does with a file that others have put under `key`: it has no order, so every delivery replaces it.
///
/// # Panics
/// If it does not.
pub async fn outbound_with_foreign(outbound: &dyn Outbound, data: &dyn Objects, read: ReadOutbound<'_>, key: &str) {
    let suite = Suite { outbound, data, read };
    assert!(suite.read(key).await.is_some(), "somebody has put a file there");
    suite.source("suite/outbound/mine", b"mine").await;
    assert_eq!(suite.deliver("suite/outbound/mine", key, &order(1)).await, Delivered::Written);
    assert_eq!(suite.read(key).await.unwrap(), "mine");
    assert_eq!(suite.deliver("suite/outbound/mine", key, &order(0)).await, Delivered::Overtaken);
}

/// The order of a run. Higher numbers are later.
fn order(number: u32) -> Order {
    Order::new(&format!("2026-11-21T02:{:02}:{:02}Z", number / 60, number % 60), "0055", &run(7))
}

impl Suite<'_> {
    /// Writes an object of the data bucket.
    async fn source(&self, key: &str, bytes: &[u8]) {
        let bytes = Bytes::copy_from_slice(bytes);
        self.data.put(key, ContentType::Csv, bytes, Existing::Replace).await.unwrap();
    }

    async fn try_deliver(&self, from: &str, to: &str, order: &Order) -> Result<Delivered, Fault> {
        self.outbound.deliver(&Delivery { from, to, content_type: ContentType::Csv, order }).await
    }

    async fn deliver(&self, from: &str, to: &str, order: &Order) -> Delivered {
        self.try_deliver(from, to, order).await.unwrap()
    }

    async fn read(&self, key: &str) -> Option<Bytes> {
        (self.read)(key.to_owned()).await
    }

    async fn what_is_not_there(&self) {
        let to = "suite/nothing.csv";
        let missing = self.try_deliver("suite/outbound/nothing", to, &order(1)).await;
        assert!(matches!(missing, Err(Fault::Missing { .. })), "{missing:?}");
        assert_eq!(self.read(to).await, None, "what is not there is not delivered");
        assert!(self.outbound.location(to).ends_with(to), "{}", self.outbound.location(to));
    }

    async fn the_later_order_stays(&self) {
        let to = "suite/2026-11-21/a.csv";
        for (from, bytes) in [("suite/outbound/1", "one"), ("suite/outbound/2", "two"), ("suite/outbound/3", "three")] {
            self.source(from, bytes.as_bytes()).await;
        }
        // A rerun is later than its run, and earlier than every later one.
        let rerun = order(2).after("2026-11-22T00:00:00Z", &run(8));
        for (from, order, expected, there) in [
            ("suite/outbound/2", &order(2), Delivered::Written, "two"),
            ("suite/outbound/2", &order(2), Delivered::Written, "two"),
            ("suite/outbound/1", &order(1), Delivered::Overtaken, "two"),
            ("suite/outbound/1", &rerun, Delivered::Written, "one"),
            ("suite/outbound/2", &order(2), Delivered::Overtaken, "one"),
            ("suite/outbound/3", &order(3), Delivered::Written, "three"),
            ("suite/outbound/1", &rerun, Delivered::Overtaken, "three"),
            ("suite/outbound/3", &order(3), Delivered::Written, "three"),
        ] {
            assert_eq!(self.deliver(from, to, order).await, expected, "{from} {order}");
            assert_eq!(self.read(to).await.unwrap(), there, "{from} {order}");
        }
        // Files beside it have orders of their own.
        assert_eq!(self.deliver("suite/outbound/1", "suite/2026-11-21/b.csv", &order(1)).await, Delivered::Written);
        assert_eq!(self.read("suite/2026-11-21/b.csv").await.unwrap(), "one");
    }

    async fn any_bytes_under_any_name(&self) {
        // More than one piece of a body, and more than a part of a multipart upload has at least.
        let long: Vec<u8> = (0..=250).cycle().take(6 * 1024 * 1024 + 1).collect();
        for (number, to) in (10..).zip(["suite/b.csv", "suite/a folder/a name with spaces, + and \u{fc}.tab"]) {
            for (step, bytes) in (0..).zip([&b""[..], b"x", &long, b""]) {
                self.source("suite/outbound/any + \u{fc}", bytes).await;
                let order = order(number * 4 + step);
                let found = self.deliver("suite/outbound/any + \u{fc}", to, &order).await;
                assert_eq!(found, Delivered::Written);
                assert!(self.read(to).await.unwrap() == bytes, "{to} of {} bytes comes back different", bytes.len());
            }
        }
    }

    /// Of two deliveries at the same time, the one of the later order is there at the end, whichever began first.
    async fn two_at_once(&self) {
        self.source("suite/outbound/early", b"early").await;
        self.source("suite/outbound/late", &b"late".repeat(1000)).await;
        for race in 0..RACES {
            // Half of the races are about a file that exists.
            let to = format!("suite/races/{race}.csv");
            if race % 4 > 1 {
                self.deliver("suite/outbound/early", &to, &order(1)).await;
            }
            let (early, late) = (order(2), order(3));
            let early = self.try_deliver("suite/outbound/early", &to, &early);
            let late = self.try_deliver("suite/outbound/late", &to, &late);
            let (early, late) = if race % 2 == 0 {
                futures::join!(early, late)
            } else {
                let (late, early) = futures::join!(late, early);
                (early, late)
            };
            assert_eq!(late.unwrap(), Delivered::Written, "race {race}");
            early.unwrap();
            assert!(self.read(&to).await.unwrap() == b"late".repeat(1000), "race {race}: the earlier file is there");
        }
    }
}
