//! Sorted blocks, each seen through a window, with the next windows read ahead.
//!
//! Which window is needed next is known before it is: the block whose window ends with the least entry runs out
//! first (Knuth, *The Art of Computer Programming*, 5.4.6, "forecasting"). So a few reads ahead, in that order, hide
//! the latency of all of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use sluice_contract::ByteRange;
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::Objects;

use crate::entry::Entry;

/// Windows read ahead, on their way or waiting for their turn: 64 ranged reads of some 20 ms each are 3,200 a second.
pub(crate) const AHEAD: usize = 64;

/// A sorted run of entries: an object, or a part of one.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) key: Arc<str>,
    pub(crate) range: ByteRange,
    /// The checksum of its bytes, as whoever wrote them told.
    pub(crate) sum: Checksum,
}

/// A block, seen through a window.
struct View {
    key: Arc<str>,
    /// What was not asked for yet.
    rest: ByteRange,
    window: Vec<u8>,
    at: usize,
    /// What its windows so far were, and all of them must be.
    read: Crc64Nvme,
    told: Checksum,
    /// The window after this one.
    next: Option<Vec<u8>>,
    /// Whether that one is on its way, or here.
    ahead: bool,
}

/// A window of a block by its index, as it was read.
type Read = Result<(usize, Vec<u8>), Fault>;

/// The views of many blocks.
pub(crate) struct Views<'a, E> {
    objects: &'a dyn Objects,
    /// The length of a window in bytes: whole entries.
    bytes: u64,
    blocks: Vec<View>,
    reads: FuturesUnordered<BoxFuture<'a, Read>>,
    /// How many windows are ahead.
    ahead: usize,
    /// Blocks by the last entry of their newest window.
    forecast: BinaryHeap<Reverse<(E, usize)>>,
}

impl<'a, E: Entry> Views<'a, E> {
    /// Reads the first window of each block. A window has about so many bytes.
    pub(crate) async fn open(objects: &'a dyn Objects, blocks: &[Block], bytes: u64) -> Result<Self, Fault> {
        let entry = E::BYTES as u64;
        let mut views = Self {
            objects,
            bytes: (bytes / entry).max(1) * entry,
            blocks: blocks.iter().map(View::of).collect(),
            reads: FuturesUnordered::new(),
            ahead: 0,
            forecast: BinaryHeap::new(),
        };
        let mut asked = 0;
        loop {
            while asked < views.blocks.len() && views.reads.len() < AHEAD {
                views.ask(asked);
                asked += 1;
            }
            let Some(read) = views.reads.next().await else { break };
            let (index, window) = read?;
            views.open_window(index, window)?;
        }
        Ok(views)
    }

    /// How many blocks there are.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// The next entry of a block; `None` at the end of its window.
    pub(crate) fn next(&mut self, index: usize) -> Option<E> {
        let view = &mut self.blocks[index];
        let entry = E::decode(view.window.get(view.at..)?)?;
        view.at += E::BYTES;
        Some(entry)
    }

    /// Goes to the next window of a block; `false` after the last.
    pub(crate) async fn turn(&mut self, index: usize) -> Result<bool, Fault> {
        // What has arrived in the meantime makes room for further reads.
        while let Some(Some(read)) = self.reads.next().now_or_never() {
            self.arrive(read)?;
        }
        if !self.blocks[index].ahead {
            if self.blocks[index].rest.is_empty() {
                return Ok(false);
            }
            // Its window was too short to be foreseen.
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

    /// Makes a window the current one, and foresees when the one after it is needed.
    fn open_window(&mut self, index: usize, window: Vec<u8>) -> Result<(), Fault> {
        let view = &mut self.blocks[index];
        view.ahead = false;
        self.ahead -= 1;
        let last = window.len().checked_sub(E::BYTES).and_then(|start| E::decode(&window[start..]));
        let corrupt = |found| Err(Fault::Corrupt { what: format!("object {}", view.key), found });
        let Some(last) = last.filter(|_| window.len().is_multiple_of(E::BYTES)) else {
            return corrupt(format!("{} bytes, which are no whole entries", window.len()));
        };
        // A block is read from its start to its end: with its last window all of it was.
        view.read.update(&window);
        if view.rest.is_empty() && view.read.checksum() != view.told {
            return corrupt("the checksum of a block of it is not that of what was written".to_owned());
        }
        (view.window, view.at) = (window, 0);
        if !view.rest.is_empty() {
            self.forecast.push(Reverse((last, index)));
        }
        Ok(())
    }

    /// Asks for the windows that are needed next, as many as may be ahead.
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

impl View {
    fn of(block: &Block) -> Self {
        let (key, rest, told) = (Arc::clone(&block.key), block.range, block.sum);
        Self { key, rest, window: Vec::new(), at: 0, read: Crc64Nvme::new(), told, next: None, ahead: false }
    }
}
