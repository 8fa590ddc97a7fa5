//! The function `intake`: decides whether an upload can be imported.

use std::sync::Arc;

use sluice_intake::{Deps, run};
use sluice_platform::events::BusEvents;
use sluice_platform::executions::SfnExecutions;
use sluice_platform::inbox::S3Inbox;
use sluice_platform::ledger::DynamoLedger;
use sluice_platform::mail::{SesMailer, addresses};
use sluice_platform::objects::S3Objects;
use sluice_platform::runtime::serve;
use sluice_platform::sink::DynamoSink;
use sluice_platform::{Aws, Fault, Settings, clock};
use sluice_report::Teller;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("intake", setup, async |deps, input, _| run(deps, input).await).await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let inbox_bucket = settings.text("INBOX_BUCKET");
    let data_bucket = settings.text("DATA_BUCKET");
    let runs_table = settings.text("RUNS_TABLE");
    let table_prefix = settings.text("TARGET_TABLE_PREFIX");
    let state_machine = settings.text("MAIN_STATE_MACHINE_ARN");
    let sender = settings.text("SENDER");
    let operators = settings.text_or("OPERATORS", "");
    let event_bus = settings.text("EVENT_BUS");
    let max_file_bytes = settings.number("MAX_FILE_BYTES");
    settings.finish()?;
    let aws = Aws::from_env().await;
    Ok(Deps {
        inbox: Arc::new(S3Inbox::new(&aws, &inbox_bucket, &data_bucket)),
        inbox_bucket,
        objects: Arc::new(S3Objects::new(&aws, &data_bucket)),
        ledger: Arc::new(DynamoLedger::new(&aws, &runs_table)),
        sink: Arc::new(DynamoSink::new(&aws, &table_prefix)),
        executions: Arc::new(SfnExecutions::new(&aws, &state_machine)),
        teller: Teller {
            mailer: Arc::new(SesMailer::new(&aws, &sender)),
            events: Arc::new(BusEvents::new(&aws, &event_bus)),
            operators: addresses(&operators),
        },
        clock: clock::system,
        max_file_bytes,
    })
}
