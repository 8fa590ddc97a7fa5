//! `sluice import`: imports a file through a deployed stack.

use sluice_platform::Aws;

use crate::args::ImportArgs;
use crate::ending::Ending;
use crate::place::Deployed;
use crate::screen::say;
use crate::stack::Stack;
use crate::upload::upload;

/// Uploads the file, and follows its run if asked to.
pub async fn import(args: &ImportArgs) -> anyhow::Result<Ending> {
    let aws = Aws::from_env().await;
    let stack = Stack::find(aws.config(), &args.stack).await?;
    let run = upload(aws.config(), &stack.inbox_bucket, &args.feed, &args.file).await?;
    say(&format!("uploaded {}\nrun {run}", args.file.display()));
    if args.follow { Deployed::new(aws, stack).follow(&run, run.as_str()).await } else { Ok(Ending::Good) }
}
