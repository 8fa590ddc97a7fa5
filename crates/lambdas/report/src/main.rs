//! The function `report`: informs people and programs how a run ended.

use sluice_platform::runtime::serve;
use sluice_report::{Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("report", Deps::new, async |deps, input, _| run(deps, input).await).await
}
