//! The encoding of a file, and its text.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::Context;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes that are read at once.
const PART: usize = 64 * 1024;

/// Of UTF-16 without a mark, at least this share of the bytes at even or at odd places is 0, in percent.
const ZEROES: usize = 40;

/// The encoding of a file: told by its byte order mark, UTF-8 where all of it is, otherwise a guess.
pub fn detect(path: &Path) -> anyhow::Result<&'static Encoding> {
    let mut begin = Vec::with_capacity(PART);
    open(path)?.take(PART as u64).read_to_end(&mut begin).with_context(|| reading(path))?;
    if let Some((encoding, _)) = Encoding::for_bom(&begin) {
        return Ok(encoding);
    }
    let zeroes = |at: usize| begin.iter().skip(at).step_by(2).filter(|byte| **byte == 0).count();
    let many = |zeroes: usize| zeroes > 0 && zeroes * 100 >= begin.len() / 2 * ZEROES;
    match (many(zeroes(0)), many(zeroes(1))) {
        (true, false) => return Ok(UTF_16BE),
        (false, true) => return Ok(UTF_16LE),
        _ => {}
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let utf8 = parts(
        path,
        UTF_8,
        |bytes| {
            detector.feed(bytes, bytes.is_empty());
        },
        |_| Ok(()),
    )?;
    Ok(if utf8 { UTF_8 } else { detector.guess(None, Utf8Detection::Deny) })
}

/// Hands the text of a file to `each`, part by part, and an empty part at its end. `false` where bytes
/// were not of the encoding, and so were replaced.
pub fn decode(
    path: &Path,
    encoding: &'static Encoding,
    each: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<bool> {
    parts(path, encoding, |_| {}, each)
}

fn parts(
    path: &Path,
    encoding: &'static Encoding,
    mut bytes: impl FnMut(&[u8]),
    mut text: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<bool> {
    let mut file = open(path)?;
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut clean = true;
    let mut input = vec![0; PART];
    let mut output = String::with_capacity(4 * PART);
    loop {
        let read = file.read(&mut input).with_context(|| reading(path))?;
        bytes(&input[..read]);
        let mut rest = &input[..read];
        loop {
            let (result, taken, replaced) = decoder.decode_to_string(rest, &mut output, read == 0);
            clean &= !replaced;
            rest = &rest[taken..];
            if !output.is_empty() {
                text(&output)?;
                output.clear();
            }
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        if read == 0 {
            text("")?;
            return Ok(clean);
        }
    }
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    Ok(BufReader::new(File::open(path).with_context(|| reading(path))?))
}

fn reading(path: &Path) -> String {
    format!("reading {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_files() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let long = "näme;größe\n".repeat(20_000);
        for (bytes, name, text) in [
            ("näme".as_bytes().to_vec(), "UTF-8", "näme"),
            (b"\xEF\xBB\xBFname".to_vec(), "UTF-8", "name"),
            (b"\xFF\xFEn\0".to_vec(), "UTF-16LE", "n"),
            (utf16("name;size\n"), "UTF-16LE", "name;size\n"),
            (b"Stra\xDFe f\xFCr M\xE4nner\n".to_vec(), "windows-1252", "Straße für Männer\n"),
            (long.as_bytes().to_vec(), "UTF-8", &long),
            (Vec::new(), "UTF-8", ""),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &bytes).unwrap();
            let encoding = detect(file.path()).unwrap();
            assert_eq!(encoding.name(), name);
            let mut read = String::new();
            let clean = decode(file.path(), encoding, |part| {
                read.push_str(part);
                Ok(())
            });
            assert!(clean.unwrap() && read == text, "{name}");
        }
    }
}
