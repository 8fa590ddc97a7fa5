//! `sluice`: a whole import on this machine, or one through a deployed stack, followed to its end.
//!
//! Exit code 0 is IMPORTED, 1 is anything else, 2 a command line that cannot be used.

mod args;
mod ending;
mod follow;
mod import;
mod local;
mod orchestrator;
mod print;
mod run;
mod screen;
mod stack;
mod upload;
mod watch;

use std::process::ExitCode;

use anyhow::Context;
use args::{Args, Command};
use clap::Parser;
use ending::Ending;

fn main() -> ExitCode {
    match work(Args::parse()) {
        Ok(ending) => ending.exit_code(),
        Err(error) => {
            eprintln!("error: {error:#}");
            Ending::Other.exit_code()
        }
    }
}

fn work(args: Args) -> anyhow::Result<Ending> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting up")?;
    runtime.block_on(async {
        match args.command {
            Command::Run(args) => run::run(&args).await.with_context(|| format!("importing {}", args.file.display())),
            Command::Import(args) => {
                import::import(&args).await.with_context(|| format!("importing {}", args.file.display()))
            }
        }
    })
}
