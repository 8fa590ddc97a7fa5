//! One line of the log.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::Event;
use tracing::field::{Field, Visit};

use super::Invocation;

/// An event as a line. It has the event's fields and the common keys. If both have the same name, the common key wins.
pub(super) fn render(event: &Event<'_>, service: &str, invocation: &Invocation, at: Timestamp) -> Value {
    let mut fields = Fields(Map::new());
    event.record(&mut fields);
    let mut line = fields.0;
    line.entry("message").or_insert_with(|| json!(event.metadata().name()));
    let common = [
        ("level", json!(event.metadata().level().as_str())),
        ("timestamp", json!(format!("{at:.3}"))),
        ("service", json!(service)),
        ("version", json!(sluice_engine::VERSION)),
        ("cold_start", json!(invocation.cold_start)),
        ("function_name", json!(invocation.function_name)),
        ("function_memory_size", json!(invocation.function_memory_size)),
        ("function_request_id", json!(invocation.function_request_id)),
        ("xray_trace_id", json!(invocation.xray_trace_id)),
        ("correlation_id", json!(invocation.correlation_id)),
    ];
    line.extend(common.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.to_owned(), value)));
    Value::Object(line)
}

/// Collects the fields of an event, numbers as numbers.
struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    use super::*;
    use crate::shared::Shared;

    /// Keeps the lines instead of printing them.
    struct Keep(Shared<Vec<Value>>);

    impl<S: tracing::Subscriber> Layer<S> for Keep {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let invocation = Invocation {
                cold_start: true,
                function_name: Some("sluice-import".to_owned()),
                function_memory_size: Some(1769),
                function_request_id: Some("request".to_owned()),
                xray_trace_id: None,
                correlation_id: Some("products-0123456789abcdef01234567".to_owned()),
            };
            let at = "2026-11-21T02:33:00.1239Z".parse().unwrap();
            self.0.lock().push(render(event, "import", &invocation, at));
        }
    }

    #[test]
    fn a_line_has_the_keys_of_powertools_at_its_top() {
        let lines = Shared::<Vec<Value>>::default();
        let subscriber = tracing_subscriber::registry().with(Keep(lines.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(chunk = 3_u32, imported = 10_u64, service = "impostor", "chunk {} is done", 3);
        });
        assert_eq!(
            *lines.lock(),
            [json!({
                "level": "INFO",
                "message": "chunk 3 is done",
                "timestamp": "2026-11-21T02:33:00.123Z",
                "service": "import",
                "version": sluice_engine::VERSION,
                "cold_start": true,
                "function_name": "sluice-import",
                "function_memory_size": 1769,
                "function_request_id": "request",
                "correlation_id": "products-0123456789abcdef01234567",
                "chunk": 3,
                "imported": 10,
            })]
        );
    }
}
