//! Plans the parts from which an object is assembled.

use sluice_contract::ByteRange;

/// The limits of S3 for the parts of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Limits {
    /// The minimum length in bytes of every part but the last.
    pub(in super::super) least: u64,
    /// The length in bytes above which a copy is divided, so that S3 copies its parts at the same time.
    pub(in super::super) preferred: u64,
    /// The maximum length of a part in bytes.
    pub(in super::super) most: u64,
    /// The maximum number of parts of an object.
    pub(in super::super) parts: usize,
}

impl Limits {
    /// The limits for an object of `total` bytes. Copies become long enough that they need at most half of the parts.
    pub(super) fn of(self, total: u64) -> Self {
        let enough = total.div_ceil((self.parts as u64 / 2).max(1));
        Self { preferred: self.preferred.max(enough).min(self.most), ..self }
    }
}

/// The length of a piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Length {
    pub(super) bytes: u64,
    /// Whether S3 can copy it, because it is a range of an object.
    pub(super) copied: bool,
}

/// A range of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) piece: usize,
    /// The range within the piece.
    pub(super) range: ByteRange,
}

/// A part of the multipart upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum UploadPart {
    /// S3 copies it on the server.
    Copied(Slice),
    /// It is read and sent, because its slices are too small to be copied.
    Gathered(Vec<Slice>),
}

impl UploadPart {
    /// Its length in bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Copied(slice) => slice.range.len(),
            Self::Gathered(slices) => slices.iter().map(|slice| slice.range.len()).sum(),
        }
    }
}

/// The parts that together are the pieces, one after another. Each part but the last has at least the minimum length.
///
/// A piece that is too small is gathered with the following ones. If the next piece is large, only its first bytes are
/// gathered, as many as are missing, if the rest is still long enough to be copied; else all of it. So the ranges that
/// are gathered into one part are shorter than twice the minimum, and a small piece does not shift the cuts of all
/// later pieces.
pub(super) fn plan(pieces: impl Iterator<Item = Length>, limits: Limits) -> Vec<UploadPart> {
    let mut parts = Vec::new();
    let mut gathered = Vec::new();
    let mut bytes = 0;
    for (piece, Length { bytes: length, copied }) in pieces.enumerate() {
        let mut start = 0;
        if length > 0 && (bytes > 0 || !copied || length < limits.least) {
            let missing = limits.least - bytes;
            start = if copied && length >= missing + limits.least { missing } else { length };
            gathered.push(Slice { piece, range: ByteRange { start: 0, end: start } });
            bytes += start;
            if bytes >= limits.least {
                parts.push(UploadPart::Gathered(std::mem::take(&mut gathered)));
                bytes = 0;
            }
        }
        parts.extend(copies(start, length, limits).map(|range| UploadPart::Copied(Slice { piece, range })));
    }
    if !gathered.is_empty() {
        parts.push(UploadPart::Gathered(gathered));
    }
    parts
}

/// Divides a range of a piece into copies of nearly equal length, at most the preferred one. If there are several, each
/// has at least half of it.
fn copies(start: u64, end: u64, limits: Limits) -> impl Iterator<Item = ByteRange> {
    let length = end - start;
    let count = length.div_ceil(limits.preferred);
    let at = move |index: u64| start + length / count * index + (length % count).min(index);
    (0..count).map(move |index| ByteRange { start: at(index), end: at(index + 1) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::LIMITS;
    use super::*;

    const MIB: u64 = 1024 * 1024;
    const GIB: u64 = 1024 * MIB;

    fn range(bytes: u64) -> Length {
        Length { bytes, copied: true }
    }

    /// Checks that a plan keeps the limits and covers the pieces in their order.
    fn check(pieces: &[Length], limits: Limits) -> Vec<UploadPart> {
        let parts = plan(pieces.iter().copied(), limits);
        if let Some((_, all_but_last)) = parts.split_last() {
            assert!(all_but_last.iter().all(|part| part.len() >= limits.least), "{parts:?}");
        }
        let mut slices = Vec::new();
        for part in &parts {
            match part {
                UploadPart::Copied(slice) => {
                    assert!(pieces[slice.piece].copied && slice.range.len() <= limits.preferred);
                    slices.push(*slice);
                }
                UploadPart::Gathered(gathered) => {
                    let ranges = gathered.iter().filter(|slice| pieces[slice.piece].copied);
                    assert!(ranges.map(|slice| slice.range.len()).sum::<u64>() < 2 * limits.least, "{gathered:?}");
                    slices.extend_from_slice(gathered);
                }
            }
        }
        assert!(slices.iter().all(|slice| !slice.range.is_empty()));
        let mut slices = slices.into_iter().peekable();
        for (piece, length) in pieces.iter().enumerate() {
            let mut at = 0;
            while let Some(slice) = slices.next_if(|slice| slice.piece == piece) {
                assert_eq!(slice.range.start, at);
                at = slice.range.end;
            }
            assert_eq!(at, length.bytes, "piece {piece}");
        }
        assert_eq!(slices.next(), None);
        parts
    }

    #[test]
    fn table_of_plans() {
        let bytes = |bytes| Length { bytes, copied: false };
        for (pieces, copied, gathered) in [
            (vec![], 0, 0),
            (vec![range(0), bytes(0)], 0, 0),
            (vec![bytes(10), range(100)], 0, 1),
            (vec![range(5 * MIB)], 1, 0),
            (vec![range(5 * MIB - 1), range(1)], 0, 1),
            (vec![range(5 * MIB - 1), range(2)], 0, 1),
            (vec![bytes(10), range(32 * MIB), range(32 * MIB), range(32 * MIB)], 3, 1),
            (vec![bytes(10), range(6 * MIB), range(6 * MIB), range(6 * MIB)], 2, 1),
            (vec![range(6 * MIB), range(10), range(6 * MIB), range(6 * MIB)], 2, 1),
            (vec![range(6 * MIB), range(6 * MIB), range(10)], 2, 1),
            (vec![range(512 * MIB + 1)], 2, 0),
            (vec![range(6 * GIB)], 12, 0),
            (vec![bytes(20 * MIB), range(5 * MIB)], 1, 1),
            (vec![range(80 * 1024); 3_200], 0, 50),
            (vec![range(32 * MIB); 25_000], 25_000, 0),
        ] {
            let total = pieces.iter().map(|piece| piece.bytes).sum();
            let parts = check(&pieces, LIMITS.of(total));
            let copies = parts.iter().filter(|part| matches!(part, UploadPart::Copied(_))).count();
            assert_eq!((copies, parts.len() - copies), (copied, gathered), "{} pieces", pieces.len());
        }
    }

    #[test]
    fn the_largest_object_that_s3_takes_is_within_its_limits() {
        const TIB: u64 = 1024 * GIB;
        for total in [5 * TIB, 48 * TIB] {
            let limits = LIMITS.of(total);
            assert!(limits.preferred <= LIMITS.most);
            let parts = check(&[range(total / 3), range(total / 3), range(total / 3)], limits);
            assert!(parts.len() <= LIMITS.parts, "{}", parts.len());
        }
    }

    proptest! {
        #[test]
        fn every_byte_is_in_one_part_and_every_part_within_the_limits(
            pieces in prop::collection::vec((0..30_u64, any::<bool>()), 0..60),
            least in 1..12_u64,
            more in 0..20_u64,
        ) {
            let pieces: Vec<Length> = pieces.into_iter().map(|(bytes, copied)| Length { bytes, copied }).collect();
            check(&pieces, Limits { least, preferred: 2 * least + more, most: 100, parts: 10 });
        }
    }
}
