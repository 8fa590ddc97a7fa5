//! `sluice plan`: the chunks into which a file is cut.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::json;
use sluice_engine::ByteRange;
use sluice_engine::scan::{FilePlan, Origin, ScanError, Scanner, Sizes, Summary};

use crate::args::{Format, PlanArgs};
use crate::ending::{Ending, refused};
use crate::screen::say;

/// How much is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// Why a file cannot be cut.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file cannot be read as records in this dialect.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The encoding has no safe byte ranges, so offsets would refer to decoded text.
    #[error("{0} has no byte ranges: such a file is decoded first, and the chunks are those of the decoded text")]
    Encoding(&'static str),
}

/// Prints the chunks of a file.
///
/// # Errors
/// If the file cannot be cut.
pub fn plan(args: &PlanArgs) -> anyhow::Result<Ending> {
    let how = args.dialect.get();
    if !how.encoding.is_ascii_compatible() {
        return Err(refused(PlanError::Encoding(how.encoding.name()).to_string()));
    }
    let sizes = Sizes { chunk: args.chunk_bytes.get(), record: args.max_record_bytes };
    let scanner = Scanner::new(how.dialect, how.layout, sizes);
    let found = match cut(&args.file, &scanner, args.scan_bytes) {
        Err(error @ PlanError::Scan(_)) => return Err(refused(error.to_string())),
        found => found?,
    };
    say(&print(&found, args.format));
    Ok(Ending::Good)
}

/// Cuts a file by scanning its ranges on all cores.
fn cut(file: &Path, scanner: &Scanner, scan_bytes: NonZeroU64) -> Result<FilePlan, PlanError> {
    let length = file.metadata()?.len();
    let origin = origin(file, scanner)?;
    let next = AtomicU64::new(origin.offset);
    // Each thread takes the next free range.
    let work = || -> io::Result<Vec<Summary>> {
        let mut file = File::open(file)?;
        let mut found = Vec::new();
        loop {
            let start = next.fetch_add(scan_bytes.get(), Ordering::Relaxed);
            if start >= length {
                return Ok(found);
            }
            let mut range = scanner.range(start);
            let end = start.saturating_add(scan_bytes.get()).min(length);
            read(&mut file, ByteRange { start, end }, |piece| range.push(piece))?;
            found.push(range.finish());
        }
    };
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let found =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        found.collect::<io::Result<Vec<_>>>()
    })?;
    let mut found = found.concat();
    found.sort_unstable_by_key(|summary| summary.range().start);
    let start = Summary::start(origin.offset);
    let whole = found.iter().fold(start, |whole, next| whole.then(next, scanner.sizes()));
    let outline = scanner.outline(origin, &whole, length)?;
    let mut opened = File::open(file)?;
    let mut window = |range: Option<ByteRange>| {
        let mut bytes = Vec::new();
        read(&mut opened, range.unwrap_or_default(), |piece| bytes.extend_from_slice(piece)).map(|()| bytes)
    };
    let (header, tail) = (window(outline.header())?, window(outline.tail())?);
    Ok(outline.plan(scanner, &header, &tail)?)
}

/// Where the records of a file may begin.
fn origin(file: &Path, scanner: &Scanner) -> io::Result<Origin> {
    let mut file = File::open(file)?;
    let mut preamble = scanner.preamble();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(preamble.end()),
            Ok(length) => {
                if let Some(origin) = preamble.push(&piece[..length]) {
                    return Ok(origin);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Reads a range of a file in pieces.
fn read(file: &mut File, range: ByteRange, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    file.seek(SeekFrom::Start(range.start))?;
    let mut rest = file.take(range.len());
    let mut piece = vec![0; PIECE];
    loop {
        match rest.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => take(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn print(plan: &FilePlan, format: Format) -> String {
    if format == Format::Json {
        let chunks = plan.chunks.iter().map(|chunk| {
            json!({
                "start": chunk.range.start, "end": chunk.range.end,
                "first_record": chunk.first_record, "first_line": chunk.first_line, "records": chunk.records,
            })
        });
        let header = json!({"start": plan.header.start, "end": plan.header.end});
        return json!({"header": header, "records": plan.records, "chunks": chunks.collect::<Vec<_>>()}).to_string();
    }
    let mut text = format!("{} records in {} chunks\n", plan.records, plan.chunks.len());
    text.push_str("     start       end    record      line   records");
    for chunk in &plan.chunks {
        let (start, end) = (chunk.range.start, chunk.range.end);
        let (record, line, records) = (chunk.first_record, chunk.first_line, chunk.records);
        text.push_str(&format!("\n{start:>10}{end:>10}{record:>10}{line:>10}{records:>10}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::dialect::FileDialect;

    use super::*;

    fn printed(text: &[u8], format: Format, scan_bytes: u64) -> String {
        let how = FileDialect::from_json("{}").unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let scanner = Scanner::new(how.dialect, how.layout, Sizes { chunk: 4, record: 100 });
        print(&cut(file.path(), &scanner, NonZeroU64::new(scan_bytes).unwrap()).unwrap(), format)
    }

    #[test]
    fn chunks_are_shown_to_people_and_programs() {
        let file = b"h\na,1\nb,2\n\"c\n\",3\n";
        for scan_bytes in [1, 2, 5, 100] {
            assert_eq!(printed(file, Format::Json, scan_bytes), printed(file, Format::Json, 1000));
        }
        assert_eq!(
            printed(file, Format::Json, 1000),
            r#"{"chunks":[{"end":6,"first_line":2,"first_record":1,"records":1,"start":2},{"end":10,"first_line":3,"first_record":2,"records":1,"start":6},{"end":17,"first_line":4,"first_record":3,"records":1,"start":10}],"header":{"end":2,"start":0},"records":3}"#
        );
        assert_eq!(
            printed(file, Format::Text, 1000),
            "3 records in 3 chunks\n     start       end    record      line   records\n         2         6         1         2         1\n         6        10         2         3         1\n        10        17         3         4         1"
        );
    }
}
