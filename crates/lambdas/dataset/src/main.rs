//! The function `dataset`: notes which files of a dataset are there, and joins those that belong together.

use sluice_dataset::{Config, Deps, run};
use sluice_platform::runtime::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        "dataset",
        |world| Deps::new(world, world.config(Config::from_env)),
        async |deps, input, _| run(deps, input).await,
    )
    .await
}
