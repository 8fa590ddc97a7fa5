//! Concatenates a file from pieces of other files, by the kernel if possible.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use sluice_contract::ByteRange;

use super::{FileObjects, io, short};
use crate::Fault;
use crate::objects::Piece;

impl FileObjects {
    /// Writes the pieces one after another, and returns their total length.
    pub(super) fn put_together(&self, key: &str, pieces: &[Piece]) -> Result<u64, Fault> {
        let unfinished = self.folder.begin(key)?;
        let begun = if self.moves { self.begin_with(pieces, unfinished.path())? } else { 0 };
        let fail = |error| io("write", key, error);
        // Not opened for appending, because the kernel copies from file to file only where the target has a position.
        let target = File::options().write(true).create(true).truncate(false).open(unfinished.path());
        let mut target = target.map_err(fail)?;
        target.seek(SeekFrom::End(0)).map_err(fail)?;
        for piece in &pieces[begun..] {
            self.append(&mut target, key, piece)?;
            if let (true, Piece::Range { key, .. }) = (self.moves, piece) {
                std::fs::remove_file(self.path(key)?).map_err(|error| io("remove", key, error))?;
            }
        }
        unfinished.publish()?;
        Ok(pieces.iter().map(Piece::len).sum())
    }

    /// If the first pieces are exactly a whole object, gives its file this path. Returns the number of these pieces.
    fn begin_with(&self, pieces: &[Piece], path: &Path) -> Result<usize, Fault> {
        let [Piece::Bytes(head), Piece::Range { key, range }, ..] = pieces else { return Ok(0) };
        let first = self.path(key)?;
        let fail = |error| io("read", key, error);
        let mut file = File::open(&first).map_err(fail)?;
        let whole = ByteRange { start: head.len() as u64, end: file.metadata().map_err(fail)?.len() };
        let mut begin = vec![0; head.len()];
        if *range != whole || file.read_exact(&mut begin).is_err() || begin != *head {
            return Ok(0);
        }
        std::fs::rename(first, path).map_err(|error| io("move", key, error))?;
        Ok(2)
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use bytes::Bytes;

    use super::*;
    use crate::objects::{ContentType, Existing, Objects};

    #[tokio::test]
    async fn pieces_are_moved_only_where_that_is_asked_for() {
        for (head, moves, first_is_moved) in [("h\n", true, true), ("x\n", true, false), ("h\n", false, false)] {
            let folder = tempfile::tempdir().unwrap();
            let objects = FileObjects::open(folder.path()).unwrap();
            let objects = if moves { objects.moving() } else { objects };
            let mut pieces = vec![Piece::Bytes(Bytes::from(head))];
            for key in ["a", "b", "c"] {
                let bytes = Bytes::from(format!("h\n{key}\n"));
                objects.put(key, ContentType::Csv, bytes, Existing::Replace).await.unwrap();
                pieces.push(Piece::Range { key: key.to_owned(), range: ByteRange { start: 2, end: 4 } });
            }
            let file = |key: &str| std::fs::metadata(objects.path(key).unwrap());
            let first = file("a").unwrap().ino();
            assert_eq!(objects.concat("all", ContentType::Csv, "scratch", pieces).await.unwrap(), 8);
            assert_eq!(std::fs::read_to_string(objects.path("all").unwrap()).unwrap(), format!("{head}a\nb\nc\n"));
            assert_eq!(file("all").unwrap().ino() == first, first_is_moved);
            assert!(["a", "b", "c"].iter().all(|key| file(key).is_err() == moves), "{head:?} {moves}");
        }
    }
}
