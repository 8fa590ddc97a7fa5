//! What a file is that is not read, by its first bytes.

use crate::expand::Compression;

/// The type of a file that is not a table, by its first bytes, with advice on what to do.
#[must_use]
pub fn foreign(head: &[u8]) -> Option<&'static str> {
    let has = |part: &[u8]| memchr::memmem::find(&head[..head.len().min(FOREIGN_BYTES)], part).is_some();
    Some(match head {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => "a ZIP archive or an office document: unpack it, and upload what is in it",
        [b'P', b'K', 7, 8, ..] => "a part of a ZIP archive that was split: pack it again in one part",
        [0xD0, 0xCF, 0x11, 0xE0, ..] if has(&ENCRYPTED) => {
            "an office document with a password, such as an encrypted Excel workbook: save it without a password (as .xlsx for \
             a feed with source.format: xlsx, otherwise as CSV in UTF-8)"
        }
        [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            "an old office document, such as an Excel workbook (.xls), or one with a password: save it without a password (as \
             .xlsx for a feed with source.format: xlsx, otherwise as CSV in UTF-8)"
        }
        [b'%', b'P', b'D', b'F', b'-', ..] => "a PDF: ask for the data as CSV",
        [b'B', b'Z', b'h', ..] if head.get(4..6) == Some(b"1A") => "a bzip2 file: unpack it, and upload what is in it",
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => "an xz file: unpack it, and upload what is in it",
        [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => "a 7z archive: unpack it, and upload each file in it by itself",
        [b'P', b'A', b'R', b'1', ..] => "a Parquet file: export it as CSV",
        [0x7F, b'E', b'L', b'F', ..] => "a program (ELF): upload the file that you meant instead",
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] | [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
            "an image: ask for the data as CSV"
        }
        _ => return page(head),
    })
}

/// How many bytes of a document are searched for the names in it.
const FOREIGN_BYTES: usize = 64 * 1024;

/// The name of the stream that holds an encrypted document (MS-OFFCRYPTO, 2.3.4.4), as it is in its directory.
const ENCRYPTED: [u8; 32] = utf16(b"EncryptedPackage");

/// ASCII in UTF-16.
const fn utf16(ascii: &[u8; 16]) -> [u8; 32] {
    let mut units = [0; 32];
    let mut at = 0;
    while at < ascii.len() {
        units[2 * at] = ascii[at];
        at += 1;
    }
    units
}

/// What a file is that is not a workbook, with what to do.
#[must_use]
pub fn no_workbook(head: &[u8]) -> String {
    if let Some(what) = foreign(head) {
        return what.to_owned();
    }
    let what = match Compression::of(head) {
        Some(compression) => return format!("compressed with {compression}: upload the workbook (.xlsx) itself"),
        None if head.is_empty() => "empty: it has no bytes",
        None => "no Excel workbook (.xlsx), but perhaps CSV or another text",
    };
    format!("{what}. Save it as .xlsx, or write in the feed what it is (source.format)")
}

/// The type of a file with markup.
fn page(head: &[u8]) -> Option<&'static str> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let begins = |with: &str| head.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()));
    if begins("<!doctype html") || begins("<html") {
        return Some("a page (HTML), perhaps of a login or an error: download the file again and check its content");
    }
    begins("<?xml ").then_some("an XML document: ask for the data as CSV")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_named() {
        for (head, what) in [
            (&b"PK\x03\x04\x14\0\x08\0..stock.csv.."[..], "a ZIP archive or an office document: unpack it"),
            (b"PK\x07\x08PK\x03\x04", "a ZIP archive that was split"),
            (b"\xD0\xCF\x11\xE0\xA1", "Excel workbook (.xls)"),
            (b"\xD0\xCF\x11\xE0\xA1E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "encrypted Excel workbook"),
            (b"%PDF-1.7\n", "a PDF"),
            (b"\x7FELF\x02\x01", "a program (ELF)"),
            (b"\x89PNG\r\n", "an image"),
            (b"GIF89a", "an image"),
            (b"\xEF\xBB\xBF\r\n<!DOCTYPE html><html>", "a page (HTML)"),
            (b"<HTML><body>", "a page (HTML)"),
            (b"<?xml version=\"1.0\"?>", "an XML document"),
        ] {
            let found = foreign(head).unwrap_or_default();
            assert!(found.contains(what), "{found}");
        }
        for head in [&b"PK,id\n"[..], b"BZh,number\n", b"<id>,name\n", b"7z,id\n", b"", b"id,<html>\n"] {
            assert_eq!(foreign(head), None);
        }
    }

    #[test]
    fn what_is_no_workbook_is_named() {
        for (head, what) in [
            (&b"id,name\n"[..], "no Excel workbook (.xlsx), but perhaps CSV"),
            (b"", "empty"),
            (b"\x1F\x8B\x08\0", "compressed with gzip: upload the workbook"),
            (b"%PDF-1.7\n", "a PDF"),
        ] {
            let found = no_workbook(head);
            assert!(found.contains(what), "{found}");
        }
    }
}
