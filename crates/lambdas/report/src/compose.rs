//! Composes the reports of runs.

use std::collections::BTreeMap;

use bytes::Bytes;
use sluice_contract::documents::{Origin, Part, SummariesDocument, TallyDocument};
use sluice_contract::steps::ExecutionFailure;
use sluice_contract::{RunId, Verdict, keys};

use sluice_engine::feed::{FeedName, FeedPlan, once};
use sluice_engine::report::{
    Failure, ParentKind, ParentRun, RejectListing, Report, SUBJECT_WITHOUT_FEED, page_html, shell_word,
};
use sluice_engine::sink::SinkKind;
use sluice_engine::{Findings, Omitted, Problem};
use sluice_platform::documents::{find_json, put_json, read_json};
use sluice_platform::executions::Execution;
use sluice_platform::ledger::{Attempt, RunEntry, RunStage};
use sluice_platform::links::Links;
use sluice_platform::meter::Reading;
use sluice_platform::objects::{ContentType, Existing};
use sluice_platform::run::LoadError;
use sluice_platform::{Fault, Site, StepError, chain};

use crate::advice::Advice;
use crate::causes::{self, Causes};
use crate::notify::Notification;
use crate::remedy::remedy;
use crate::{Deps, Error, cost};

/// Most sentences about the causes of a failure in the advice.
const REMEDIES: usize = 5;

/// Composes the report of a run that did not fail, and writes it beside the run's outputs.
pub(crate) async fn ended(deps: &Deps, entry: &RunEntry, now: &str, reading: &Reading) -> Result<Notification, Error> {
    let objects = &*deps.objects;
    let run = deps.runs.load(&entry.run_id).await?;
    let tally: TallyDocument = read_json(objects, &keys::tally(&entry.run_id)).await?;
    let (feed, links) = (&run.document.feed, &deps.notifier.links);
    let summaries = match (run.plan.summaries.is_empty(), tally.verdict) {
        (false, Verdict::Imported) => find_json::<SummariesDocument>(objects, &keys::summaries(&entry.run_id)).await?,
        _ => None,
    };
    let at = |file: &str| format!("{}{}", deps.location, keys::output(feed, &entry.run_id, file));
    let csv = |name: &str, part: &Part| links.output(name, format!("{}{}", deps.location, part.key), Some(part.bytes));
    let file = |name: &str, location: String| links.output(name, location, None);
    let causes = tally.causes.of_nearly_all(&tally.by_code, tally.tally.records());
    let advice = Advice { site: &deps.site, entry };
    let mut advised = advice.ended(&tally);
    if tally.verdict != Verdict::Inconsistent {
        advised.splice(0..0, advice.about_the_feed(&causes));
    }
    if tally.verdict == Verdict::Imported && !run.plan.summaries.is_empty() {
        advised.extend(advice.about_summaries(&tally));
    }
    let recipients = run.plan.report.recipients_of(tally.verdict, tally.tally.rejected);
    let mails = once(deps.notifier.operators.iter().chain(&recipients)).len();
    // A repeated report must show the same cost.
    let usage = entry.conclusion.as_ref().and_then(|conclusion| conclusion.usage);
    let usage = usage.unwrap_or_else(|| {
        let mut usage = cost::total(&tally, entry, reading.usage_with(cost::to_come(mails)));
        usage += summaries.as_ref().map(|summaries| summaries.usage).unwrap_or_default();
        usage
    });
    let tables = summaries.map(|document| document.summaries).unwrap_or_default();
    let report = Report {
        description: run.plan.description.clone(),
        target: target(&deps.site, &run.plan),
        verdict: tally.verdict,
        would: tally.would,
        tally: Some(tally.tally),
        items: tally.items,
        header: run.plan.source.columns.is_none(),
        omitted: tally.omitted.clone(),
        by_code: tally.by_code.clone(),
        causes: causes.clone(),
        warnings: tally.warnings.clone(),
        reasons: tally.reasons.clone(),
        notes: tally.notes.clone(),
        contradictions: tally.contradictions.clone(),
        chunks: tally.chunks,
        rejects: RejectListing { total: tally.rejects.records, shown: tally.first_rejects.clone().into_lines() },
        outputs: [csv("imported records", &tally.imported), csv("rejected records", &tally.rejects)]
            .into_iter()
            .chain(tables.iter().map(|table| {
                let location = format!("{}{}", deps.location, table.key);
                links.output(&format!("summary {}", table.file), location, Some(table.bytes))
            }))
            .chain([
                file("this report", at(keys::REPORT_HTML)),
                file("this report, for programs", at(keys::REPORT_JSON)),
                file("the file as it came", format!("{}{}", deps.location, run.document.archive)),
            ])
            .collect(),
        advice: advised,
        cost: cost::estimate(&usage),
        summaries: tables.clone(),
        ..blank(entry, now)
    };
    let html = Bytes::from(page_html(&report));
    let page = keys::output(feed, &entry.run_id, keys::REPORT_HTML);
    objects.put(&page, ContentType::Html, html, Existing::Replace).await?;
    put_json(objects, &keys::output(feed, &entry.run_id, keys::REPORT_JSON), &report).await?;
    Ok(Notification { usage: Some(usage), ..notification(report, Some(&run.plan)) })
}

/// Composes the report of a run whose execution failed.
pub(crate) async fn failed(
    deps: &Deps,
    entry: &RunEntry,
    failure: &ExecutionFailure,
    next: Option<u32>,
    now: &str,
) -> Result<Notification, Error> {
    let execution = match deps.executions.describe(&failure.execution_arn).await {
        // Step Functions has forgotten the execution, or it never existed.
        Err(Fault::Missing { .. }) => Execution { status: failure.status.clone(), error: None, cause: None },
        described => described?,
    };
    // The run may have failed before `run.json` was written, or because its feed or its documents are broken.
    let run = match deps.runs.load(&entry.run_id).await {
        Ok(run) => Some(run),
        Err(LoadError::Fault(fault)) if !matches!(fault, Fault::Missing { .. } | Fault::Corrupt { .. }) => {
            return Err(fault.into());
        }
        Err(error) => {
            tracing::warn!(error = %error.name(), "the run could not be loaded for its report");
            None
        }
    };
    let tally: Option<TallyDocument> = match find_json(&*deps.objects, &keys::tally(&entry.run_id)).await {
        Err(fault @ Fault::Corrupt { .. }) => {
            tracing::warn!(error = %fault.name(), "the tally of the run could not be read for its report");
            None
        }
        found => found?,
    };
    let source = run.as_ref().map(|run| format!("{}{}", deps.location, run.document.archive));
    let is_rerun = matches!(entry.origin, Origin::Rerun { .. });
    // An attempt that was refused has not accepted the file.
    let refused = |attempt: &Attempt| {
        attempt.conclusion.as_ref().is_some_and(|conclusion| conclusion.verdict == Verdict::Refused)
    };
    let accepted_before = entry.attempt() > 1 && !entry.earlier.iter().all(refused);
    let accepted = !matches!(entry.stage, RunStage::Registered | RunStage::Started) || accepted_before || is_rerun;
    let location = source.clone().filter(|_| accepted);
    let place = match (&location, source) {
        (Some(_), _) => {
            "Nothing is lost, and nothing that was written is wrong: the file is kept in the archive.".to_owned()
        }
        // Pin deletes the upload only after it has verified the copy, so one of the two exists.
        (None, Some(source)) => {
            format!("The file is still in the inbox or, if it was just accepted, at {source}.")
        }
        (None, None) if is_rerun => "The file is kept in the archive.".to_owned(),
        (None, None) => "The file is still in the inbox.".to_owned(),
    };
    let links = &deps.notifier.links;
    let causes = causes::find(deps, entry, &failure.execution_arn, &execution).await;
    let execution_cause = execution.cause.as_deref().map(causes::plain);
    let mut advice = remedies(&causes, execution.error.as_deref(), execution_cause.as_deref());
    advice.extend(Advice { site: &deps.site, entry }.failed(&place, next));
    let report = Report {
        description: run.as_ref().map(|run| run.plan.description.clone()).unwrap_or_default(),
        target: run.as_ref().and_then(|run| target(&deps.site, &run.plan)),
        verdict: Verdict::Failed,
        tally: tally.as_ref().map(|tally| tally.tally),
        items: tally.as_ref().and_then(|tally| tally.items),
        omitted: tally.map(|tally| tally.omitted).unwrap_or_default(),
        failure: Some(Failure {
            status: failure.status.clone(),
            error: execution.error,
            cause: execution_cause,
            execution_arn: failure.execution_arn.clone(),
            chunks: causes.chunks,
            causes: causes.known,
            unexplained: causes.unexplained,
        }),
        outputs: location
            .map(|location| links.output("the file as it came", location, Some(entry.upload.bytes)))
            .into_iter()
            .chain((deps.site == Site::Stack).then(|| links.execution(&failure.execution_arn)))
            .collect(),
        advice,
        ..blank(entry, now)
    };
    Ok(notification(report, run.as_ref().map(|run| &*run.plan)))
}

/// Writes a report beside the run's outputs, and replaces one that is there. If this fails, the mail still goes out.
pub(crate) async fn keep(deps: &Deps, entry: &RunEntry, report: &Report) {
    let Ok(feed) = entry.feed.parse() else { return };
    let key = |file| keys::output(&feed, &entry.run_id, file);
    let page = deps
        .objects
        .put(&key(keys::REPORT_HTML), ContentType::Html, Bytes::from(page_html(report)), Existing::Replace)
        .await;
    let written = page.and(put_json(&*deps.objects, &key(keys::REPORT_JSON), report).await);
    if let Err(fault) = written {
        tracing::warn!("the report could not be written: {}", chain(&fault));
    }
}

/// What to do about the causes of a failure: one sentence for each, without repetition.
fn remedies(causes: &Causes, error: Option<&str>, cause: Option<&str>) -> Vec<String> {
    let of_chunks = causes.known.iter().map(|cause| remedy(&cause.step, &cause.error, &cause.message));
    let of_execution = error.and_then(|error| remedy("the function", error, cause.unwrap_or_default()));
    let mut sentences: Vec<String> = Vec::new();
    for sentence in of_chunks.chain([of_execution]).flatten() {
        if !sentences.contains(&sentence) && sentences.len() < REMEDIES {
            sentences.push(sentence);
        }
    }
    sentences
}

/// Why a file is refused.
pub struct Refusal<'a> {
    /// All reasons.
    pub reasons: Vec<Problem>,
    /// The feed, if it could be read.
    pub plan: Option<&'a FeedPlan>,
    /// The attempt as which the run goes on once its feed exists, if the file waits for that.
    pub next: Option<u32>,
}

/// Composes the report of a file that was refused.
pub(crate) fn refused(entry: &RunEntry, refusal: Refusal<'_>, now: &str, links: &Links) -> Notification {
    let place = format!("s3://{}/{}", entry.upload.bucket, entry.upload.key);
    let report = Report {
        description: refusal.plan.map(|plan| plan.description.clone()).unwrap_or_default(),
        target: refusal.plan.and_then(|plan| target(&Site::Stack, plan)),
        verdict: Verdict::Refused,
        reasons: refusal.reasons,
        outputs: vec![links.output("the file, still in the inbox", place.clone(), Some(entry.upload.bytes))],
        advice: vec![if refusal.next.is_some() {
            format!(
                "If the folder is right, copy the feed to {} in the data bucket: this run then goes on by itself within minutes, \
                 and a mail will report the result. If the folder is wrong, move the file into the folder of its feed: aws s3 mv {} \
                 s3://{}/{}FEED/NAME",
                entry.feed.parse::<FeedName>().map(|feed| keys::feed(&feed)).unwrap_or_default(),
                shell_word(&place),
                entry.upload.bucket,
                keys::INBOX
            )
        } else if in_a_feeds_folder(&entry.upload.key) {
            format!(
                "Nothing was started. Remove the cause, then upload the file again: aws s3 cp FILE {}",
                shell_word(&place)
            )
        } else {
            format!(
                "Nothing was started, and nothing will be done about this file. Move it into the folder of its feed: aws s3 mv {} \
                 s3://{}/{}FEED/NAME",
                shell_word(&place),
                entry.upload.bucket,
                keys::INBOX
            )
        }],
        ..blank(entry, now)
    };
    notification(report, refusal.plan)
}

/// Whether a key is in a folder with the name of a feed.
fn in_a_feeds_folder(key: &str) -> bool {
    keys::parse_upload(key).is_some_and(|upload| upload.feed.parse::<FeedName>().is_ok())
}

/// A report with what the ledger knows and nothing else.
fn blank(entry: &RunEntry, now: &str) -> Report {
    Report {
        version: 1,
        sluice: sluice_engine::VERSION.to_owned(),
        run_id: entry.run_id.to_string(),
        attempt: entry.attempt(),
        same_content_as: entry.same_content_as.as_ref().map(ToString::to_string),
        feed: entry.feed.clone(),
        description: String::new(),
        target: None,
        file: entry.upload.key.clone(),
        bytes: entry.upload.bytes,
        verdict: Verdict::Failed,
        dry_run: keys::is_dry_run(&entry.upload.key),
        parent: parent(entry),
        would: None,
        started_at: entry.started_at.clone(),
        // A repeated report must equal the first.
        ended_at: entry.conclusion.as_ref().map_or(now, |conclusion| &conclusion.at).to_owned(),
        tally: None,
        items: None,
        header: true,
        omitted: Omitted::default(),
        by_code: BTreeMap::new(),
        causes: Vec::new(),
        warnings: Findings::default(),
        reasons: Vec::new(),
        notes: Vec::new(),
        contradictions: Vec::new(),
        failure: None,
        chunks: 0,
        rejects: RejectListing::default(),
        outputs: Vec::new(),
        advice: Vec::new(),
        cost: None,
        summaries: Vec::new(),
        unsent: None,
    }
}

/// The parent of a repair or a rerun.
fn parent(entry: &RunEntry) -> Option<ParentRun> {
    let (run, kind) = match &entry.origin {
        Origin::Upload | Origin::Join { .. } => return None,
        Origin::Repair { parent, .. } => (parent, ParentKind::Repair),
        Origin::Rerun { parent, .. } => (parent, ParentKind::Rerun),
    };
    Some(ParentRun { run_id: run.to_string(), kind })
}

/// The kind of the feed's target, unless it is a table. On a machine of its own, a queue and a collection are tables, too.
fn target(site: &Site, plan: &FeedPlan) -> Option<String> {
    let is_other = match plan.import.sink {
        SinkKind::Table => false,
        SinkKind::Queue | SinkKind::Collection => *site == Site::Stack,
        SinkKind::Outputs => true,
    };
    is_other.then(|| plan.sink.target().to_owned())
}

/// Adds recipients and subject to a report. Without a feed, only the operators get it.
fn notification(report: Report, plan: Option<&FeedPlan>) -> Notification {
    let rejected = report.tally.map_or(0, |tally| tally.rejected);
    let recipients = plan.map(|plan| plan.report.recipients_of(report.verdict, rejected)).unwrap_or_default();
    let subject = plan.map_or(SUBJECT_WITHOUT_FEED, |plan| &plan.report.subject).to_owned();
    Notification { report, recipients, subject, usage: None }
}

/// The prefix of the keys of a run's outputs; `None` if it has none.
pub(crate) fn output_prefix(report: &Report, run: &RunId) -> Option<String> {
    let feed = report.feed.parse().ok()?;
    (!report.outputs.is_empty() && report.tally.is_some()).then(|| keys::output(&feed, run, ""))
}
