//! `sluice`: imports files on this machine or through a deployed stack, checks files before an import, and writes and tests
//! feeds.
//!
//! [`ending`] defines the exit codes.

mod args;
mod check;
mod columns;
mod completions;
mod connection;
mod cores;
mod dataset;
mod decode;
mod dialect;
mod doctor;
mod ending;
mod feed;
mod follow;
mod import;
mod interrupt;
mod into;
mod local;
mod logs;
mod place;
mod plan;
mod print;
mod progress;
mod queue;
mod records;
mod redrive;
mod rejects;
mod rerun;
mod retry;
mod run;
mod runs;
mod screen;
mod show;
mod since;
mod source;
mod stack;
mod table;
mod upload;
mod watch;
mod work;

use std::process::ExitCode;

use anyhow::Context;
use args::{Args, Command};
use clap::Parser;
use ending::Ending;
use sluice_platform::aws::{AwsFailure, Trouble};
use stack::StackError;

fn main() -> ExitCode {
    match work(Args::parse()) {
        Ok(ending) => ending.exit_code(),
        Err(error) => {
            eprintln!("error: {error:#}");
            if let Some(advice) = advice(&error) {
                eprintln!("  what to do: {advice}");
            }
            Ending::of_error(&error).exit_code()
        }
    }
}

/// What to do about an error of AWS. This is the only place that knows.
fn advice(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        let failure = cause.downcast_ref::<AwsFailure>().and_then(AwsFailure::trouble).map(Trouble::advice);
        failure.or_else(|| cause.downcast_ref::<StackError>().and_then(StackError::advice))
    })
}

fn work(args: Args) -> anyhow::Result<Ending> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting up")?;
    let ending = runtime.block_on(async {
        match args.command {
            Command::Records(args) => {
                records::records(&args).with_context(|| format!("reading {}", args.file.display()))
            }
            Command::Plan(args) => plan::plan(&args).with_context(|| format!("cutting {}", args.file.display())),
            Command::Retry(args) => retry::retry(&args).await.context("trying rejects again"),
            Command::Run(args) => run::run(&args).await.with_context(|| format!("importing {}", args.file)),
            Command::Check(args) => {
                check::check(&args).await.with_context(|| format!("checking {}", args.file.display()))
            }
            Command::Feed(command) => feed::feed(&command).await,
            Command::Dataset(command) => dataset::dataset(&command).await,
            Command::Rejects(args) => {
                rejects::rejects(&args).await.with_context(|| format!("looking for the rejects of {}", args.run))
            }
            Command::Import(args) => {
                import::import(&args).await.with_context(|| format!("importing {}", args.file.display()))
            }
            Command::Resume(args) => rerun::resume(&args).await.with_context(|| format!("resuming {}", args.run)),
            Command::Completions(args) => Ok(completions::completions(&args)),
            Command::Doctor(args) => Ok(doctor::doctor(&args).await),
            Command::Redrive(args) => redrive::redrive(&args).await.context("handling the messages of the queue again"),
            Command::Table(command) => table::table(&command).await,
            Command::Connection(command) => connection::connection(&command).await,
            Command::Runs(args) => runs::runs(&args).await.context("listing runs"),
            Command::Show(args) => show::show(&args).await.with_context(|| format!("looking at {}", args.run)),
            Command::Follow(args) => show::follow(&args).await.with_context(|| format!("following {}", args.run)),
            Command::Logs(args) => {
                logs::logs(&args).await.with_context(|| format!("searching the log for {}", args.run))
            }
            Command::Rerun(args) => {
                rerun::rerun(&args).await.with_context(|| format!("importing {} again", args.again.run))
            }
        }
    });
    // Does not wait for work that Ctrl-C has left behind, such as a read of the standard input.
    runtime.shutdown_background();
    ending
}
