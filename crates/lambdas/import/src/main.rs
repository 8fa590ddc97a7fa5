//! The function `import`: writes the winners of a chunk to the sink.

use sluice_import::{Config, Deps, run};
use sluice_platform::runtime::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        "import",
        |world| {
            // A statement of its own: `Deps::new` reads settings, too, and they are lent to one at a time.
            let config = Config::from_env(&mut world.settings());
            Deps::new(world, config)
        },
        run,
    )
    .await
}
