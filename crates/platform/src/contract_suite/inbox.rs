//! What an inbox must do.

use bytes::Bytes;

use super::objects::bytes;
use crate::Fault;
use crate::inbox::{Inbox, UploadVersion};
use crate::objects::Objects;

/// Whether an inbox removes what it is told to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It does.
    Real,
    /// It does nothing: what lies in it is somebody's own.
    None,
}

/// What every inbox must do that holds these uploads under this key, the newest first, and
/// archives into these objects.
///
/// # Panics
/// Where it does not.
pub async fn inbox(inbox: &dyn Inbox, archive: &dyn Objects, key: &str, newest_first: &[Bytes], removal: Removal) {
    let versions = inbox.versions(key).await.unwrap();
    let sizes: Vec<u64> = versions.iter().map(|version| version.bytes).collect();
    let expected: Vec<u64> = newest_first.iter().map(|upload| upload.len() as u64).collect();
    assert_eq!(sizes, expected, "all versions are there, the newest first");
    for (version, content) in versions.iter().zip(newest_first) {
        one_version(inbox, archive, version, content).await;
    }
    let prefix = &key[..key.len() - 1];
    assert_eq!(inbox.versions(prefix).await.unwrap(), [], "a prefix of a key is another key");

    let Some((oldest, newer)) = versions.split_last() else { return };
    inbox.remove(key, &oldest.version_id).await.unwrap();
    inbox.remove(key, &oldest.version_id).await.unwrap();
    if removal == Removal::Real {
        assert_eq!(inbox.versions(key).await.unwrap(), newer, "exactly this version is gone");
        assert_eq!(inbox.head(key, &oldest.version_id).await.unwrap(), None);
        let archived = inbox.archive(oldest, "suite/archive/gone.csv").await;
        assert!(matches!(archived, Err(Fault::Missing { .. })), "{archived:?}");
    } else {
        assert_eq!(inbox.versions(key).await.unwrap(), versions);
    }
}

async fn one_version(inbox: &dyn Inbox, archive: &dyn Objects, version: &UploadVersion, content: &Bytes) {
    let head = inbox.head(&version.key, &version.version_id).await.unwrap();
    assert_eq!(head.as_ref(), Some(version), "a version looks the same in a list and alone");
    assert!(!version.etag.is_empty() && !version.etag.contains('"'));
    let time: jiff::Timestamp = version.last_modified.parse().unwrap();
    assert_eq!(crate::clock::rfc3339(time), version.last_modified, "a time has whole seconds");
    let to = format!("suite/archive/{}, with spaces.csv", version.version_id);
    for _ in 0..2 {
        inbox.archive(version, &to).await.unwrap();
        assert!(bytes(archive, &to, None).await.unwrap() == content, "the copy is the version");
    }
}
