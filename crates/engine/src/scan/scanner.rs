//! How a file is scanned.

use super::block::Blocks;
use super::{FilePlan, Layout, Origin, Outline, Preamble, RangeScan, ScanError, Sizes, Summary};
use crate::dialect::Dialect;
use crate::record::Automaton;

/// How a file is scanned: everything on which its plan depends, beside its bytes.
///
/// ```
/// use sluice_engine::dialect::Dialect;
/// use sluice_engine::scan::{Layout, Scanner, Sizes, Summary};
///
/// let file = b"id,name\n1,\"a\nb\"\n2,c\n";
/// let scanner = Scanner::new(Dialect::CANONICAL, Layout::default(), Sizes { chunk: 10, record: 1 << 20 });
/// // Ranges are scanned in any order, and anywhere.
/// let right = scanner.scan(12, &file[12..]);
/// let left = scanner.scan(0, &file[..12]);
/// let whole = Summary::start(0).then(&left, scanner.sizes()).then(&right, scanner.sizes());
/// let origin = scanner.preamble().end();
/// let plan = scanner.outline(origin, &whole, 20)?.plan(&scanner, &file[..8], b"")?;
/// assert_eq!(plan, scanner.plan(file)?);
/// assert_eq!(plan.records, 2);
/// # Ok::<(), sluice_engine::scan::ScanError>(())
/// ```
pub struct Scanner {
    pub(super) dialect: Dialect,
    pub(super) layout: Layout,
    pub(super) sizes: Sizes,
    pub(super) automaton: Automaton,
    pub(super) blocks: Blocks,
}

/// How much of a file that is in memory is scanned at a time: marks of one such range are kept for every
/// state in which it may begin.
const RANGE: usize = 4 * 1024 * 1024;

impl Scanner {
    /// A scanner of files of this dialect and layout. Chunks begin with the first record at or after each
    /// multiple of the target size, as long as no other chunk does: see [`Sizes`].
    #[must_use]
    pub fn new(dialect: Dialect, layout: Layout, sizes: Sizes) -> Self {
        let sizes = Sizes { chunk: sizes.chunk.max(1), ..sizes };
        Self { dialect, layout, sizes, automaton: Automaton::new(dialect), blocks: Blocks::new(dialect) }
    }

    /// What decides about cuts and errors, for [`Summary::then`].
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// Looks for where the records of a file may begin: ranges are scanned from there.
    #[must_use]
    pub fn preamble(&self) -> Preamble {
        Preamble::new(self.layout.skip_lines)
    }

    /// Scans the range that begins at an offset, and whose bytes come in pieces.
    #[must_use]
    pub fn range(&self, start: u64) -> RangeScan<'_> {
        RangeScan::new(self, start)
    }

    /// Scans a range whose bytes are at hand.
    #[must_use]
    pub fn scan(&self, start: u64, bytes: &[u8]) -> Summary {
        let mut range = self.range(start);
        range.push(bytes);
        range.finish()
    }

    /// What a file of some length consists of, by the summary of it from its origin on.
    ///
    /// # Errors
    /// Where the file cannot be read, or the summary is not that of all of it.
    pub fn outline(&self, origin: Origin, whole: &Summary, length: u64) -> Result<Outline, ScanError> {
        Outline::new(self, origin, whole, length)
    }

    /// What a file consists of whose bytes are at hand.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn plan(&self, bytes: &[u8]) -> Result<FilePlan, ScanError> {
        let mut preamble = self.preamble();
        let origin = preamble.push(bytes).unwrap_or_else(|| preamble.end());
        let (mut whole, mut rest) = (Summary::start(origin.offset), slice(bytes, origin.offset, u64::MAX));
        while !rest.is_empty() {
            let (range, after) = rest.split_at(rest.len().min(RANGE));
            let next = self.scan(whole.range().end, range);
            whole = whole.then(&next, self.sizes);
            rest = after;
        }
        let outline = self.outline(origin, &whole, bytes.len() as u64)?;
        let window =
            |range: Option<crate::ByteRange>| range.map_or(&[][..], |range| slice(bytes, range.start, range.end));
        let (header, trailer) = (window(outline.header()), window(outline.trailer()));
        outline.plan(self, header, trailer)
    }
}

/// The bytes of a range, as far as they are there.
fn slice(bytes: &[u8], start: u64, end: u64) -> &[u8] {
    let at = |offset: u64| usize::try_from(offset).map_or(bytes.len(), |offset| offset.min(bytes.len()));
    bytes.get(at(start)..at(end)).unwrap_or_default()
}
