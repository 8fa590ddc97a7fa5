//! Problems that affect every request to AWS: the credentials, the region, and whether AWS can be reached.
//!
//! A step logs the service's own words. The command line shows these sentences, with advice, because its user can
//! change credentials, region and network.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A problem that affects every request, or every request of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There are no credentials.
    NoCredentials,
    /// The credentials have expired.
    Expired,
    /// The credentials belong to nobody, or are incomplete.
    NotAccepted,
    /// The credentials do not allow this request.
    NotPermitted,
    /// The service is not available to the account.
    NotSubscribed,
    /// The clock of this machine is off by minutes.
    WrongClock,
    /// There was no answer.
    Unreachable,
    /// The service asks to slow down.
    Throttled,
}

impl Trouble {
    /// What is wrong, in words that fit after a colon.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NoCredentials => "there are no AWS credentials",
            Self::Expired => "the AWS credentials have expired",
            Self::NotAccepted => "AWS does not accept the credentials",
            Self::NotPermitted => "the permission is missing",
            Self::NotSubscribed => "the account cannot use this service",
            Self::WrongClock => "the clock of this machine differs too much from that of AWS",
            Self::Unreachable => "AWS could not be reached",
            Self::Throttled => "AWS asks to slow down",
        }
    }

    /// What to do about it, in a sentence.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::NoCredentials => {
                "Set AWS_PROFILE to a profile that has keys, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. With single \
                 sign-on: aws sso login, then eval \"$(aws configure export-credentials --format env)\"."
            }
            Self::Expired => {
                "Get new ones. With single sign-on: aws sso login, then \
                 eval \"$(aws configure export-credentials --format env)\"."
            }
            Self::NotAccepted => {
                "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile in AWS_PROFILE: they \
                 must belong together. aws sts get-caller-identity asks whose they are."
            }
            Self::NotPermitted => {
                "Ask those who run the stack for the permission, or use other credentials. aws sts get-caller-identity says \
                 whose these are."
            }
            Self::NotSubscribed => "Use another account or region, or have the service enabled for this account.",
            Self::WrongClock => "Set the clock of this machine.",
            Self::Unreachable => {
                "Check the network, the proxy and AWS_ENDPOINT_URL, and that AWS_REGION is the name of a region, such as \
                 eu-central-1."
            }
            Self::Throttled => "Try again in a minute.",
        }
    }

    /// The problem behind an SDK error, if the error shows one.
    pub(super) fn of<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> Option<Self> {
        match error {
            SdkError::ServiceError(failure) => {
                let (code, message) = (failure.err().code(), failure.err().message());
                Self::of_answer(code.unwrap_or_default(), message.unwrap_or_default(), failure.raw().status().as_u16())
            }
            // Without credentials the SDK sends no request, and it has no kind of error for that.
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_)
                if crate::chain(error).contains("credential") =>
            {
                Some(Self::NoCredentials)
            }
            SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => Some(Self::Unreachable),
            SdkError::TimeoutError(_) => Some(Self::Unreachable),
            _ => None,
        }
    }

    fn of_answer(code: &str, message: &str, status: u16) -> Option<Self> {
        // The codes of the services that the command line calls, in the spelling of each protocol.
        Some(match code.trim_end_matches("Exception") {
            "ExpiredToken" | "RequestExpired" | "TokenRefreshRequired" => Self::Expired,
            "RequestTimeTooSkewed" | "RequestInTheFuture" => Self::WrongClock,
            // If the clock is slow, AWS says "Signature expired: 20261121T… is now earlier than …".
            "InvalidSignature" | "SignatureDoesNotMatch"
                if message.starts_with("Signature expired") || message.starts_with("Signature not yet current") =>
            {
                Self::WrongClock
            }
            "InvalidClientTokenId"
            | "UnrecognizedClient"
            | "InvalidAccessKeyId"
            | "InvalidSignature"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "InvalidToken"
            | "MissingAuthenticationToken"
            | "AuthFailure" => Self::NotAccepted,
            "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" | "AuthorizationError" | "AllAccessDisabled" => {
                Self::NotPermitted
            }
            "OptInRequired" | "SubscriptionRequired" => Self::NotSubscribed,
            code if super::is_throttling(code) => Self::Throttled,
            // The answer to a HEAD request has no body, so it has no code.
            "" if status == 403 => Self::NotPermitted,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_answers() {
        for (code, message, status, expected) in [
            ("ExpiredToken", "The provided token has expired.", 400, Some(Trouble::Expired)),
            ("ExpiredTokenException", "", 400, Some(Trouble::Expired)),
            ("RequestExpired", "", 400, Some(Trouble::Expired)),
            ("InvalidClientTokenId", "", 403, Some(Trouble::NotAccepted)),
            ("UnrecognizedClientException", "", 400, Some(Trouble::NotAccepted)),
            ("InvalidAccessKeyId", "", 403, Some(Trouble::NotAccepted)),
            ("SignatureDoesNotMatch", "The request signature we calculated", 403, Some(Trouble::NotAccepted)),
            ("SignatureDoesNotMatch", "Signature expired: 2026 is now earlier", 403, Some(Trouble::WrongClock)),
            ("RequestTimeTooSkewed", "", 403, Some(Trouble::WrongClock)),
            ("AccessDenied", "", 403, Some(Trouble::NotPermitted)),
            ("AccessDeniedException", "", 400, Some(Trouble::NotPermitted)),
            ("", "", 403, Some(Trouble::NotPermitted)),
            ("OptInRequired", "", 403, Some(Trouble::NotSubscribed)),
            ("ThrottlingException", "", 400, Some(Trouble::Throttled)),
            ("ValidationError", "Stack with id x does not exist", 400, None),
            ("", "", 500, None),
        ] {
            assert_eq!(Trouble::of_answer(code, message, status), expected, "{code} {message}");
        }
    }
}
