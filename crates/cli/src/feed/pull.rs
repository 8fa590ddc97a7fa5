//! `sluice feed pull`: writes a feed of a stack to a folder, with the files that it names.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sluice_engine::feed::{FeedName, files_of};
use sluice_platform::World;
use sluice_platform::feeds::{self, Feed, FeedError};

use crate::args::FeedPullArgs;
use crate::ending::{Ending, misused, refused};
use crate::place::Deployed;
use crate::screen::say;

/// Writes a feed to a folder.
pub async fn pull(args: &FeedPullArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(&args.stack).await?;
    let feed = match feeds::load(&*deployed.world.objects(), &args.feed).await {
        Ok(feed) => feed,
        Err(FeedError::Fault(fault)) => return Err(fault.into()),
        Err(error) => return Err(refused(error.to_string())),
    };
    for line in write(&feed, &args.feed, &args.out, args.force)? {
        say(&line);
    }
    Ok(Ending::Good)
}

/// Writes a feed and the files that it names. If it would overwrite a different file, it writes nothing.
fn write(feed: &Feed, name: &FeedName, folder: &Path, force: bool) -> anyhow::Result<Vec<String>> {
    let beside = feed.files.iter().map(|(name, text)| (folder.join(name), text));
    let files: Vec<(PathBuf, &str)> =
        beside.chain([(folder.join(format!("{name}.yaml")), feed.yaml.as_str())]).collect();
    let mut wanted = Vec::new();
    for (path, text) in files {
        let there = match std::fs::read(&path) {
            Ok(there) => Some(there),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let same = there.as_deref() == Some(text.as_bytes());
        if there.is_some() && !same && !force {
            return Err(misused(format!("{} is different; --force overwrites it", path.display())));
        }
        wanted.push((path, text, same));
    }
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let mut lines = Vec::new();
    for (path, text, same) in wanted {
        if same {
            lines.push(format!("{}: unchanged", path.display()));
        } else {
            std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
            lines.push(format!("wrote {}", path.display()));
        }
    }
    let missing = files_of(&feed.yaml).into_iter().filter(|name| feed.files.get(name).is_none());
    lines.extend(missing.map(|name| format!("the feed names {name}, which is not in the stack")));
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_different_is_overwritten_only_if_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("feeds");
        let name: FeedName = "shop".parse().unwrap();
        let yaml = "version: 1\nname: shop\nschema: shop.schema.json\nimport: {table: shop, key: [id]}\n";
        let mut feed = Feed { yaml: yaml.to_owned(), ..Feed::default() };
        let lines = write(&feed, &name, &out, false).unwrap();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[1], "the feed names shop.schema.json, which is not in the stack");

        feed.files.insert("shop.schema.json".to_owned(), "{}".to_owned());
        let lines = write(&feed, &name, &out, false).unwrap();
        assert!(lines[0].starts_with("wrote ") && lines[1].ends_with("shop.yaml: unchanged"), "{lines:?}");

        std::fs::write(out.join("shop.yaml"), "mine").unwrap();
        std::fs::remove_file(out.join("shop.schema.json")).unwrap();
        let error = write(&feed, &name, &out, false).unwrap_err();
        assert!(error.to_string().ends_with("shop.yaml is different; --force overwrites it"), "{error}");
        assert!(!out.join("shop.schema.json").exists(), "nothing is written where one file is kept");
        write(&feed, &name, &out, true).unwrap();
        assert_eq!(std::fs::read_to_string(out.join("shop.yaml")).unwrap(), yaml);
    }
}
