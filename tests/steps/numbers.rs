//! The numbers of a run add up, and every ending says what happened.

use sluice_contract::{ErrorName, Phase, Verdict, keys};
use sluice_engine::Code;
use sluice_platform::StepError;

use crate::world::World;

const KEY: &str = "inbox/prices/a.csv";
const FILE: &str = "id,price\n1,1\n2,x\n3,3\n4,4\n5,5,5\n6,6\n";

#[tokio::test]
async fn every_record_is_accounted_for() {
    let world = World::new();
    let (run, verdict) = world.import_file(KEY, FILE).await;
    assert_eq!(verdict, Verdict::Imported);
    let document = world.tally(&run);
    assert!(document.tally.adds_up());
    assert_eq!((document.tally.read, document.tally.imported, document.tally.rejected), (6, 4, 2));
    assert_eq!(document.by_code.into_iter().collect::<Vec<_>>(), [("extra-cell".into(), 1), ("type-error".into(), 1)]);
    assert_eq!(
        world.output(&run, keys::REJECTS_CSV).replace(run.as_str(), "RUN"),
        "id,price,_run,_record,_line,_errors,_raw\n\
         2,x,RUN,2,3,\"[type-error] price: \"\"x\"\" is not a decimal number, such as 12.50\",\n\
         ,,RUN,5,6,\"[extra-cell] has 3 cells, but the header has 2: 1 too many\",\"5,5,5\"\n"
    );
}

#[tokio::test]
async fn chunks_without_an_outcome_are_named() {
    let world = World::new();
    let upload = world.upload(KEY, FILE);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    let chunk = world.chunks(&run)[1].chunk;
    let key = keys::outcome(&run, Phase::Check, chunk);
    let outcome = world.objects.bytes(&key).unwrap();
    world.objects.remove(&key);
    let error = world.try_gate(&run).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::Incomplete);
    assert!(error.to_string().ends_with("chunk 2"), "{error}");

    world.objects.insert(&key, outcome);
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    world.objects.remove(&keys::outcome(&run, Phase::Import, chunk));
    let error = world.merge(&run).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::Incomplete);
}

#[tokio::test]
async fn beyond_the_limit_on_rejects_nothing_is_written() {
    for (limits, go) in [
        ("{maxRejects: 2}", true),
        ("{maxRejects: 1}", false),
        ("{maxRejectPercent: 33.4}", true),
        ("{maxRejectPercent: 33.3}", false),
    ] {
        let world = World::new();
        world.feed("prices", &format!("{}validate: {{limits: {limits}}}\n", crate::world::FEED));
        let (run, verdict) = world.import_file(KEY, FILE).await;
        assert_eq!(verdict, if go { Verdict::Imported } else { Verdict::Rejected }, "{limits}");
        let document = world.tally(&run);
        assert!(document.tally.adds_up());
        if !go {
            assert!(world.sink.items("prices").is_empty());
            assert_eq!((document.tally.withheld, document.tally.rejected), (4, 2));
            assert_eq!(document.reasons[0].code, Code::TooManyRejects);
            assert_eq!(world.output(&run, keys::REJECTS_CSV).lines().count(), 3, "the rejects are listed all the same");
        }
    }
}

#[tokio::test]
async fn files_without_records_end_clearly() {
    for (file, verdict, code) in [
        ("id,price\n", Verdict::Imported, None),
        ("", Verdict::Rejected, Some(Code::SourceError)),
        ("\n\n", Verdict::Rejected, Some(Code::SourceError)),
        ("id,prize\n1,2\n", Verdict::Rejected, Some(Code::MissingLabel)),
        ("id,price,price\n1,2,3\n", Verdict::Rejected, Some(Code::DuplicateLabel)),
        ("id,price\n1,\"2\n", Verdict::Rejected, Some(Code::SourceError)),
    ] {
        let world = World::new();
        let (run, found) = world.import_file(KEY, file).await;
        let document = world.tally(&run);
        assert_eq!(found, verdict, "{file:?}: {document:?}");
        assert_eq!(document.reasons.first().map(|reason| reason.code), code, "{file:?}");
        assert_eq!(document.tally.read, 0, "{file:?}");
        assert_eq!(world.mailer.sent().len(), 1, "{file:?}");
        assert_eq!(world.entry(&run).await.conclusion.unwrap().verdict, verdict);
    }
}

#[tokio::test]
async fn numbers_do_not_depend_on_the_chunks() {
    let mut outputs = Vec::new();
    for chunk_bytes in [1, 9, 1000] {
        let mut world = World::new();
        world.chunk_bytes = chunk_bytes;
        let (run, _) = world.import_file(KEY, FILE).await;
        outputs.push((
            world.output(&run, keys::IMPORTED_CSV),
            world.output(&run, keys::REJECTS_CSV),
            (world.tally(&run).tally, world.tally(&run).causes),
        ));
    }
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(outputs[0], outputs[2]);
}

/// Every way in which an import writes nothing, or nothing new, has words of its own in subject, mail and page.
#[tokio::test]
async fn an_import_of_nothing_says_so() {
    for (before, file, subject, sentence) in [
        ("", "", "IMPORTED, nothing: a header and no records", "the file has a header and no records"),
        ("", "1,x\n2,y\n", "IMPORTED, nothing: 2 of 2 rejected", "all 2 records were rejected"),
        (
            "1,1\n2,2\n",
            "1,1\n2,2\n",
            "IMPORTED, nothing new: 2 unchanged",
            "all 2 records are already in the table with the same content",
        ),
        ("1,1\n", "1,1\n2,x\n", "IMPORTED, nothing new: 1 unchanged, 1 rejected", "Nothing new was imported"),
        ("1,1\n", "1,2\n", "IMPORTED, 1 new or changed", "none was rejected"),
    ] {
        let world = World::new();
        world.import_file("inbox/prices/before.csv", format!("id,price\n{before}")).await;
        let (run, verdict) = world.import_file(KEY, format!("id,price\n{file}")).await;
        assert_eq!(verdict, Verdict::Imported);
        let mail = world.mailer.sent().pop().unwrap();
        assert_eq!(mail.subject, format!("{subject}: prices: a.csv"));
        for shown in [&mail.text, &mail.html, &world.output(&run, keys::REPORT_HTML)] {
            assert!(shown.contains(sentence), "{sentence:?} is not in {shown}");
        }
    }
}

#[tokio::test]
async fn a_field_that_fails_in_nearly_every_record_is_named_before_the_rejects() {
    let mut world = World::new();
    world.chunk_bytes = 1;
    let (run, _) = world.import_file(KEY, "id,price\n1,x\n2,y\n3,z\n").await;
    let mail = world.mailer.sent().pop().unwrap();
    let sentence =
        "price: type-error in 3 of 3 records, for example in record 1, line 2: \"x\" is not a decimal number";
    let (first, rejects) = (mail.text.find(sentence), mail.text.find("\nRejected records"));
    assert!(first.is_some() && first < rejects, "{}", mail.text);
    assert!(mail.text.contains("so the feed is more likely to be wrong than the file."), "{}", mail.text);
    assert!(mail.text.contains(&format!("sluice rerun {run}")), "{}", mail.text);
}
