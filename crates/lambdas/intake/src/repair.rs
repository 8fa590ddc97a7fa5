//! Is the upload a file of repaired rejects, and of which run?
//!
//! Such a file is imported in the order of the run that rejected its records. So it must never be taken for a file as
//! any other: what has the columns of one and cannot be imported as one is refused, unless the feed itself
//! reads columns of these names, and nothing but its first row could tell.

use sluice_contract::RunId;
use sluice_contract::documents::{Origin, Upload};
use sluice_engine::reject::{RECORD, RUN};
use sluice_engine::repair::{Detection, SavedFormat, detect};
use sluice_engine::{Code, Problem, Stage, Verdict};
use sluice_platform::Fault;
use sluice_platform::ledger::RunEntry;

use crate::{Deps, check};

/// How many bytes of an upload are looked at: seldom has a header and a row more.
const FIRST_BYTES: u64 = 16 * 1024;

/// How many at most: 1 MiB, as long as a record may be by default.
const MOST_BYTES: u64 = 1024 * 1024;

/// What an upload turned out to be.
pub(crate) enum Found {
    /// A file as any other.
    Upload,
    /// Repaired rejects.
    Repair(Origin),
    /// Repaired rejects that cannot be imported, and why.
    Refused(Problem),
}

/// Looks at the start of an upload. One that is gone is a file as any other: whoever wants to read it will find out.
pub(crate) async fn find(deps: &Deps, feed: &str, upload: &Upload) -> Result<Found, Fault> {
    let mut seen = Detection::Unknown;
    for most in [FIRST_BYTES, MOST_BYTES] {
        let Some(bytes) = deps.inbox.first_bytes(&upload.key, &upload.version_id, most).await? else {
            return Ok(Found::Upload);
        };
        seen = detect(&bytes, bytes.len() as u64 >= upload.bytes);
        if !matches!(seen, Detection::Unknown | Detection::Unfinished) || most >= upload.bytes {
            break;
        }
    }
    match seen {
        Detection::Other | Detection::Unknown => Ok(Found::Upload),
        // The limit is not that of records in the file; but a file of which it is not known whose records it has must not
        // be imported as any other.
        Detection::Unfinished => Ok(refused(format!(
            "the file has the columns {RUN} and {RECORD} of rejects.csv, and its first row does not end within {MOST_BYTES} \
             bytes; put a shorter one first"
        ))),
        Detection::Broken(_) if reads_ours(deps, feed).await? => Ok(Found::Upload),
        Detection::Broken(why) => Ok(refused(why)),
        Detection::Repair { run, saved } => match run.parse::<RunId>() {
            Ok(run) => of_run(deps, feed, run, saved).await,
            Err(_) if reads_ours(deps, feed).await? => Ok(Found::Upload),
            Err(_) => Ok(refused(format!(
                "the file has the columns {RUN} and {RECORD} of rejects.csv, and its first row has {run:?} in {RUN}; \
                 expected the id of the run that rejected it"
            ))),
        },
    }
}

/// Looks at the run whose rejects are repaired.
async fn of_run(deps: &Deps, feed: &str, run: RunId, saved: SavedFormat) -> Result<Found, Fault> {
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
            Ok(Found::Repair(Origin::Repair { parent: run, order, saved }))
        }
        Some(verdict) => Ok(refused(
            what + &format!(
                "a run that ended {verdict}: nothing of it was imported; correct the whole file, and upload that"
            ),
        )),
        None => Ok(refused(what + "which has not ended yet; upload the file again when it has")),
    }
}

/// That a file which was entered as any other is a repair after all: how it is to be imported is fixed by then.
fn too_late(parent: &RunId) -> Problem {
    let message =
        format!("the file repairs rejects of {parent}, which could not be known when it came; upload it again");
    Problem::new(Stage::Intake, Code::InvalidRepair, message)
}

/// Whether the feed reads columns that are called as ours are.
async fn reads_ours(deps: &Deps, feed: &str) -> Result<bool, Fault> {
    let is_ours = |name: &String| [RUN, RECORD].contains(&name.trim());
    let plan = check::feed(&*deps.objects, feed).await?;
    Ok(plan.is_ok_and(|plan| plan.mappings.iter().any(|mapping| mapping.source.names().iter().any(is_ours))))
}

fn refused(why: String) -> Found {
    Found::Refused(Problem::new(Stage::Intake, Code::InvalidRepair, why))
}

/// What speaks against a run by what its upload is, where that is looked at once more.
pub(crate) async fn check(deps: &Deps, entry: &RunEntry) -> Result<Option<Problem>, Fault> {
    if !entry.origin.is_upload() {
        return Ok(None);
    }
    Ok(match find(deps, &entry.feed, &entry.upload).await? {
        Found::Upload => None,
        Found::Refused(why) => Some(why),
        Found::Repair(origin) => origin.parent().map(too_late),
    })
}
