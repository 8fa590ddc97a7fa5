//! The function `import-mongodb`: writes the winners of a chunk to a collection of MongoDB, and checks collections.

use sluice_import::Config;
use sluice_import_mongodb::{Deps, run};
use sluice_platform::runtime::serve;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve("import-mongodb", |world| Deps::new(world, world.connections(), world.config(Config::from_env)), run).await
}
