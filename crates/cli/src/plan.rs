//! `sluice plan`: the chunks into which a file is cut.

use std::fs::File;
use std::io::{self, Read};

use serde_json::json;
use sluice_engine::record::ReadError;
use sluice_engine::scan::{FilePlan, Splitter};

use crate::args::{Format, PlanArgs};
use crate::ending::Ending;
use crate::screen::say;

/// Read at a time.
const PIECE: usize = 64 * 1024;

/// Why a file cannot be cut.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The dialect makes no records of the file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Offsets would be those of another text.
    #[error("{0} has no byte ranges: such a file is decoded first, and the chunks are those of the decoded text")]
    Encoding(&'static str),
}

/// Prints where the chunks of a file lie.
///
/// # Errors
/// Where the file cannot be cut.
pub fn plan(args: &PlanArgs) -> Result<Ending, PlanError> {
    let how = args.dialect.get();
    if !how.encoding.is_ascii_compatible() {
        return Err(PlanError::Encoding(how.encoding.name()));
    }
    let splitter = Splitter::new(how.dialect, how.layout, args.chunk_bytes.get());
    say(&print(&cut(File::open(&args.file)?, splitter)?, args.format));
    Ok(Ending::Good)
}

fn cut(mut file: impl Read, mut splitter: Splitter) -> Result<FilePlan, PlanError> {
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(splitter.finish()?),
            Ok(length) => splitter.push(&piece[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
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

    fn printed(file: &[u8], format: Format) -> String {
        let how = FileDialect::from_json("{}").unwrap();
        print(&cut(file, Splitter::new(how.dialect, how.layout, 4)).unwrap(), format)
    }

    #[test]
    fn chunks_are_shown_to_people_and_programs() {
        let file = b"h\na,1\nb,2\n\"c\n\",3\n";
        assert_eq!(
            printed(file, Format::Json),
            r#"{"chunks":[{"end":6,"first_line":2,"first_record":1,"records":1,"start":2},{"end":10,"first_line":3,"first_record":2,"records":1,"start":6},{"end":17,"first_line":4,"first_record":3,"records":1,"start":10}],"header":{"end":2,"start":0},"records":3}"#
        );
        assert_eq!(
            printed(file, Format::Text),
            "3 records in 3 chunks\n     start       end    record      line   records\n         2         6         1         2         1\n         6        10         2         3         1\n        10        17         3         4         1"
        );
    }
}
