//! The function `split`: divides the source into chunks.

use sluice_platform::runtime::serve;
use sluice_split::{Config, Deps, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        "split",
        |world| {
            // A statement of its own: `Deps::new` reads settings, too, and they are lent to one at a time.
            let config = Config::from_env(&mut world.settings());
            Deps::new(world, config)
        },
        async |deps, input, _| run(deps, input).await,
    )
    .await
}
