//! Hostile names of uploads.

use std::process::Command;

use sluice_contract::documents::RunDocument;
use sluice_contract::{Verdict, keys};

use super::import;
use crate::world::World;

/// Maximum length of a key in S3, in bytes.
const KEY_BYTES: usize = 1024;

fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "a b.csv",
        " .csv",
        "a+b&c=d?e#f.csv",
        "100%25.csv",
        "%2e%2e%2f.csv",
        "Ünï☃ cödé \u{1F980}.csv",
        "../../../feeds/prices.yaml",
        "..",
        ".",
        "./a.csv",
        "a//b.csv",
        "a\nb.csv",
        "a\r\nBcc: x@example.com\r\n\r\n.csv",
        "\u{202e}vsc.exe",
        "a\0b.csv",
        "a\u{7f}\u{1b}[31m.csv",
        "'; touch hacked; '.csv",
        "$(touch hacked)`touch hacked`.csv",
        "-rf.csv",
        "<script>alert(1)</script><img src=x onerror=\"alert(1)\">.csv",
        "=HYPERLINK(\"http://x\").csv",
        "{verdict}{{file}}${run}.csv",
        "manifest.json",
    ]
    .map(str::to_owned)
    .into();
    let room = KEY_BYTES - "inbox/prices/".len();
    names.push(format!("{}.csv", "x".repeat(room - 4)));
    // Characters of four bytes, so that a cut at a wrong place falls into one of them.
    names.push(format!("abc{}", "\u{1F980}".repeat((room - 3) / 4)));
    names
}

#[tokio::test]
async fn a_file_is_imported_whatever_its_name() {
    for name in names() {
        let world = World::new();
        let key = format!("inbox/prices/{name}");
        let (run, verdict) = import(&world, &key, "id,price\n1,2\n2,x\n").await;
        assert_eq!(verdict, Verdict::Imported, "{name:?}");
        let document: RunDocument = world.document(&keys::run_document(&run));
        assert_eq!(document.upload.key, key, "the whole name is kept");
        let archive = document.archive;
        assert!(archive.len() <= KEY_BYTES, "{} bytes: {archive}", archive.len());
        let file = archive.strip_prefix("archive/prices/2026/11/21/").and_then(|rest| rest.strip_prefix(run.as_str()));
        let file = file.and_then(|file| file.strip_prefix('/')).unwrap_or_else(|| panic!("{archive}"));
        assert!(!file.contains('/') && !["", ".", ".."].contains(&file), "{archive}");
        // Whatever the name, all objects of the run have keys of their own.
        for key in world.objects.keys("").iter().filter(|key| *key != "feeds/prices.yaml") {
            assert!(key.contains(run.as_str()), "{key}");
        }
    }
}

/// The command that a mail suggests is one command, whatever the name.
#[tokio::test]
async fn a_file_name_does_not_break_out_of_a_suggested_command() {
    for name in names().into_iter().filter(|name| !name.contains('\0')) {
        // Intake refuses the first file, because there is no such feed, and the second, because its feed is broken.
        for (feed, verb) in [("pirces", "mv"), ("broken", "cp")] {
            let world = World::new();
            world.feed("broken", "version: 1\n");
            let upload = world.upload(&format!("inbox/{feed}/{name}"), "id,price\n1,2\n");
            world.deliver(&upload, true).await;

            let mail = world.mailer.sent().pop().unwrap();
            let begin = format!("aws s3 {verb} ");
            let line = mail.text.lines().find(|line| line.contains(&begin)).unwrap().to_owned();
            let command = &line[line.find(&begin).unwrap()..];
            let script = format!("aws() {{ printf '%s\\0' \"$@\"; }}\n{command}");
            let folder = tempfile::tempdir().unwrap();
            let ran = Command::new("bash").args(["-c", &script]).current_dir(&folder).output().unwrap();
            let said: Vec<&[u8]> = ran.stdout.split(|byte| *byte == 0).collect();
            let place = format!("s3://inbox/{}", upload.key);
            let (from, to) =
                if verb == "mv" { (place.as_str(), "s3://inbox/inbox/FEED/NAME") } else { ("FILE", place.as_str()) };
            assert_eq!(said, ["s3", verb, from, to, ""].map(str::as_bytes), "{name:?}: {command}");
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{name:?} has done something else");
        }
    }
}

#[tokio::test]
async fn what_is_no_upload_of_a_feed_starts_nothing() {
    for key in [
        "inbox/",
        "inbox//a.csv",
        "inbox/prices/",
        "inbox/prices/a/",
        "inbox/../prices/a.csv",
        "inbox/..%2fprices/a.csv",
        "inbox/prices\n/a.csv",
        "inbox/PRICES/a.csv",
        "inbox/<b>prices</b>/a.csv",
        "inbox/<b>prices</b>.csv",
        "inbox\nBcc: <b>prices</b>",
        "feeds/prices.yaml",
    ] {
        let world = World::new();
        let upload = world.upload(key, "id,price\n1,2\n");
        assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Refused, "{key:?}");
        assert!(world.executions.started().is_empty(), "{key:?}");
        for mail in world.mailer.sent() {
            assert!(!mail.html.contains("<b>prices"), "{}", mail.html);
            assert!(!mail.subject.contains(char::is_control), "{:?}", mail.subject);
        }
    }
}
