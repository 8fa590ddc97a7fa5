//! The function `split`: divides the source into chunks.

use sluice_platform::runtime::serve;
use sluice_split::{Config, Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        "split",
        |world| Deps::new(world, world.config(Config::from_env)),
        async |deps, input, _| run(deps, input).await,
    )
    .await
}
