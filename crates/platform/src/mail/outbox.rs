//! Mail in a folder.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{Mail, Mailer};
use crate::Fault;

/// Writes mails into a folder instead of sending them: `0001.txt` with recipients, subject and text, and `0001.html`
/// for a browser.
#[derive(Clone, Debug)]
pub struct Outbox(PathBuf);

impl Outbox {
    /// The outbox in this folder, which is created if it does not exist.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Fault> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder).map_err(|error| failure("make", &folder, error))?;
        Ok(Self(folder))
    }

    /// The path of the text of the mail with this message id.
    #[must_use]
    pub fn text(&self, message_id: &str) -> PathBuf {
        self.0.join(format!("{message_id}.txt"))
    }

    /// The path of the text of the first of the mails with these ids (`a, b`). All of them say the same.
    #[must_use]
    pub fn first(&self, message_ids: &str) -> PathBuf {
        self.text(message_ids.split(", ").next().unwrap_or_default())
    }

    /// The path of the HTML of a mail.
    #[must_use]
    pub fn html(&self, message_id: &str) -> PathBuf {
        self.0.join(format!("{message_id}.html"))
    }
}

#[async_trait]
impl Mailer for Outbox {
    /// Returns the number of the mail as its message id. Its files have that name.
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
