//! Compiled feeds: a process compiles a feed once, however many of its steps and runs use it.
//!
//! A compiled feed is a function of its text, of the files beside it, and of the format of a repair. So the last one is
//! kept and given again for exactly the same input, also to the next run of a function that is warm.

use std::sync::{Arc, LazyLock};

use sluice_engine::feed::{FeedFiles, FeedPlan};
use sluice_engine::repair::{Producer, SavedFormat};
use sluice_engine::spec::FeedProblem;

use crate::shared::Shared;

/// The last feed that was compiled. One is enough, because a process works on one feed at a time, and the tables of a
/// feed can be large.
static LAST: LazyLock<Shared<Option<(Input, Compiled)>>> = LazyLock::new(Shared::default);

/// What a compiled feed is a function of.
#[derive(PartialEq, Eq)]
struct Input {
    yaml: String,
    files: FeedFiles,
    saved: Option<SavedFormat>,
}

/// A compiled feed.
#[derive(Clone)]
pub(crate) struct Compiled {
    /// The plan for the file that a run reads: a file of the producer, or a repair.
    pub(crate) plan: Arc<FeedPlan>,
    /// How the producer writes its own files, also if the plan is for a repair.
    pub(crate) producer: Producer,
}

/// Compiles a feed, for files of the producer or for repairs in the `saved` format.
///
/// # Errors
/// Every problem of the feed.
pub(crate) fn compiled(
    yaml: &str,
    files: &FeedFiles,
    saved: Option<SavedFormat>,
) -> Result<Compiled, Vec<FeedProblem>> {
    let same = |input: &Input| input.yaml == yaml && input.saved == saved && input.files == *files;
    if let Some((_, found)) = LAST.lock().as_ref().filter(|(input, _)| same(input)) {
        return Ok(found.clone());
    }
    // Compiled without the lock: a feed can take long, and another thread may need another one.
    let plan = FeedPlan::from_files(yaml, files)?;
    let producer = plan.producer();
    let plan = match saved {
        Some(saved) => plan.for_repairs(saved),
        None => plan,
    };
    let found = Compiled { plan: Arc::new(plan), producer };
    *LAST.lock() = Some((Input { yaml: yaml.to_owned(), files: files.clone(), saved }, found.clone()));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(delimiter: &str) -> String {
        format!(
            "{{version: 1, name: p, source: {{delimiter: '{delimiter}'}}, schema: p.json, import: {{table: p, key: [id]}}}}"
        )
    }

    #[test]
    fn a_feed_is_compiled_again_only_for_another_input() {
        let fields = |more: &str| {
            let mut files = FeedFiles::default();
            files.insert(
                "p.json".to_owned(),
                format!(r#"{{"fields": [{{"name": "id", "constraints": {{"required": true}}}}{more}]}}"#),
            );
            files
        };
        let (one, two) = (fields(""), fields(r#", {"name": "name"}"#));
        // Tests run at the same time, so any of them may have compiled another feed in between.
        let twice = |saved| {
            (0..1000).any(|_| {
                let [a, b] = [(); 2].map(|()| compiled(&yaml(";"), &one, saved).unwrap().plan);
                Arc::ptr_eq(&a, &b)
            })
        };
        let repair = Some(SavedFormat::default());
        assert!(twice(None) && twice(repair));
        for (delimiter, files, saved, fields, reads) in [
            (";", &one, None, 1, b';'),
            (";", &one, repair, 1, b','),
            ("|", &one, None, 1, b'|'),
            ("|", &two, None, 2, b'|'),
        ] {
            let found = compiled(&yaml(delimiter), files, saved).unwrap();
            assert_eq!((found.plan.fields.len(), found.plan.dialect.delimiter.first()), (fields, reads));
            assert_eq!(found.producer.dialect.delimiter.as_bytes(), delimiter.as_bytes());
        }
        for _ in 0..2 {
            assert!(compiled("{version: 1}", &one, None).is_err());
        }
    }
}
