//! The function `gate`: decides whether anything is written.

use std::sync::Arc;

use sluice_gate::{Deps, run};
use sluice_platform::ledger::DynamoLedger;
use sluice_platform::objects::{Objects, S3Objects};
use sluice_platform::run::Runs;
use sluice_platform::runtime::serve;
use sluice_platform::{Aws, Fault, Settings, clock};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("gate", setup, async |deps, input, _| run(deps, input).await).await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let data_bucket = settings.text("DATA_BUCKET");
    let runs_table = settings.text("RUNS_TABLE");
    settings.finish()?;
    let aws = Aws::from_env().await;
    let objects: Arc<dyn Objects> = Arc::new(S3Objects::new(&aws, &data_bucket));
    Ok(Deps {
        runs: Runs::new(Arc::clone(&objects)),
        objects,
        ledger: Arc::new(DynamoLedger::new(&aws, &runs_table)),
        clock: clock::system,
    })
}
