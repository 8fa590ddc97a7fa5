//! The rejects of a chunk: the file, which is the truth, and the index.

use std::sync::Arc;

use sluice_contract::documents::Part;
use sluice_contract::steps::ValidateInput;
use sluice_contract::{Phase, keys};
use sluice_engine::Problem;
use sluice_engine::feed::RetryPlan;
use sluice_engine::header::Binding;
use sluice_platform::Call;
use sluice_platform::objects::Objects;
use sluice_platform::reject_file::{RejectFile, expires};
use sluice_platform::rejects::{RejectEntry, Rejects};
use sluice_platform::run::{Bound, Run};

use crate::Error;
use crate::chunk::Deps;

/// Entries that go to the index together.
const INDEX_BATCH: usize = 100;

/// Writes the rejects of a chunk.
pub(crate) struct RejectWriter<'a> {
    deps: &'a Deps,
    run: Arc<Run>,
    input: &'a ValidateInput,
    binding: Binding,
    file: RejectFile,
    entries: Vec<RejectEntry>,
    expires: i64,
    /// The run's clock, in seconds since the epoch.
    as_of: i64,
}

impl<'a> RejectWriter<'a> {
    pub(crate) async fn create(
        deps: &'a Deps,
        run: &Arc<Run>,
        input: &'a ValidateInput,
        call: &Call,
    ) -> Result<Self, Error> {
        let objects: &dyn Objects = &*deps.objects;
        let Bound { binding, mender, .. } = run.bind(objects, input.header).await?;
        let key = keys::rejected(&input.run_id, Phase::Check, input.chunk.chunk, call.id());
        let file = RejectFile::create(objects, key, &binding.labels, mender).await?;
        let expires = expires(&run.document.as_of, deps.rejects_days)?;
        let as_of = run.context.as_of.as_second();
        Ok(Self { deps, run: Arc::clone(run), input, binding, file, entries: Vec::new(), expires, as_of })
    }

    pub(crate) async fn add(
        &mut self,
        record: u64,
        line: u64,
        offset: u64,
        mut problems: Vec<Problem>,
    ) -> Result<(), Error> {
        for problem in &mut problems {
            problem.column = problem.column.take().or_else(|| self.column_of(problem.field.as_deref()?));
        }
        let position = sluice_engine::record::Position { offset, line, record };
        let objects: &dyn Objects = &*self.deps.objects;
        let end = self.input.chunk.end;
        let rejected = self.file.add(objects, &self.run, position, record, end, &self.binding.labels, problems).await?;
        let entry = RejectEntry::open(record, line, offset, rejected.problems, self.expires);
        let entry = entry.attempts(rejected.attempts);
        self.entries.push(match self.retried_at(&entry) {
            Some(at) => entry.retry(self.run.plan.name.as_str(), at),
            None => entry,
        });
        if self.entries.len() >= INDEX_BATCH { self.index().await } else { Ok(()) }
    }

    pub(crate) async fn finish(mut self) -> Result<Part, Error> {
        self.index().await?;
        Ok(self.file.finish().await?)
    }

    /// When a reject is due to be retried, where it may succeed as it is. One that was retried as often as the feed has it
    /// is due at once: then it is found to be exhausted.
    fn retried_at(&self, entry: &RejectEntry) -> Option<i64> {
        let most = self.run.plan.retry.attempts;
        let mut rejecting = entry.problems.iter().filter(|problem| !problem.is_warning());
        if most == 0 || self.run.document.dry_run || !rejecting.all(|problem| problem.code.is_retryable()) {
            return None;
        }
        let wait = if entry.attempts < most { RetryPlan::wait(entry.attempts) } else { 0 };
        Some(self.as_of + wait)
    }

    /// The column of the file that a field is read from.
    fn column_of(&self, field: &str) -> Option<String> {
        let index = self.run.plan.fields.iter().position(|other| other.name == field)?;
        self.binding.column(index).map(str::to_owned)
    }

    async fn index(&mut self) -> Result<(), Error> {
        if !self.entries.is_empty() {
            let index: &dyn Rejects = &*self.deps.rejects;
            index.record(&self.input.run_id, &self.entries).await?;
            self.entries.clear();
        }
        Ok(())
    }
}
