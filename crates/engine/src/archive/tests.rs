//! Archives as programs write them, and as nobody should.

use std::io::{Cursor, Read};

use proptest::prelude::*;

use super::*;
use crate::workbook::tests::make::{DESCRIPTOR, Odd, PASSWORD, Zip};

fn open(file: Vec<u8>, ratio: u32) -> Result<Archive<Cursor<Vec<u8>>>, ArchiveError> {
    let limit = ExpansionLimit { compressed: file.len() as u64, ratio };
    Archive::open(Cursor::new(file), limit)
}

/// The only file of an archive: its name and its content.
fn only(file: Vec<u8>) -> Result<(String, Vec<u8>), String> {
    let archive = open(file, 100).map_err(|error| error.to_string())?;
    let (at, name) = archive.only().map_err(|error| error.to_string())?;
    let mut content = Vec::new();
    let mut member = archive.read(at).map_err(|error| error.to_string())?;
    member.read_to_end(&mut content).map_err(|error| ArchiveError::of_io(&error).to_string())?;
    Ok((name.to_owned(), content))
}

#[test]
fn the_only_file_is_read_however_it_was_packed() {
    let content = "id,name\n1,Axe\n".repeat(100).into_bytes();
    for odd in [
        Odd::default(),
        Odd { method: 0, flags: 0 },
        Odd { method: 8, flags: DESCRIPTOR },
        Odd { method: 0, flags: DESCRIPTOR },
    ] {
        for name in ["stock.csv", "folder/stock.csv", "..stock..csv", "lager für 2026.csv"] {
            let file = Zip::default().odd(name, &content, odd).finish();
            assert_eq!(only(file), Ok((name.to_owned(), content.clone())));
        }
    }
    assert_eq!(only(Zip::default().file("a.csv", "").finish()), Ok(("a.csv".to_owned(), Vec::new())));
    // Folders, and what macOS adds, are not files that anybody packed.
    let file = Zip::default().file("data/", "").file("data/a.csv", "1").file("__MACOSX/data/._a.csv", "x");
    assert_eq!(only(file.file("data/.DS_Store", "x").finish()), Ok(("data/a.csv".to_owned(), b"1".to_vec())));
    // Bytes before the archive, as in one that unpacks itself, move it.
    let moved = [&b"#!/bin/sh\n"[..], &Zip::default().file("a.csv", "1").finish()].concat();
    assert!(!is_archive(&moved) && is_archive(&Zip::default().finish()));
}

#[test]
fn what_is_not_one_file_is_refused_with_what_to_do() {
    let of = |names: &[&str]| names.iter().fold(Zip::default(), |zip, name| zip.file(name, "x")).finish();
    let password = Zip::default().odd("a.csv", "1", Odd { method: 8, flags: PASSWORD }).finish();
    let aes = Zip::default().odd("a.csv", "1", Odd { method: 99, flags: 0 }).finish();
    let deflate64 = Zip::default().odd("a.csv", "1", Odd { method: 9, flags: 0 }).finish();
    let unknown = Zip::default().odd("a.csv", "1", Odd { method: 1234, flags: 0 }).finish();
    for (file, expected) in [
        (of(&[]), "has no file in it"),
        (of(&["a/"]), "has no file in it"),
        (
            of(&["a.csv", "b.csv"]),
            "has 2 files (\"a.csv\", \"b.csv\"), and nothing says which one is meant: upload each",
        ),
        (of(&["1", "2", "3", "4", "5", "6", "7"]), "has 7 files (\"1\", \"2\", \"3\", \"4\", \"5\", …)"),
        (of(&["a.csv", "A.CSV"]), "has 2 files"),
        (of(&["../a.csv"]), "the path \"../a.csv\" in the ZIP archive leads out of the folder"),
        (of(&["a/../../b.csv"]), "leads out"),
        (of(&["a\\..\\b.csv"]), "leads out"),
        (of(&["/etc/passwd"]), "leads out"),
        (of(&["\\\\server\\a.csv"]), "leads out"),
        (of(&["C:\\a.csv"]), "leads out"),
        (of(&["a\0.csv"]), "leads out"),
        (password, "is encrypted with a password: pack it without a password"),
        (aes, "is encrypted with a password"),
        (deflate64, "is compressed with DEFLATE64 (method 9); expected Deflate"),
        (unknown, "is compressed with method 1234; expected Deflate"),
    ] {
        let found = only(file).unwrap_err();
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn an_archive_expands_within_its_limit() {
    let zeros = Zip::default().file("a.csv", vec![0; 3 * 1024 * 1024]).finish();
    let error = only(zeros).unwrap_err();
    assert!(error.contains("; the feed allows 100 times its size (source.maxExpansion)"), "{error}");
    let small = Zip::default().file("a.csv", vec![0; 1024 * 1024]).finish();
    assert_eq!(only(small).unwrap().1.len(), 1024 * 1024);
    // The limit is that of the archive, not of each of its files.
    let both = Zip::default().file("a", vec![0; 700_000]).file("b", vec![0; 700_000]).finish();
    let archive = open(both, 1).unwrap();
    let read = |at| archive.read(at).unwrap().read_to_end(&mut Vec::new());
    assert!(read(0).is_ok());
    assert!(matches!(ArchiveError::of_io(&read(1).unwrap_err()), ArchiveError::TooLarge { .. }));
}

#[test]
fn the_directory_is_bounded() {
    let many =
        (0..=MAX_ENTRIES).fold(Zip::default(), |zip, at| zip.odd(&at.to_string(), "", Odd { method: 0, flags: 0 }));
    assert_eq!(open(many.finish(), 100).err(), Some(ArchiveError::TooManyEntries { most: MAX_ENTRIES }));
    let long = "n".repeat(60_000);
    let names = (0..20).fold(Zip::default(), |zip, at| zip.file(&format!("{long}{at}"), "x"));
    assert_eq!(open(names.finish(), 100).err(), Some(ArchiveError::TooManyEntries { most: MAX_ENTRIES }));
    // A directory that claims more files than it has.
    let mut claims = Zip::default().file("a.csv", "1").finish();
    let end = claims.len() - 22;
    claims[end + 10] = 200;
    assert!(matches!(open(claims, 100).err(), Some(ArchiveError::Damaged { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_damaged_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8u32, stored in any::<bool>()) {
        let content: Vec<u8> = (0..3000u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let file = Zip::default().odd("a.csv", &content, Odd { method: if stored { 0 } else { 8 }, flags: 0 }).finish();
        let mut damaged = file.clone();
        let at = at.index(file.len());
        damaged[at] ^= 1 << bit;
        // Dates, versions and comments do not matter; the content does.
        if let Ok((_, found)) = only(damaged) {
            prop_assert!(found == content);
        }
        let error = only(file[..at].to_vec()).unwrap_err();
        prop_assert!(error.contains("damaged or incomplete"), "{}", error);
    }
}
