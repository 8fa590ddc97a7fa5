//! Reports where a panic happened, never its message.
//!
//! The message of a panic may quote data (slicing a string inside a character quotes the string), and cell values never
//! reach a log.

use std::cell::RefCell;
use std::panic;

use super::Failure;

/// The error name of a panic. No state machine matches on it, so it is not in the contract.
const NAME: &str = "Panic";

thread_local! {
    /// Where this thread panicked last. The panic of a future is caught on the thread that polled it.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes every panic record only its location, for [`failure`].
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(location, "panicked");
        LOCATION.set(Some(location));
    }));
}

/// The last panic of this thread as a failure.
pub(super) fn failure() -> Failure {
    let location = LOCATION.take().unwrap_or_else(|| "an unknown place".to_owned());
    Failure { name: NAME.to_owned(), message: format!("panicked at {location}; this is a bug in Sluice") }
}
