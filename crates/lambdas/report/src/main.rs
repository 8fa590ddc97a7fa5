//! The function `report`: informs people and programs how a run ended.

use std::sync::Arc;

use sluice_platform::events::BusEvents;
use sluice_platform::executions::SfnExecutions;
use sluice_platform::ledger::DynamoLedger;
use sluice_platform::mail::{SesMailer, addresses};
use sluice_platform::objects::{Objects, S3Objects};
use sluice_platform::run::Runs;
use sluice_platform::runtime::serve;
use sluice_platform::{Aws, Fault, Settings, clock};
use sluice_report::{Deps, Error, Teller, counts, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("report", setup, async |deps, input, _| {
        let output = run(deps, input).await?;
        counts::emit(output.tally.as_ref());
        Ok::<_, Error>(output)
    })
    .await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let data_bucket = settings.text("DATA_BUCKET");
    let runs_table = settings.text("RUNS_TABLE");
    let state_machine = settings.text("MAIN_STATE_MACHINE_ARN");
    let sender = settings.text("SENDER");
    let operators = settings.text_or("OPERATORS", "");
    let event_bus = settings.text("EVENT_BUS");
    settings.finish()?;
    let aws = Aws::from_env().await;
    let objects: Arc<dyn Objects> = Arc::new(S3Objects::new(&aws, &data_bucket));
    Ok(Deps {
        location: format!("s3://{data_bucket}/"),
        on_this_machine: false,
        runs: Runs::new(Arc::clone(&objects)),
        objects,
        ledger: Arc::new(DynamoLedger::new(&aws, &runs_table)),
        executions: Arc::new(SfnExecutions::new(&aws, &state_machine)),
        teller: Teller {
            mailer: Arc::new(SesMailer::new(&aws, &sender)),
            events: Arc::new(BusEvents::new(&aws, &event_bus)),
            operators: addresses(&operators),
        },
        clock: clock::system,
    })
}
