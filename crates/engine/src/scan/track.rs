//! The effect of a range's bytes seen from one state, computed as they come.

use super::Scanner;
use super::block::{Block, Blocks};
use super::path::{Mark, Path, Sizes};
use crate::fast::bits::BLOCK;
use crate::record::{Action, Automaton, State};

/// A path in progress.
pub(super) struct Track {
    /// The state in which it began.
    pub(super) entry: State,
    path: Path,
    sizes: Sizes,
    /// The offset from which on a record begins a chunk.
    next_cut: u64,
    /// The offset from which on the first record is remembered; `u64::MAX` if there is none to remember any more.
    tail: u64,
}

/// The position of bytes that are read.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Offset of the first of them.
    pub(super) offset: u64,
    /// The number of lines that end before it in the range.
    pub(super) lines: u64,
    /// Whether the byte before it is a CR.
    pub(super) after_cr: bool,
}

impl Place {
    /// The position after a block.
    #[inline]
    pub(super) fn behind(self, bytes: &[u8; BLOCK], block: &Block<'_>) -> Self {
        Self {
            offset: self.offset + BLOCK as u64,
            lines: self.lines + u64::from(block.lines.count_ones()),
            after_cr: bytes[BLOCK - 1] == b'\r',
        }
    }

    /// Moves on by a byte.
    #[inline]
    pub(super) fn pass(&mut self, byte: u8) {
        self.offset += 1;
        self.lines += u64::from(byte == b'\r' || (byte == b'\n' && !self.after_cr));
        self.after_cr = byte == b'\r';
    }
}

/// The index of the highest set bit; there must be one.
#[inline]
fn top(bits: u64) -> u64 {
    u64::from(bits.ilog2())
}

impl Track {
    pub(super) fn new(entry: State, scanner: &Scanner) -> Self {
        let tail = scanner.layout.tail.unwrap_or(u64::MAX);
        Self { entry, path: Path::new(entry), sizes: scanner.sizes, next_cut: u64::MAX, tail }
    }

    /// The current state of the automaton.
    #[inline]
    pub(super) fn state(&self) -> State {
        self.path.exit
    }

    /// Reads blocks as long as they only contain records to count, and returns how many. With `up_to_quotes`
    /// it also stops before the first block with a quote.
    ///
    /// The loop works on local variables, because scans spend most of their time here.
    pub(super) fn count(
        &mut self,
        rules: &Blocks,
        blocks: &[[u8; BLOCK]],
        at: &mut Place,
        up_to_quotes: bool,
    ) -> usize {
        let Path { exit: mut state, mut records, too_long, .. } = self.path;
        let (Some(Mark { offset: mut last, .. }), Some(_)) = (self.path.last, self.path.second) else { return 0 };
        let longest = if too_long.is_some() { u64::MAX } else { self.sizes.record };
        let stop = self.next_cut.min(self.tail);
        let mut place = *at;
        let mut found = None;
        let mut passed = 0;
        for bytes in blocks {
            let end = place.offset + BLOCK as u64;
            if end > stop || end - last > longest {
                break;
            }
            let block = rules.classify(bytes, place.after_cr);
            if up_to_quotes && !block.has_no_end_of_quotes() {
                break;
            }
            let Some((starts, exit)) = block.read(state) else { break };
            if starts != 0 {
                records += u64::from(starts.count_ones());
                found = Some((place, starts, block.lines));
                last = place.offset + top(starts);
            }
            state = exit;
            place = place.behind(bytes, &block);
            passed += 1;
        }
        (self.path.exit, self.path.records, *at) = (state, records, place);
        if let Some((place, starts, lines)) = found {
            let before = lines & ((1 << top(starts)) - 1);
            let lines = place.lines + u64::from(before.count_ones());
            self.path.last = Some(Mark { offset: last, records: records - 1, lines });
        }
        passed
    }

    /// Reads 64 bytes.
    pub(super) fn block(&mut self, scanner: &Scanner, bytes: &[u8; BLOCK], place: Place) {
        if self.count(&scanner.blocks, &[*bytes], &mut place.clone(), false) == 0 {
            self.steps(&scanner.automaton, bytes, place);
        }
    }

    /// Reads bytes one by one.
    #[inline(never)]
    pub(super) fn steps(&mut self, automaton: &Automaton, bytes: &[u8], mut place: Place) {
        for byte in bytes {
            let (next, action) = automaton.step(self.path.exit, *byte);
            if !matches!(action, Action::Skip | Action::SkipLine) {
                if self.path.exit.is_before_record() {
                    self.begin(place);
                }
                if action == Action::EndRecord {
                    self.end(place.offset + 1);
                }
            }
            self.path.exit = next;
            place.pass(*byte);
        }
    }

    /// Records the start of a record.
    fn begin(&mut self, place: Place) {
        let mark = Mark { offset: place.offset, records: self.path.records, lines: place.lines };
        if self.path.first.is_none() {
            self.path.first = Some(mark);
        } else if self.path.second.is_none() {
            self.path.second = Some(mark);
        }
        if mark.offset >= self.next_cut {
            self.path.cuts.push(mark);
        }
        if mark.offset >= self.tail {
            self.path.tail = Some(mark);
            self.tail = u64::MAX;
        }
        self.next_cut = self.sizes.next_cut(mark.offset);
        self.path.last = Some(mark);
        self.path.records += 1;
    }

    /// Records the end of a record, whose line break ends at `end`.
    fn end(&mut self, end: u64) {
        match self.path.last {
            None => self.path.head_end = Some(end),
            Some(last) if end - last.offset > self.sizes.record => {
                self.path.too_long.get_or_insert(last);
            }
            Some(_) => {}
        }
    }

    /// The path up to `end`, where a record may be unfinished.
    pub(super) fn finish(mut self, end: u64) -> Path {
        if self.path.exit.is_in_record()
            && let Some(last) = self.path.last.filter(|last| end - last.offset > self.sizes.record)
        {
            self.path.too_long.get_or_insert(last);
        }
        self.path
    }
}
