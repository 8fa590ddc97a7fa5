//! Every object in the inbox gets a run or a refusal, whatever its key. Only the folders that consoles create are left alone.

use sluice_contract::{Verdict, keys};
use sluice_engine::Code;
use sluice_platform::inbox::Inbox;
use sluice_platform::runtime::Deadline;
use sluice_sweep::Tick;

use crate::world::{World, later};

const FILE: &str = "id,price\n1,2\n";

/// Keys in no feed's folder, and a part of the message about each.
const STRAYS: [(&str, &str); 9] = [
    ("inbox/a.csv", "\"inbox/a.csv\" is in no feed's folder"),
    ("a.csv", "\"a.csv\" is outside inbox/"),
    ("prices/a.csv", "\"prices/a.csv\" is outside inbox/"),
    ("inbox//a.csv", "\"inbox//a.csv\" is in no feed's folder"),
    ("inbox/Bad Feed!/a.csv", "the folder of the upload is no feed"),
    ("inbox/Bad Feed!/2026/11/a.csv", "the folder of the upload is no feed"),
    ("inbox/dry-run/prices/a.csv", "dry-run"),
    ("inbox/prices/", "ends in /"),
    ("inbox/prices/dry-run/", "ends in /"),
];

#[tokio::test]
async fn a_file_in_no_feeds_folder_is_refused_and_the_operators_get_one_mail() {
    for by_sweep in [false, true] {
        for (key, why) in STRAYS {
            let mut world = World::new();
            let upload = world.upload(key, FILE);
            world.clock = later;
            for _ in 0..3 {
                if by_sweep {
                    sluice_sweep::run(&world.sweep(), Tick {}, Deadline::none()).await.unwrap();
                } else {
                    world.deliver(&upload, true).await;
                }
            }
            let entries = world.ledger.entries();
            assert_eq!(entries.len(), 1, "{key}");
            let conclusion = entries[0].conclusion.as_ref().unwrap();
            assert_eq!(
                (conclusion.verdict, conclusion.reasons[0].code),
                (Verdict::Refused, Code::UnknownFeed),
                "{key}"
            );
            assert!(conclusion.reasons[0].message.contains(why), "{key}: {:?}", conclusion.reasons);
            let mails = world.mailer.sent();
            assert_eq!((mails.len(), mails[0].to.join(" ").as_str()), (1, "ops@example.com"), "{key}");
            assert!(world.events.published().iter().all(|event| event.mailed), "{key}");
            assert!(mails[0].text.contains("What to do") && !mails[0].subject.ends_with(": "), "{key}: {:?}", mails[0]);
            assert!(world.inbox.head(key, &upload.version_id).await.unwrap().is_some(), "{key} stays");
            assert!(world.executions.started().is_empty(), "{key}");
        }
    }
}

#[tokio::test]
async fn a_file_deep_in_a_feeds_folder_is_imported() {
    let world = World::new();
    for key in ["inbox/prices/2026/11/29/a.csv", "inbox/prices/dry-run/deep/a.csv", "inbox/prices/a b/ü.csv"] {
        let verdict = if keys::is_dry_run(key) { Verdict::Passed } else { Verdict::Imported };
        assert_eq!(world.import_file(key, FILE).await.1, verdict, "{key}");
    }
}

#[tokio::test]
async fn the_folders_of_a_console_are_left_alone() {
    let mut world = World::new();
    world.clock = later;
    for key in ["inbox/", "inbox/prices/", "inbox/prices/dry-run/", "elsewhere/"] {
        let upload = world.upload(key, "");
        assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Ignored, "{key}");
    }
    assert_eq!(sluice_sweep::run(&world.sweep(), Tick {}, Deadline::none()).await.unwrap().offered, 0);
    assert!(world.ledger.entries().is_empty() && world.mailer.sent().is_empty());
}
