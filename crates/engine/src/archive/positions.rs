//! A reader that can be read at any position.

use std::cell::RefCell;
use std::io::{Read, Seek, SeekFrom};

use rawzip::ReaderAt;

/// A reader that is moved to where it is read.
pub(super) struct Positions<R> {
    /// The reader, and where it stands, so that it moves only if it must.
    reader: RefCell<(R, u64)>,
    length: u64,
}

impl<R: Read + Seek> Positions<R> {
    /// Takes a reader, and finds out its length.
    pub fn new(mut reader: R) -> std::io::Result<Self> {
        let length = reader.seek(SeekFrom::End(0))?;
        Ok(Self { reader: RefCell::new((reader, length)), length })
    }

    /// The length of what is read, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl<R: Read + Seek> ReaderAt for Positions<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let (reader, at) = &mut *self.reader.borrow_mut();
        if *at != offset {
            *at = reader.seek(SeekFrom::Start(offset))?;
        }
        let read = reader.read(buffer)?;
        *at += read as u64;
        Ok(read)
    }
}
