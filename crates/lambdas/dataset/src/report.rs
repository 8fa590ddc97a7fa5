//! Reports about sets: a document for programs, and mails for people.

use std::collections::BTreeMap;

use sluice_contract::documents::{JoinCounts, JoinEnd, JoinReport, JoinedFile, Version};
use sluice_contract::keys;
use sluice_engine::display::{count, thousands};
use sluice_engine::report::{SetNotice, SetSection};
use sluice_platform::Fault;
use sluice_platform::datasets::{LoadedDataset, SetEntry};
use sluice_platform::documents::{find_json, put_json, put_json_once};
use sluice_platform::mail::{Letter, deliver};

use crate::join::Join;
use crate::{Deps, Error};

/// How a join ended.
pub(crate) struct Reported {
    pub(crate) ended: JoinEnd,
    /// Why it was stopped.
    pub(crate) reason: Option<String>,
    pub(crate) counts: JoinCounts,
    /// The keys of the files that were put into the inbox.
    pub(crate) offered: Vec<String>,
    /// The key of the orphans.
    pub(crate) orphans: Option<String>,
}

/// Writes the report of a join, and sends the mail, once: a mark says that it was sent.
pub(crate) async fn report(deps: &Deps, join: &Join, reported: Reported) -> Result<(), Error> {
    let objects = &*deps.objects;
    let Reported { ended, reason, counts, offered, orphans } = reported;
    let mut members = BTreeMap::new();
    for (at, member) in (0..).zip(&join.plan.members) {
        let files = crate::sort::documents(deps, join, at).await?.into_iter().map(|run| JoinedFile {
            winners: run.imported.records + run.overtaken.records,
            run: run.run_id,
            file: run.file,
        });
        members.insert(member.name.clone(), files.collect());
    }
    let (of, as_of) = (join.document.of.clone(), join.document.as_of.clone());
    let report = JoinReport { version: Version, of, ended, reason, as_of, members, counts, offered, orphans };
    put_json(objects, &keys::join_output(&join.document.of, keys::REPORT_JSON), &report).await?;
    let told = keys::join_told(&join.document.of);
    if find_json::<String>(objects, &told).await?.is_none() {
        let notice = of_join(deps, join, &report);
        let sent = send(deps, &join.plan.recipients, &notice).await?;
        put_json_once(objects, &told, &sent).await?;
    }
    Ok(())
}

/// Sends a mail to the operators and the recipients of the dataset. Returns the ids of the messages, or who was not sent one.
pub(crate) async fn send(deps: &Deps, recipients: &[String], notice: &SetNotice) -> Result<String, Fault> {
    let letter = Letter { subject: notice.subject(), text: notice.text(), html: notice.html() };
    let delivery = deliver(&*deps.mailer, &deps.operators, recipients, &letter).await;
    if delivery.recipients == 0 {
        return Ok("no recipients".to_owned());
    }
    let outcome = delivery.failure().unwrap_or_else(|| delivery.sent.join(", "));
    match delivery.transient {
        Some(fault) => Err(fault),
        None => Ok(outcome),
    }
}

fn section(title: &str, lines: Vec<String>) -> Option<SetSection> {
    (!lines.is_empty()).then(|| SetSection { title: title.to_owned(), lines })
}

fn of_join(deps: &Deps, join: &Join, report: &JoinReport) -> SetNotice {
    let JoinReport { of, counts, .. } = report;
    let orphans = counts.all_orphans();
    let at = |key: &str| format!("{}{key}", deps.location);
    let files = join.plan.names().flat_map(|name| {
        let files = report.members.get(name).into_iter().flatten();
        files.map(move |file| format!("{name}: {}, {}, run {}", file.file, count(file.winners, "record"), file.run))
    });
    let mut numbers: Vec<String> = join
        .plan
        .names()
        .map(|name| format!("{} {name}", thousands(counts.rows.get(name).copied().unwrap_or_default())))
        .collect();
    numbers.push(format!("{} joined records", thousands(counts.joined)));
    if counts.childless > 0 {
        numbers.push(format!("{} left out, because they have no children", thousands(counts.childless)));
    }
    let reasons = counts.orphans.iter().flat_map(|(member, reasons)| {
        reasons.iter().map(move |(reason, count)| format!("{} {member}: {reason}", thousands(*count)))
    });
    let headline = match &report.reason {
        None => format!(
            "The files belong together and were joined: {} for {}. {}.",
            count(counts.joined, "record"),
            count(report.offered.len() as u64, "feed"),
            match orphans {
                0 => "Every row has its place in a record".to_owned(),
                1 => "1 row is in no record".to_owned(),
                orphans => format!("{} rows are in no record", thousands(orphans)),
            }
        ),
        Some(reason) => format!("The files belong together, but nothing of them was published: {reason}."),
    };
    let advice = match (&report.reason, orphans) {
        (Some(_), _) => "Look at the orphans, correct a file, and upload it again. The set is then joined anew.",
        (None, 0) => "Nothing.",
        (None, _) => {
            "Look at the orphans. If a file is corrected and uploaded again, the set is joined anew, and only records that changed are written or sent again."
        }
    };
    let sections = [
        section("Files", files.collect()),
        section("Numbers", numbers),
        section("Orphans", reasons.chain(report.orphans.iter().map(|key| at(key))).collect()),
        section("Put into the inbox", report.offered.clone()),
        section("Report", vec![at(&keys::join_output(of, keys::REPORT_JSON))]),
    ];
    SetNotice {
        word: report.ended.as_str(),
        is_warning: report.reason.is_some() || orphans > 0,
        dataset: of.dataset.to_string(),
        set: of.set.to_string(),
        headline,
        sections: sections.into_iter().flatten().collect(),
        advice: advice.to_owned(),
    }
}

/// The files of a set, and what came for the members that are missing.
fn state(dataset: &LoadedDataset, entry: &SetEntry) -> Vec<SetSection> {
    let there = dataset.plan.names().filter_map(|name| {
        let slot = entry.slots.get(name)?;
        Some(format!("{name}: {}, run {}", slot.file, slot.base))
    });
    let missing =
        dataset.plan.names().filter(|name| !entry.slots.contains_key(*name)).map(|name| match entry.notes.get(name) {
            Some(note) => format!("{name}: {} came, and its run {} ended {}", note.file, note.run, note.verdict),
            None => format!("{name}: no file came"),
        });
    let (missing, there) = (section("Missing", missing.collect()), section("There", there.collect()));
    missing.into_iter().chain(there).collect()
}

/// The mail about a set that has waited for too long.
pub(crate) fn of_wait(dataset: &LoadedDataset, entry: &SetEntry, within: &str) -> SetNotice {
    let plan = &dataset.plan;
    SetNotice {
        word: "INCOMPLETE",
        is_warning: true,
        dataset: plan.name.to_string(),
        set: entry.set.to_string(),
        headline: format!(
            "The set waits for {} since {}. The dataset says that its files come within {within}. Nothing of it is published before all are there.",
            entry.missing.join(" and "),
            entry.created_at
        ),
        sections: state(dataset, entry),
        advice: "Ask those who deliver the files, or correct the file that was rejected and upload it again. The set is joined when the last file is there. There is no second mail.".to_owned(),
    }
}

/// The mail about a set whose joins failed.
pub(crate) fn of_failure(dataset: &LoadedDataset, entry: &SetEntry, why: &str) -> SetNotice {
    SetNotice {
        word: "FAILED",
        is_warning: true,
        dataset: dataset.plan.name.to_string(),
        set: entry.set.to_string(),
        headline: format!("The set is complete, but joining it failed {}: {why}.", count(u64::from(entry.attempt), "time")),
        sections: state(dataset, entry),
        advice: "Look at the executions of the state machine. When the reason is gone, upload one of the files again, or import it again with sluice rerun: that begins the next generation.".to_owned(),
    }
}
