//! `split`: the manifest is the same, whether the source is scanned in one pass or in ranges.

use sluice_contract::documents::{Manifest, ScanDocument, SourceDocument};
use sluice_contract::steps::SplitOutput;
use sluice_contract::{ErrorName, RunId, ScanRange, keys};
use sluice_platform::StepError;

use crate::world::{FEED, World};

/// A file with quotes, line breaks of each kind, and a last record without a line break.
fn file() -> String {
    let records = (0..20).map(|n| format!("\"a\r\n{n}\",{n}.5\r\n\"{n}\",\"1\"\n{n}b,2\r"));
    format!("\u{feff}id,price\r\n{}last,9", records.collect::<String>())
}

/// A world in which a file is uploaded and pinned.
async fn pinned(one_pass_bytes: u64, read_bytes: u64, file: &str) -> (World, RunId) {
    let mut world = World::new();
    (world.one_pass_bytes, world.read_bytes) = (one_pass_bytes, read_bytes);
    let upload = world.upload("inbox/prices/a.csv", file);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.try_pin(&run, run.as_str()).await.unwrap();
    (world, run)
}

async fn manifest(one_pass_bytes: u64, read_bytes: u64, file: &str) -> Manifest {
    let (world, run) = pinned(one_pass_bytes, read_bytes, file).await;
    let split = world.until_split(&run).await;
    let manifest: Manifest = world.document(&keys::manifest(&run));
    assert_eq!((split.chunks, split.records, split.ranges), (manifest.chunks.len() as u64, manifest.records, 0));
    manifest
}

#[tokio::test]
async fn every_way_to_split_gives_the_same_manifest() {
    let file = file();
    let expected = manifest(u64::MAX, u64::MAX, &file).await;
    assert_eq!((expected.records, expected.chunks.len() > 20), (61, true));
    for one_pass_bytes in [1, 30, 500, 1_000_000] {
        for read_bytes in [1, 64, 333, 1_000_000] {
            let found = manifest(one_pass_bytes, read_bytes, &file).await;
            assert_eq!(found, expected, "{one_pass_bytes} in one pass, {read_bytes} at a time");
        }
    }
}

#[tokio::test]
async fn an_unreadable_file_gets_the_same_report_in_one_pass_and_in_ranges() {
    for file in ["\u{feff}", "id,price\n1,2\n3,\"4\n5,6\n", "id,price\n1,\"2\"\n\"3\n"] {
        let expected = manifest(u64::MAX, u64::MAX, file).await;
        assert_eq!((expected.problems.len(), expected.chunks.len()), (1, 0), "{file:?}");
        for (one_pass_bytes, read_bytes) in [(1, 1), (8, 3), (1000, 1)] {
            assert_eq!(manifest(one_pass_bytes, read_bytes, file).await, expected, "{file:?}");
        }
    }
}

/// The footer is the same, wherever ranges and chunks end, and its records are in no chunk.
#[tokio::test]
async fn every_way_to_split_finds_the_same_footer() {
    let feed = format!("{FEED}source: {{footer: {{marker: END, countCell: 2, within: 3}}}}\n");
    let file = format!("{}\nEND,9\nEND,62\n\" \",\n\"by\nhand\",x\n", file());
    let manifest = |one_pass_bytes, read_bytes, chunk_bytes| {
        let (feed, file) = (feed.clone(), file.clone());
        async move {
            let mut world = World::new();
            world.feed("prices", &feed);
            world.chunk_bytes = chunk_bytes;
            (world.one_pass_bytes, world.read_bytes) = (one_pass_bytes, read_bytes);
            let run = world.deliver(&world.upload("inbox/prices/a.csv", file), true).await.run_id.unwrap();
            world.until_split(&run).await;
            world.document::<Manifest>(&keys::manifest(&run))
        }
    };
    let expected = manifest(u64::MAX, u64::MAX, 16).await;
    let notes: Vec<_> = expected.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        ["[footer] the footer begins on line 83 and has 4 records up to the end of the file; they are not imported"]
    );
    assert_eq!(expected.footer.as_deref(), Some(&["END".to_owned(), "9".to_owned()][..]));
    assert_eq!((expected.records, expected.problems.len()), (61, 0));
    for (one_pass_bytes, read_bytes) in [(1, 1), (1, 64), (30, 333), (500, 7), (1_000_000, 64), (1_000_000, 1_000_000)]
    {
        assert_eq!(manifest(one_pass_bytes, read_bytes, 16).await, expected, "{one_pass_bytes} {read_bytes}");
        // With other chunks, it is the same footer behind the same number of records.
        let large = manifest(one_pass_bytes, read_bytes, 1_000).await;
        assert_eq!((large.footer, large.records, large.notes), (expected.footer.clone(), 61, expected.notes.clone()));
        assert_eq!(large.chunks.last().map(|chunk| chunk.end), expected.chunks.last().map(|chunk| chunk.end));
    }
}

/// R4, for ranges: each may be scanned again, and planned and folded again.
#[tokio::test]
async fn every_role_can_be_played_twice() {
    let (mut world, run) = pinned(100, 64, &file()).await;
    let planned = sluice_split::plan(&world.split(), &run, 1).await.unwrap();
    assert_eq!((planned.chunks, planned.ranges > 8), (0, true));
    let written: ScanDocument = world.document(&keys::scan(&run));
    // Other settings do not change ranges that were written.
    world.one_pass_bytes = 200;
    assert_eq!(sluice_split::plan(&world.split(), &run, 1).await.unwrap(), planned);
    assert_eq!(world.document::<ScanDocument>(&keys::scan(&run)), written);
    for range in &written.ranges {
        let first = sluice_split::scan(&world.split(), &run, *range).await.unwrap();
        let bytes = world.objects.bytes(&keys::scanned(&run, range.number)).unwrap();
        assert_eq!(sluice_split::scan(&world.split(), &run, *range).await.unwrap(), first);
        assert_eq!(world.objects.bytes(&keys::scanned(&run, range.number)).unwrap(), bytes);
    }
    let folded = sluice_split::fold(&world.split(), &run).await.unwrap();
    let manifest = world.objects.bytes(&keys::manifest(&run)).unwrap();
    assert_eq!(sluice_split::fold(&world.split(), &run).await.unwrap(), folded);
    assert_eq!(world.objects.bytes(&keys::manifest(&run)).unwrap(), manifest);
}

#[tokio::test]
async fn ranges_that_were_not_scanned_are_named() {
    let (world, run) = pinned(300, 64, &file()).await;
    let planned = sluice_split::plan(&world.split(), &run, 1).await.unwrap();
    let ranges: Vec<ScanRange> = world.document::<ScanDocument>(&keys::scan(&run)).ranges;
    assert_eq!(planned.ranges, ranges.len() as u64);
    for range in ranges.iter().filter(|range| ![2, 5].contains(&range.number)) {
        sluice_split::scan(&world.split(), &run, *range).await.unwrap();
    }
    let error = sluice_split::fold(&world.split(), &run).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::Incomplete);
    let total = ranges.len();
    assert_eq!(error.to_string(), format!("2 of {total} ranges were not scanned to the end: range 2, range 5"));
}

/// Split notices if the archive has other content of the same length, whichever way it scans.
#[tokio::test]
async fn a_source_that_is_not_the_one_that_was_archived_is_corrupt() {
    for one_pass_bytes in [1, u64::MAX] {
        for read_bytes in [64, u64::MAX] {
            let (world, run) = pinned(one_pass_bytes, read_bytes, &file()).await;
            let source: SourceDocument = world.document(&keys::source_document(&run));
            assert!(source.crc64nvme.is_some());
            world.objects.insert(&source.key, file().replace('5', "6"));
            let mut split = sluice_split::plan(&world.split(), &run, 1).await;
            if let Ok(SplitOutput { ranges: 1.., .. }) = split {
                let written: ScanDocument = world.document(&keys::scan(&run));
                for range in &written.ranges {
                    sluice_split::scan(&world.split(), &run, *range).await.unwrap();
                }
                split = sluice_split::fold(&world.split(), &run).await;
            }
            assert_eq!(split.unwrap_err().name(), ErrorName::Corrupt, "{one_pass_bytes} {read_bytes}");
        }
    }
}
