//! Ranges come complete, in order and of one version of the object, whatever breaks on the way.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;

use super::super::{ContentType, Existing, MemoryObjects, Objects, Reading};
use super::*;

const KEY: &str = "runs/a/source.csv";

/// A little more than three ranges: one range more than are under way at once.
fn content() -> Bytes {
    let length = u32::try_from(3 * RANGE_BYTES).unwrap() + 1234;
    (0..length).map(|index| (index % 251).to_le_bytes()[0]).collect()
}

fn stored(content: &Bytes) -> MemoryObjects {
    let objects = MemoryObjects::new();
    objects.insert(KEY, content.clone());
    objects
}

async fn all(body: Body) -> Result<Vec<u8>, Fault> {
    Ok(body.try_collect::<Vec<_>>().await?.concat())
}

/// The ranges that were requested, and how many bodies were open.
#[derive(Default)]
struct Log {
    asked: Mutex<Vec<ByteRange>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// Objects whose first `times` bodies break after `after` bytes.
struct Breaking {
    objects: MemoryObjects,
    log: Arc<Log>,
    after: usize,
    times: Mutex<u32>,
    /// Whether such a body ends early instead of failing.
    ends: bool,
}

impl Breaking {
    fn new(objects: &MemoryObjects, after: usize, times: u32) -> Self {
        Self { objects: objects.clone(), log: Arc::default(), after, times: Mutex::new(times), ends: false }
    }
}

#[async_trait]
impl Ranges for Breaking {
    async fn open_range(&self, key: &str, range: ByteRange, version: Option<&str>) -> Result<OpenRange, Fault> {
        self.log.asked.lock().unwrap().push(range);
        let open = self.log.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.log.most_open.fetch_max(open, Ordering::Relaxed);
        let mut opened = self.objects.open_range(key, range, version).await?;
        // Gives up the thread, so that all requests that run at once have begun before the first one is answered.
        tokio::task::yield_now().await;
        let breaks = {
            let mut times = self.times.lock().unwrap();
            let breaks = *times > 0;
            *times = times.saturating_sub(1);
            breaks
        };
        if breaks {
            let start = usize::try_from(range.start).unwrap();
            let piece = self.objects.bytes(key).unwrap().slice(start..start + self.after);
            let broken = || Err(Fault::Transient { what: "read on".to_owned(), source: "connection reset".into() });
            let end = (!self.ends).then(broken);
            opened.body = Box::pin(stream::iter([Ok(piece)].into_iter().chain(end)));
        }
        let log = Arc::clone(&self.log);
        let closing = stream::once(async move {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            log.open.fetch_sub(1, Ordering::Relaxed);
            Ok(Bytes::new())
        });
        opened.body = Box::pin(opened.body.chain(closing));
        Ok(opened)
    }
}

#[tokio::test]
async fn every_range_comes_as_it_lies() {
    let content = content();
    let objects = stored(&content);
    let length = content.len() as u64;
    for (start, end) in [
        (0, length),
        (0, 1),
        (1, length - 1),
        (RANGE_BYTES, length),
        (RANGE_BYTES - 1, RANGE_BYTES + 1),
        (7, RANGE_BYTES + 7),
        (0, 2 * RANGE_BYTES),
        (length - 1, length),
        (5, 5),
    ] {
        let range = ByteRange { start, end };
        let read = all(objects.read(KEY, Some(range), Reading::Ahead).await.unwrap()).await.unwrap();
        let [start, end] = [start, end].map(|at| usize::try_from(at).unwrap());
        assert!(read == content[start..end], "{range:?}");
    }
    assert!(all(objects.read(KEY, None, Reading::Ahead).await.unwrap()).await.unwrap() == content);
}

#[tokio::test]
async fn what_is_not_there_is_told_as_for_one_request() {
    let objects = stored(&Bytes::from("0123456789"));
    for (start, end) in [(0, 11), (9, 11), (10, 11), (20, 30)] {
        let range = Some(ByteRange { start, end });
        let read = objects.read(KEY, range, Reading::Ahead).await.err().unwrap();
        assert_eq!(read.to_string(), objects.read(KEY, range, Reading::Plain).await.err().unwrap().to_string());
        assert!(matches!(read, Fault::Corrupt { .. }), "{read}");
    }
    for range in [None, Some(ByteRange { start: 0, end: 1 })] {
        assert!(matches!(objects.read("runs/nothing", range, Reading::Ahead).await, Err(Fault::Missing { .. })));
    }
    objects.put(KEY, ContentType::Csv, Bytes::new(), Existing::Replace).await.unwrap();
    assert!(all(objects.read(KEY, None, Reading::Ahead).await.unwrap()).await.unwrap().is_empty());
}

#[tokio::test]
async fn parts_are_on_their_way_together_and_no_more_than_that() {
    let content: Bytes = vec![7; usize::try_from(9 * RANGE_BYTES).unwrap()].into();
    let backend = Breaking::new(&stored(&content), 0, 0);
    let log = Arc::clone(&backend.log);
    let body = read(backend, KEY, None).await.unwrap();
    assert_eq!(log.asked.lock().unwrap().len(), 1, "nothing is asked for that nobody has come for");
    assert_eq!(all(body).await.unwrap().len(), content.len());
    assert_eq!(log.asked.lock().unwrap().len(), 9);
    assert_eq!(log.most_open.load(Ordering::Relaxed), RANGES_AHEAD);

    let backend = Breaking::new(&stored(&Bytes::from("small")), 0, 0);
    let log = Arc::clone(&backend.log);
    assert_eq!(all(read(backend, KEY, None).await.unwrap()).await.unwrap(), b"small");
    assert_eq!(log.asked.lock().unwrap().len(), 1, "a small object takes one request");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_is_asked_for_from_where_it_broke() {
    let content = content();
    for ends in [false, true] {
        for times in [1, ATTEMPTS - 1] {
            let backend = Breaking { ends, ..Breaking::new(&stored(&content), 1000, times) };
            let log = Arc::clone(&backend.log);
            assert!(all(read(backend, KEY, None).await.unwrap()).await.unwrap() == content);
            let mut asked = log.asked.lock().unwrap().clone();
            asked.sort_by_key(|range| range.start);
            assert_eq!(asked[..2].iter().map(|range| range.start).collect::<Vec<_>>(), [0, 1000]);
            assert!(asked.iter().all(|range| range.len() <= RANGE_BYTES), "{asked:?}");
            assert_eq!(asked.len(), 4 + usize::try_from(times).unwrap());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_behind_its_last_byte_is_whole() {
    let content = Bytes::from("0123456789");
    let backend = Breaking::new(&stored(&content), content.len(), u32::MAX);
    let log = Arc::clone(&backend.log);
    assert_eq!(all(read(backend, KEY, None).await.unwrap()).await.unwrap(), content);
    assert_eq!(log.asked.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_breaks_every_time_is_a_fault_that_passes() {
    let backend = Breaking::new(&stored(&Bytes::from("0123456789")), 1, u32::MAX);
    let log = Arc::clone(&backend.log);
    let fault = all(read(backend, KEY, None).await.unwrap()).await.map(|bytes| bytes.len()).unwrap_err();
    assert!(matches!(fault, Fault::Transient { .. }), "{fault}");
    assert_eq!(log.asked.lock().unwrap().len(), usize::try_from(ATTEMPTS).unwrap());
}

#[tokio::test]
async fn an_object_that_is_replaced_in_between_is_never_mixed() {
    // Longer than the ranges that are under way before the first byte is read.
    let content = [content(), content()].concat().into();
    let objects = stored(&content);
    let mut body = objects.read(KEY, None, Reading::Ahead).await.unwrap();
    let first = body.try_next().await.unwrap().unwrap();
    assert_eq!(first, content[..first.len()]);
    objects.insert(KEY, content.iter().rev().copied().collect::<Vec<_>>());
    let fault = all(body).await.map(|bytes| bytes.len()).unwrap_err();
    assert!(matches!(fault, Fault::Transient { .. }), "{fault}");
}

#[tokio::test]
async fn a_stream_that_is_dropped_leaves_nothing_on_its_way() {
    let content = content();
    let backend = Breaking::new(&stored(&content), 0, 0);
    let log = Arc::clone(&backend.log);
    let mut body = read(backend, KEY, None).await.unwrap();
    body.try_next().await.unwrap();
    drop(body);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(Arc::strong_count(&log), 1, "the parts and their tasks are gone");
}

#[test]
fn small_pieces_are_gathered_into_buffers_of_exactly_their_length() {
    let bytes = |range: std::ops::Range<usize>| range.map(|index| (index % 251).to_le_bytes()[0]).collect::<Bytes>();
    let total = 2 * PIECE_BYTES + 1234;
    for lengths in
        [vec![16_384; total.div_ceil(16_384)], vec![total], vec![1, PIECE_BYTES, total], vec![PIECE_BYTES - 1, total]]
    {
        let (mut pieces, mut at) = (Pieces::default(), 0);
        for length in lengths {
            let end = (at + length).min(total);
            pieces.add(bytes(at..end), (total - at) as u64);
            assert!(pieces.gathered.capacity() <= PIECE_BYTES.min(total - at + pieces.gathered.len()));
            at = end;
        }
        let pieces = pieces.done();
        assert!(Vec::from(pieces.clone()).concat() == bytes(0..total));
        assert!(pieces.iter().rev().skip(1).all(|piece| piece.len() >= PIECE_BYTES), "{pieces:?}");
    }
}
