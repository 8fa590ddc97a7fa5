//! Compressed data comes back at every cut, and incomplete data is reported.

use std::io::Write;

use flate2::write::GzEncoder;
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;
use Compression::{Gzip, Zstd};

const NO_LIMIT: ExpansionLimit = ExpansionLimit { compressed: u64::MAX, ratio: u32::MAX };

fn compress(compression: Compression, text: &[u8]) -> Vec<u8> {
    match compression {
        Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        Zstd => compress_to_vec(text, CompressionLevel::Fastest),
    }
}

fn expand(file: &[u8], piece: usize, limit: ExpansionLimit) -> Result<Vec<u8>, ExpandError> {
    let mut expander = Expander::new(Compression::of(file).unwrap(), limit);
    let mut out = Vec::new();
    for mut piece in file.chunks(piece) {
        while expander.advance(&mut piece, &mut out)? {}
        assert!(piece.is_empty());
    }
    expander.finish(&mut out)?;
    Ok(out)
}

#[test]
fn a_file_is_known_by_its_first_bytes() {
    assert_eq!(Compression::of(&compress(Gzip, b"a")), Some(Gzip));
    assert_eq!(Compression::of(&compress(Zstd, b"a")), Some(Zstd));
    for plain in [&b""[..], b"\x1F", b"id,price\n", b"\xFF\xFEi\0"] {
        assert_eq!(Compression::of(plain), None);
    }
}

#[test]
fn members_and_frames_follow_each_other() {
    for compression in [Gzip, Zstd] {
        let file = [compress(compression, b"one,"), compress(compression, b""), compress(compression, b"two")].concat();
        for piece in 1..=file.len() {
            assert_eq!(expand(&file, piece, NO_LIMIT).unwrap(), b"one,two", "{compression} in pieces of {piece}");
        }
    }
    let skippable = [&[0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0][..], b"any"].concat();
    let file = [compress(Zstd, b"one,"), skippable, compress(Zstd, b"two")].concat();
    for piece in 1..=file.len() {
        assert_eq!(expand(&file, piece, NO_LIMIT).unwrap(), b"one,two", "in pieces of {piece}");
    }
}

#[test]
fn a_file_that_is_cut_off_is_reported_wherever_that_is() {
    let text = "id,price\n1,2\n".repeat(50);
    for compression in [Gzip, Zstd] {
        let file = compress(compression, text.as_bytes());
        for end in 4..file.len() {
            let error = expand(&file[..end], 7, NO_LIMIT).unwrap_err();
            let read = end as u64;
            let reported = match &error {
                ExpandError::Truncated { read: at, .. } => *at == read,
                ExpandError::Corrupt { reason, .. } => reason == "its checksum is missing or wrong",
                ExpandError::TooLarge { .. } => false,
            };
            assert!(reported, "{compression} cut at {end}: {error}");
        }
    }
}

#[test]
fn what_follows_the_end_and_is_nothing_is_reported() {
    for compression in [Gzip, Zstd] {
        let file = [compress(compression, b"one"), b"and more".to_vec()].concat();
        let error = expand(&file, 5, NO_LIMIT).unwrap_err();
        assert!(matches!(error, ExpandError::Corrupt { .. }), "{error}");
    }
    let padded = [compress(Gzip, b"one"), vec![0; 20], compress(Gzip, b"two"), vec![0; 3]].concat();
    for piece in 1..=padded.len() {
        assert_eq!(expand(&padded, piece, NO_LIMIT).unwrap(), b"onetwo", "in pieces of {piece}");
    }
}

#[test]
fn a_wrong_checksum_is_reported() {
    for compression in [Gzip, Zstd] {
        let mut file = compress(compression, b"id,price\n1,2\n");
        let last = file.len() - if compression == Gzip { 5 } else { 1 };
        file[last] ^= 1;
        let error = expand(&file, 100, NO_LIMIT).unwrap_err().to_string();
        assert!(error.contains("checksum"), "{error}");
    }
}

#[test]
fn the_limit_is_the_ratio_but_a_mebibyte_is_always_given() {
    let limit = |ratio| ExpansionLimit { compressed: 3_000_000, ratio };
    assert_eq!((limit(1).bytes(), limit(100).bytes()), (3_000_000, 300_000_000));
    for compression in [Gzip, Zstd] {
        let floor = compress(compression, &vec![b'a'; 1024 * 1024]);
        let limit = ExpansionLimit { compressed: floor.len() as u64, ratio: 1 };
        assert_eq!(expand(&floor, 4096, limit).map(|text| text.len()), Ok(1024 * 1024));
        let bomb = compress(compression, &vec![b'a'; 1024 * 1024 + 1]);
        let limit = ExpansionLimit { compressed: bomb.len() as u64, ratio: 1 };
        assert_eq!(expand(&bomb, 4096, limit), Err(ExpandError::TooLarge { compression, limit }));
    }
    let reported = ExpandError::TooLarge { compression: Gzip, limit: limit(2) };
    assert_eq!(
        reported.to_string(),
        "the gzip file has 3000000 bytes and expands to more than 6000000; the feed allows 2 times its size \
         (source.maxExpansion)"
    );
}

#[test]
fn a_bomb_of_repeated_bytes_is_handed_out_in_pieces() {
    // Frame header: no content size, no checksum, a window of 1 KiB; then blocks of 128 KiB of one byte each.
    let block = [0x02, 0x00, 0x10, b'a'];
    let file = [&[0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38][..], &block.repeat(1000)].concat();
    let mut expander = Expander::new(Zstd, ExpansionLimit { compressed: file.len() as u64, ratio: 100 });
    let (mut rest, mut out) = (&file[..], Vec::new());
    let error = loop {
        out.clear();
        match expander.advance(&mut rest, &mut out) {
            Ok(went) => assert!(went && out.len() <= 2 * 128 * 1024),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ExpandError::TooLarge { .. }), "{error}");
}

#[test]
fn a_window_that_nobody_gives_is_refused() {
    // An exponent of 31: a window of 2 TiB.
    let error = expand(&[0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xF8, 0, 0, 0], 100, NO_LIMIT).unwrap_err();
    assert!(error.to_string().contains("a window of 2199023255552 bytes; the limit is 134217728"), "{error}");
    let single = [&[0x28, 0xB5, 0x2F, 0xFD, 0xE0][..], &u64::MAX.to_le_bytes()].concat();
    assert!(expand(&single, 100, NO_LIMIT).unwrap_err().to_string().contains("a window of"));
}

fn any_compression() -> impl Strategy<Value = Compression> {
    prop_oneof![Just(Gzip), Just(Zstd)]
}

proptest! {
    #[test]
    fn what_was_compressed_comes_back_whatever_the_pieces(
        compression in any_compression(), word in prop::collection::vec(any::<u8>(), 0..300), times in 1..2000usize,
        piece in 1..100_000usize,
    ) {
        let text = word.repeat(times);
        let file = compress(compression, &text);
        prop_assert!(expand(&file, piece, NO_LIMIT) == Ok(text));
    }

    #[test]
    fn any_bytes_end_in_a_text_or_an_error(
        compression in any_compression(), rest in prop::collection::vec(any::<u8>(), 0..2000), piece in 1..100usize,
    ) {
        let head: &[u8] = if compression == Gzip { b"\x1F\x8B\x08\0\0\0\0\0\0\0" } else { b"\x28\xB5\x2F\xFD\0\x38" };
        let _ = expand(&[head, &rest].concat(), piece, ExpansionLimit { compressed: 1, ratio: 1 });
    }

    #[test]
    fn a_damaged_file_ends_in_a_text_or_an_error(
        compression in any_compression(), word in prop::collection::vec(any::<u8>(), 1..300), at: prop::sample::Index, byte: u8,
    ) {
        let mut file = compress(compression, &word.repeat(20));
        let at = 4 + at.index(file.len() - 4);
        file[at] ^= byte;
        let _ = expand(&file, 100, ExpansionLimit { compressed: 1, ratio: 1 });
    }
}
