//! The function `merge`: adds up the outcomes, and merges the outputs.

use std::sync::Arc;

use sluice_merge::{Deps, run};
use sluice_platform::ledger::DynamoLedger;
use sluice_platform::objects::{Objects, S3Objects};
use sluice_platform::rejects::DynamoRejects;
use sluice_platform::run::Runs;
use sluice_platform::runtime::serve;
use sluice_platform::{Aws, Fault, Settings, clock};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("merge", setup, async |deps, input, _| run(deps, input).await).await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let data_bucket = settings.text("DATA_BUCKET");
    let runs_table = settings.text("RUNS_TABLE");
    let rejects_table = settings.text("REJECTS_TABLE");
    settings.finish()?;
    let aws = Aws::from_env().await;
    let objects: Arc<dyn Objects> = Arc::new(S3Objects::new(&aws, &data_bucket));
    Ok(Deps {
        runs: Runs::new(Arc::clone(&objects)),
        objects,
        ledger: Arc::new(DynamoLedger::new(&aws, &runs_table)),
        rejects: Arc::new(DynamoRejects::new(&aws, &rejects_table)),
        clock: clock::system,
    })
}
