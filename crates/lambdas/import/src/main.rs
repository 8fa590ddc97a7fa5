//! The function `import`: writes the winners of a chunk to the sink.

use sluice_import::{Config, Deps, run};
use sluice_platform::runtime::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("import", |world| Deps::new(world, world.config(Config::from_env)), run).await
}
