//! What to do about an error: one sentence for each known error.

use sluice_contract::ErrorName;

/// What to do about the error of a step, by its name and message; `None` if there is nothing to add to the message.
pub(crate) fn remedy(step: &str, error: &str, message: &str) -> Option<String> {
    let says = |text: &str| message.contains(text) || error.contains(text);
    if let Some(denied) = Denied::of(message) {
        return Some(denied.remedy(undone(message)));
    }
    if says("AccessDenied") {
        return Some(format!(
            "Give the role of {step} the permission for the action in the message, or remove the policy that denies it."
        ));
    }
    if says("ExpiredToken") || says("UnrecognizedClient") || says("InvalidClientTokenId") {
        return Some("The credentials are invalid or expired: renew them.".to_owned());
    }
    if says("ResourceNotFoundException") || says("NoSuchBucket") {
        return Some(
            "The resource that the message names does not exist: create it. A target table has the key of its \
             feed."
                .to_owned(),
        );
    }
    if says("OutOfMemory") || says("Runtime.ExitError") || says("signal: killed") {
        return Some(format!(
            "The function was killed, most often because its memory ran out: raise MemorySize of {step} in template.yaml \
             and deploy."
        ));
    }
    if says("Sandbox.Timedout") || says("Task timed out") || says("States.Timeout") || says("TIMED_OUT") {
        return Some(format!(
            "The function ran out of time. More memory makes it faster: raise MemorySize of {step} in template.yaml and deploy; \
             or deploy with a smaller ChunkBytes, and import the file again with sluice rerun, because a resumed run \
             keeps its chunks."
        ));
    }
    if says("TooManyRequestsException") {
        return Some(
            "The account has no free execution of a function: ask AWS for a higher limit of concurrent executions, or deploy with \
             a lower CheckConcurrency and ImportConcurrency."
                .to_owned(),
        );
    }
    if error == "Panic" {
        return Some("This is a bug in Sluice: tell those who maintain it, with this message.".to_owned());
    }
    let name = ErrorName::ALL.into_iter().find(|name| name.as_str() == error)?;
    Some(match name {
        ErrorName::Throttled => {
            "The service accepted less than was sent until the retries were used up: raise the capacity of the table \
             or the limits of the account, or deploy with a lower ImportConcurrency."
                .to_owned()
        }
        ErrorName::Transient => {
            "The network or an AWS service failed until the retries were used up. Change nothing: wait until it works \
             again."
                .to_owned()
        }
        ErrorName::InvalidFeed => {
            "Correct the feed, then import the file with sluice rerun, because a resumed run keeps its original feed."
                .to_owned()
        }
        ErrorName::Misconfigured => "Correct the permission or the setting that the message names.".to_owned(),
        ErrorName::Corrupt => {
            "The object that the message names was changed after it was written. A resumed run does not create it \
             again: import the file with sluice rerun."
                .to_owned()
        }
        ErrorName::Incomplete | ErrorName::InvalidInput | ErrorName::Inconsistent | ErrorName::Fenced => return None,
    })
}

/// The action that failed, out of a message such as `not able to write to the table t; check permissions …`.
fn undone(message: &str) -> Option<&str> {
    message.split_once("not able to ")?.1.split_once(';').map(|(undone, _)| undone)
}

/// A message of IAM about a permission.
#[derive(Debug, PartialEq, Eq)]
struct Denied<'a> {
    /// The role of the caller, if it has one.
    role: Option<&'a str>,
    action: &'a str,
    resource: Option<&'a str>,
    /// Whether a policy denies the action explicitly.
    explicit: bool,
}

impl<'a> Denied<'a> {
    /// Parses `User: arn:aws:sts::1:assumed-role/ROLE/session is not authorized to perform: ACTION on resource: ARN because …`
    fn of(message: &'a str) -> Option<Self> {
        let (user, rest) = message.split_once("is not authorized to perform: ")?;
        let role = user.rsplit_once(":assumed-role/").and_then(|(_, session)| session.split('/').next());
        let word = |text: &'a str| text.split([' ', ',', '(']).next().filter(|word| !word.is_empty());
        let resource = rest.split_once("on resource: ").and_then(|(_, resource)| word(resource));
        Some(Self { role, action: word(rest)?, resource, explicit: rest.contains("explicit deny") })
    }

    /// What to do about it. `undone` is the action that failed for lack of the permission.
    fn remedy(&self, undone: Option<&str>) -> String {
        let Self { role, action, resource, explicit } = self;
        let resource = match (resource, undone) {
            (Some(resource), _) => format!(" on {resource}"),
            (None, Some(undone)) => format!(", to {undone}"),
            (None, None) => String::new(),
        };
        let role = role.map_or_else(|| "the caller".to_owned(), |role| format!("the role {role}"));
        if *explicit {
            format!("A policy denies {role} the action {action}{resource}: remove that denial.")
        } else {
            format!("Allow {role} the action {action}{resource}.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &str = "not able to write to the table t: AccessDeniedException: User: arn:aws:sts::123:assumed-role/\
        sluice-ImportRole-1/sluice-import is not authorized to perform: dynamodb:UpdateItem on resource: \
        arn:aws:dynamodb:us-east-1:123:table/sluice-target-products because no identity-based policy allows the \
        dynamodb:UpdateItem action (HTTP 400, request 1)";

    #[test]
    fn a_permission_that_is_missing_is_named_with_role_and_table() {
        assert_eq!(
            remedy("import", "Misconfigured", DENIED).unwrap(),
            "Allow the role sluice-ImportRole-1 the action dynamodb:UpdateItem on \
             arn:aws:dynamodb:us-east-1:123:table/sluice-target-products."
        );
        // Not every service names the resource.
        let short = "not able to write to table t; check permissions and settings: AccessDeniedException: User: \
                     arn:aws:sts::123:assumed-role/r/f is not authorized to perform: dynamodb:UpdateItem because no policy";
        assert_eq!(
            remedy("import", "Misconfigured", short).unwrap(),
            "Allow the role r the action dynamodb:UpdateItem, to write to table t."
        );
        let forbidden = DENIED.replace("because no", "with an explicit deny in an");
        assert!(remedy("import", "Misconfigured", &forbidden).unwrap().ends_with(": remove that denial."));
    }

    #[test]
    fn table_of_remedies() {
        for (error, message, expected) in [
            (
                "Misconfigured",
                "AccessDenied: Access Denied (HTTP 403)",
                Some("the permission for the action in the message"),
            ),
            ("Misconfigured", "ResourceNotFoundException: Requested resource not found", Some("create it")),
            ("Misconfigured", "DATA_BUCKET is not set", Some("setting that the message names")),
            (
                "Runtime.ExitError",
                "RequestId: 1 Error: Runtime exited with error: signal: killed",
                Some("MemorySize of x"),
            ),
            ("Runtime.OutOfMemory", "", Some("MemorySize of x")),
            ("Sandbox.Timedout", "Task timed out after 900.00 seconds", Some("smaller ChunkBytes")),
            ("States.Timeout", "", Some("smaller ChunkBytes")),
            ("Lambda.TooManyRequestsException", "Rate Exceeded.", Some("CheckConcurrency")),
            ("Throttled", "ThrottlingException", Some("ImportConcurrency")),
            ("Transient", "the connection broke", Some("wait until it works")),
            ("Corrupt", "object k is not what was expected", Some("sluice rerun")),
            ("InvalidFeed", "the feed cannot be used", Some("Correct the feed")),
            ("Panic", "panicked at a.rs:1", Some("a bug in Sluice")),
            ("Incomplete", "1 of 2 chunks were not checked to the end", None),
            ("Lambda.Whatever", "", None),
        ] {
            let found = remedy("x", error, message);
            let found = found.as_deref();
            assert_eq!(found.is_some(), expected.is_some(), "{error}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{error}: {found:?}");
        }
    }
}
