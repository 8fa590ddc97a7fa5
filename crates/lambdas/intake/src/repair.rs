//! Finds out whether an upload is a repair, and of which run.
//!
//! A repair gets the order of the run that rejected its records, so it must never be imported as an ordinary file. Intake
//! refuses a file with the columns of a repair that cannot be imported as one. The exception is a feed that reads columns of
//! these names itself: then only the first row can show that the file is a repair.

use sluice_contract::RunId;
use sluice_contract::documents::{Origin, Upload};
use sluice_engine::reject::{RECORD, RUN};
use sluice_engine::repair::{Detection, SavedFormat, detect};
use sluice_engine::{Code, Problem, Stage, Verdict};
use sluice_platform::Fault;
use sluice_platform::ledger::RunEntry;

use crate::{Deps, check};

/// Bytes of an upload that are read first: header and first row are seldom longer.
const FIRST_BYTES: u64 = 16 * 1024;

/// Bytes of an upload that are read at most: 1 MiB, the default limit of a record.
const MOST_BYTES: u64 = 1024 * 1024;

/// The kind of an upload.
pub(crate) enum UploadKind {
    /// No repair.
    Ordinary,
    /// A repair, and the run that it repairs.
    Repair(Origin),
    /// A repair that cannot be imported, and why.
    Refused(Problem),
}

/// Reads the start of an upload to find its kind. An upload that is gone counts as ordinary: pin reports it when it copies it.
pub(crate) async fn find(deps: &Deps, feed: &str, upload: &Upload) -> Result<UploadKind, Fault> {
    let mut seen = Detection::Unknown;
    for most in [FIRST_BYTES, MOST_BYTES] {
        let Some(bytes) = deps.inbox.first_bytes(&upload.key, &upload.version_id, most).await? else {
            return Ok(UploadKind::Ordinary);
        };
        seen = detect(&bytes, bytes.len() as u64 >= upload.bytes);
        if !matches!(seen, Detection::Unknown | Detection::Unfinished) || most >= upload.bytes {
            break;
        }
    }
    match seen {
        Detection::Other | Detection::Unknown => Ok(UploadKind::Ordinary),
        // The feed may allow longer records, but the file is a repair of an unknown run: it must not be imported as ordinary.
        Detection::Unfinished => Ok(refused(format!(
            "the file has the columns {RUN} and {RECORD} of rejects.csv, and its first row does not end within {MOST_BYTES} \
             bytes; put a shorter one first"
        ))),
        Detection::Broken(_) if reads_ours(deps, feed).await? => Ok(UploadKind::Ordinary),
        Detection::Broken(why) => Ok(refused(why)),
        Detection::Repair { run, saved } => match run.parse::<RunId>() {
            Ok(run) => of_run(deps, feed, run, saved).await,
            Err(_) if reads_ours(deps, feed).await? => Ok(UploadKind::Ordinary),
            Err(_) => Ok(refused(format!(
                "the file has the columns {RUN} and {RECORD} of rejects.csv, and its first row has {run:?} in {RUN}; \
                 expected the id of the run that rejected it"
            ))),
        },
    }
}

/// Checks the run whose rejects the file repairs.
async fn of_run(deps: &Deps, feed: &str, run: RunId, saved: SavedFormat) -> Result<UploadKind, Fault> {
    let what = format!("the file repairs rejects of {run}, ");
    let Some(parent) = deps.ledger.get(&run).await? else {
        return Ok(refused(what + "which is not in the ledger; expected a run that was imported here"));
    };
    if parent.feed != feed {
        let of = &parent.feed;
        return Ok(refused(
            what + &format!("a run of the feed {of:?}, and lies in the folder of {feed:?}; upload it there"),
        ));
    }
    match parent.conclusion.as_ref().map(|conclusion| conclusion.verdict) {
        Some(Verdict::Imported | Verdict::Failed | Verdict::Inconsistent) => {
            let order = parent.order();
            Ok(UploadKind::Repair(Origin::Repair { parent: run, order, saved }))
        }
        Some(verdict) => Ok(refused(
            what + &format!(
                "a run that ended {verdict}: nothing of it was imported; correct the whole file, and upload that"
            ),
        )),
        None => Ok(refused(what + "which has not ended yet; upload the file again when it has")),
    }
}

/// The problem of a file that was registered as an ordinary one and is a repair after all: the ledger has fixed its order by then.
fn too_late(parent: &RunId) -> Problem {
    let message =
        format!("the file repairs rejects of {parent}, which could not be known when it came; upload it again");
    Problem::new(Stage::Intake, Code::InvalidRepair, message)
}

/// Whether the feed itself reads a column named `_run` or `_record`.
async fn reads_ours(deps: &Deps, feed: &str) -> Result<bool, Fault> {
    let is_ours = |name: &String| [RUN, RECORD].contains(&name.trim());
    let plan = check::feed(&*deps.objects, feed).await?;
    Ok(plan.is_ok_and(|plan| plan.rows().mappings.iter().any(|mapping| mapping.source.names().iter().any(is_ours))))
}

fn refused(why: String) -> UploadKind {
    UploadKind::Refused(Problem::new(Stage::Intake, Code::InvalidRepair, why))
}

/// Looks at the upload of a registered run again, and returns why its kind rules out an import.
pub(crate) async fn check(deps: &Deps, entry: &RunEntry) -> Result<Option<Problem>, Fault> {
    if !entry.origin.is_upload() {
        return Ok(None);
    }
    Ok(match find(deps, &entry.feed, &entry.upload).await? {
        UploadKind::Ordinary => None,
        UploadKind::Refused(why) => Some(why),
        UploadKind::Repair(origin) => origin.parent().map(too_late),
    })
}
