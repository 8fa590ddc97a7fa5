//! Observes an execution from outside.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sfn::types::{ExecutionStatus, HistoryEvent, HistoryEventType};
use sluice_platform::aws::AwsFailure;

/// A source of the state of executions.
#[async_trait]
pub trait Watch: Send + Sync {
    /// The current state; `None` if the execution has not started.
    async fn look(&self, execution_arn: &str) -> Result<Option<Snapshot>, WatchError>;
}

/// The state of an execution.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// How it ended: `SUCCEEDED`, or `FAILED`, `TIMED_OUT` or `ABORTED` with error and cause; `None`
    /// while it runs.
    pub ended: Option<String>,
    /// The finished states, in the order in which they ended.
    pub states: Vec<StateDone>,
    /// The Maps that have started, in order.
    pub maps: Vec<MapProgress>,
}

/// A finished state.
#[derive(Clone, Debug)]
pub struct StateDone {
    /// Its name.
    pub name: String,
    /// Its duration in seconds.
    pub seconds: f64,
}

/// The progress of a Distributed Map.
#[derive(Clone, Debug, Default)]
pub struct MapProgress {
    /// Its label in the definition, if the ARN contains it.
    pub label: String,
    /// The number of items, one for each chunk.
    pub total: u64,
    /// The number of finished items.
    pub done: u64,
    /// The number of failed items.
    pub failed: u64,
}

/// Step Functions could not be queried.
#[derive(Debug, thiserror::Error)]
#[error("failed to look at the execution")]
pub struct WatchError(#[source] AwsFailure);

/// The Step Functions service.
pub struct StepFunctions(Client);

impl StepFunctions {
    /// Creates a client for Step Functions.
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }
}

#[async_trait]
impl Watch for StepFunctions {
    async fn look(&self, execution_arn: &str) -> Result<Option<Snapshot>, WatchError> {
        let execution = match self.0.describe_execution().execution_arn(execution_arn).send().await {
            Ok(execution) => execution,
            Err(SdkError::ServiceError(error)) if error.err().is_execution_does_not_exist() => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let running = matches!(execution.status, ExecutionStatus::Running | ExecutionStatus::PendingRedrive);
        Ok(Some(Snapshot {
            ended: (!running).then(|| {
                let why = [execution.error, execution.cause].into_iter().flatten();
                [execution.status.as_str().to_owned()].into_iter().chain(why).collect::<Vec<_>>().join(": ")
            }),
            states: self.states(execution_arn).await?,
            maps: self.maps(execution_arn).await?,
        }))
    }
}

impl StepFunctions {
    async fn states(&self, execution_arn: &str) -> Result<Vec<StateDone>, WatchError> {
        let mut events = vec![];
        let mut pages = self
            .0
            .get_execution_history()
            .execution_arn(execution_arn)
            .include_execution_data(false)
            .into_paginator()
            .items()
            .send();
        while let Some(event) = pages.next().await {
            events.push(event.map_err(|error| failed(&error))?);
        }
        Ok(states_done(&events))
    }

    async fn maps(&self, execution_arn: &str) -> Result<Vec<MapProgress>, WatchError> {
        let mut runs = vec![];
        let mut pages = self.0.list_map_runs().execution_arn(execution_arn).into_paginator().items().send();
        while let Some(run) = pages.next().await {
            runs.push(run.map_err(|error| failed(&error))?);
        }
        runs.sort_by_key(|run| run.start_date.as_nanos());
        let mut maps = vec![];
        for run in runs {
            let map = self.0.describe_map_run().map_run_arn(&run.map_run_arn).send().await;
            let map = map.map_err(|error| failed(&error))?;
            let count = |number: i64| u64::try_from(number).unwrap_or_default();
            maps.push(map.item_counts.map_or_else(MapProgress::default, |counts| MapProgress {
                label: label(&run.map_run_arn).to_owned(),
                total: count(counts.total),
                done: count(counts.succeeded),
                failed: count(counts.failed + counts.timed_out + counts.aborted),
            }));
        }
        Ok(maps)
    }
}

/// The tasks and Maps that have exited, each with the time since it was last entered.
fn states_done(events: &[HistoryEvent]) -> Vec<StateDone> {
    let mut entered = HashMap::new();
    let mut done = vec![];
    for event in events {
        let at = event.timestamp.as_secs_f64();
        match (&event.r#type, &event.state_entered_event_details, &event.state_exited_event_details) {
            (_, Some(details), _) => {
                entered.insert(details.name.as_str(), at);
            }
            (HistoryEventType::TaskStateExited | HistoryEventType::MapStateExited, _, Some(details)) => {
                let since = entered.get(details.name.as_str()).copied().unwrap_or(at);
                done.push(StateDone { name: details.name.clone(), seconds: at - since });
            }
            _ => {}
        }
    }
    done
}

/// The label is part of `…:mapRun:<state machine>/<label>:<id>`.
fn label(map_run_arn: &str) -> &str {
    map_run_arn.rsplit_once('/').and_then(|(_, rest)| rest.split(':').next()).unwrap_or_default()
}

fn failed<E>(error: &SdkError<E>) -> WatchError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    WatchError(AwsFailure::of(error))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sfn::primitives::DateTime;
    use aws_sdk_sfn::types::{StateEnteredEventDetails, StateExitedEventDetails};

    use super::*;

    #[test]
    fn table_of_map_runs() {
        for (arn, expected) in [
            ("arn:aws:states:eu-central-1:1:mapRun:sluice-main/CheckChunks:8f3c-11", "CheckChunks"),
            ("arn:aws:states:eu-central-1:1:mapRun:sluice-main:8f3c-11", ""),
        ] {
            assert_eq!(label(arn), expected, "{arn}");
        }
    }

    #[test]
    fn tasks_and_maps_are_shown_with_their_time_and_choices_are_not() {
        let event = |id, at, kind: HistoryEventType| {
            HistoryEvent::builder().id(id).timestamp(DateTime::from_secs(at)).r#type(kind)
        };
        let entered = |name| StateEnteredEventDetails::builder().name(name).build().unwrap();
        let exited = |name| StateExitedEventDetails::builder().name(name).build().unwrap();
        let events = [
            event(1, 100, HistoryEventType::TaskStateEntered).state_entered_event_details(entered("Pin")),
            event(2, 103, HistoryEventType::TaskStateExited).state_exited_event_details(exited("Pin")),
            event(3, 103, HistoryEventType::ChoiceStateEntered).state_entered_event_details(entered("Go?")),
            event(4, 103, HistoryEventType::ChoiceStateExited).state_exited_event_details(exited("Go?")),
            event(5, 103, HistoryEventType::MapStateEntered).state_entered_event_details(entered("Import")),
        ]
        .map(|event| event.build().unwrap());
        let done: Vec<_> = states_done(&events).into_iter().map(|state| (state.name, state.seconds)).collect();
        assert_eq!(done, [("Pin".to_owned(), 3.0)]);
    }
}
