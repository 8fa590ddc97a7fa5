//! What is reported of a panic: where it happened, never its message.
//!
//! The message of a panic may quote data (slicing a string inside a character quotes the string), and cell values never
//! reach a log.

use std::cell::RefCell;
use std::panic;

use super::Failure;

/// The name under which a panic fails: of no interest to a state machine, so not in the contract.
const NAME: &str = "Panic";

thread_local! {
    /// Where this thread panicked last. A future that panics is caught on the thread that polled it.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on a panic only leaves its location, for [`failure`].
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(location, "panicked");
        LOCATION.set(Some(location));
    }));
}

/// The failure that the last panic is.
pub(super) fn failure() -> Failure {
    let location = LOCATION.take().unwrap_or_else(|| "an unknown place".to_owned());
    Failure { name: NAME.to_owned(), message: format!("panicked at {location}; this is a bug in Sluice") }
}
