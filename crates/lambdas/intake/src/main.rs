//! The function `intake`: decides whether an upload can be imported.

use sluice_intake::{Config, Deps, run};
use sluice_platform::runtime::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        "intake",
        |world| {
            // A statement of its own: `Deps::new` reads settings, too, and they are lent to one at a time.
            let config = Config::from_env(&mut world.settings());
            Deps::new(world, config)
        },
        async |deps, input, _| run(deps, input).await,
    )
    .await
}
