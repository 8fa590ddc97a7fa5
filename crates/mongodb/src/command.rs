//! The commands of a batch: `find`, and `insert` and `update`.

use std::collections::HashMap;
use std::future::IntoFuture;
use std::time::Duration;

use mongodb::Database;
use mongodb::bson::{Document, RawDocumentBuf};
use mongodb::error::{Error, Result as DriverResult};
use mongodb::options::{ReadPreference, SelectionCriteria};
use sluice_platform::Fault;
use sluice_platform::sink::{Item, Stamp, Target, Written};

use crate::bson::Writer;
use crate::refusal::{self, Meaning};
use crate::state::State;
use crate::statement;

/// How long the majority of the members may take to acknowledge a write, in milliseconds.
const ACKNOWLEDGED_MS: i32 = 20_000;
/// How long the server may take for a command. The driver itself waits for ever.
const COMMAND: Duration = Duration::from_mins(1);

/// Where the commands of a batch go.
#[derive(Clone, Copy)]
pub(crate) struct Command<'a> {
    pub(crate) database: &'a Database,
    pub(crate) collection: &'a str,
    pub(crate) target: &'a Target,
    pub(crate) stamp: &'a Stamp<'a>,
    /// What is being done, for faults.
    pub(crate) what: &'a str,
}

/// What the statements of a command do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// They add documents.
    Insert,
    /// They change documents.
    Update,
}

/// How a command that writes ended.
pub(crate) enum Sent {
    /// The majority of the members has acknowledged it.
    Acknowledged {
        /// Whether every statement took effect.
        all: bool,
        /// The statements that were refused, by index.
        refused: Vec<(usize, Written)>,
    },
    /// It is not known what became of it, so that it is to be repeated.
    Again,
    /// The command as a whole is refused.
    Refused(Written),
}

impl Command<'_> {
    /// Sends statements of one kind as one unordered command.
    pub(crate) async fn write(self, kind: Kind, statements: &Writer, count: usize) -> Result<Sent, Fault> {
        let command = Writer::document(|command| {
            let list = match kind {
                Kind::Insert => {
                    command.text("insert", self.collection);
                    "documents"
                }
                Kind::Update => {
                    command.text("update", self.collection);
                    "updates"
                }
            };
            command.list(list, |list| list.fields(statements.bytes()));
            command.bool("ordered", false);
            command.inner("writeConcern", |concern| {
                concern.text("w", "majority");
                concern.int32("wtimeout", ACKNOWLEDGED_MS);
            });
        });
        let reply = match self.run(command).await {
            Ok(reply) => reply,
            Err(error) => return self.meaning(&error),
        };
        if reply.contains_key("writeConcernError") {
            return Ok(Sent::Again);
        }
        let mut refused = Vec::new();
        let errors = reply.get_array("writeErrors").into_iter().flatten();
        for error in errors.filter_map(|error| error.as_document()) {
            let index = error.get_i32("index").ok().and_then(|index| usize::try_from(index).ok());
            match refusal::of_statement(error, self.what) {
                Meaning::Again => {}
                Meaning::Refused(written) => refused.extend(index.map(|index| (index, written))),
                Meaning::Fault(fault) => return Err(fault),
            }
        }
        // A document that was left as it is counts in `n`, and not in `nModified`.
        let counted = reply.get_i32(match kind {
            Kind::Insert => "n",
            Kind::Update => "nModified",
        });
        let all = counted.is_ok_and(|n| usize::try_from(n) == Ok(count));
        Ok(Sent::Acknowledged { all, refused })
    }

    /// Reads the states of the documents of items, by their keys; `None` if that failed and may succeed.
    pub(crate) async fn find<'i, 't: 'i>(
        self,
        items: impl Iterator<Item = &'i Item<'t>>,
    ) -> Result<Option<HashMap<String, State>>, Fault> {
        let (mut ids, mut count) = (Writer::default(), 0);
        for item in items {
            // An item without a form was refused before.
            if statement::push_id(&count.to_string(), self.target, item, &mut ids).is_ok() {
                count += 1;
            }
        }
        if count == 0 {
            return Ok(Some(HashMap::new()));
        }
        let command = Writer::document(|command| {
            command.text("find", self.collection);
            command.inner("filter", |filter| filter.inner("_id", |id| id.list("$in", |list| list.fields(ids.bytes()))));
            command.inner("projection", |projection| {
                for name in ["_run", "_order", "_hash", "_was"] {
                    projection.int32(name, 1);
                }
            });
            command.int32("batchSize", count);
            command.inner("readConcern", |concern| concern.text("level", "majority"));
        });
        match self.read(command).await {
            Ok(found) => Ok(Some(found)),
            Err(error) => match refusal::of_command(&error, self.what) {
                Meaning::Fault(fault) => Err(fault),
                Meaning::Again | Meaning::Refused(_) => Ok(None),
            },
        }
    }

    async fn read(self, command: DriverResult<RawDocumentBuf>) -> DriverResult<HashMap<String, State>> {
        let cursor = self.database.run_raw_cursor_command(command?).selection_criteria(primary());
        let mut cursor = in_time(cursor).await?;
        let mut found = HashMap::new();
        while in_time(cursor.advance()).await? {
            let document = cursor.current();
            found.extend(statement::key_of_document(self.target, document).map(|key| (key, State::of(document))));
        }
        Ok(found)
    }

    async fn run(self, command: DriverResult<RawDocumentBuf>) -> DriverResult<Document> {
        in_time(self.database.run_raw_command(command?).selection_criteria(primary())).await
    }

    fn meaning(self, error: &Error) -> Result<Sent, Fault> {
        match refusal::of_command(error, self.what) {
            Meaning::Again => Ok(Sent::Again),
            Meaning::Refused(written) => Ok(Sent::Refused(written)),
            Meaning::Fault(fault) => Err(fault),
        }
    }
}

fn primary() -> SelectionCriteria {
    SelectionCriteria::ReadPreference(ReadPreference::Primary)
}

/// Waits for the answer of the server, but not for ever.
pub(crate) async fn in_time<T>(answer: impl IntoFuture<Output = DriverResult<T>>) -> DriverResult<T> {
    let timed_out = || Err(Error::from(std::io::Error::from(std::io::ErrorKind::TimedOut)));
    tokio::time::timeout(COMMAND, answer.into_future()).await.unwrap_or_else(|_| timed_out())
}
