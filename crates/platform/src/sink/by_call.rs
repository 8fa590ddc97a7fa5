//! Collections, as a function without a driver for them sees them: it asks the function that has one.

use async_trait::async_trait;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::invoke::InvokeError;
use aws_sdk_lambda::primitives::Blob;
use serde::Deserialize;
use sluice_contract::ErrorName;
use sluice_contract::steps::{CollectionInput, CollectionProblems};

use super::{BatchLimits, Item, Sink, Stamp, Target, Written};
use crate::Fault;
use crate::aws::{Aws, AwsRequest, fault, misconfigured};

/// Collections that another function writes to. They can be checked, and not written to.
#[derive(Clone, Debug)]
pub struct ByCall {
    client: Client,
    function: String,
}

/// How a function failed, as Lambda answers it.
#[derive(Deserialize)]
struct Failed {
    #[serde(rename = "errorType")]
    name: String,
    #[serde(rename = "errorMessage")]
    message: String,
}

impl ByCall {
    pub(super) fn new(aws: &Aws, function: &str) -> Self {
        Self { client: aws.lambda(), function: function.to_owned() }
    }
}

#[async_trait]
impl Sink for ByCall {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        let Some(via) = &target.via else {
            return Ok(vec![format!("No connection leads to {:?}.", target.name)]);
        };
        let function = &self.function;
        let to = format!("the function {function}");
        let request = AwsRequest { verb: "call", to: &to };
        let (feed, connection) = (via.feed.clone(), via.connection.clone());
        let input = CollectionInput::Check { feed, connection, collection: target.name.clone() };
        let input = serde_json::to_vec(&input).map_err(|error| misconfigured(request, error))?;
        let answer = match self.client.invoke().function_name(function).payload(Blob::new(input)).send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(InvokeError::is_resource_not_found_exception) => {
                return Ok(vec![format!("This stack cannot write to collections: it has no function {function}.")]);
            }
            Err(error) => return Err(fault(request, &error)),
        };
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        if answer.function_error.is_some() {
            return Err(failure(request, &payload));
        }
        let found: CollectionProblems =
            serde_json::from_slice(&payload).map_err(|error| misconfigured(request, error))?;
        Ok(found.problems)
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits::ONE
    }

    async fn write(&self, target: &Target, _: &[Item<'_>], _: &Stamp<'_>, _: &mut Vec<Written>) -> Result<(), Fault> {
        let what = format!("write to the collection {:?}", target.name);
        Err(Fault::Misconfigured { what, source: "this function has no driver for collections".into() })
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// The fault of a function that failed: what passes there passes here.
fn failure(request: AwsRequest<'_>, payload: &[u8]) -> Fault {
    let what = request.to_string();
    let Ok(Failed { name, message }) = serde_json::from_slice::<Failed>(payload) else {
        // Lambda ended the call: it took too long, or its memory was full.
        return Fault::Transient { what, source: "the function ended without an answer".into() };
    };
    let source = message.into();
    match name {
        name if name == ErrorName::Misconfigured.to_string() => Fault::Misconfigured { what, source },
        name if name == ErrorName::Throttled.to_string() => Fault::Throttled { what, source },
        _ => Fault::Transient { what, source },
    }
}

#[cfg(test)]
mod tests {
    use sluice_engine::sink::SinkKind;

    use super::*;
    use crate::aws::scripted::{Answer, Scripted};
    use crate::sink::{Manner, Via};

    async fn check(status: u16, body: &str) -> Result<Vec<String>, Fault> {
        let aws = Scripted::new(&[Answer::Response(status, body.to_owned())]).aws().await;
        let via = Via { connection: "main".parse().unwrap(), feed: "products".parse().unwrap() };
        let (name, key) = ("shop.products".to_owned(), Vec::new());
        let target = Target { sink: SinkKind::Collection, name, key, via: Some(via), manner: Manner::default() };
        ByCall::new(&aws, "sluice-import-mongodb").check(&target).await
    }

    #[tokio::test]
    async fn the_answer_of_the_other_function_counts() {
        assert_eq!(check(200, r#"{"problems": []}"#).await.unwrap(), [""; 0]);
        assert_eq!(check(200, r#"{"problems": ["No."]}"#).await.unwrap(), ["No."]);
        let missing = check(404, r#"{"__type": "ResourceNotFoundException"}"#).await.unwrap();
        assert_eq!(missing, ["This stack cannot write to collections: it has no function sluice-import-mongodb."]);
        assert!(matches!(check(200, "nothing").await, Err(Fault::Misconfigured { .. })));
    }

    #[test]
    fn a_failure_keeps_its_name() {
        let of = |body: &str| failure(AwsRequest { verb: "call", to: "it" }, body.as_bytes()).name();
        for (body, name) in [
            (r#"{"errorType": "Transient", "errorMessage": "m"}"#, ErrorName::Transient),
            (r#"{"errorType": "Throttled", "errorMessage": "m"}"#, ErrorName::Throttled),
            (r#"{"errorType": "Misconfigured", "errorMessage": "m"}"#, ErrorName::Misconfigured),
            (r#"{"errorType": "Sandbox.Timedout", "errorMessage": "m"}"#, ErrorName::Transient),
            ("", ErrorName::Transient),
        ] {
            assert_eq!(of(body), name, "{body}");
        }
    }
}
