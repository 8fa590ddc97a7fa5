//! The function `gate`: decides whether anything is written.

use sluice_gate::{Deps, run};
use sluice_platform::runtime::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("gate", Deps::new, async |deps, input, _| run(deps, input).await).await
}
