//! `sluice records`: prints every record of a file as one JSON array of arrays of strings.
//!
//! Records are printed as they are read, in bounded memory. If the file turns out to be unreadable, the array
//! is left open and the exit code is 4.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Write};

use sluice_engine::encoding::SourceText;
use sluice_engine::fixed::FixedReader;
use sluice_engine::json::LineReader;
use sluice_engine::record::{Position, ReadError, Reader, Record};
use sluice_engine::row::Row;
use sluice_engine::row_reader::RowReader;

use crate::args::RecordsArgs;
use crate::decode::{DecodeError, Decoded};
use crate::dialect::{FileDialect, Lines};
use crate::ending::{Ending, refused};

/// Why not all records could be printed.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The file cannot be opened, or the output cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file contains bytes that are invalid in its encoding.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The file cannot be read as records in this dialect.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A line is no record.
    #[error("line {line} {what}")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
}

/// Prints all records of a file. A closed output, as after `head`, is not an error.
///
/// # Errors
/// If the file cannot be read to its end.
pub fn records(args: &RecordsArgs) -> anyhow::Result<Ending> {
    let output = BufWriter::new(io::stdout().lock());
    match print(File::open(&args.file)?, args.dialect.get(), output) {
        Err(RecordsError::Io(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Ending::Good),
        Err(
            error @ (RecordsError::Read(_)
            | RecordsError::Line { .. }
            | RecordsError::Decode(DecodeError::Malformed { .. })),
        ) => Err(refused(error.to_string())),
        printed => Ok(printed.map(|()| Ending::Good)?),
    }
}

fn print(file: impl Read, how: FileDialect, mut output: impl Write) -> Result<(), RecordsError> {
    let mut decoded = Decoded::new(file, how.encoding);
    let start = if how.layout.header { Position::START } else { Position::START_OF_DATA };
    let mut reader = Reader::new(how.dialect, start).skip_lines(how.layout.skip_lines);
    let text = SourceText::UTF_8;
    let mut lines = how.lines.map(|lines| match lines {
        Lines::Json(pointers) => RowReader::Json(Box::new(LineReader::new(&pointers, text))),
        Lines::Fixed(layout) => RowReader::Fixed(Box::new(FixedReader::new(layout, text))),
    });
    let mut ended = false;
    let mut before: &[u8] = b"[";
    while !ended {
        match decoded.next()? {
            Some(piece) => reader.push(piece),
            None => {
                reader.end();
                ended = true;
            }
        }
        while let Some(record) = reader.next_record()? {
            output.write_all(before)?;
            match lines.as_mut().map(|lines| lines.read(&record)) {
                None => row(&record, &mut output)?,
                Some(Row { record: Ok(made), .. }) => row(&made, &mut output)?,
                Some(Row { problem, .. }) => {
                    let what = problem.map(|problem| problem.message).unwrap_or_default();
                    return Err(RecordsError::Line { line: record.position.line, what });
                }
            }
            before = b",\n";
        }
    }
    output.write_all(if before == b"[" { b"[]\n" } else { b"]\n" })?;
    output.flush()?;
    Ok(())
}

fn row(record: &Record<'_>, output: &mut impl Write) -> io::Result<()> {
    output.write_all(b"[")?;
    for (at, cell) in record.iter().enumerate() {
        output.write_all(if at == 0 { b"" } else { b"," })?;
        serde_json::to_writer(&mut *output, &String::from_utf8_lossy(cell))?;
    }
    output.write_all(b"]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(file: &[u8], dialect: &str) -> Result<String, String> {
        let mut output = Vec::new();
        print(file, FileDialect::from_json(dialect).unwrap(), &mut output).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(output).unwrap())
    }

    #[test]
    fn records_are_one_json_array() {
        for (file, dialect, expected) in [
            (&b""[..], "{}", "[]\n"),
            (b"a,\"b\n\"\nc", "{}", "[[\"a\",\"b\\n\"],\n[\"c\"]]\n"),
            (
                b"title\na;\xe4\n",
                r#"{"delimiter": ";", "skipLines": 1, "encoding": "latin1"}"#,
                "[[\"a\",\"\u{e4}\"]]\n",
            ),
            (b"\xff\xfea\0,\0\n\0", "{}", "[[\"a\",\"\"]]\n"),
            (b"a||b|\n", r#"{"delimiter": "||"}"#, "[[\"a\",\"b|\"]]\n"),
            (
                b"{\"a\": 1.50, \"b\": [2]}\n\n{}\n",
                r#"{"format": "jsonl", "columns": ["/a", "/b/0"]}"#,
                "[[\"1.50\",\"2\"],\n[\"\",\"\"]]\n",
            ),
            (b"[1]\n", r#"{"format": "jsonl"}"#, "[[\"[1]\"]]\n"),
            (
                b"x\n01 ab \n02\n03 cd  e\n",
                r#"{"format": "fixed", "skipLines": 1, "fixed": {"columns": [{"label": "n", "width": 2}, {"label": "w", "start": 4, "end": 6}]}}"#,
                "[[\"01\",\"ab\"],\n[\"02\"],\n[\"03\",\"cd\",\"e\"]]\n",
            ),
        ] {
            assert_eq!(printed(file, dialect).as_deref(), Ok(expected), "{dialect}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error() {
        assert!(printed(b"a\n\"b", "{}").unwrap_err().starts_with("the file ends inside a quoted cell"));
        let broken = printed(b"{}\n{\n", r#"{"format": "jsonl"}"#).unwrap_err();
        assert!(broken.starts_with("line 2 "), "{broken}");
        assert_eq!(printed(b"a\xe4", "{}"), Err("the bytes before byte 2 are not UTF-8".into()));
    }
}
