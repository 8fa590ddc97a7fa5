//! The function `sweep`: finds uploads and runs that no event reported.

use sluice_platform::runtime::serve;
use sluice_sweep::{Config, Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        "sweep",
        |world| Deps::new(world, world.config(Config::from_env)),
        async |deps, input, call| run(deps, input, call.deadline()).await,
    )
    .await
}
