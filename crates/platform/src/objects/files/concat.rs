//! Concatenates a file from pieces of other files, by the kernel if possible.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use super::{FileObjects, io, short};
use crate::Fault;
use crate::objects::Piece;

impl FileObjects {
    /// Writes the pieces one after another, and returns their total length.
    pub(super) async fn put_together(&self, key: &str, pieces: Vec<Piece>) -> Result<u64, Fault> {
        let unfinished = self.0.begin(key).await?;
        let (objects, target, key) = (self.clone(), unfinished.path().to_owned(), key.to_owned());
        let work = move || {
            let mut target = File::create(target).map_err(|error| io("write", &key, error))?;
            for piece in &pieces {
                objects.append(&mut target, &key, piece)?;
            }
            Ok::<u64, Fault>(pieces.iter().map(Piece::len).sum())
        };
        // A panic of the blocking task becomes a transient fault.
        let length = match tokio::task::spawn_blocking(work).await {
            Ok(length) => length?,
            Err(error) => {
                let what = format!("write object {}", unfinished.key());
                return Err(Fault::Transient { what, source: Box::new(error) });
            }
        };
        unfinished.publish().await?;
        Ok(length)
    }

    fn append(&self, target: &mut File, key: &str, piece: &Piece) -> Result<(), Fault> {
        match piece {
            Piece::Bytes(bytes) => target.write_all(bytes).map_err(|error| io("write", key, error)),
            Piece::Range { range, .. } if range.is_empty() => Ok(()),
            Piece::Range { key: source, range } => {
                let fail = |error| io("read", source, error);
                let mut file = File::open(self.path(source)?).map_err(fail)?;
                file.seek(SeekFrom::Start(range.start)).map_err(fail)?;
                // From file to file this is one system call that copies inside the kernel.
                let copied = std::io::copy(&mut file.take(range.len()), target);
                let copied = copied.map_err(|error| io("write", key, error))?;
                if copied == range.len() { Ok(()) } else { Err(short(source, *range, range.start + copied)) }
            }
        }
    }
}
