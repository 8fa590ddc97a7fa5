//! Calls the steps on this machine: each call on a thread of its own, the items of a Map on all cores.
//!
//! An interrupt ends a call in the middle, together with the process. Like a kill, that loses nothing: when the run is
//! resumed, the step is called again. A step that fails is not retried here, because a local file system that fails once
//! fails again.

use std::sync::Arc;

use futures::{StreamExt, stream};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_pipeline::{Caller, Failed, Site, Steps, Task};
use sluice_platform::Call;
use sluice_platform::objects::Objects;
use tokio::runtime::Handle;

use crate::local::Leftovers;
use crate::screen::Screen;

/// Calls the steps on all cores, and shows how far they are.
pub struct Cores<'a> {
    steps: Arc<Steps>,
    /// Maximum number of items of a Map in progress at a time.
    width: usize,
    /// What is removed while the run is going on; `None` if everything is kept.
    leftovers: Option<Arc<Leftovers>>,
    screen: &'a dyn Screen,
}

impl<'a> Cores<'a> {
    /// Creates a caller of these steps.
    pub fn new(steps: Steps, screen: &'a dyn Screen) -> Self {
        Self { steps: Arc::new(steps), width: count(), leftovers: None, screen }
    }

    /// The same caller, which removes what no step needs any more.
    pub fn removing(self, leftovers: Option<Leftovers>) -> Self {
        Self { leftovers: leftovers.map(Arc::new), ..self }
    }
}

/// The number of cores that this process may use.
pub fn count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Caller for Cores<'_> {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::clone(&self.steps.objects)
    }

    async fn call<I, O>(&self, site: Site, input: I, task: Task<I, O>) -> Result<O, Failed>
    where
        I: Clone + Serialize + Send + 'static,
        O: DeserializeOwned + Send + 'static,
    {
        // Work on a chunk is mostly computing. Without threads, the futures would share one core.
        let (steps, leftovers, runtime) = (Arc::clone(&self.steps), self.leftovers.clone(), Handle::current());
        let called = tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                let answer = task(steps, input, Call::local()).await?;
                if let Some(leftovers) = leftovers {
                    leftovers.after(site).await;
                }
                Ok(answer)
            })
        });
        called.await.unwrap_or_else(|panic| Err(Failed { error: "Panic".to_owned(), cause: panic.to_string() }))
    }

    async fn map<F: Future<Output = Result<(), Failed>>>(&self, state: &'static str, items: Vec<(u32, F)>) {
        let total = items.len() as u64;
        let work = items.into_iter().map(|(number, item)| async move { (number, item.await) });
        let mut working = stream::iter(work).buffer_unordered(self.width);
        let mut done = 0;
        self.screen.bar(state, done, total);
        while let Some((number, result)) = working.next().await {
            done += 1;
            self.screen.bar(state, done, total);
            if let Err(failed) = result {
                self.screen.line(&format!("  chunk {number} failed: {failed}"));
            }
        }
        self.screen.clear();
    }
}
