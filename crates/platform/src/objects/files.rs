//! Objects as files in a folder.

mod concat;
mod folder;

use std::io::{ErrorKind, SeekFrom};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::stream;
use sluice_contract::ByteRange;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};

pub use self::folder::UNFINISHED;
use self::folder::{Folder, Unfinished};
use super::ahead::short;
use super::{Body, ContentType, Existing, Known, ObjectWriter, Objects, Piece, Reading};
use crate::Fault;

/// How many bytes are read at once.
const PIECE: usize = 256 * 1024;

/// Objects as files in a folder: keys are paths in it. Content types are not stored; the file name shows them. Nothing
/// is read ahead, because a local file is fast enough. An open file keeps its content when another file takes its name.
#[derive(Clone, Debug)]
pub struct FileObjects(Folder);

impl FileObjects {
    /// The objects in this folder, which is created if it does not exist.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn open(folder: impl Into<std::path::PathBuf>) -> Result<Self, Fault> {
        Folder::open(folder.into()).map(Self)
    }

    /// The path of an object, whether or not there is one.
    ///
    /// # Errors
    /// If the key leads out of the folder.
    pub fn path(&self, key: &str) -> Result<std::path::PathBuf, Fault> {
        self.0.path(key)
    }

    /// Copies a file on this machine to an object, and returns its length.
    pub(crate) async fn import(&self, file: &std::path::Path, key: &str) -> Result<u64, Fault> {
        let unfinished = self.0.begin(key).await?;
        let copied = tokio::fs::copy(file, unfinished.path()).await;
        let length = copied.map_err(|error| io(&format!("copy {} to", file.display()), key, error))?;
        unfinished.publish().await?;
        Ok(length)
    }

    /// Gives an object that never changes a second key, unless that key is taken: as a hard link, or as a copy if the
    /// file system has no hard links.
    pub(crate) async fn link(&self, from: &str, to: &str) -> Result<(), Fault> {
        let source = self.path(from)?;
        match self.0.link(&source, to).await {
            Err(_) if self.head(to).await?.is_none() => self.import(&source, to).await.map(drop),
            linked => linked,
        }
    }

    async fn write(&self, key: &str, bytes: &[u8]) -> Result<Unfinished, Fault> {
        let unfinished = self.0.begin(key).await?;
        tokio::fs::write(unfinished.path(), bytes).await.map_err(|error| io("write", key, error))?;
        Ok(unfinished)
    }
}

#[async_trait]
impl Objects for FileObjects {
    async fn head(&self, key: &str) -> Result<Option<Known>, Fault> {
        match tokio::fs::metadata(self.path(key)?).await {
            Ok(metadata) => Ok(metadata.is_file().then_some(Known { bytes: metadata.len(), crc64nvme: None })),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(io("look at", key, error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        self.0.list(prefix)
    }

    async fn read(&self, key: &str, range: Option<ByteRange>, _: Reading) -> Result<Body, Fault> {
        let mut file = File::open(self.path(key)?).await.map_err(|error| io("read", key, error))?;
        let length = file.metadata().await.map_err(|error| io("look at", key, error))?.len();
        let range = range.unwrap_or(ByteRange { start: 0, end: length });
        if range.is_empty() {
            return Ok(Box::pin(stream::empty()));
        }
        if range.end > length {
            return Err(short(key, range, length));
        }
        file.seek(SeekFrom::Start(range.start)).await.map_err(|error| io("read", key, error))?;
        Ok(body(file.take(range.len()), key.to_owned(), range))
    }

    async fn put(&self, key: &str, _: ContentType, bytes: Bytes, existing: Existing) -> Result<bool, Fault> {
        let unfinished = self.write(key, &bytes).await?;
        match existing {
            Existing::Replace => unfinished.publish().await.map(|()| true),
            Existing::Keep => unfinished.publish_once().await,
        }
    }

    async fn create(&self, key: &str, _: ContentType) -> Result<Box<dyn ObjectWriter>, Fault> {
        let unfinished = self.0.begin(key).await?;
        let file = File::create(unfinished.path()).await.map_err(|error| io("write", key, error))?;
        Ok(Box::new(Writer { file: BufWriter::with_capacity(PIECE, file), unfinished, length: 0 }))
    }

    async fn concat(&self, key: &str, _: ContentType, _: &str, pieces: Vec<Piece>) -> Result<u64, Fault> {
        self.put_together(key, pieces).await
    }
}

/// A range of a file as a stream, which fails if the file has become shorter.
fn body(file: tokio::io::Take<File>, key: String, range: ByteRange) -> Body {
    Box::pin(stream::try_unfold((file, key), move |(mut file, key)| async move {
        if file.limit() == 0 {
            return Ok(None);
        }
        let mut piece = BytesMut::with_capacity(PIECE);
        match file.read_buf(&mut piece).await {
            Ok(0) => Err(short(&key, range, range.end - file.limit())),
            Ok(_) => Ok(Some((piece.freeze(), (file, key)))),
            Err(error) => Err(io("read", &key, error)),
        }
    }))
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
        self.file.write_all(bytes).await.map_err(|error| io("write", self.unfinished.key(), error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<u64, Fault> {
        self.file.flush().await.map_err(|error| io("write", self.unfinished.key(), error))?;
        self.unfinished.publish().await?;
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
