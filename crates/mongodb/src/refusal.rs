//! What an error of the server or of the driver means.
//!
//! The messages of the driver may hold the address, and those of the server the values of a document. So a fault has only the number
//! and the name of an error; the text of a refusal goes to the reject of its record, and nowhere else.

use mongodb::bson::Document;
use mongodb::error::{Error, ErrorKind};
use sluice_platform::Fault;
use sluice_platform::sink::Written;

/// Errors after which the same command may succeed: another member became the primary, a write met another one, or a time was up.
/// (*Retryable writes* and *error codes* in the server's sources.)
const AGAIN: [i32; 19] = [6, 7, 24, 46, 50, 64, 89, 91, 112, 134, 189, 202, 262, 317, 9001, 10107, 11600, 11602, 13435];
/// The server asks to slow down.
const THROTTLED: [i32; 2] = [462, 16500];
/// The document is too large: the command, the document after the update, and what MongoDB 4 says.
const TOO_LARGE: [i32; 4] = [10334, 17280, 17419, 17420];
/// Errors about the request, a permission or the server, whatever the document is: not permitted, not signed in, no shard key, not
/// allowed here, not enough disk.
const NOT_ABOUT_THE_DOCUMENT: [i32; 10] = [13, 18, 20, 26, 61, 72, 73, 166, 8000, 14031];
/// Two writes with the same key, or with the same value of another unique index.
const DUPLICATE: i32 = 11000;

/// What an error of one statement means.
pub(crate) enum Meaning {
    /// The statement is to be repeated.
    Again,
    /// The collection refuses the document.
    Refused(Written),
    /// The statement of every document would fail.
    Fault(Fault),
}

/// What the error of one statement means.
pub(crate) fn of_statement(error: &Document, what: &str) -> Meaning {
    let code = error.get_i32("code").unwrap_or_default();
    let message = || error.get_str("errmsg").unwrap_or("the collection refuses the document").to_owned();
    match code {
        DUPLICATE if is_of_id(error) => Meaning::Again,
        code if AGAIN.contains(&code) => Meaning::Again,
        code if TOO_LARGE.contains(&code) => Meaning::Refused(Written::TooLarge(message())),
        code if THROTTLED.contains(&code) || NOT_ABOUT_THE_DOCUMENT.contains(&code) => {
            Meaning::Fault(of_code(what, code, error.get_str("codeName").unwrap_or_default()))
        }
        _ => Meaning::Refused(Written::Refused(message())),
    }
}

/// Whether two writes met at the same `_id`.
fn is_of_id(error: &Document) -> bool {
    match error.get_document("keyPattern") {
        Ok(pattern) => pattern.contains_key("_id"),
        Err(_) => error.get_str("errmsg").is_ok_and(|message| message.contains(" index: _id_ ")),
    }
}

/// What an error of a command means: whether to repeat it, and otherwise the fault.
pub(crate) fn of_command(error: &Error, what: &str) -> Meaning {
    let misconfigured =
        |why: &'static str| Meaning::Fault(Fault::Misconfigured { what: what.to_owned(), source: why.into() });
    match &*error.kind {
        ErrorKind::Command(command) if TOO_LARGE.contains(&command.code) => {
            Meaning::Refused(Written::TooLarge("the document is too large for the collection".to_owned()))
        }
        ErrorKind::Command(command) => {
            let again = AGAIN.contains(&command.code) || error.contains_label("RetryableWriteError");
            if again { Meaning::Again } else { Meaning::Fault(of_code(what, command.code, &command.code_name)) }
        }
        ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } | ErrorKind::ServerSelection { .. } => {
            Meaning::Again
        }
        ErrorKind::DnsResolve { .. } => misconfigured("the name of the server is unknown"),
        ErrorKind::Authentication { .. } => misconfigured("the server refuses user or password"),
        ErrorKind::InvalidTlsConfig { .. } => misconfigured("the certificates of the connection cannot be used"),
        ErrorKind::InvalidArgument { .. } => misconfigured("the address of the connection cannot be used"),
        _ => misconfigured("the server answers otherwise than MongoDB does"),
    }
}

/// The fault of an error with this code.
fn of_code(what: &str, code: i32, name: &str) -> Fault {
    let (what, source) = (what.to_owned(), format!("MongoDB says {name} ({code})").into());
    if THROTTLED.contains(&code) { Fault::Throttled { what, source } } else { Fault::Misconfigured { what, source } }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    fn meaning(error: &mongodb::bson::Document) -> &'static str {
        match of_statement(error, "write") {
            Meaning::Again => "again",
            Meaning::Refused(Written::TooLarge(_)) => "too large",
            Meaning::Refused(_) => "refused",
            Meaning::Fault(Fault::Throttled { .. }) => "throttled",
            Meaning::Fault(_) => "fault",
        }
    }

    #[test]
    fn table_of_errors() {
        for (error, expected) in [
            (doc! {"code": 11000, "keyPattern": {"_id": 1}}, "again"),
            (
                doc! {"code": 11000, "errmsg": "E11000 duplicate key error collection: a.b index: _id_ dup key: { : 1 }"},
                "again",
            ),
            (
                doc! {"code": 11000, "keyPattern": {"sku": 1}, "errmsg": "E11000 … index: sku_1 dup key: { sku: \" index: _id_ \" }"},
                "refused",
            ),
            (doc! {"code": 121, "errmsg": "Document failed validation"}, "refused"),
            (doc! {"code": 17419}, "too large"),
            (doc! {"code": 112}, "again"),
            (doc! {"code": 13, "codeName": "Unauthorized"}, "fault"),
            (doc! {"code": 16500}, "throttled"),
            (doc! {"code": 16755, "errmsg": "Can't extract geo keys"}, "refused"),
            (doc! {}, "refused"),
        ] {
            assert_eq!(meaning(&error), expected, "{error}");
        }
    }

    #[test]
    fn a_fault_has_no_text_of_the_server() {
        let fault = of_code("write to \"shop.products\"", 13, "Unauthorized");
        let said = sluice_platform::chain(&fault);
        assert!(said.ends_with("MongoDB says Unauthorized (13)"), "{said}");
    }
}
