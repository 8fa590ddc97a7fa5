//! `sluice feed schema`: the schema of feeds for editors. It is part of the program, so both always have the
//! same version.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;

use crate::ending::Ending;
use crate::screen::say;

/// The schema of the feed language, as `feeds/` has it.
const SCHEMA: &str = include_str!("../../../../feeds/feed.schema.json");

/// Its name in the first line of a feed.
const NAME: &str = "feed.schema.json";

/// Prints it.
pub fn schema() -> Ending {
    say(SCHEMA.trim_end());
    Ending::Good
}

/// Writes it beside a feed, where the feed's first line refers to it. An existing file is kept.
pub fn put_beside(feed: &Path) -> anyhow::Result<()> {
    let path = feed.with_file_name(NAME);
    let writing = || format!("writing {}", path.display());
    match File::create_new(&path) {
        Ok(mut file) => {
            file.write_all(SCHEMA.as_bytes()).with_context(writing)?;
            say(&format!("wrote {}, with which editors check feeds", path.display()));
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if std::fs::read(&path).with_context(|| format!("reading {}", path.display()))? != SCHEMA.as_bytes() {
                say(&format!(
                    "{0} is of another version of sluice and was kept: sluice feed schema > {0}",
                    path.display()
                ));
            }
        }
        Err(error) => return Err(error).with_context(writing),
    }
    Ok(())
}
