//! Events on a bus of EventBridge.

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};

use super::{Events, RUN_ENDED, RunEnded, SOURCE};
use crate::Fault;
use crate::aws::{Aws, AwsRequest, fault, refused};

/// Publishes events on a bus of EventBridge.
#[derive(Clone, Debug)]
pub struct BusEvents {
    client: Client,
    bus: String,
}

impl BusEvents {
    /// Events on the bus of this name.
    #[must_use]
    pub fn new(aws: &Aws, bus_name: &str) -> Self {
        Self { client: aws.eventbridge(), bus: bus_name.to_owned() }
    }
}

#[async_trait]
impl Events for BusEvents {
    async fn publish(&self, event: &RunEnded) -> Result<(), Fault> {
        let to = format!("that {} has ended on bus {}", event.run_id, self.bus);
        let request = AwsRequest { verb: "publish", to: &to };
        let detail = serde_json::to_string(event)
            .map_err(|error| Fault::Corrupt { what: to.clone(), found: error.to_string() })?;
        let entry = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(RUN_ENDED)
            .detail(detail)
            .event_bus_name(&self.bus)
            .build();
        let answer = self.client.put_events().entries(entry).send().await.map_err(|error| fault(request, &error))?;
        // The request succeeds even if the bus refuses its entries.
        match answer.entries().iter().find(|entry| entry.error_code().is_some()) {
            Some(failed) => Err(refused(request, code(failed), failed.error_message().unwrap_or("no message"))),
            None if answer.failed_entry_count() != 0 => Err(refused(request, "InternalFailure", "an entry failed")),
            None => Ok(()),
        }
    }
}

fn code(entry: &PutEventsResultEntry) -> &str {
    entry.error_code().unwrap_or_default()
}
