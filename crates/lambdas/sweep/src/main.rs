//! The function `sweep`: finds uploads and runs that no event reported.

use sluice_platform::runtime::serve;
use sluice_sweep::{Config, Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        "sweep",
        |world| {
            // A statement of its own: `Deps::new` reads settings, too, and they are lent to one at a time.
            let config = Config::from_env(&mut world.settings());
            Deps::new(world, config)
        },
        async |deps, input, call| run(deps, input, call.deadline()).await,
    )
    .await
}
