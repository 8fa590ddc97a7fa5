//! The parameters of a scan.

use super::block::Blocks;
use super::{FilePlan, Layout, Origin, Outline, Preamble, RangeScan, ScanError, Sizes, Summary};
use crate::dialect::Dialect;
use crate::record::Automaton;

/// The parameters of a scan: everything besides the bytes that determines the plan of a file.
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

/// How much of a file in memory is scanned at a time, in bytes. A range keeps marks for every state in which
/// it may begin.
const RANGE: usize = 4 * 1024 * 1024;

impl Scanner {
    /// Creates a scanner for files of this dialect and layout. A chunk begins with the first record at or
    /// after each multiple of the target size: see [`Sizes`].
    #[must_use]
    pub fn new(dialect: Dialect, layout: Layout, sizes: Sizes) -> Self {
        let sizes = Sizes { chunk: sizes.chunk.max(1), ..sizes };
        Self { dialect, layout, sizes, automaton: Automaton::new(dialect), blocks: Blocks::new(dialect) }
    }

    /// The sizes that determine cuts and errors, for [`Summary::then`].
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// Starts the search for the origin of a file; ranges are scanned from there.
    #[must_use]
    pub fn preamble(&self) -> Preamble {
        self.layout.data.map_or_else(|| Preamble::new(self.layout.skip_lines), Preamble::up_to)
    }

    /// Starts the scan of a range at an offset, whose bytes come in pieces.
    #[must_use]
    pub fn range(&self, start: u64) -> RangeScan<'_> {
        RangeScan::new(self, start)
    }

    /// Scans a range whose bytes are in memory.
    #[must_use]
    pub fn scan(&self, start: u64, bytes: &[u8]) -> Summary {
        let mut range = self.range(start);
        range.push(bytes);
        range.finish()
    }

    /// The outline of a file of this length, given its summary from the origin on.
    ///
    /// # Errors
    /// If the file cannot be read, or if the summary does not cover all of it.
    pub fn outline(&self, origin: Origin, whole: &Summary, length: u64) -> Result<Outline, ScanError> {
        Outline::new(self, origin, whole, length)
    }

    /// The plan of a file whose bytes are in memory.
    ///
    /// # Errors
    /// If the file cannot be read.
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
        let (header, tail) = (window(outline.header()), window(outline.tail()));
        outline.plan(self, header, tail)
    }
}

/// The bytes of a range, as far as the input has them.
fn slice(bytes: &[u8], start: u64, end: u64) -> &[u8] {
    let at = |offset: u64| usize::try_from(offset).map_or(bytes.len(), |offset| offset.min(bytes.len()));
    bytes.get(at(start)..at(end)).unwrap_or_default()
}
