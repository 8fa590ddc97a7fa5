//! The steps of a world.

use std::sync::Arc;

use sluice_platform::World;
use sluice_platform::objects::Objects;

/// The settings of all steps.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Those of `intake`.
    pub intake: sluice_intake::Config,
    /// Those of `pin`.
    pub pin: sluice_pin::Config,
    /// Those of `split`.
    pub split: sluice_split::Config,
    /// Those of `import`.
    pub import: sluice_import::Config,
    /// Those of `dataset`.
    pub dataset: sluice_dataset::Config,
    /// For `sweep`: it leaves uploads and runs alone that are younger than this, in minutes.
    pub settled_minutes: u32,
}

/// The dependencies of every step, taken from one world.
pub struct Steps {
    /// The data bucket, from which the Maps read their items.
    pub objects: Arc<dyn Objects>,
    /// Registers uploads and starts their runs.
    pub intake: sluice_intake::Deps,
    /// Finds uploads without an event, and runs that stand still.
    pub sweep: sluice_sweep::Deps,
    /// Retries rejects.
    pub retry: sluice_retry::Deps,
    /// Moves the upload into the archive.
    pub pin: sluice_pin::Deps,
    /// Finds the chunks.
    pub split: sluice_split::Deps,
    /// Turns records into target records.
    pub restructure: sluice_restructure::Deps,
    /// Checks target records.
    pub validate: sluice_validate::Deps,
    /// Decides whether the file as a whole is imported.
    pub gate: sluice_gate::Deps,
    /// Writes records to the sink.
    pub import: sluice_import::Deps,
    /// Adds up the outcomes, and writes the outputs.
    pub merge: sluice_merge::Deps,
    /// Makes the summaries of a run.
    pub summarise: sluice_summarise::Deps,
    /// Joins the files of a dataset.
    pub dataset: sluice_dataset::Deps,
    /// Reports how a run ended.
    pub report: sluice_report::Deps,
}

impl Steps {
    /// The steps of a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized), config: Config) -> Self {
        let Config { intake, settled_minutes, .. } = config;
        Self {
            objects: world.objects(),
            intake: sluice_intake::Deps::new(world, intake),
            sweep: sluice_sweep::Deps::new(world, sluice_sweep::Config { intake, settled_minutes }),
            retry: sluice_retry::Deps::new(world),
            pin: sluice_pin::Deps::new(world, config.pin),
            split: sluice_split::Deps::new(world, config.split),
            restructure: sluice_restructure::Deps::new(world),
            validate: sluice_validate::Deps::new(world),
            gate: sluice_gate::Deps::new(world),
            import: sluice_import::Deps::new(world, config.import),
            merge: sluice_merge::Deps::new(world),
            summarise: sluice_summarise::Deps::new(world),
            dataset: sluice_dataset::Deps::new(world, config.dataset),
            report: sluice_report::Deps::new(world),
        }
    }
}
