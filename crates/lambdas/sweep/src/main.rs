//! The function `sweep`: finds uploads and runs that no event reported.

use std::sync::Arc;

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
use sluice_sweep::{Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("sweep", setup, async |deps, input, call| run(deps, input, call.deadline()).await).await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let (inbox_bucket, data_bucket) = (settings.text("INBOX_BUCKET"), settings.text("DATA_BUCKET"));
    let (runs_table, table_prefix) = (settings.text("RUNS_TABLE"), settings.text("TARGET_TABLE_PREFIX"));
    let (state_machine, event_bus) = (settings.text("MAIN_STATE_MACHINE_ARN"), settings.text("EVENT_BUS"));
    let (sender, operators) = (settings.text("SENDER"), settings.text_or("OPERATORS", ""));
    let max_file_bytes = settings.number("MAX_FILE_BYTES");
    let settled_minutes = settings.number("SETTLED_MINUTES");
    settings.finish()?;
    let aws = Aws::from_env().await;
    let ledger = Arc::new(DynamoLedger::new(&aws, &runs_table));
    let intake = sluice_intake::Deps {
        inbox: Arc::new(S3Inbox::new(&aws, &inbox_bucket, &data_bucket)),
        inbox_bucket,
        objects: Arc::new(S3Objects::new(&aws, &data_bucket)),
        ledger: Arc::clone(&ledger) as Arc<_>,
        sink: Arc::new(DynamoSink::new(&aws, &table_prefix)),
        executions: Arc::new(SfnExecutions::new(&aws, &state_machine)),
        teller: Teller {
            mailer: Arc::new(SesMailer::new(&aws, &sender)),
            events: Arc::new(BusEvents::new(&aws, &event_bus)),
            operators: addresses(&operators),
        },
        clock: clock::system,
        max_file_bytes,
    };
    Ok(Deps::new(intake, &data_bucket, ledger, settled_minutes))
}
