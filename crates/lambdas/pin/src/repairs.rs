//! Finds what a run repairs.

use std::sync::Arc;

use sluice_contract::documents::{Manifest, Origin, Repairs};
use sluice_contract::{RunId, keys};
use sluice_platform::Fault;
use sluice_platform::documents::find_json;
use sluice_platform::objects::Objects;
use sluice_platform::run::{LoadError, Run, Runs};

/// Finds what a run of this origin repairs. The parent's intermediate objects expire: without them a repair can still be imported,
/// except for records in `_raw`.
pub(crate) async fn find(objects: &Arc<dyn Objects>, origin: &Origin) -> Result<Option<Repairs>, Fault> {
    let earlier = async |run| some(Runs::new(Arc::clone(objects)).load(run).await);
    Ok(match origin {
        Origin::Upload | Origin::Join { .. } => None,
        // A rerun reads the same file as its parent.
        Origin::Rerun { parent, .. } => earlier(parent).await?.and_then(|run| run.document.repairs.clone()),
        Origin::Repair { parent, saved, .. } => {
            let columns = match earlier(parent).await? {
                Some(run) => match &run.document.repairs {
                    // A record that is rejected again keeps the columns of the producer's file.
                    Some(repairs) => repairs.columns.clone(),
                    None => columns(&**objects, parent, &run).await?,
                },
                None => None,
            };
            Some(Repairs { run: parent.clone(), columns, saved: *saved })
        }
    })
}

/// The labels of the columns in a run's file; `None` if the objects that say so are gone.
async fn columns(objects: &dyn Objects, id: &RunId, run: &Run) -> Result<Option<Vec<String>>, Fault> {
    let Some(manifest) = find_json::<Manifest>(objects, &keys::manifest(id)).await? else { return Ok(None) };
    Ok(some(run.binding(objects, manifest.header).await)?.map(|binding| binding.labels))
}

/// Turns what is missing or unusable into `None`, and keeps other faults.
fn some<T>(found: Result<T, LoadError>) -> Result<Option<T>, Fault> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(LoadError::Fault(fault)) if !matches!(fault, Fault::Missing { .. }) => Err(fault),
        Err(_) => Ok(None),
    }
}
