//! The function `restructure`: turns the records of a chunk into target records.

use std::sync::Arc;

use sluice_platform::objects::{Objects, S3Objects};
use sluice_platform::run::Runs;
use sluice_platform::runtime::serve;
use sluice_platform::{Aws, Fault, Settings};
use sluice_restructure::{Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("restructure", setup, run).await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let data_bucket = settings.text("DATA_BUCKET");
    let memory_mb = settings.number("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
    settings.finish()?;
    let aws = Aws::from_env().await;
    let objects: Arc<dyn Objects> = Arc::new(S3Objects::new(&aws, &data_bucket));
    Ok(Deps { runs: Runs::new(Arc::clone(&objects)), objects, memory_mb })
}
