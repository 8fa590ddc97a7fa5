//! Prints findings in the requested format, as they are found.

use std::io::{BufWriter, ErrorKind, Stdout, Write};

use anstream::AutoStream;

use super::finding::Finding;
use super::summary::Summary;
use super::{rows, text};
use crate::args::CheckFormat;
use crate::ending::Ending;

/// Prints findings to standard output, with colours if it is a terminal that supports them.
pub struct Printer {
    format: CheckFormat,
    file: String,
    out: BufWriter<AutoStream<Stdout>>,
    /// Whether the output was closed.
    closed: bool,
}

impl Printer {
    /// Creates a printer for the findings of a file.
    pub fn new(format: CheckFormat, file: &str) -> std::io::Result<Self> {
        let out = BufWriter::new(anstream::AutoStream::auto(std::io::stdout()));
        let mut printer = Self { format, file: file.to_owned(), out, closed: false };
        if format == CheckFormat::Csv {
            printer.put(&rows::csv_header())?;
        }
        Ok(printer)
    }

    /// Prints a finding.
    pub fn finding(&mut self, finding: &Finding) -> anyhow::Result<()> {
        match self.format {
            CheckFormat::Text => self.put(text::render(&self.file, finding).as_bytes())?,
            CheckFormat::Json => self.put(rows::json(&self.file, finding)?.as_bytes())?,
            CheckFormat::Csv => self.put(&rows::csv(&self.file, finding))?,
        }
        Ok(())
    }

    /// Prints the summary, and returns the exit code. For CSV the summary goes to standard error.
    pub fn end(mut self, summary: &Summary) -> anyhow::Result<Ending> {
        let more = summary.not_listed();
        let more = if more.is_empty() { more } else { format!("{more}\n\n") };
        let text = format!("{more}{}", summary.text());
        match self.format {
            CheckFormat::Text => self.put(text.as_bytes())?,
            CheckFormat::Json => self.put(rows::json_summary(summary)?.as_bytes())?,
            CheckFormat::Csv => eprint!("{text}"),
        }
        self.flush()?;
        Ok(summary.ending())
    }

    /// Writes. A closed output, as after `head`, is not an error.
    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let written = self.out.write_all(bytes);
        self.unless_closed(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.unless_closed(flushed)
    }

    fn unless_closed(&mut self, result: std::io::Result<()>) -> std::io::Result<()> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other,
        }
    }
}
