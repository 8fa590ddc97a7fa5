//! Feeds in the data bucket, and the files beside them that they refer to.

use std::sync::Arc;

use jiff::Timestamp;
use sluice_contract::documents::Wait;
use sluice_contract::{ErrorName, keys};
use sluice_engine::feed::{Every, FeedFiles, FeedName, FeedPlan, every_of, files_of, misnamed};
use sluice_engine::spec::FeedProblem;

use crate::compiled::compiled;
use crate::documents::read_up_to;
use crate::objects::Objects;
use crate::{Fault, StepError};

/// The maximum size of a feed and of each file beside it: 5 MiB, or some hundred thousand terms. These files are copied
/// into every run, and every function that works on a run compiles them.
pub const MAX_BYTES: u64 = 5 * 1024 * 1024;

/// A feed as it is in the bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// Its text.
    pub yaml: String,
    /// The files that it refers to, without those that are missing.
    pub files: FeedFiles,
    /// The problem, if the name in the feed differs from that of its file.
    pub misnamed: Option<FeedProblem>,
}

impl Feed {
    /// Checks and compiles it.
    ///
    /// # Errors
    /// Every problem of the feed, each with its path.
    pub fn compile(&self) -> Result<Arc<FeedPlan>, Vec<FeedProblem>> {
        let plan = compile(&self.yaml, &self.files);
        let Some(misnamed) = self.misnamed.clone() else { return plan };
        let others = plan.err().unwrap_or_default();
        Err(std::iter::once(misnamed).chain(others).collect())
    }
}

/// Checks and compiles a feed. The last compiled feed is kept, so to compile it again takes no time.
///
/// # Errors
/// Every problem of the feed, each with its path.
pub fn compile(yaml: &str, files: &FeedFiles) -> Result<Arc<FeedPlan>, Vec<FeedProblem>> {
    compiled(yaml, files, None).map(|compiled| compiled.plan)
}

/// Why a feed cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// There is no feed of this name.
    #[error("there is no feed {name:?}: {key} is not in the data bucket", name = .0.as_str(), key = keys::feed(.0))]
    Unknown(FeedName),
    /// The feed or one of its files is too long, or is not UTF-8.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unreadable(Vec<FeedProblem>),
}

impl StepError for FeedError {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Unknown(_) | Self::Unreadable(_) => ErrorName::InvalidFeed,
        }
    }
}

/// The names of the feeds in the bucket, sorted, as their files have them. A file may have a name that no feed can have.
///
/// # Errors
/// If the bucket cannot be listed.
pub async fn list(objects: &dyn Objects) -> Result<Vec<String>, Fault> {
    let keys = objects.list(keys::FEEDS).await?;
    Ok(keys.iter().filter_map(|key| keys::parse_feed(key)).map(str::to_owned).collect())
}

/// Loads a feed and the files that it refers to. It leaves out missing files: the check of the feed reports them, with
/// the place of the reference.
///
/// # Errors
/// If there is no such feed, or it cannot be read.
pub async fn load(objects: &dyn Objects, name: &FeedName) -> Result<Feed, FeedError> {
    let key = keys::feed(name);
    let mut problems = Vec::new();
    let yaml = match text(objects, &key).await? {
        None => return Err(FeedError::Unknown(name.clone())),
        Some(Ok(yaml)) => yaml,
        Some(Err(problem)) => return Err(FeedError::Unreadable(vec![*problem])),
    };
    let mut files = FeedFiles::default();
    for name in files_of(&yaml) {
        match text(objects, &keys::feed_file(&name)).await? {
            None => {}
            Some(Ok(text)) => files.insert(name, text),
            Some(Err(problem)) => problems.push(*problem),
        }
    }
    if !problems.is_empty() {
        return Err(FeedError::Unreadable(problems));
    }
    let misnamed = misnamed(&yaml, name.as_str());
    Ok(Feed { yaml, files, misnamed })
}

/// The feeds in the bucket that say how often a file comes, sorted. A feed with problems is one of them if its text says so.
///
/// # Errors
/// If the bucket cannot be read.
pub async fn expecting(objects: &dyn Objects) -> Result<Vec<(String, Every)>, Fault> {
    let mut expecting = Vec::new();
    for name in list(objects).await? {
        let Ok(feed) = name.parse::<FeedName>() else { continue };
        let Some(Ok(yaml)) = text(objects, &keys::feed(&feed)).await? else { continue };
        // Most feeds do not have the word, and need not be parsed.
        if yaml.contains("expect")
            && let Some(every) = every_of(&yaml)
        {
            expecting.push((name, every));
        }
    }
    Ok(expecting)
}

/// Whether a feed waits for a file for longer than it says.
#[must_use]
pub fn is_late(wait: &Wait, every: Every, now: Timestamp) -> bool {
    wait.since.parse::<Timestamp>().is_ok_and(|since| now.duration_since(since) > every.duration())
}

/// The text of a feed or of a file beside it.
///
/// # Errors
/// If it is too long or not UTF-8. The path of the problem is the name of the file.
pub fn accept(name: &str, bytes: Vec<u8>) -> Result<String, Box<FeedProblem>> {
    check_size(name, bytes.len() as u64)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Box::new(FeedProblem::new(name, format!("is not UTF-8 at byte {at}; feeds and the files beside them are")))
    })
}

fn check_size(name: &str, bytes: u64) -> Result<(), Box<FeedProblem>> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let message = format!("has {bytes} bytes; a feed and each file beside it may have {MAX_BYTES}");
    Err(Box::new(FeedProblem::new(name, message)))
}

/// An object as text; `None` if there is none.
async fn text(objects: &dyn Objects, key: &str) -> Result<Option<Result<String, Box<FeedProblem>>>, Fault> {
    match read_up_to(objects, key, MAX_BYTES).await {
        Ok(Some(bytes)) => Ok(Some(accept(key, bytes))),
        Ok(None) => {
            let known = objects.head(key).await?;
            Ok(known.and_then(|known| check_size(key, known.bytes).err()).map(Err))
        }
        Err(Fault::Missing { .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::MemoryObjects;

    const YAML: &str = "{version: 1, name: prices, schema: prices.schema.json, import: {table: prices, key: [id]}}";
    const SCHEMA: &str = r#"{"fields": [{"name": "id", "constraints": {"required": true}}]}"#;

    async fn loaded(files: &[(&str, &[u8])]) -> Result<Feed, FeedError> {
        let objects = MemoryObjects::new();
        for (name, bytes) in files {
            objects.insert(&format!("feeds/{name}"), bytes.to_vec());
        }
        load(&objects, &"prices".parse().unwrap()).await
    }

    #[tokio::test]
    async fn a_feed_comes_with_the_files_that_it_names() {
        let files: [(&str, &[u8]); 3] =
            [("prices.yaml", YAML.as_bytes()), ("prices.schema.json", SCHEMA.as_bytes()), ("other.json", b"{}")];
        let feed = loaded(&files).await.unwrap();
        assert_eq!(feed.files.get("prices.schema.json"), Some(SCHEMA));
        assert_eq!(feed.files.get("other.json"), None);
        assert_eq!(feed.compile().map(|plan| plan.fields.len()).unwrap_or_default(), 1);
    }

    #[tokio::test]
    async fn a_listing_has_feeds_and_nothing_that_lies_beside_or_below_them() {
        let objects = MemoryObjects::new();
        for key in ["sales.yaml", "prices.yaml", "prices.schema.json", ".yaml", "tests/prices/a.yaml", "My Feed.yaml"] {
            objects.insert(&format!("feeds/{key}"), "");
        }
        objects.insert("archive/prices.yaml", "");
        assert_eq!(list(&objects).await.unwrap(), ["My Feed", "prices", "sales"]);
    }

    #[tokio::test]
    async fn feeds_that_expect_files_are_found_even_if_they_cannot_be_used() {
        let objects = MemoryObjects::new();
        let daily = YAML.replace("version: 1", "version: 1, expect: {every: 1d}");
        objects.insert("feeds/prices.yaml", daily.clone());
        objects.insert("feeds/broken.yaml", daily.replace("key: [id]", "kye: [id]").replace("1d", "2d"));
        objects.insert("feeds/typo.yaml", daily.replace("1d", "daily"));
        objects.insert("feeds/silent.yaml", YAML);
        objects.insert("feeds/My Feed.yaml", daily);
        objects.insert("feeds/bytes.yaml", &b"expect: {every: 1d} # caf\xE9"[..]);
        let found = expecting(&objects).await.unwrap();
        let found: Vec<String> = found.iter().map(|(feed, every)| format!("{feed} {every}")).collect();
        assert_eq!(found, ["broken 2 days", "prices 1 day"]);
    }

    #[test]
    fn a_feed_is_late_when_more_time_has_passed_than_it_says() {
        let wait = |since: &str| Wait { since: since.to_owned(), file: None, told: false };
        for (since, now, late) in [
            ("2026-11-21T02:33:00Z", "2026-11-22T02:33:00Z", false),
            ("2026-11-21T02:33:00Z", "2026-11-22T02:33:01Z", true),
            ("2026-11-23T02:33:00Z", "2026-11-21T02:33:00Z", false),
            ("never", "2026-11-21T02:33:00Z", false),
        ] {
            let found = is_late(&wait(since), "1d".parse().unwrap(), now.parse().unwrap());
            assert_eq!(found, late, "{since} {now}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_missing_is_told_by_the_check_of_the_feed() {
        let feed = loaded(&[("prices.yaml", YAML.as_bytes())]).await.unwrap();
        let problems = feed.compile().err().unwrap();
        assert_eq!(problems[0].to_string(), "schema: there is no file \"prices.schema.json\" beside the feed");
    }

    #[tokio::test]
    async fn a_name_that_is_not_the_files_is_told_with_all_the_rest() {
        let yaml = YAML.replace("name: prices", "name: price").replace("key: [id]", "key: [idd]");
        let feed =
            loaded(&[("prices.yaml", yaml.as_bytes()), ("prices.schema.json", SCHEMA.as_bytes())]).await.unwrap();
        let problems: Vec<String> = feed.compile().err().unwrap().iter().map(FeedProblem::located).collect();
        assert_eq!(
            problems,
            [
                "line 1, column 20: name: is \"price\", but its file is named \"prices\": a feed is found by the name of its \
                 file; write \"name: prices\", or name the file \"price.yaml\"",
                "line 1, column 85: import.key[0]: \"idd\" is not a field of the schema; did you mean \"id\"?",
            ]
        );
    }

    #[tokio::test]
    async fn what_is_no_acceptable_text_is_told() {
        let large = vec![b' '; usize::try_from(MAX_BYTES).unwrap() + 1];
        for (files, expected) in [
            (&[][..], "there is no feed \"prices\": feeds/prices.yaml is not in the data bucket"),
            (
                &[("prices.yaml", &b"caf\xE9"[..])],
                "feeds/prices.yaml: is not UTF-8 at byte 3; feeds and the files beside them are",
            ),
            (
                &[("prices.yaml", YAML.as_bytes()), ("prices.schema.json", &large)],
                "feeds/prices.schema.json: has 5242881 bytes; a feed and each file beside it may have 5242880",
            ),
        ] {
            assert_eq!(loaded(files).await.unwrap_err().to_string(), expected);
        }
    }
}
