//! The function `intake`: decides whether an upload can be imported.

use sluice_intake::{Config, Deps, run};
use sluice_platform::runtime::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        "intake",
        |world| Deps::new(world, world.config(Config::from_env)),
        async |deps, input, _| run(deps, input).await,
    )
    .await
}
