//! The function `pin`: moves an accepted file into the archive.

use sluice_pin::{Config, Deps, run};
use sluice_platform::runtime::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        "pin",
        |world| Deps::new(world, world.config(Config::from_env)),
        async |deps, input, _| run(deps, input).await,
    )
    .await
}
