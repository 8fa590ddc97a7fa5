//! Reads sorted blocks window by window, with the next windows read ahead.
//!
//! The window that is needed next is known in advance: the block whose window ends with the smallest entry runs out
//! first (Knuth, *The Art of Computer Programming*, 5.4.6, "forecasting"). So a few reads ahead, in that order, hide
//! the latency of all reads.
//!
//! An entry of variable length may reach from one window into the next. So the rest of a window is put before the next
//! one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use sluice_contract::ByteRange;
use sluice_engine::checksum::{Checksum, Crc64Nvme};

use super::{Block, Entry, Length};
use crate::Fault;
use crate::documents::read_all;
use crate::objects::Objects;

/// Windows that are read ahead: under way, or waiting for their turn. 64 reads of some 20 ms each are 3,200 a second.
pub(super) const AHEAD: usize = 64;

/// A block with its current window.
struct View {
    key: Arc<str>,
    /// The range that was not requested yet.
    rest: ByteRange,
    window: Vec<u8>,
    at: usize,
    /// The checksum of the windows so far.
    read: Crc64Nvme,
    /// The checksum that the whole block must have.
    written: Checksum,
    /// The next window, if it has arrived.
    next: Option<Vec<u8>>,
    /// Whether the next window is under way or has arrived.
    ahead: bool,
}

/// A window that was read, with the index of its block.
type Read = Result<(usize, Vec<u8>), Fault>;

/// The windows of many blocks.
pub(super) struct Windows<'a, E> {
    objects: &'a dyn Objects,
    /// The length of a window in bytes: at least one entry; whole entries if they have a fixed length.
    bytes: u64,
    blocks: Vec<View>,
    reads: FuturesUnordered<BoxFuture<'a, Read>>,
    /// The number of windows that are read ahead.
    ahead: usize,
    /// Blocks by the last entry of their newest window.
    forecast: BinaryHeap<Reverse<(E, usize)>>,
}

impl<'a, E: Entry> Windows<'a, E> {
    /// Reads the first window of each block. A window has about `bytes` bytes.
    pub(super) async fn open(objects: &'a dyn Objects, blocks: &[Block], bytes: u64) -> Result<Self, Fault> {
        let longest = E::LENGTH.longest() as u64;
        let bytes = match E::LENGTH {
            Length::Fixed(_) => (bytes / longest).max(1) * longest,
            Length::AtMost(_) => bytes.max(longest),
        };
        let mut windows = Self {
            objects,
            bytes,
            blocks: blocks.iter().map(View::of).collect(),
            reads: FuturesUnordered::new(),
            ahead: 0,
            forecast: BinaryHeap::new(),
        };
        let mut asked = 0;
        loop {
            while asked < windows.blocks.len() && windows.reads.len() < AHEAD {
                windows.ask(asked);
                asked += 1;
            }
            let Some(read) = windows.reads.next().await else { break };
            let (index, window) = read?;
            windows.open_window(index, window)?;
        }
        Ok(windows)
    }

    /// The number of blocks.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// The next entry of a block; `None` at the end of its window.
    pub(super) fn next(&mut self, index: usize) -> Option<E> {
        let view = &mut self.blocks[index];
        let (entry, length) = E::decode(view.window.get(view.at..)?)?;
        view.at += length;
        Some(entry)
    }

    /// Goes to the next window of a block; `false` after the last.
    pub(super) async fn turn(&mut self, index: usize) -> Result<bool, Fault> {
        // Takes the windows that have arrived in the meantime, to make room for further reads.
        while let Some(Some(read)) = self.reads.next().now_or_never() {
            self.arrive(read)?;
        }
        if !self.blocks[index].ahead {
            if self.blocks[index].rest.is_empty() {
                return Ok(false);
            }
            // The forecast has not come to this block yet.
            self.ask(index);
        }
        loop {
            self.ask_ahead();
            if let Some(window) = self.blocks[index].next.take() {
                self.open_window(index, window)?;
                return Ok(true);
            }
            match self.reads.next().await {
                Some(read) => self.arrive(read)?,
                None => return Ok(false),
            }
        }
    }

    fn arrive(&mut self, read: Read) -> Result<(), Fault> {
        let (index, window) = read?;
        self.blocks[index].next = Some(window);
        Ok(())
    }

    /// Makes a window the current one, and adds its last entry to the forecast.
    fn open_window(&mut self, index: usize, window: Vec<u8>) -> Result<(), Fault> {
        let view = &mut self.blocks[index];
        view.ahead = false;
        self.ahead -= 1;
        view.read.update(&window);
        let rest = view.window.get(view.at..).unwrap_or_default();
        view.window = if rest.is_empty() { window } else { [rest, &window].concat() };
        view.at = 0;
        let corrupt = |found: String| Err(Fault::Corrupt { what: format!("object {}", view.key), found });
        let bytes = view.window.len();
        let is_last = view.rest.is_empty();
        let last = match last::<E>(&view.window) {
            Some((last, end)) if end == bytes || !is_last => last,
            _ => return corrupt(format!("{bytes} bytes, which are not whole entries")),
        };
        // Blocks are read from start to end, so after the last window the whole block was read.
        if is_last && view.read.checksum() != view.written {
            return corrupt("the checksum of a block of it is not that of what was written".to_owned());
        }
        if !is_last {
            self.forecast.push(Reverse((last, index)));
        }
        Ok(())
    }

    /// Requests the windows that are needed next, until [`AHEAD`] windows are ahead.
    fn ask_ahead(&mut self) {
        while self.ahead < AHEAD {
            let Some(Reverse((_, index))) = self.forecast.pop() else { break };
            if !self.blocks[index].ahead && !self.blocks[index].rest.is_empty() {
                self.ask(index);
            }
        }
    }

    fn ask(&mut self, index: usize) {
        let view = &mut self.blocks[index];
        let end = view.rest.end.min(view.rest.start + self.bytes);
        let range = ByteRange { start: view.rest.start, end };
        view.rest.start = end;
        view.ahead = true;
        self.ahead += 1;
        let (objects, key) = (self.objects, Arc::clone(&view.key));
        self.reads.push(Box::pin(async move { Ok((index, read_all(objects, &key, Some(range)).await?)) }));
    }
}

/// The last complete entry of a window, and the offset of its end.
fn last<E: Entry>(window: &[u8]) -> Option<(E, usize)> {
    match E::LENGTH {
        Length::Fixed(bytes) => {
            let end = window.len() / bytes * bytes;
            E::decode(window.get(end.checked_sub(bytes)?..)?).map(|(last, _)| (last, end))
        }
        Length::AtMost(_) => {
            let (mut end, mut last) = (0, None);
            while let Some((entry, length)) = window.get(end..).and_then(E::decode) {
                end += length;
                last = Some((entry, end));
            }
            last
        }
    }
}

impl View {
    fn of(block: &Block) -> Self {
        let (key, rest, written) = (Arc::clone(&block.key), block.range, block.sum);
        Self { key, rest, window: Vec::new(), at: 0, read: Crc64Nvme::new(), written, next: None, ahead: false }
    }
}
