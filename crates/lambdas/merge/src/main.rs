//! The function `merge`: adds up the outcomes, and merges the outputs.

use sluice_merge::{Deps, run};
use sluice_platform::runtime::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("merge", Deps::new, async |deps, input, _| run(deps, input).await).await
}
