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
        world.output(&run, keys::REJECTS_CSV),
        "id,price,_record,_line,_errors,_raw\n\
         2,x,2,3,\"[type-error] price: \"\"x\"\" is not a decimal number, such as 12.50\",\n\
         ,,5,6,\"[extra-cell] has 3 cells, but the header has 2: 1 too many\",\"5,5,5\"\n"
    );
}

/// Takes a line out of an object of the run, as a truncated write would.
fn lose_a_line(world: &World, key: &str) {
    let text = String::from_utf8(world.objects.bytes(key).unwrap().to_vec()).unwrap();
    let (kept, _) = text.trim_end().rsplit_once('\n').unwrap();
    world.objects.insert(key, format!("{kept}\n").into_bytes());
}

#[tokio::test]
async fn a_valid_record_that_is_lost_makes_the_run_inconsistent() {
    let world = World::new();
    let upload = world.upload(KEY, FILE);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    lose_a_line(&world, &keys::valid(&run, world.chunks(&run)[0].chunk));
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Inconsistent);
    let contradictions = world.tally(&run).contradictions;
    assert!(contradictions[0].starts_with("chunk 1: "), "{contradictions:?}");
    let mail = &world.mailer.sent()[0];
    assert!(mail.subject.contains("INCONSISTENT"), "{}", mail.subject);
}

#[tokio::test]
async fn a_restructured_record_that_is_lost_makes_the_run_inconsistent_and_writes_nothing() {
    let world = World::new();
    let upload = world.upload(KEY, FILE);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    let chunk = world.chunks(&run)[1];
    lose_a_line(&world, &keys::restructured(&run, chunk.chunk));
    world.objects.remove(&keys::outcome(&run, Phase::Check, chunk.chunk));
    // The chunk processor is called again, after restructure and before validate.
    let restructured = sluice_contract::steps::RestructureOutput { records: chunk.records, bytes: 0, mb_ms: 0 };
    let deps = sluice_validate::Deps {
        objects: std::sync::Arc::new(world.objects.clone()),
        runs: sluice_platform::run::Runs::new(std::sync::Arc::new(world.objects.clone())),
        rejects: std::sync::Arc::new(world.rejects.clone()),
        rejects_days: 1,
        memory_mb: 128,
    };
    let (run_id, phase, header) = (run.clone(), Phase::Check, split.header);
    let input = sluice_contract::steps::ValidateInput { run_id, phase, header, chunk, restructured };
    sluice_validate::run(&deps, input).await.unwrap();
    assert!(!world.gate(&run).await);
    assert_eq!(world.finish(&run).await, Verdict::Inconsistent);
    assert!(world.sink.items("prices").is_empty());
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
