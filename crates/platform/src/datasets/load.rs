//! Datasets in the data bucket.

use sluice_contract::keys;
use sluice_engine::dataset::DatasetPlan;
use sluice_engine::feed::FeedName;
use sluice_engine::spec::FeedProblem;

use crate::Fault;
use crate::documents::read_up_to;
use crate::feeds::{MAX_BYTES, accept};
use crate::objects::Objects;

/// A dataset as it is in the bucket.
#[derive(Clone, Debug)]
pub struct LoadedDataset {
    /// Its text.
    pub yaml: String,
    /// Its checked form.
    pub plan: DatasetPlan,
}

/// Why a dataset cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// There is none of this name.
    #[error("there is no dataset {name:?}: {key} is not in the data bucket", name = .0.as_str(), key = keys::dataset(.0))]
    Unknown(FeedName),
    /// It has problems.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Problems(Vec<FeedProblem>),
}

/// The names of the datasets in the bucket, sorted. Files with names that no dataset can have are none.
///
/// # Errors
/// If the bucket cannot be listed.
pub async fn list(objects: &dyn Objects) -> Result<Vec<FeedName>, Fault> {
    let keys = objects.list(keys::DATASETS).await?;
    Ok(keys.iter().filter_map(|key| keys::parse_dataset(key)?.parse().ok()).collect())
}

/// Loads and checks a dataset.
///
/// # Errors
/// If there is none of this name, it has problems, or its name is not that of its file.
pub async fn load(objects: &dyn Objects, name: &FeedName) -> Result<LoadedDataset, DatasetError> {
    let key = keys::dataset(name);
    let bytes = match read_up_to(objects, &key, MAX_BYTES).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            let problem = FeedProblem::new(key, format!("has more than {MAX_BYTES} bytes"));
            return Err(DatasetError::Problems(vec![problem]));
        }
        Err(Fault::Missing { .. }) => return Err(DatasetError::Unknown(name.clone())),
        Err(fault) => return Err(fault.into()),
    };
    let yaml = accept(&key, bytes).map_err(|problem| DatasetError::Problems(vec![*problem]))?;
    let plan = DatasetPlan::from_yaml(&yaml).map_err(DatasetError::Problems)?;
    if plan.name != *name {
        let message = format!("is {:?}, but its file is named {:?}", plan.name.as_str(), name.as_str());
        return Err(DatasetError::Problems(vec![FeedProblem::new("dataset", message)]));
    }
    Ok(LoadedDataset { yaml, plan })
}
