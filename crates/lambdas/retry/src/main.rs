//! The function `retry`: offers rejects that may succeed later again, and gives up those that were tried often enough.

use sluice_platform::runtime::serve;
use sluice_retry::{Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("retry", Deps::new, async |deps, input, _| run(deps, input).await).await
}
