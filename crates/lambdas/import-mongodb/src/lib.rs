//! `import-mongodb`: `import` with the driver of MongoDB.
//!
//! It is a function of its own, because only it has the driver, the connections with their secrets, and the way into the network where
//! the servers are. So `intake`, which checks the target of a feed before its file is imported, calls this function for a collection.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use sluice_contract::steps::{CollectionInput, CollectionProblems, ImportOutput};
use sluice_engine::sink::SinkKind;
use sluice_import::Error;
use sluice_mongodb::MongoSink;
use sluice_platform::connections::Connections;
use sluice_platform::sink::{Manner, Sink, Target, Via, only};
use sluice_platform::{Call, World};

/// How long a check may take: less than its caller waits for an answer, which is 30 seconds.
const CHECK: Duration = Duration::from_secs(25);

/// What `import-mongodb` knows of the world.
pub struct Deps {
    /// What `import` needs.
    pub import: sluice_import::Deps,
    /// The collections.
    pub collections: Arc<MongoSink>,
}

impl Deps {
    /// Takes what `import-mongodb` needs from a world with these connections.
    #[must_use]
    pub fn new(
        world: &(impl World + ?Sized),
        connections: Arc<dyn Connections>,
        config: sluice_import::Config,
    ) -> Self {
        let collections = Arc::new(MongoSink::new(connections));
        let sinks = only(Arc::clone(&collections) as Arc<dyn Sink>);
        Self { import: sluice_import::Deps::with_sinks(world, sinks, config), collections }
    }
}

/// What `import-mongodb` answers in each of its roles.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// After importing.
    Import(ImportOutput),
    /// After checking.
    Check(CollectionProblems),
}

/// Imports a chunk, or as much of it as there is time for, or checks a collection.
///
/// # Errors
/// If the server or something else outside fails. A document that the server refuses is no error, and neither is a server that a check
/// does not reach.
pub async fn run(deps: &Deps, input: CollectionInput, call: &Call) -> Result<Answer, Error> {
    match input {
        CollectionInput::Import(input) => Ok(Answer::Import(sluice_import::run(&deps.import, input, call).await?)),
        CollectionInput::Check { feed, connection, collection } => {
            let via = Some(Via { connection, feed });
            let target = Target {
                sink: SinkKind::Collection,
                name: collection,
                key: Vec::new(),
                via,
                manner: Manner::default(),
            };
            let problems = match tokio::time::timeout(CHECK, deps.collections.check(&target)).await {
                Ok(found) => found?,
                Err(_) => vec![format!("The server did not answer within {} seconds.", CHECK.as_secs())],
            };
            Ok(Answer::Check(CollectionProblems { problems }))
        }
    }
}
