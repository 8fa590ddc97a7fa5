//! The function `summarise`: makes the summaries of a run, and delivers them.

use sluice_platform::runtime::serve;
use sluice_summarise::{Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("summarise", Deps::new, async |deps, input, _| run(deps, input).await).await
}
