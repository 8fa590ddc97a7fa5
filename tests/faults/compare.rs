//! Compares the result of a case with what the oracle expects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use sluice_contract::documents::TallyDocument;
use sluice_contract::{RunId, keys};
use sluice_engine::reject::unguard;
use sluice_platform::events::RunEnded;
use sluice_platform::inbox::{Inbox, UploadVersion};
use sluice_platform::ledger::Ledger;
use sluice_platform::mail::Mail;
use sluice_platform::rejects::RejectState;
use sluice_platform::sink::Attribute;
use sluice_platform::sink::queue::Message;

use crate::case::Case;
use crate::delivery::Delivery;
use crate::oracle::{Expected, Item, Reject, Value};
use crate::world::{Messages, World};

/// Returns every difference, a line each.
pub async fn compare(
    world: &World,
    case: &Case<'_>,
    run: &RunId,
    upload: &UploadVersion,
    bytes: &[u8],
    reported_failures: u32,
) -> Vec<String> {
    if world.objects.bytes(&keys::tally(run)).is_none() {
        return vec!["there is no tally: the run has not come to its end".into()];
    }
    let mut wrong = Wrong(Vec::new());
    let expected = &*case.scenario.expected;
    wrong.numbers(world, run, expected);
    wrong.outputs(world, case, run, expected);
    wrong.table(world, case, run, expected);
    let index = expected.rejects.iter().map(|reject| (reject.record, reject.line, reject.codes.clone()));
    // The index has no entries for records that only the gate would have rejected, and neither has the oracle.
    wrong.lists("the index of rejects", &world.index(run).await, &index.collect::<Vec<_>>());
    wrong.closed(world, case, run, expected);
    wrong.reports(world, case, run, expected, reported_failures).await;
    wrong.moved(world, run, upload, bytes).await;
    wrong.0
}

struct Wrong(Vec<String>);

impl Wrong {
    fn unequal<T: PartialEq + Debug>(&mut self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.0.push(format!("{what}: found {found:?}, expected {expected:?}"));
        }
    }

    /// Compares lists, and lists only the items that differ.
    fn lists<T: PartialEq + Debug>(&mut self, what: &str, found: &[T], expected: &[T]) {
        if found != expected {
            let surplus: Vec<_> = found.iter().filter(|item| !expected.contains(item)).collect();
            let missing: Vec<_> = expected.iter().filter(|item| !found.contains(item)).collect();
            let (found, expected) = (found.len(), expected.len());
            self.0.push(format!("{what}: {found} of {expected}, with {surplus:?}, without {missing:?}"));
        }
    }

    fn unless(&mut self, right: bool, what: impl FnOnce() -> String) {
        if !right {
            self.0.push(what());
        }
    }

    fn numbers(&mut self, world: &World, run: &RunId, expected: &Expected) {
        let document: TallyDocument = world.document(&keys::tally(run));
        self.unequal("the verdict", &document.verdict, &expected.verdict);
        self.unequal("the tally", &document.tally, &expected.tally);
        let omitted = document.omitted.iter().map(|(name, found)| (name.to_owned(), found.records)).collect();
        self.unequal("omitted records by name", &omitted, &expected.omitted);
        self.unequal("records by code", &document.by_code, &expected.by_code);
        let reasons = document.reasons.iter().map(|reason| reason.code.to_string()).collect();
        self.unequal("the reasons", &reasons, &expected.reasons);
    }

    fn outputs(&mut self, world: &World, case: &Case<'_>, run: &RunId, expected: &Expected) {
        let output = |file| {
            let key = keys::output(&case.scenario.feed.parse().unwrap(), run, file);
            let bytes = world.objects.bytes(&key).unwrap_or_default();
            let rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&*bytes).into_records();
            let rows: Vec<Vec<String>> = rows.map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            rows
        };
        let imported = output(keys::IMPORTED_CSV);
        self.lists("imported.csv", imported.get(1..).unwrap_or_default(), &expected.imported);
        let rejects = output(keys::REJECTS_CSV);
        let rejects = rejects.split_first().map(|(header, rows)| rows.iter().map(|row| reject(header, row, expected)));
        self.lists("rejects.csv", &rejects.into_iter().flatten().collect::<Vec<_>>(), &expected.rejects);
    }

    fn table(&mut self, world: &World, case: &Case<'_>, run: &RunId, expected: &Expected) {
        let scenario = case.scenario;
        let path = |id: &str| {
            let before = scenario.runs.iter().find(|(_, run)| run.as_str() == id).map(|(path, _)| path.clone());
            let tested = scenario.tested.path.display().to_string();
            before.or_else(|| (run.as_str() == id).then_some(tested)).unwrap_or_else(|| id.to_owned())
        };
        let mut found: Vec<Item> = if scenario.queue.is_some() {
            let held = self.held(world, case).into_iter();
            held.map(|(run, fields)| Item { run: path(&run), fields }).collect()
        } else {
            let items = world.sink.items(scenario.feed);
            let items = items.iter().map(|item| Item {
                run: path(item.run()),
                fields: item.fields.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect(),
            });
            items.collect()
        };
        let mut expected = expected.items.clone();
        found.sort();
        expected.sort();
        self.lists("the table", &found, &expected);
    }

    /// What a consumer holds who drops a message with a lower order than that of another one with the same key: the run that took the
    /// key last, and the fields. Checks that the entries know what it holds.
    fn held(&mut self, world: &World, case: &Case<'_>) -> Vec<(String, BTreeMap<String, Value>)> {
        let Messages { queues, entries } = &world.messages;
        let (mut held, mut seen) = (BTreeMap::<String, Message>::new(), BTreeSet::new());
        for message in queues.messages(&case.scenario.target.name) {
            let is_new = seen.insert(message.deduplication.clone());
            let may_come_again = !case.troubles.is_empty() || !matches!(case.delivery, Delivery::Plain);
            self.unless(is_new || may_come_again, || format!("a message came again: {message:?}"));
            let old = held.get(&message.entry).is_some_and(|old| old.attributes.order > message.attributes.order);
            if !old {
                held.insert(message.entry.clone(), message);
            }
        }
        let held = held.into_values().map(|Message { body, attributes, entry, .. }| {
            let known = entries.get(&entry).unwrap_or_else(|| panic!("no entry of {body}"));
            // If the queue refused a later message of the key, nobody marks the entry.
            let run = match known.sent {
                Some(sent) => {
                    self.unequal("what was sent last", &attributes.hash, &sent.hash);
                    known.run
                }
                None => attributes.run,
            };
            let fields: BTreeMap<String, serde_json::Value> = serde_json::from_str(&body).unwrap();
            (run, fields.into_iter().map(|(name, value)| (name, of_json(&value))).collect())
        });
        held.collect()
    }

    /// Compares the closed rejects of the run that the case repairs.
    fn closed(&mut self, world: &World, case: &Case<'_>, run: &RunId, expected: &Expected) {
        let Some(parent) = case.scenario.parent() else { return };
        let closed: BTreeSet<u64> = world
            .rejects
            .of(parent)
            .into_iter()
            .filter(|entry| entry.closed_by.as_ref() == Some(run) && entry.state == RejectState::Closed)
            .map(|entry| entry.record)
            .collect();
        self.unequal("the rejects that are closed", &closed, &expected.closed);
    }

    /// Compares ledger, mails and events.
    async fn reports(
        &mut self,
        world: &World,
        case: &Case<'_>,
        run: &RunId,
        expected: &Expected,
        reported_failures: u32,
    ) {
        let entry = world.ledger.get(run).await.unwrap().unwrap();
        let verdict = entry.conclusion.as_ref().map(|conclusion| conclusion.verdict);
        self.unequal("the verdict in the ledger", &verdict, &Some(expected.verdict));
        let tally = entry.conclusion.as_ref().and_then(|conclusion| conclusion.tally);
        self.unequal("the tally in the ledger", &tally, &Some(expected.tally));
        self.unequal("deliveries", &entry.deliveries, &world.faults.changes("register a run"));

        let events = world.events.published();
        let (last, failures): (Vec<RunEnded>, Vec<RunEnded>) =
            events.into_iter().partition(|event| event.verdict == expected.verdict);
        self.unless(!last.is_empty(), || "no event says how the run ended".into());
        self.unless(last.windows(2).all(|pair| pair[0] == pair[1]), || format!("events that differ: {last:?}"));
        let failed = usize::try_from(reported_failures).unwrap();
        self.unless(failures.len() >= failed, || format!("{failed} executions failed, but events are {failures:?}"));

        let (last, failures): (Vec<Mail>, Vec<Mail>) =
            world.mailer.sent().into_iter().partition(|mail| mail.subject.starts_with(&expected.verdict.to_string()));
        let at_mail = case.troubles.iter().any(|trouble| ["Report", "failure", "sweep"].contains(&trouble.site.state));
        let excused = at_mail && entry.mail.as_ref().is_some_and(|mail| mail.failed().is_some());
        // The operators and the feed's recipients get messages of their own.
        for group in ["ops@example.com", "shop@example.com"] {
            let mails: Vec<&Mail> = last.iter().filter(|mail| mail.to == [group]).collect();
            self.unless(!mails.is_empty() || excused, || {
                format!("no mail to {group}; the ledger has {:?}", entry.mail)
            });
            self.unless(mails.windows(2).all(|pair| pair[0] == pair[1]), || format!("mails that differ: {mails:?}"));
        }
        self.unless(last.iter().all(|mail| mail.to.len() == 1), || format!("a mail to others: {last:?}"));
        self.unless(entry.mail.is_some(), || "the ledger does not know of the mail".into());
        let (to_operators, others): (Vec<&Mail>, Vec<&Mail>) =
            failures.iter().partition(|mail| mail.to == ["ops@example.com"]);
        self.unless(to_operators.len() >= failed || at_mail, || {
            format!("{failed} executions failed, but mails are {failures:?}")
        });
        for mail in to_operators {
            // An execution that failed before pin has read the feed does not know its recipients.
            let excused = at_mail || mail.text.contains("The file is still in the inbox.");
            let is_sent = others.iter().any(|other| other.text == mail.text);
            self.unless(is_sent || excused, || format!("the feed's recipients did not get {mail:?}"));
        }
    }

    /// Checks that the upload is in the archive, and not in the inbox any more.
    async fn moved(&mut self, world: &World, run: &RunId, upload: &UploadVersion, bytes: &[u8]) {
        let left = world.inbox.versions(&upload.key).await.unwrap();
        self.unless(left.is_empty(), || format!("the inbox still has {left:?}"));
        let archived: Vec<_> =
            world.objects.keys("archive/").into_iter().filter(|key| key.contains(run.as_str())).collect();
        let same = archived.len() == 1 && world.objects.bytes(&archived[0]).is_some_and(|found| found == bytes);
        self.unless(same, || format!("the archive has {archived:?}"));
    }
}

/// Reads a row of `rejects.csv` by the names of its columns.
fn reject(header: &[String], row: &[String], expected: &Expected) -> Reject {
    let own = |name: &str| {
        let column = header.iter().rposition(|label| label == name).unwrap_or_else(|| panic!("no column {name}"));
        unguard(&row[column]).to_owned()
    };
    let cells = row.iter().take(expected.labels.len()).map(|cell| unguard(cell).to_owned());
    Reject {
        record: own("_record").parse().unwrap(),
        line: own("_line").parse().unwrap(),
        codes: codes(&own("_errors")),
        cells: cells.collect(),
        raw: own("_raw"),
    }
}

/// The codes in `[code] message; [code, warning] message`, without those of warnings.
fn codes(errors: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for problem in errors.split("; [").map(|problem| problem.trim_start_matches('[')) {
        let code = problem.split(']').next().unwrap_or_default();
        match code.split_once(", ") {
            Some((_, "warning")) => false,
            Some((code, _)) => codes.insert(code.to_owned()),
            None => codes.insert(code.to_owned()),
        };
    }
    codes
}

fn of_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Number(number) => Value::Number(number.to_string()),
        serde_json::Value::Bool(value) => Value::Bool(*value),
        other => panic!("no feed of the suite has {other}"),
    }
}

fn value(attribute: &Attribute<'_>) -> Value {
    match attribute {
        Attribute::Text(text) => Value::Text(text.to_string()),
        Attribute::Number(number) => Value::Number(number.to_string()),
        Attribute::Bool(value) => Value::Bool(*value),
        list => Value::Json(json_of(list)),
    }
}

/// A value as JSON, with the names of a map in their order.
fn json_of(attribute: &Attribute<'_>) -> String {
    match attribute {
        Attribute::Text(text) => serde_json::to_string(text).unwrap(),
        Attribute::Number(number) => number.to_string(),
        Attribute::Bool(value) => value.to_string(),
        Attribute::List(list) => format!("[{}]", list.iter().map(json_of).collect::<Vec<_>>().join(",")),
        Attribute::Map(map) => {
            let members = map.iter().map(|(name, value)| format!("{name:?}:{}", json_of(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        other => panic!("no feed of the suite has {other:?}"),
    }
}
