//! What the file of a run repairs, where it is one of repaired rejects.

use std::sync::Arc;

use sluice_contract::documents::{Manifest, Origin, Repairs};
use sluice_contract::{RunId, keys};
use sluice_platform::Fault;
use sluice_platform::documents::find_json;
use sluice_platform::objects::Objects;
use sluice_platform::run::{LoadError, Run, Runs};

/// What the file of a run of this origin repairs. What the earlier run left between its steps is kept for a while only: a
/// repair can be imported without it, but for records that stand in `_raw`.
pub(crate) async fn find(objects: &Arc<dyn Objects>, origin: &Origin) -> Result<Option<Repairs>, Fault> {
    let earlier = async |run| some(Runs::new(Arc::clone(objects)).load(run).await);
    Ok(match origin {
        Origin::Upload => None,
        // What is run again is the file that it was.
        Origin::Rerun { parent, .. } => earlier(parent).await?.and_then(|run| run.document.repairs.clone()),
        Origin::Repair { parent, saved, .. } => {
            let columns = match earlier(parent).await? {
                Some(run) => match &run.document.repairs {
                    // A record that is rejected again is still written as the producer did.
                    Some(repairs) => repairs.columns.clone(),
                    None => columns(&**objects, parent, &run).await?,
                },
                None => None,
            };
            Some(Repairs { run: parent.clone(), columns, saved: *saved })
        }
    })
}

/// The columns of the file of a run.
async fn columns(objects: &dyn Objects, id: &RunId, run: &Run) -> Result<Option<Vec<String>>, Fault> {
    let Some(manifest) = find_json::<Manifest>(objects, &keys::manifest(id)).await? else { return Ok(None) };
    Ok(some(run.binding(objects, manifest.header).await)?.map(|binding| binding.labels))
}

/// What was found; `None` where it is gone, or was never good to be used.
fn some<T>(found: Result<T, LoadError>) -> Result<Option<T>, Fault> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(LoadError::Fault(fault)) if !matches!(fault, Fault::Missing { .. }) => Err(fault),
        Err(_) => Ok(None),
    }
}
