//! The function `retry`: offers rejects that may succeed later again, and gives up those that were tried often enough.

use std::sync::Arc;

use sluice_platform::ledger::DynamoLedger;
use sluice_platform::mail::{SesMailer, addresses};
use sluice_platform::objects::S3Objects;
use sluice_platform::rejects::DynamoRejects;
use sluice_platform::runtime::serve;
use sluice_platform::{Aws, Fault, Settings};
use sluice_retry::{Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("retry", setup, async |deps, input, _| run(deps, input).await).await
}

async fn setup() -> Result<Deps, Fault> {
    let mut settings = Settings::from_env();
    let inbox_bucket = settings.text("INBOX_BUCKET");
    let data_bucket = settings.text("DATA_BUCKET");
    let runs_table = settings.text("RUNS_TABLE");
    let rejects_table = settings.text("REJECTS_TABLE");
    let sender = settings.text("SENDER");
    let operators = settings.text_or("OPERATORS", "");
    settings.finish()?;
    let aws = Aws::from_env().await;
    Ok(Deps {
        objects: Arc::new(S3Objects::new(&aws, &data_bucket)),
        location: format!("s3://{data_bucket}/"),
        inbox: Arc::new(S3Objects::new(&aws, &inbox_bucket)),
        rejects: Arc::new(DynamoRejects::new(&aws, &rejects_table)),
        ledger: Arc::new(DynamoLedger::new(&aws, &runs_table)),
        mailer: Arc::new(SesMailer::new(&aws, &sender)),
        operators: addresses(&operators),
    })
}
