//! Objects as files in a folder.

mod concat;
mod folder;

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use sluice_contract::ByteRange;

pub use self::folder::UNFINISHED;
use self::folder::{Folder, Unfinished};
use super::ahead::short;
use super::{Body, ContentType, Existing, Known, ObjectWriter, Objects, Piece, Reading};
use crate::Fault;

/// How many bytes are read at once.
const PIECE: u64 = 256 * 1024;

/// Small writes are gathered to so many bytes. The steps write rows in larger pieces, which are not copied once more.
const GATHERED: usize = 64 * 1024;

/// Objects as files in a folder: keys are paths in it. Content types are not stored; the file name shows them. Nothing
/// is read ahead, because a local file is fast enough. An open file keeps its content when another file takes its name.
///
/// Reading and writing block the thread, because each step has a thread of its own here: to hand every piece to another
/// thread and wait for it would take longer than to copy it.
#[derive(Clone, Debug)]
pub struct FileObjects {
    folder: Folder,
    /// Whether [`Objects::concat`] moves its pieces.
    moves: bool,
}

impl FileObjects {
    /// The objects in this folder, which is created if it does not exist.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn open(folder: impl Into<std::path::PathBuf>) -> Result<Self, Fault> {
        Ok(Self { folder: Folder::open(folder.into())?, moves: false })
    }

    /// The same objects, where [`Objects::concat`] moves its pieces instead of copying them: it removes each object of
    /// which it takes a range. So the result takes no room beside them. For runs that are not resumed, because nobody
    /// can concatenate the pieces a second time.
    #[must_use]
    pub fn moving(self) -> Self {
        Self { moves: true, ..self }
    }

    /// The path of an object, whether or not there is one.
    ///
    /// # Errors
    /// If the key leads out of the folder.
    pub fn path(&self, key: &str) -> Result<std::path::PathBuf, Fault> {
        self.folder.path(key)
    }

    /// Copies a file on this machine to an object, and returns its length.
    pub(crate) async fn import(&self, file: &std::path::Path, key: &str) -> Result<u64, Fault> {
        let unfinished = self.folder.begin(key)?;
        // In another thread, so that Ctrl-C need not wait for a long copy. The kernel copies, or shares the blocks.
        let copied = tokio::fs::copy(file, unfinished.path()).await;
        let length = copied.map_err(|error| io(&format!("copy {} to", file.display()), key, error))?;
        unfinished.publish()?;
        Ok(length)
    }

    /// Makes a file on this machine an object without copying it: as a symbolic link, or as a hard link if the file is in
    /// this folder, because it may lose its first name then. The object changes with the file.
    pub(crate) fn name(&self, file: &std::path::Path, key: &str) -> Result<(), Fault> {
        let fail = |error| io(&format!("link {} to", file.display()), key, error);
        let file = file.canonicalize().map_err(fail)?;
        if self.folder.holds(&file) {
            return self.folder.link(&file, key);
        }
        let unfinished = self.folder.begin(key)?;
        std::os::unix::fs::symlink(&file, unfinished.path()).map_err(fail)?;
        unfinished.publish()
    }

    /// Gives an object that never changes a second key, unless that key is taken: as a hard link, or as a copy if the
    /// file system has no hard links.
    pub(crate) async fn link(&self, from: &str, to: &str) -> Result<(), Fault> {
        let source = self.path(from)?;
        match self.folder.link(&source, to) {
            Err(_) if self.head(to).await?.is_none() => self.import(&source, to).await.map(drop),
            linked => linked,
        }
    }

    fn write(&self, key: &str, bytes: &[u8]) -> Result<Unfinished, Fault> {
        let unfinished = self.folder.begin(key)?;
        std::fs::write(unfinished.path(), bytes).map_err(|error| io("write", key, error))?;
        Ok(unfinished)
    }
}

#[async_trait]
impl Objects for FileObjects {
    async fn head(&self, key: &str) -> Result<Option<Known>, Fault> {
        match std::fs::metadata(self.path(key)?) {
            Ok(metadata) => Ok(metadata.is_file().then_some(Known { bytes: metadata.len(), crc64nvme: None })),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(io("look at", key, error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        self.folder.list(prefix)
    }

    async fn read(&self, key: &str, range: Option<ByteRange>, _: Reading) -> Result<Body, Fault> {
        let mut file = File::open(self.path(key)?).map_err(|error| io("read", key, error))?;
        let length = file.metadata().map_err(|error| io("look at", key, error))?.len();
        let range = range.unwrap_or(ByteRange { start: 0, end: length });
        if range.is_empty() {
            return Ok(Box::pin(stream::empty()));
        }
        if range.end > length {
            return Err(short(key, range, length));
        }
        file.seek(SeekFrom::Start(range.start)).map_err(|error| io("read", key, error))?;
        Ok(Box::pin(stream::iter(Pieces { file, key: key.to_owned(), range, at: range.start })))
    }

    async fn put(&self, key: &str, _: ContentType, bytes: Bytes, existing: Existing) -> Result<bool, Fault> {
        let unfinished = self.write(key, &bytes)?;
        match existing {
            Existing::Replace => unfinished.publish().map(|()| true),
            Existing::Keep => unfinished.publish_once(),
        }
    }

    async fn create(&self, key: &str, _: ContentType) -> Result<Box<dyn ObjectWriter>, Fault> {
        let unfinished = self.folder.begin(key)?;
        let file = File::create(unfinished.path()).map_err(|error| io("write", key, error))?;
        Ok(Box::new(Writer { file: BufWriter::with_capacity(GATHERED, file), unfinished, length: 0 }))
    }

    async fn concat(&self, key: &str, _: ContentType, _: &str, pieces: Vec<Piece>) -> Result<u64, Fault> {
        self.put_together(key, &pieces)
    }
}

/// A range of a file, piece by piece. It fails if the file has become shorter.
struct Pieces {
    file: File,
    key: String,
    range: ByteRange,
    /// Where the next piece begins.
    at: u64,
}

impl Iterator for Pieces {
    type Item = Result<Bytes, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.range.end - self.at;
        if rest == 0 {
            return None;
        }
        let length = rest.min(PIECE);
        let mut piece = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        Some(match (&self.file).take(length).read_to_end(&mut piece) {
            Ok(0) => Err(short(&self.key, self.range, self.at)),
            Ok(read) => {
                self.at += read as u64;
                Ok(piece.into())
            }
            Err(error) => Err(io("read", &self.key, error)),
        })
    }
}

/// A file that is being written under another name.
struct Writer {
    file: BufWriter<File>,
    unfinished: Unfinished,
    length: u64,
}

#[async_trait]
impl ObjectWriter for Writer {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.file.write_all(bytes).map_err(|error| io("write", self.unfinished.key(), error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<u64, Fault> {
        self.file.flush().map_err(|error| io("write", self.unfinished.key(), error))?;
        self.unfinished.publish()?;
        Ok(self.length)
    }
}

/// Whether there is no such file. That includes a path in which a file takes the place of a folder.
fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The fault of a file system error. None of these errors is temporary.
fn io(verb: &str, key: &str, error: std::io::Error) -> Fault {
    if is_missing(&error) {
        return Fault::Missing { what: format!("object {key}") };
    }
    Fault::Misconfigured { what: format!("{verb} object {key}"), source: Box::new(error) }
}
