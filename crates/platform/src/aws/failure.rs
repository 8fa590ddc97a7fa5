//! The one place where an error of an SDK becomes a [`Fault`].

use std::error::Error;
use std::fmt;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;

use super::trouble::Trouble;
use crate::{Fault, chain};

/// A request to AWS, as error messages name it: `read s3://bucket/key`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AwsRequest<'a> {
    /// A verb: `read`.
    pub(crate) verb: &'static str,
    /// What the request acts on: `s3://bucket/key`.
    pub(crate) to: &'a str,
}

impl fmt::Display for AwsRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.to)
    }
}

/// Codes by which a service asks to slow down, besides every code that contains `Throttl`.
const THROTTLING: [&str; 9] = [
    "BandwidthLimitExceeded",
    "ExecutionLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "TooManyRequests",
    "TooManyRequestsException",
];

/// Codes of temporary failures whose status is below 500.
const TRANSIENT: [&str; 9] = [
    "ConditionalRequestConflict",
    "InternalError",
    // The answer to completing an upload was lost, and the second attempt finds the upload completed. The step must
    // begin again.
    "NoSuchUpload",
    "OperationAborted",
    "ReplicatedWriteConflictException",
    "RequestTimeout",
    "RequestTimeoutException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Codes that say that the requested object, version or execution does not exist. A missing bucket or table is not
/// among them: it is a wrong setting.
const MISSING: [&str; 4] = ["ExecutionDoesNotExist", "NoSuchKey", "NoSuchVersion", "NotFound"];

/// The kind of an SDK error, by who can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Transient,
    Throttled,
    Missing,
    Misconfigured,
}

/// The fault of an SDK error.
pub(crate) fn fault<E>(request: AwsRequest<'_>, error: &SdkError<E>) -> Fault
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    of_kind(kind(error), request, AwsFailure::of(error))
}

/// The fault of one entry of a batch that a successful answer reports as refused.
pub(crate) fn refused(request: AwsRequest<'_>, code: &str, message: &str) -> Fault {
    let kind = if code.starts_with("Internal") { Kind::Transient } else { kind_of_answer(code, 400) };
    of_kind(kind, request, AwsFailure { text: format!("{code}: {message}"), trouble: None })
}

fn of_kind(kind: Kind, request: AwsRequest<'_>, failure: AwsFailure) -> Fault {
    let what = request.to_string();
    let source = Box::new(failure);
    match kind {
        Kind::Transient => Fault::Transient { what, source },
        Kind::Throttled => Fault::Throttled { what, source },
        Kind::Missing => Fault::Missing { what: request.to.to_owned() },
        Kind::Misconfigured => Fault::Misconfigured { what, source },
    }
}

/// The fault of a request that cannot be built.
pub(crate) fn misconfigured(request: AwsRequest<'_>, error: impl Error + Send + Sync + 'static) -> Fault {
    Fault::Misconfigured { what: request.to_string(), source: Box::new(error) }
}

fn kind<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Kind {
    match error {
        SdkError::ConstructionFailure(_) => Kind::Misconfigured,
        SdkError::DispatchFailure(failure) if failure.is_user() => Kind::Misconfigured,
        SdkError::ServiceError(failure) => {
            kind_of_answer(failure.err().code().unwrap_or_default(), failure.raw().status().as_u16())
        }
        // There was no answer, or it could not be read: a proxy in between, a connection that broke.
        _ => Kind::Transient,
    }
}

/// Whether this code asks to slow down.
pub(crate) fn is_throttling(code: &str) -> bool {
    THROTTLING.contains(&code) || code.contains("Throttl")
}

fn kind_of_answer(code: &str, status: u16) -> Kind {
    if is_throttling(code) || status == 429 {
        Kind::Throttled
    } else if TRANSIENT.contains(&code) || status >= 500 {
        Kind::Transient
    } else if MISSING.contains(&code) {
        Kind::Missing
    } else {
        Kind::Misconfigured
    }
}

/// The message of an SDK error. Its own `Display` says only "service error". The SDK's `DisplayErrorContext` also
/// prints the body of the answer, which for a refused conditional write is the old item: its cells must not get into a
/// log.
fn describe<E>(error: &SdkError<E>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let SdkError::ServiceError(failure) = error else { return chain(error) };
    let meta = failure.err().meta();
    format!(
        "{}: {} (HTTP {}, request {})",
        meta.code().unwrap_or("an error without a code"),
        meta.message().unwrap_or("no message"),
        failure.raw().status(),
        meta.request_id().unwrap_or("without an id"),
    )
}

/// A text on one line. If the SDK finds no credentials, it lists every place where it looked. The line keeps only the
/// places where it found something.
fn remarkable(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.ends_with("Attempted:") && !line.contains("was not enabled"));
    lines.collect::<Vec<_>>().join("; ")
}

/// The message of a service, or the reason why it could not be reached.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct AwsFailure {
    text: String,
    trouble: Option<Trouble>,
}

impl AwsFailure {
    /// The message of an SDK error: more than its `Display` says, and no cell values, which its debug output would
    /// show.
    pub fn of<E>(error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let trouble = Trouble::of(error);
        let detail = match error {
            // The causes are layers of the SDK. The innermost one says what happened: a connection was refused, or a
            // profile is missing.
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) | SdkError::TimeoutError(_)
                if trouble.is_some() =>
            {
                let mut innermost: &dyn Error = error;
                while let Some(cause) = innermost.source() {
                    innermost = cause;
                }
                remarkable(&innermost.to_string())
            }
            _ => describe(error),
        };
        let text = match trouble {
            Some(trouble) if detail.is_empty() => trouble.sentence().to_owned(),
            Some(trouble) => format!("{}: {detail}", trouble.sentence()),
            None => detail,
        };
        Self { text, trouble }
    }

    /// The problem that affects every such request, if it is known.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_places_without_credentials_only_those_with_something_are_told() {
        let none =
            "no credentials found in chain. Attempted:\n  Environment: the credential provider was not enabled: x\n";
        assert_eq!(remarkable(none), "");
        assert_eq!(remarkable(&format!("{none}  Profile: `a` has no keys\n")), "Profile: `a` has no keys");
        assert_eq!(remarkable("Connection refused (os error 111)"), "Connection refused (os error 111)");
    }

    #[test]
    fn table_of_answers() {
        for (code, status, expected) in [
            ("ThrottlingException", 400, Kind::Throttled),
            ("ProvisionedThroughputExceededException", 400, Kind::Throttled),
            ("SlowDown", 503, Kind::Throttled),
            ("", 429, Kind::Throttled),
            ("InternalError", 500, Kind::Transient),
            ("", 502, Kind::Transient),
            ("ServiceUnavailable", 503, Kind::Transient),
            ("RequestTimeout", 400, Kind::Transient),
            ("TransactionConflictException", 400, Kind::Transient),
            ("NoSuchKey", 404, Kind::Missing),
            ("NoSuchVersion", 404, Kind::Missing),
            ("NotFound", 404, Kind::Missing),
            ("NoSuchBucket", 404, Kind::Misconfigured),
            ("ResourceNotFoundException", 400, Kind::Misconfigured),
            ("StateMachineDoesNotExist", 400, Kind::Misconfigured),
            ("AccessDenied", 403, Kind::Misconfigured),
            ("AccessDeniedException", 400, Kind::Misconfigured),
            ("ValidationException", 400, Kind::Misconfigured),
            ("ExpiredToken", 400, Kind::Misconfigured),
        ] {
            assert_eq!(kind_of_answer(code, status), expected, "{code} {status}");
        }
    }
}
