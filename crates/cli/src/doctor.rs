//! `sluice doctor`: checks an account and a stack, and says what to do about each problem.

mod finding;
mod mail;
mod stack;

use anyhow::Context;
use sluice_engine::display::count;
use sluice_platform::aws::AwsFailure;
use sluice_platform::{Aws, World, clock};

use self::finding::{Finding, Findings};
use self::mail::Mail;
use crate::args::DoctorArgs;
use crate::ending::Ending;
use crate::feed::list::found;
use crate::place::Deployed;
use crate::screen::say;
use crate::stack::{Stack, StackError};

/// Runs all checks. It stops if the others depend on something that is missing.
pub async fn doctor(args: &DoctorArgs) -> Ending {
    let aws = args.stack.account.aws().await;
    let mut findings = Findings::default();
    if examine(&aws, &args.stack.name, &mut findings).await.is_none() {
        say("The rest cannot be checked before this is done.");
    }
    match findings.bad() {
        0 => {
            say("Everything is in order.");
            Ending::Good
        }
        bad => {
            say(&format!("{} found.", count(bad, "problem")));
            Ending::Refused
        }
    }
}

/// Runs one check after the other; `None` if the others depend on something that is missing.
async fn examine(aws: &Aws, name: &str, findings: &mut Findings) -> Option<()> {
    findings.add("region", region(aws))?;
    findings.add("credentials", credentials(aws).await)?;
    let deployed = match Stack::find(aws.config(), name).await {
        Ok(stack) => Deployed::new(aws.clone(), stack),
        Err(error) => return findings.add("stack", Err(error.into())),
    };
    findings.add("stack", Ok(stack::status(&deployed.stack)));
    let feeds = match found(&*deployed.world.objects()).await {
        Ok(feeds) => {
            findings.add("feeds", Ok(stack::feeds(&feeds, name)));
            feeds
        }
        Err(error) => {
            findings.add("feeds", Err(error));
            Vec::new()
        }
    };
    findings.add("files", stack::late(&deployed, &feeds, clock::system()).await);
    findings.add("tables", stack::own_tables(&deployed).await);
    findings.add("targets", Ok(stack::targets(&deployed, &feeds).await));
    findings.add("mail", Mail::new(&deployed, &feeds).check().await);
    findings.add("queues", stack::queues(&deployed).await);
    findings.add("concurrency", stack::concurrency(&deployed).await);
    Some(())
}

fn region(aws: &Aws) -> anyhow::Result<Vec<Finding>> {
    let region = aws.config().region().ok_or(StackError::NoRegion)?;
    Ok(vec![Finding::good(region.to_string())])
}

async fn credentials(aws: &Aws) -> anyhow::Result<Vec<Finding>> {
    let client = aws_sdk_sts::Client::new(aws.config());
    let who = client.get_caller_identity().send().await.map_err(|error| AwsFailure::of(&error));
    let who = who.context("asking AWS whose credentials these are")?;
    let (arn, account) = (who.arn.unwrap_or_default(), who.account.unwrap_or_default());
    Ok(vec![Finding::good(format!("{arn}, account {account}"))])
}
