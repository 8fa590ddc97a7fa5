//! The ledger's entry of a run.
//!
//! An entry is an item of at most 400 KB, so everything that grows with a run is bounded. A conclusion has at most 50
//! reasons of four texts of a kilobyte (200 KB), and five causes of a kilobyte (5 KB). An entry has at most 20 earlier
//! attempts of five kilobytes (100 KB), and one time per stage.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_contract::documents::{Origin, Upload, Usage};
use sluice_contract::{Order, RunId, Tally, Verdict};
use sluice_engine::{Omitted, Problem};

use crate::mail::Delivery;

/// How many earlier attempts an entry keeps. If there are more, the oldest are dropped. The number of the attempt still
/// shows how many there were.
pub const EARLIER: usize = 20;

/// The name under which an entry keeps the usage of earlier attempts.
const EARLIER_USAGE: &str = "EARLIER";

/// How many reasons a conclusion keeps.
const REASONS: usize = 50;

/// How many causes of a failure a conclusion keeps.
const CAUSES: usize = 5;

/// How many bytes of a text are kept: in a reason, in a cause, and of the ids of a mail.
const BYTES: usize = 1000;

/// How many bytes are kept of the addresses that were not sent a mail, and the reason: room for some fifty addresses.
const UNSENT_BYTES: usize = 2000;

/// The ledger's entry of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEntry {
    /// The run: the key of the table.
    pub run_id: RunId,
    /// The folder of the upload. It is the feed's name if the feed exists. Key of the index by feed.
    pub feed: String,
    /// When the run was entered: RFC 3339, UTC. Sort key of the index by feed.
    pub started_at: String,
    /// The upload.
    pub upload: Upload,
    /// The origin of the run.
    #[serde(default, skip_serializing_if = "Origin::is_upload")]
    pub origin: Origin,
    /// The name of the execution that holds the run; `None` until an execution has taken it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    /// The stage that the run has reached.
    pub stage: RunStage,
    /// When it reached this stage: RFC 3339, UTC.
    pub stage_at: String,
    /// When this attempt reached each stage: RFC 3339, UTC, by the stage's name.
    pub times: BTreeMap<String, String>,
    /// The usage that steps have noted with the stage that they reached, by the stage's name, and `EARLIER` for the attempts before
    /// this one. The usage of chunks is in their outcomes.
    #[serde(default)]
    pub usage: BTreeMap<String, Usage>,
    /// How often the event of its upload was delivered.
    pub deliveries: u64,
    /// The content of its source: feed, size and checksum, once they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// An earlier run whose source has the same content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_content_as: Option<RunId>,
    /// How it ended; `None` until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<Conclusion>,
    /// The state of its mail; `None` until sending was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailState>,
    /// The attempts before this one, the oldest first; at most [`EARLIER`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Attempt>,
}

impl RunEntry {
    /// The entry of a run that begins now (RFC 3339, UTC).
    #[must_use]
    pub fn new(run_id: RunId, feed: &str, upload: Upload, origin: Origin, now: &str) -> Self {
        Self {
            run_id,
            feed: feed.to_owned(),
            started_at: now.to_owned(),
            upload,
            origin,
            execution: None,
            stage: RunStage::Registered,
            stage_at: now.to_owned(),
            times: BTreeMap::from([(RunStage::Registered.as_str().to_owned(), now.to_owned())]),
            usage: BTreeMap::new(),
            deliveries: 1,
            content: None,
            same_content_as: None,
            conclusion: None,
            mail: None,
            earlier: Vec::new(),
        }
    }

    /// Whether the sweep must look after the run: its end was not reported, or a next attempt is to resume it and has
    /// not taken it yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.mail.is_none() || self.conclusion.as_ref().is_some_and(|conclusion| conclusion.next.is_some())
    }

    /// The order of the run, which follows from upload and origin.
    #[must_use]
    pub fn order(&self) -> Order {
        self.origin.order(&self.upload, &self.run_id)
    }

    /// The number of the attempt that holds the run, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.execution.as_deref().map_or(1, |execution| self.run_id.attempt(execution))
    }

    /// The entry after this execution has taken the run. The previous holder and its conclusion become an earlier
    /// attempt. If a run ended before an execution took it, that was the first attempt. The new attempt begins with the
    /// stage `Started`, and finds the work of the previous one done.
    #[must_use]
    pub fn taken_by(&self, execution: &str, at: &str) -> Self {
        let mut entry = self.clone();
        if self.execution.is_some() || self.conclusion.is_some() {
            entry.earlier.push(Attempt {
                execution: entry.execution.take().unwrap_or_else(|| self.run_id.execution(1)),
                times: std::mem::take(&mut entry.times),
                conclusion: entry.conclusion.take().map(|conclusion| Conclusion {
                    reasons: Vec::new(),
                    causes: Vec::new(),
                    usage: None,
                    ..conclusion
                }),
                mail: entry.mail.take(),
            });
            let mut used = Usage::default();
            for usage in std::mem::take(&mut entry.usage).into_values() {
                used += usage;
            }
            entry.usage.insert(EARLIER_USAGE.to_owned(), used);
            let surplus = entry.earlier.len().saturating_sub(EARLIER);
            entry.earlier.drain(..surplus);
        }
        entry.execution = Some(execution.to_owned());
        entry.reach(RunStage::Started, at);
        (entry.stage, entry.stage_at) = (RunStage::Started, at.to_owned());
        entry
    }

    /// Records that the run has reached a stage.
    pub(super) fn reach(&mut self, stage: RunStage, at: &str) {
        self.times.entry(stage.as_str().to_owned()).or_insert_with(|| at.to_owned());
        if stage > self.stage {
            (self.stage, self.stage_at) = (stage, at.to_owned());
        }
    }
}

/// The stage of a run: the last step that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RunStage {
    /// Intake has entered it in the ledger.
    Registered,
    /// Its execution was started.
    Started,
    /// Its source is in the archive.
    Pinned,
    /// Its manifest is written.
    Split,
    /// The gate has decided.
    Gated,
    /// Its outputs are written. Only the conclusion follows.
    Merged,
}

impl RunStage {
    /// Every stage, in the order of a run.
    pub const ALL: [Self; 6] = [Self::Registered, Self::Started, Self::Pinned, Self::Split, Self::Gated, Self::Merged];

    /// Its name in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "REGISTERED",
            Self::Started => "STARTED",
            Self::Pinned => "PINNED",
            Self::Split => "SPLIT",
            Self::Gated => "GATED",
            Self::Merged => "MERGED",
        }
    }
}

/// An attempt before the current one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// The execution that held the run.
    pub execution: String,
    /// When it reached each stage: RFC 3339, UTC, by the stage's name.
    pub times: BTreeMap<String, String>,
    /// How it ended, if that was recorded. Its reasons and causes are left out, because its mail has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<Conclusion>,
    /// The state of its mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailState>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conclusion {
    /// The verdict.
    pub verdict: Verdict,
    /// When it ended: RFC 3339, UTC.
    pub at: String,
    /// The numbers of the run, if it was merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
    /// The omitted records by name.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// The reasons for the verdict; empty if everything was imported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Problem>,
    /// The causes of a failure, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The usage of the run, if it was added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The number of the attempt that resumes the run automatically, if there is one. The run stays open until that
    /// attempt has taken it. A file that was refused because it came before its feed has one too, for when the feed exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

impl Conclusion {
    /// The conclusion in a size that fits into an entry. Its last reason says how many were left out.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let surplus = self.reasons.len().saturating_sub(REASONS);
        self.reasons.truncate(REASONS);
        let more = self.causes.len().saturating_sub(CAUSES);
        self.causes.truncate(CAUSES);
        self.causes.iter_mut().for_each(|cause| clip(cause, BYTES));
        if more > 0 {
            self.causes.push(format!("and {more} more; the mail and the report have what can be shown of them"));
        }
        for reason in &mut self.reasons {
            let texts = [&mut reason.field, &mut reason.column, &mut reason.value];
            texts.into_iter().flatten().chain([&mut reason.message]).for_each(|text| clip(text, BYTES));
        }
        if let (Some(last), true) = (self.reasons.last(), surplus > 0) {
            let message = format!("and {surplus} more; the mail and the report have what can be shown of them");
            self.reasons.push(Problem::new(last.stage, last.code, message));
        }
        self
    }
}

/// The state of a mail. The operators and the feed's recipients get messages of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It was accepted for delivery to all, with these message ids (`a, b`).
    Sent(String),
    /// It was accepted for delivery to some.
    Partly {
        /// The ids of the messages.
        sent: String,
        /// Who was not sent one, and why.
        failed: String,
    },
    /// It was accepted for nobody. The text says who was not sent one, and why.
    Failed(String),
    /// There are no recipients.
    NoRecipients,
}

impl MailState {
    /// The state after a delivery, in a size that fits into an entry.
    #[must_use]
    pub fn of(delivery: &Delivery) -> Self {
        let sent = delivery.sent.join(", ");
        let state = match delivery.failure() {
            _ if delivery.recipients == 0 => Self::NoRecipients,
            None => Self::Sent(sent),
            Some(failed) if delivery.sent.is_empty() => Self::Failed(failed),
            Some(failed) => Self::Partly { sent, failed },
        };
        state.bounded()
    }

    /// Whether at least one recipient was sent the mail.
    #[must_use]
    pub fn reached_somebody(&self) -> bool {
        matches!(self, Self::Sent(_) | Self::Partly { .. })
    }

    /// Who was not sent the mail, and why. Returns `None` if all were sent it, or if there are no recipients.
    #[must_use]
    pub fn failed(&self) -> Option<&str> {
        match self {
            Self::Partly { failed, .. } | Self::Failed(failed) => Some(failed),
            Self::Sent(_) | Self::NoRecipients => None,
        }
    }

    /// The state in a size that fits into an entry.
    #[must_use]
    fn bounded(mut self) -> Self {
        if let Self::Sent(sent) | Self::Partly { sent, .. } = &mut self {
            clip(sent, BYTES);
        }
        if let Self::Failed(failed) | Self::Partly { failed, .. } = &mut self {
            clip(failed, UNSENT_BYTES);
        }
        self
    }
}

/// Cuts a text that is longer than `max` bytes, and adds its original length.
fn clip(text: &mut String, max: usize) {
    let bytes = text.len();
    if bytes > max {
        text.truncate(text.floor_char_boundary(max));
        text.push_str(&format!("… ({bytes} bytes)"));
    }
}

#[cfg(test)]
mod tests {
    use sluice_engine::{Code, Stage};

    use super::*;
    use crate::mail::Unsent;

    fn entry() -> RunEntry {
        let upload = Upload {
            bucket: "inbox".to_owned(),
            key: format!("inbox/prices/{}", "a".repeat(1000)),
            version_id: "v".repeat(1024),
            etag: "e".repeat(40),
            bytes: 1,
            last_modified: "2026-11-21T02:33:00Z".to_owned(),
            sequencer: "0".repeat(32),
        };
        let run = "prices-0123456789abcdef01234567".parse().unwrap();
        RunEntry::new(run, "prices", upload, Origin::Upload, "2026-11-21T02:33:00Z")
    }

    fn conclusion(reasons: usize) -> Conclusion {
        let reason = |number| {
            let message = format!("{number} {}", "ä".repeat(5000));
            Problem::new(Stage::Gate, Code::TooManyRejects, message).field(&"f".repeat(5000)).value(&"v".repeat(5000))
        };
        Conclusion {
            verdict: Verdict::Failed,
            at: "2026-11-21T02:40:00Z".to_owned(),
            tally: Some(Tally::default()),
            omitted: Omitted::default(),
            reasons: (0..reasons).map(reason).collect(),
            causes: Vec::new(),
            usage: None,
            next: None,
        }
    }

    /// `DynamoDB` counts names and values in UTF-8. JSON contains both and more, so its length is an upper bound.
    #[test]
    fn an_entry_stays_below_the_limit_of_an_item_whatever_happens_to_the_run() {
        let mut entry = entry();
        for attempt in 1..200 {
            entry = entry.taken_by(&entry.run_id.execution(attempt), "2026-11-21T02:34:00Z");
            for stage in RunStage::ALL {
                entry.reach(stage, "2026-11-21T02:35:00Z");
            }
            entry.conclusion = Some(conclusion(60).bounded());
            let long = "m".repeat(100_000);
            entry.mail = Some(MailState::Partly { sent: long.clone(), failed: long }.bounded());
        }
        let bytes = serde_json::to_vec(&entry).unwrap().len();
        assert!(bytes < 400_000, "{bytes}");
        assert_eq!((entry.attempt(), entry.earlier.len()), (199, EARLIER));
        assert_eq!(entry.earlier[0].execution, entry.run_id.execution(199 - 20));
        let last = entry.conclusion.unwrap().reasons.pop().unwrap();
        assert!(last.message.starts_with("and 10 more"), "{}", last.message);
    }

    #[test]
    fn the_mail_is_sent_to_all_to_some_or_to_nobody() {
        let unsent = Unsent { address: "bad@x.de".to_owned(), reason: "refused".to_owned() };
        for (recipients, sent, unsent, expected) in [
            (0, vec![], vec![], r#""no_recipients""#),
            (3, vec!["m1", "m2"], vec![], r#"{"sent":"m1, m2"}"#),
            (1, vec![], vec![unsent.clone()], r#"{"failed":"1 of 1 recipient did not get it (bad@x.de): refused"}"#),
            (
                2,
                vec!["m1"],
                vec![unsent],
                r#"{"partly":{"sent":"m1","failed":"1 of 2 recipients did not get it (bad@x.de): refused"}}"#,
            ),
        ] {
            let sent: Vec<String> = sent.into_iter().map(str::to_owned).collect();
            let state = MailState::of(&Delivery { recipients, sent, unsent, transient: None });
            assert_eq!(serde_json::to_string(&state).unwrap(), expected);
            assert_eq!(state.failed().is_some(), expected.contains("did not get it"));
            assert_eq!(state.reached_somebody(), expected.contains("sent"));
        }
    }

    #[test]
    fn what_is_short_is_kept_as_it_is() {
        let mut conclusion = conclusion(1);
        conclusion.reasons[0] = Problem::new(Stage::Gate, Code::TooManyRejects, "one is too many").field("sku");
        assert_eq!(conclusion.clone().bounded(), conclusion);
    }

    #[test]
    fn an_attempt_moves_into_the_past_with_its_end() {
        let first = entry().taken_by("prices-0123456789abcdef01234567", "t1");
        assert!(first.earlier.is_empty(), "nobody held it before");
        assert_eq!(first.times.len(), 2);
        let ended = RunEntry { conclusion: Some(conclusion(0)), mail: Some(MailState::NoRecipients), ..first.clone() };
        let second = ended.taken_by("prices-0123456789abcdef01234567-2", "t2");
        assert_eq!(
            (second.attempt(), second.stage, &second.conclusion, &second.mail),
            (2, RunStage::Started, &None, &None)
        );
        assert_eq!(second.times, BTreeMap::from([("STARTED".to_owned(), "t2".to_owned())]));
        let [earlier] = &second.earlier[..] else { panic!("{:?}", second.earlier) };
        assert_eq!(
            (&earlier.times, &earlier.conclusion, &earlier.mail),
            (&first.times, &ended.conclusion, &ended.mail)
        );
    }

    #[test]
    fn the_names_of_the_stages_are_those_that_are_written() {
        for stage in RunStage::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
        }
        assert!(RunStage::ALL.is_sorted());
    }
}
