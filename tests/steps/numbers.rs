//! The numbers of a run add up, or the run says so, loudly.

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
            assert_eq!(world.output(&run, keys::REJECTS_CSV).lines().count(), 3, "the rejects are told all the same");
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
            world.tally(&run).tally,
        ));
    }
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(outputs[0], outputs[2]);
}
