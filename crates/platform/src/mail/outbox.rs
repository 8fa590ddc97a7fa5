//! Mail that is put into a folder.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{Mail, Mailer};
use crate::Fault;

/// A folder into which mails are put instead of being sent: `0001.txt`, with the head of the mail
/// above its text, and beside it `0001.html`, to be opened in a browser.
#[derive(Clone, Debug)]
pub struct Outbox(PathBuf);

impl Outbox {
    /// The outbox in this folder, which is made where it does not exist.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Fault> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder).map_err(|error| failure("make", &folder, error))?;
        Ok(Self(folder))
    }

    /// The text of the mail with this message id.
    #[must_use]
    pub fn text(&self, message_id: &str) -> PathBuf {
        self.0.join(format!("{message_id}.txt"))
    }

    /// The same as HTML.
    #[must_use]
    pub fn html(&self, message_id: &str) -> PathBuf {
        self.0.join(format!("{message_id}.html"))
    }
}

#[async_trait]
impl Mailer for Outbox {
    /// Answers the number of the mail, which is the name of its files.
    async fn send(&self, mail: &Mail) -> Result<String, Fault> {
        for number in 1_u32.. {
            let id = format!("{number:04}");
            let path = self.text(&id);
            let mut file = match std::fs::File::create_new(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(failure("write", &path, error)),
            };
            write!(file, "To: {}\nSubject: {}\n\n{}", mail.to.join(", "), mail.subject, mail.text)
                .map_err(|error| failure("write", &path, error))?;
            let path = self.html(&id);
            std::fs::write(&path, &mail.html).map_err(|error| failure("write", &path, error))?;
            return Ok(id);
        }
        Err(failure("write to", &self.0, ErrorKind::StorageFull.into()))
    }
}

fn failure(verb: &str, path: &Path, error: std::io::Error) -> Fault {
    Fault::Misconfigured { what: format!("{verb} {}", path.display()), source: Box::new(error) }
}
