//! The function `split`: divides the source into chunks.

use std::sync::Arc;

use sluice_platform::ledger::DynamoLedger;
use sluice_platform::objects::{Objects, S3Objects};
use sluice_platform::run::Runs;
use sluice_platform::runtime::serve;
use sluice_platform::{Aws, Fault, Settings, clock};
use sluice_split::{Deps, run};

/// How many bytes one request reads: 8 MiB, long enough that its start does not count.
const READ_BYTES: u64 = 8 * 1024 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("split", setup, async |deps, input, _| run(deps, input).await).await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let data_bucket = settings.text("DATA_BUCKET");
    let runs_table = settings.text("RUNS_TABLE");
    let one_pass_bytes = settings.number("ONE_PASS_BYTES");
    settings.finish()?;
    let aws = Aws::from_env().await;
    let ledger = Arc::new(DynamoLedger::new(&aws, &runs_table));
    let objects: Arc<dyn Objects> = Arc::new(S3Objects::new(&aws, &data_bucket));
    Ok(Deps {
        runs: Runs::new(Arc::clone(&objects)),
        objects,
        data_bucket,
        search: Arc::clone(&ledger) as Arc<_>,
        ledger,
        clock: clock::system,
        one_pass_bytes,
        read_bytes: READ_BYTES,
    })
}
