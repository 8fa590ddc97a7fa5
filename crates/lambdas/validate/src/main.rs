//! The function `validate`: checks the target records of a chunk.

use std::sync::Arc;

use sluice_platform::objects::{Objects, S3Objects};
use sluice_platform::references::DynamoReferences;
use sluice_platform::rejects::DynamoRejects;
use sluice_platform::run::Runs;
use sluice_platform::runtime::serve;
use sluice_platform::{Aws, Fault, Settings};
use sluice_validate::{Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("validate", setup, run).await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let data_bucket = settings.text("DATA_BUCKET");
    let table_prefix = settings.text("TARGET_TABLE_PREFIX");
    let rejects_table = settings.text("REJECTS_TABLE");
    let rejects_days = settings.number("REJECTS_DAYS");
    let memory_mb = settings.number("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
    settings.finish()?;
    let aws = Aws::from_env().await;
    let objects: Arc<dyn Objects> = Arc::new(S3Objects::new(&aws, &data_bucket));
    Ok(Deps {
        runs: Runs::new(Arc::clone(&objects)),
        objects,
        references: Arc::new(DynamoReferences::new(&aws, &table_prefix)),
        rejects: Arc::new(DynamoRejects::new(&aws, &rejects_table)),
        rejects_days,
        memory_mb,
    })
}
