//! Invocations of functions, without the runtime around them.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use serde_json::json;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{self, Layer, SubscriberExt};

use super::*;
use crate::Fault;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    chunk: Chunk,
}

#[derive(Deserialize)]
struct Chunk {
    start: u32,
}

fn function<D, S, R>(setup: S, run: R) -> Function<D, S, R> {
    Function { telemetry: Telemetry::new("test"), deps: OnceCell::new(), setup, run }
}

fn misconfigured() -> Fault {
    Fault::Misconfigured { what: "read the feed".to_owned(), source: "AccessDenied: not for you".into() }
}

#[tokio::test]
async fn an_input_becomes_an_output() {
    let function = function(
        async || Ok::<_, Fault>(3),
        async |deps: &u32, input: Input, _: &Call| Ok::<_, Fault>(*deps + input.chunk.start),
    );
    assert_eq!(function.invoke(json!({ "chunk": { "start": 4 } }), Context::default()).await, Ok(7));
}

#[tokio::test]
async fn an_input_that_is_wrong_says_where() {
    let function = function(
        async || Ok::<_, Fault>(()),
        async |(): &(), input: Input, _: &Call| Ok::<_, Fault>(input.chunk.start),
    );
    let failure = function.invoke(json!({ "chunk": { "start": "x" } }), Context::default()).await.unwrap_err();
    assert_eq!(failure.name, "InvalidInput");
    assert!(failure.message.starts_with("the input is wrong at chunk.start: "), "{}", failure.message);
}

#[tokio::test]
async fn a_failure_has_its_name_and_every_cause() {
    let function =
        function(async || Ok::<_, Fault>(()), async |(): &(), (): (), _: &Call| Err::<(), _>(misconfigured()));
    let failure = function.invoke(Value::Null, Context::default()).await.unwrap_err();
    assert_eq!(failure.name, "Misconfigured");
    assert_eq!(failure.message, "not able to read the feed; check permissions and settings: AccessDenied: not for you");
}

#[tokio::test]
async fn a_setup_that_fails_fails_the_invocation_and_is_tried_again() {
    let attempts = AtomicU32::new(0);
    let setup = async || match attempts.fetch_add(1, Ordering::Relaxed) {
        0 => Err(misconfigured()),
        _ => Ok(()),
    };
    let function = function(setup, async |(): &(), (): (), _: &Call| Ok::<_, Fault>(()));
    assert_eq!(function.invoke(Value::Null, Context::default()).await.unwrap_err().name, "Misconfigured");
    assert_eq!(function.invoke(Value::Null, Context::default()).await, Ok(()));
    assert_eq!(function.invoke(Value::Null, Context::default()).await, Ok(()));
    assert_eq!(attempts.into_inner(), 2);
}

#[tokio::test]
async fn a_panic_is_a_failure_that_does_not_quote_what_it_stumbled_over() {
    async fn stumble((): &(), text: String, _: &Call) -> Result<String, Fault> {
        Ok(text[..1].to_owned())
    }
    let function = function(async || Ok::<_, Fault>(()), stumble);
    let failure = function.invoke(json!("é, a secret"), Context::default()).await.unwrap_err();
    assert_eq!(failure.name, "Panic");
    assert!(!failure.message.contains("secret"), "{}", failure.message);
}

/// Keeps the lines of a function instead of printing them.
struct Keep {
    telemetry: Telemetry,
    lines: Shared<Vec<Value>>,
}

impl<S: Subscriber> Layer<S> for Keep {
    fn on_event(&self, event: &Event<'_>, _: layer::Context<'_, S>) {
        self.lines.lock().push(self.telemetry.line(event));
    }
}

#[test]
fn a_call_that_never_ends_has_logged_its_request_and_its_run() {
    let function = function(
        async || Ok::<_, Fault>(()),
        async |(): &(), _: Value, _: &Call| std::future::pending::<Result<(), Fault>>().await,
    );
    let lines = Shared::<Vec<Value>>::default();
    let keep = Keep { telemetry: function.telemetry.clone(), lines: lines.clone() };
    let mut context = Context::default();
    context.request_id = "r1".to_owned();
    let event = json!({ "run_id": "a-1", "chunk": { "chunk": 3 } });
    let ended = tracing::subscriber::with_default(tracing_subscriber::registry().with(keep), || {
        function.invoke(event, context).now_or_never()
    });
    assert_eq!(ended, None);
    let lines = lines.lock();
    let [line] = &lines[..] else { panic!("{lines:?}") };
    for (key, value) in [
        ("message", json!("began")),
        ("function_request_id", json!("r1")),
        ("correlation_id", json!("a-1")),
        ("chunk", json!(3)),
    ] {
        assert_eq!(line[key], value, "{line}");
    }
}

#[test]
fn the_chunk_is_found_where_an_event_has_one() {
    assert_eq!(chunk(&json!({"run_id": "a-1", "chunk": {"chunk": 3, "start": 0}})), Some(3));
    assert_eq!(chunk(&json!({"run_id": "a-1"})), None);
    assert_eq!(chunk(&json!(null)), None);
}

#[test]
fn the_run_is_found_wherever_an_event_has_it() {
    for (event, expected) in [
        (json!({"run_id": "a-1", "chunk": {"run_id": "b-2"}}), Some("a-1")),
        (json!({"scan": {"run_id": "a-1", "range": {}}}), Some("a-1")),
        (json!({"execution": "a-0123456789abcdef01234567-2"}), Some("a-0123456789abcdef01234567")),
        (json!({"detail": {"object": {"key": "inbox/a/b.csv"}}}), None),
        (json!(null), None),
    ] {
        assert_eq!(run_id(&event).as_deref(), expected, "{event}");
    }
}
