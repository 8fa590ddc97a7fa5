//! Runs a step as a Lambda function: the thin adapter between the runtime and `run(deps, input)`.
//!
//! It adds the same to every function: logging, the dependencies once per cold start, an input error with the path of
//! the wrong value, the id and the deadline of the call, and errors with the names of the contract.

mod call;
mod deadline;
mod failure;
mod panic;

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures::FutureExt;
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sluice_contract::RunId;
use tokio::sync::OnceCell;

pub use call::Call;
pub use deadline::Deadline;
pub use failure::Failure;

use crate::StepError;
use crate::telemetry::{Invocation, Telemetry};
use crate::world::AwsWorld;

/// Serves invocations until the environment ends.
///
/// `deps` takes the function's dependencies from the stack, once per cold start. If a setting is missing, the
/// invocation fails with that error and its name, and the next invocation tries again. If the process exited instead,
/// the state machine would see a `Runtime.ExitError`, which does not mention the setting.
///
/// `run` is the step. Its error is logged here, once, and nowhere else.
///
/// # Errors
/// If the Lambda runtime itself cannot go on.
pub async fn serve<D, I, O, E, R>(
    service: &'static str,
    deps: fn(&AwsWorld) -> D,
    run: R,
) -> Result<(), lambda_runtime::Error>
where
    I: DeserializeOwned,
    O: Serialize,
    E: StepError,
    R: AsyncFn(&D, I, &Call) -> Result<O, E>,
{
    let telemetry = Telemetry::install(service);
    panic::install_hook();
    let setup = async || {
        let world = AwsWorld::from_env().await;
        let deps = deps(&world);
        world.finish().map(|()| deps)
    };
    let function = Function { telemetry, deps: OnceCell::new(), setup, run };
    // AWS gives an environment more processor while it starts. An error is dropped here: the first invocation tries
    // again and reports it.
    drop(function.deps().await);
    let function = &function;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| function.invoke(event.payload, event.context)))
        .await
}

/// A function: its dependencies, and its step.
struct Function<D, S, R> {
    telemetry: Telemetry,
    deps: OnceCell<D>,
    setup: S,
    run: R,
}

impl<D, S, R> Function<D, S, R> {
    async fn deps<F>(&self) -> Result<&D, Failure>
    where
        F: StepError,
        S: AsyncFn() -> Result<D, F>,
    {
        self.deps.get_or_try_init(|| (self.setup)()).await.map_err(|error| Failure::of(&error))
    }

    async fn invoke<I, O, E, F>(&self, event: Value, context: Context) -> Result<O, Failure>
    where
        I: DeserializeOwned,
        E: StepError,
        F: StepError,
        S: AsyncFn() -> Result<D, F>,
        R: AsyncFn(&D, I, &Call) -> Result<O, E>,
    {
        let began = Instant::now();
        let call = Call::of(&context);
        let (run_id, chunk) = (run_id(&event), chunk(&event));
        self.telemetry.begin(Invocation::new(&context, run_id));
        // A call that Lambda ends logs nothing more, and Lambda's report of it names only the request: this line has both request
        // and run.
        tracing::info!(chunk, "began");
        // The runtime would catch a panic too, but it would report it under the name of a Rust type, and log no line
        // that names the invocation.
        let result =
            AssertUnwindSafe(self.attempt(event, &call)).catch_unwind().await.unwrap_or_else(|_| Err(panic::failure()));
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &result {
            Ok(_) => tracing::info!(duration_ms, chunk, "done"),
            Err(Failure { name, message }) => {
                tracing::error!(duration_ms, chunk, error_name = %name, "failed: {message}");
            }
        }
        result
    }

    async fn attempt<I, O, E, F>(&self, event: Value, call: &Call) -> Result<O, Failure>
    where
        I: DeserializeOwned,
        E: StepError,
        F: StepError,
        S: AsyncFn() -> Result<D, F>,
        R: AsyncFn(&D, I, &Call) -> Result<O, E>,
    {
        let deps = self.deps().await?;
        let input = serde_path_to_error::deserialize(event).map_err(|error| Failure::input(&error))?;
        (self.run)(deps, input, call).await.map_err(|error| Failure::of(&error))
    }
}

/// The run that an event is about: the `run_id` of the event or of one of its values, or the run of its `execution`.
fn run_id(event: &Value) -> Option<String> {
    let run = parts(event).filter_map(|part| part.get("run_id")).find_map(Value::as_str).map(str::to_owned);
    let execution = || event.get("execution").and_then(Value::as_str).and_then(|name| RunId::of_execution(name).ok());
    run.or_else(|| execution().map(|run| run.to_string()))
}

/// The number of the chunk that an event is about, or one of its values, if it is about one.
fn chunk(event: &Value) -> Option<u64> {
    parts(event).find_map(|part| part.get("chunk")?.get("chunk")?.as_u64())
}

/// An event, and its values, because an event with a role has its fields there.
fn parts(event: &Value) -> impl Iterator<Item = &Value> {
    std::iter::once(event).chain(event.as_object().into_iter().flat_map(|event| event.values()))
}

#[cfg(test)]
mod tests;
