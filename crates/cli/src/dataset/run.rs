//! `sluice run --dataset`: imports the files of a set, joins them, and imports what was joined, all into one folder.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use bytes::Bytes;
use sluice_contract::steps::DatasetInput;
use sluice_contract::{RunId, keys};
use sluice_engine::dataset::DatasetPlan;
use sluice_engine::feed::FeedName;
use sluice_pipeline::Join;
use sluice_platform::clock;
use sluice_platform::objects::{ContentType, Existing, Objects};

use super::Dataset;
use crate::args::RunArgs;
use crate::cores::Cores;
use crate::ending::{Ending, misused};
use crate::local::Lasting;
use crate::screen::{Screen, Terminal, say};
use crate::source::Source;
use crate::work::Work;

/// The folder, below the one of the table, in which a joined file waits until it is uploaded.
const OFFERED: &str = "offered";

/// Imports the files, joins the sets that are complete, and imports what was joined.
pub async fn run(args: &RunArgs, dataset: &Path) -> anyhow::Result<Ending> {
    let Some(folder) = &args.target.into else {
        return Err(misused("a dataset needs a folder that keeps its files: give --into and not --out"));
    };
    let dataset = Dataset::read(dataset, &args.feed)?;
    let plan = dataset.usable()?;
    let files = files(args, plan)?;
    let lasting = Lasting::open(folder, &format!("sluice run --dataset {}", plan.name), clock::system).await?;
    for (feed, compiled) in dataset.feeds.values() {
        lasting.local.put_feed(&compiled.name, feed).await?;
    }
    let text = Bytes::from(dataset.yaml.clone());
    lasting.local.objects.put(&keys::dataset(&plan.name), ContentType::Binary, text, Existing::Replace).await?;
    let runner = Runner { args, lasting: &lasting, screen: &Terminal::new() };
    let mut ending = Ending::Good;
    for (feed, file) in files {
        let (run, ended) = runner.import(&feed, &file).await?;
        ending = worse(ending, ended);
        if ended == Ending::Interrupted {
            return Ok(ended);
        }
        let input = DatasetInput::Ended { run_id: run };
        sluice_dataset::run(&lasting.local.steps(args.limits()).dataset, input).await?;
    }
    let joins = lasting.local.joins.running();
    if joins.is_empty() {
        let status = format!("sluice dataset status {} --into {}", plan.name, folder.display());
        say(&format!("There is nothing to join: files are missing, or no file has changed. {status} says which."));
    }
    for (name, of) in joins {
        let cores = Cores::new(lasting.local.steps(args.limits()), runner.screen);
        runner.screen.line(&format!("join {name}"));
        let began = std::time::Instant::now();
        let joined = Join { caller: &cores, of: &of }.run().await;
        runner.screen.clear();
        let joined = joined.with_context(|| format!("joining the set {}", of.set))?;
        let seconds = began.elapsed().as_secs_f64();
        say(&format!("{}: {} {}, in {seconds:.1} s", joined.ended.as_str(), of.dataset, of.set));
        say(&format!(
            "The report is {}.",
            lasting.local.folder().join(keys::join_output(&of, keys::REPORT_JSON)).display()
        ));
        for key in joined.offered {
            ending = worse(ending, runner.import_offered(&key).await?);
        }
        if !args.keep {
            remove(&lasting.local.folder().join(keys::join(&of)))?;
        }
    }
    Ok(ending)
}

/// The more serious of two endings.
fn worse(a: Ending, b: Ending) -> Ending {
    if b.number() > a.number() { b } else { a }
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// The files with their feeds. A file is of the member or the feed with which its name begins; of several, the longest.
fn files(args: &RunArgs, plan: &DatasetPlan) -> anyhow::Result<Vec<(FeedName, PathBuf)>> {
    let mut files = Vec::new();
    for source in std::iter::once(&args.file).chain(&args.more) {
        let Source::File(path) = source else {
            return Err(misused("the files of a dataset have names, so that none is read from the standard input"));
        };
        let name = source.name("")?;
        let begins = |word: &str| {
            name.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        };
        let names = plan
            .members
            .iter()
            .flat_map(|member| [(member.name.as_str(), &member.feed), (member.feed.as_str(), &member.feed)]);
        let found = names.filter(|(word, _)| begins(word)).max_by_key(|(word, _)| word.len());
        let Some((_, feed)) = found else {
            let members: Vec<&str> = plan.names().collect();
            return Err(misused(format!(
                "{name} is of no member: its name must begin with one of {}",
                members.join(", ")
            )));
        };
        if !matches!(plan.set.of_file(name), Ok(Some(_))) {
            say(&format!("{name} is imported, but joined with nothing: its name has no key of a set"));
        }
        files.push((feed.clone(), path.clone()));
    }
    Ok(files)
}

struct Runner<'a> {
    args: &'a RunArgs,
    lasting: &'a Lasting,
    screen: &'a Terminal,
}

impl Runner<'_> {
    /// Imports a file, and prints how that ended.
    async fn import(&self, feed: &FeedName, file: &Path) -> anyhow::Result<(RunId, Ending)> {
        let Self { args, lasting, screen } = self;
        let source = Source::File(file.to_owned());
        let upload = lasting.upload(feed, &source, source.name("")?, false).await?;
        screen.line(&format!("run {}", upload.run));
        let intake = lasting.local.steps(args.limits()).intake;
        let answer = sluice_intake::run(&intake, upload.event()?).await?;
        let work = Work { lasting, run: &upload.run, limits: args.limits(), keep: args.keep };
        let ending = if answer.done == sluice_intake::Done::Started {
            work.see_through(&upload.run.execution(1), *screen).await?
        } else {
            lasting.take_back(&upload).await?;
            work.print_result().await?
        };
        Ok((upload.run, ending))
    }

    /// Imports a file that a join has put into the inbox: there, it has to become a version of an upload.
    async fn import_offered(&self, key: &str) -> anyhow::Result<Ending> {
        let Some(upload) = keys::parse_upload(key) else { bail!("{key} is no upload") };
        let feed: FeedName = upload.feed.parse()?;
        let objects = &self.lasting.local.objects;
        let here = objects.path(key)?;
        let folder = self.lasting.local.folder().join(OFFERED);
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let aside = folder.join(upload.file);
        std::fs::rename(&here, &aside).with_context(|| format!("moving {}", here.display()))?;
        let (_, ending) = self.import(&feed, &aside).await?;
        remove(&folder)?;
        Ok(ending)
    }
}
