//! Logging: one line of JSON per event, with the keys that Powertools for AWS writes.
//!
//! The message is for people, the fields are for queries. Neither ever contains a cell's content.

mod line;

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use lambda_runtime::Context;
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{self, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::shared::Shared;

/// The logging of one function.
#[derive(Clone)]
pub struct Telemetry {
    service: &'static str,
    invocation: Shared<Invocation>,
}

impl Telemetry {
    /// Logging for a service; it is not installed yet.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        Self { service, invocation: Shared::default() }
    }

    /// Installs the logging of this process, at the level that `LOG_LEVEL` names (by default INFO). A process that has
    /// a logger already keeps it.
    #[must_use]
    pub fn install(service: &'static str) -> Self {
        let telemetry = Self::new(service);
        let level = std::env::var("LOG_LEVEL").ok().and_then(|name| name.parse().ok()).unwrap_or(LevelFilter::INFO);
        let layer = telemetry.clone().with_filter(targets(level));
        // It fails only if there is a logger already.
        let _ = tracing_subscriber::registry().with(layer).try_init();
        telemetry
    }

    /// Sets the invocation to which the following lines belong. An environment has one at a time. So this is not a
    /// span: lines of spawned tasks belong to the invocation too.
    pub fn begin(&self, invocation: Invocation) {
        *self.invocation.lock() = invocation;
    }

    /// The line of an event.
    pub(crate) fn line(&self, event: &Event<'_>) -> Value {
        let invocation = self.invocation.lock().clone();
        line::render(event, self.service, &invocation, Timestamp::now())
    }
}

/// The level of each crate. The SDK and the HTTP client log whole requests and responses, with the cells in them, at
/// their lower levels. The runtime repeats each error that is already logged.
fn targets(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("sluice", level)
        .with_target("lambda_runtime::layers", LevelFilter::OFF)
}

/// The fields that all lines of an invocation have.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    cold_start: bool,
    function_name: Option<String>,
    function_memory_size: Option<i32>,
    function_request_id: Option<String>,
    xray_trace_id: Option<String>,
    correlation_id: Option<String>,
}

impl Invocation {
    /// The fields of an invocation, and of the run that its input names.
    #[must_use]
    pub fn new(context: &Context, run_id: Option<String>) -> Self {
        static WARM: AtomicBool = AtomicBool::new(false);
        let config = &context.env_config;
        Self {
            cold_start: !WARM.swap(true, Ordering::Relaxed),
            function_name: Some(config.function_name.clone()),
            function_memory_size: Some(config.memory),
            function_request_id: Some(context.request_id.clone()),
            xray_trace_id: context.xray_trace_id.clone(),
            correlation_id: run_id,
        }
    }
}

impl<S: Subscriber> Layer<S> for Telemetry {
    fn on_event(&self, event: &Event<'_>, _: layer::Context<'_, S>) {
        println!("{}", self.line(event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn strangers_do_not_get_to_say_what_they_send_and_receive() {
        let targets = targets(LevelFilter::TRACE);
        assert!(targets.would_enable("sluice_import::step", &Level::TRACE));
        assert!(targets.would_enable("aws_smithy_runtime::client", &Level::WARN));
        assert!(!targets.would_enable("aws_smithy_runtime::client", &Level::INFO));
        assert!(!targets.would_enable("lambda_runtime::layers::panic", &Level::ERROR));
    }
}
