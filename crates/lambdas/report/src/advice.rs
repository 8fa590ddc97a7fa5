//! What people can do next, depending on where the run is.

use std::path::{Path, PathBuf};

use sluice_contract::documents::{Origin, TallyDocument};
use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::Cause;
use sluice_engine::display::count;
use sluice_engine::feed::FeedName;
use sluice_engine::report::shell_word;
use sluice_platform::Site;
use sluice_platform::ledger::RunEntry;

/// Advice about a run.
pub(crate) struct Advice<'a> {
    /// Where the run is.
    pub(crate) site: &'a Site,
    /// The run.
    pub(crate) entry: &'a RunEntry,
}

impl Advice<'_> {
    /// What to do after a run that did not fail.
    pub(crate) fn ended(&self, tally: &TallyDocument) -> Vec<String> {
        let again = self.import_again();
        match tally.verdict {
            Verdict::Passed => {
                let import = if *self.site == Site::Stack { again } else { "run it without --dry-run".to_owned() };
                vec![format!("To import the file, {import}.")]
            }
            Verdict::Imported if tally.tally.rejected > 0 => vec![self.repair()],
            Verdict::Skipped => {
                let command = match &self.entry.same_content_as {
                    Some(earlier) => self.command("rerun", earlier),
                    None => "sluice rerun RUN".to_owned(),
                };
                vec![format!(
                    "Nothing, if the file was sent twice. To import it anyway, import the earlier one again: {command}"
                )]
            }
            Verdict::Rejected => vec![format!(
                "Nothing was written. Correct the file, with the help of rejects.csv where it lists records, and {again}."
            )],
            Verdict::Inconsistent => vec![
                "Do not rely on what this run wrote until the contradictions are explained.".to_owned(),
                format!(
                    "The outcomes of each chunk are under runs/{run}/outcomes/ in the data bucket, one document for \
                     checking and one for importing. They name the objects with its records; runs/{run}/manifest.json \
                     says which records each chunk should have.",
                    run = tally.run_id
                ),
            ],
            _ => Vec::new(),
        }
    }

    /// What to do about records that are not in the summaries of a feed.
    pub(crate) fn about_summaries(&self, tally: &TallyDocument) -> Option<String> {
        if matches!(self.entry.origin, Origin::Repair { .. }) {
            return Some(
                "A repair makes no summary. To have these records in it, upload the whole corrected file.".to_owned(),
            );
        }
        let rejected = tally.tally.rejected;
        (rejected > 0).then(|| {
            let (records, are) = (count(rejected, "rejected record"), if rejected == 1 { "is" } else { "are" });
            let again = match self.site {
                Site::Once => "run the file again".to_owned(),
                _ => self.command("rerun", &self.entry.run_id),
            };
            format!(
                "{records} {are} not in the summary, and a repair does not add them. Upload the whole corrected file; or, if the feed was \
                 wrong, correct it, and make the summary anew: {again}"
            )
        })
    }

    /// What to do about the feed, if it is more likely to be wrong than the file.
    pub(crate) fn about_the_feed(&self, causes: &[Cause]) -> Option<String> {
        let cause = causes.iter().find(|cause| cause.blames_the_feed())?;
        let field = cause.field.as_ref().map(|field| format!(" of the field {field:?}")).unwrap_or_default();
        let entry = self.entry;
        let is_source = !keys::is_dry_run(&entry.upload.key) && !matches!(entry.origin, Origin::Repair { .. });
        let again = match self.site {
            Site::Stack if is_source => {
                format!("import the file by it once more: {}", self.command("rerun", &entry.run_id))
            }
            Site::Stack => "upload the file again.".to_owned(),
            Site::Once | Site::Folder { .. } => "run the file again.".to_owned(),
        };
        Some(format!(
            "Before you correct the file, look at what the feed {} says{field}. If the feed is wrong, correct it, then {again}",
            entry.feed
        ))
    }

    /// What to do after an attempt that failed. `place` is a sentence that says where the file is. `next` is the attempt as which the
    /// run resumes automatically, if it does.
    pub(crate) fn failed(&self, place: &str, next: Option<u32>) -> Vec<String> {
        let run = &self.entry.run_id;
        let resume = self.command("resume", run);
        if *self.site == Site::Once {
            return vec![format!("{place} Once the cause is removed, run it again.")];
        }
        if let Some(next) = next {
            return vec![format!(
                "Nothing for now: the run resumes automatically as attempt {next}, and a mail will report the result. If no \
                 mail comes within a day: {resume}"
            )];
        }
        let mut advice = vec![format!("{place} Once the cause is removed, resume the run where it stopped: {resume}")];
        if *self.site == Site::Stack {
            let execution = run.execution(self.entry.attempt().saturating_add(1));
            advice.push(format!(
                "To do the same in the console of Step Functions, start an execution of the main orchestrator under the name \
                 {execution} with the input {{\"run_id\": \"{run}\"}}"
            ));
        }
        let rerun = self.command("rerun", run);
        advice.push(format!("If the feed had to be changed, import the file with the current feed: {rerun}"));
        advice
    }

    /// What to do about rejected records.
    fn repair(&self) -> String {
        let how = match self.site {
            // With --out there is no ledger with the run that a repair would belong to.
            Site::Once => {
                return "Correct the rejected records in the file; rejects.csv says what is wrong with each. Then run it \
                        again: with --out each run has a table of its own."
                    .to_owned();
            }
            Site::Folder { folder, feed } => format!(
                "run it: sluice run rejects.csv --feed {} --into {}. Save it",
                shell_word(&self.feed_in(folder, feed.as_deref()).display().to_string()),
                shell_word(&folder.display().to_string())
            ),
            Site::Stack => format!("{} as it is:", self.import_again()),
        };
        format!(
            "Correct the rows in rejects.csv, and {how} as CSV with commas in UTF-8, with _run and _record, which say where a \
             record belongs. A record that a newer file has written since is not overwritten."
        )
    }

    /// Where the feed of a run in a folder is: at the path that the user gave, otherwise in the folder.
    fn feed_in(&self, folder: &Path, given: Option<&Path>) -> PathBuf {
        match (given, self.entry.feed.parse::<FeedName>()) {
            (Some(path), _) => path.to_owned(),
            (None, Ok(name)) => folder.join(keys::feed(&name)),
            (None, Err(_)) => PathBuf::from("FEED.yaml"),
        }
    }

    /// How to import a file again, as the end of "Correct the file, and …".
    fn import_again(&self) -> String {
        match self.site {
            Site::Stack => {
                format!("upload it to s3://{}/{}{}/", self.entry.upload.bucket, keys::INBOX, self.entry.feed)
            }
            Site::Once | Site::Folder { .. } => "run it again".to_owned(),
        }
    }

    /// A command about a run.
    fn command(&self, verb: &str, run: &RunId) -> String {
        match self.site {
            Site::Folder { folder, .. } => {
                format!("sluice {verb} {run} --into {}", shell_word(&folder.display().to_string()))
            }
            Site::Stack | Site::Once => format!("sluice {verb} {run}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use sluice_contract::documents::Upload;

    use super::*;

    #[test]
    fn commands_are_those_of_the_place() {
        let upload = Upload {
            bucket: "inbox".to_owned(),
            key: "inbox/prices/a.csv".to_owned(),
            version_id: "v1".to_owned(),
            etag: String::new(),
            bytes: 0,
            last_modified: String::new(),
            sequencer: String::new(),
        };
        let run: RunId = "prices-0123456789abcdef01234567".parse().unwrap();
        let entry = RunEntry::new(run.clone(), "prices", upload, Origin::Upload, "");
        for (site, resume, repair) in [
            (Site::Stack, format!("sluice resume {run}"), "upload it to s3://inbox/inbox/prices/ as it is: as CSV"),
            (
                Site::Folder { folder: "my data".into(), feed: Some("my feeds/feed.yaml".into()) },
                format!("sluice resume {run} --into 'my data'"),
                "run it: sluice run rejects.csv --feed 'my feeds/feed.yaml' --into 'my data'. Save it as CSV",
            ),
            (
                Site::Folder { folder: "my data".into(), feed: None },
                format!("sluice resume {run} --into 'my data'"),
                "run it: sluice run rejects.csv --feed 'my data/feeds/prices.yaml' --into 'my data'. Save it as CSV",
            ),
            (Site::Once, "run it again".to_owned(), "Then run it again"),
        ] {
            let advice = Advice { site: &site, entry: &entry };
            let failed = advice.failed("Here.", None);
            assert!(failed[0].starts_with("Here. ") && failed[0].contains(&resume), "{failed:?}");
            assert!(advice.repair().contains(repair), "{}", advice.repair());
            let console = failed.iter().any(|sentence| sentence.contains("Step Functions"));
            assert_eq!(console, site == Site::Stack);
        }
    }
}
