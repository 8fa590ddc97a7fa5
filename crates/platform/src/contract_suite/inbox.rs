//! The contract of an inbox.

use bytes::Bytes;

use super::objects::bytes;
use crate::Fault;
use crate::inbox::{Inbox, UploadVersion};
use crate::objects::Objects;

/// Whether an inbox really removes versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It removes them.
    Real,
    /// It does nothing, because its file belongs to the user.
    None,
}

/// Tests an inbox that has these uploads under this key, the newest first, and archives into these objects.
///
/// # Panics
/// If it does not.
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

    assert_eq!(all(inbox).await, listed(inbox, key, &versions).await, "page by page, all of them are there once");

    let Some((oldest, newer)) = versions.split_last() else { return };
    inbox.remove(key, &oldest.version_id).await.unwrap();
    inbox.remove(key, &oldest.version_id).await.unwrap();
    if removal == Removal::Real {
        assert_eq!(inbox.versions(key).await.unwrap(), newer, "exactly this version is gone");
        assert_eq!(inbox.head(key, &oldest.version_id).await.unwrap(), None);
        assert_eq!(inbox.first_bytes(key, &oldest.version_id, 9).await.unwrap(), None);
        assert_eq!(inbox.crc64nvme(key, &oldest.version_id).await.unwrap(), None);
        let archived = inbox.archive(oldest, "suite/archive/gone.csv").await;
        assert!(matches!(archived, Err(Fault::Missing { .. })), "{archived:?}");
    } else {
        assert_eq!(inbox.versions(key).await.unwrap(), versions);
    }
}

/// Every version in the inbox, page by page.
async fn all(inbox: &dyn Inbox) -> Vec<UploadVersion> {
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = inbox.page(from.as_ref()).await.unwrap();
        found.extend(page.versions);
        from = page.next;
        if from.is_none() {
            return found;
        }
    }
}

/// The expected versions of all pages: those of this key, and all others that are in the inbox.
async fn listed(inbox: &dyn Inbox, key: &str, versions: &[UploadVersion]) -> Vec<UploadVersion> {
    let mut others = all(inbox).await;
    others.retain(|version| version.key != key);
    others.extend(versions.iter().cloned());
    others.sort_by(|a, b| a.key.cmp(&b.key));
    others
}

async fn one_version(inbox: &dyn Inbox, archive: &dyn Objects, version: &UploadVersion, content: &Bytes) {
    let head = inbox.head(&version.key, &version.version_id).await.unwrap();
    assert_eq!(head.as_ref(), Some(version), "a version looks the same in a list and alone");
    for most in [0, 5, content.len() as u64, content.len() as u64 + 1] {
        let first = inbox.first_bytes(&version.key, &version.version_id, most).await.unwrap().unwrap();
        assert!(*first == content[..content.len().min(usize::try_from(most).unwrap())], "the first {most} bytes");
    }
    let crc = inbox.crc64nvme(&version.key, &version.version_id).await.unwrap();
    let expected = sluice_engine::checksum::Checksum::of(content).to_base64();
    assert!(crc.is_none_or(|crc| crc == expected), "a known checksum is that of the version");
    assert!(!version.etag.is_empty() && !version.etag.contains('"'));
    let time: jiff::Timestamp = version.last_modified.parse().unwrap();
    assert_eq!(crate::clock::rfc3339(time), version.last_modified, "a time has whole seconds");
    let to = format!("suite/archive/{}, with spaces.csv", version.version_id);
    for _ in 0..2 {
        let known = inbox.archive(version, &to).await.unwrap();
        assert_eq!(Some(known), archive.head(&to).await.unwrap());
        assert!(bytes(archive, &to, None).await.unwrap() == content, "the copy is the version");
    }
}
