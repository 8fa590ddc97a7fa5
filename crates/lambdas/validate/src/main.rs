//! The function `validate`: checks the target records of a chunk.

use sluice_platform::runtime::serve;
use sluice_validate::{Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("validate", Deps::new, run).await
}
