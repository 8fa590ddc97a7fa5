//! The function `pin`: moves an accepted file into the archive.

use std::sync::Arc;

use sluice_pin::{Deps, run};
use sluice_platform::executions::SfnExecutions;
use sluice_platform::inbox::S3Inbox;
use sluice_platform::ledger::DynamoLedger;
use sluice_platform::objects::S3Objects;
use sluice_platform::runtime::serve;
use sluice_platform::{Aws, Fault, Settings, clock};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("pin", setup, async |deps, input, _| run(deps, input).await).await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let data_bucket = settings.text("DATA_BUCKET");
    let inbox_bucket = settings.text("INBOX_BUCKET");
    let runs_table = settings.text("RUNS_TABLE");
    let state_machine = settings.text("MAIN_STATE_MACHINE_ARN");
    let chunk_bytes = settings.number("CHUNK_BYTES");
    let max_record_bytes = settings.number("MAX_RECORD_BYTES");
    settings.finish()?;
    let aws = Aws::from_env().await;
    Ok(Deps {
        objects: Arc::new(S3Objects::new(&aws, &data_bucket)),
        inbox: Arc::new(S3Inbox::new(&aws, &inbox_bucket, &data_bucket)),
        ledger: Arc::new(DynamoLedger::new(&aws, &runs_table)),
        executions: Arc::new(SfnExecutions::new(&aws, &state_machine)),
        clock: clock::system,
        chunk_bytes,
        max_record_bytes,
    })
}
