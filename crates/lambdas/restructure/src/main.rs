//! The function `restructure`: turns the records of a chunk into target records.

use sluice_platform::runtime::serve;
use sluice_restructure::{Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("restructure", Deps::new, run).await
}
