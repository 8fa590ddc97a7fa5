//! `sluice table create`: creates the target table of a feed.

mod template;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, PointInTimeRecoverySpecification, ScalarAttributeType,
    SseSpecification, Tag, TimeToLiveSpecification,
};
use sluice_engine::feed::{FeedName, FeedPlan};
use sluice_platform::World;
use sluice_platform::aws::AwsFailure;
use sluice_platform::feeds::{self, FeedError};
use sluice_platform::sink::{EXPIRES, KeyField, SinkKind, Target};
use tokio::time::{Instant, sleep};

use crate::args::{FeedSource, TableCommand, TableCreateArgs};
use crate::ending::{Ending, refused};
use crate::feed;
use crate::place::Deployed;
use crate::screen::say;

/// The time between two checks of a table that is being created.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long to wait for a new table and for its recovery; both take seconds.
const PATIENCE: Duration = Duration::from_mins(2);

/// Runs the command.
pub async fn table(command: &TableCommand) -> anyhow::Result<Ending> {
    let TableCommand::Create(args) = command;
    create(args).await.context("creating the target table of the feed")
}

/// Creates the table of a feed, or prints it.
async fn create(args: &TableCreateArgs) -> anyhow::Result<Ending> {
    let stack = &args.stack.name;
    if let (FeedSource::File(path), true) = (&args.feed, args.print) {
        // This needs no AWS: the template consists of the feed and the name of the stack, with which names of tables begin.
        let plan = feed::load(path)?.plan;
        say(&Wanted::new(&plan, &format!("{stack}-target-"), stack)?.template());
        return Ok(Ending::Good);
    }
    let deployed = Deployed::find(&args.stack).await?;
    let plan = match &args.feed {
        FeedSource::File(path) => feed::load(path)?.plan,
        FeedSource::Stack(name) => of_stack(&deployed, name).await?,
    };
    let wanted = Wanted::new(&plan, &deployed.stack.target_table_prefix, stack)?;
    if args.print {
        say(&wanted.template());
        return Ok(Ending::Good);
    }
    wanted.create(&deployed).await
}

/// A feed of the stack, compiled.
async fn of_stack(deployed: &Deployed, name: &FeedName) -> anyhow::Result<Arc<FeedPlan>> {
    let feed = match feeds::load(&*deployed.world.objects(), name).await {
        Ok(feed) => feed,
        Err(FeedError::Fault(fault)) => return Err(fault.into()),
        Err(error) => return Err(refused(error.to_string())),
    };
    feed.compile().map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(|problem| format!("\n  {}", problem.located())).collect();
        refused(format!("the feed {name} of the stack cannot be used:{}", problems.concat()))
    })
}

/// The table that a feed needs.
struct Wanted {
    feed: FeedName,
    stack: String,
    target: Target,
    /// The name of the table.
    name: String,
    /// Whether the table is to forget the marks of deleted items after some time.
    forgets: bool,
}

impl Wanted {
    fn new(plan: &FeedPlan, prefix: &str, stack: &str) -> anyhow::Result<Self> {
        let target = Target::of(plan);
        if target.sink != SinkKind::Table {
            let kind = match target.sink {
                SinkKind::Outputs => "has no target".to_owned(),
                _ => format!("imports into a {}, not into a table", plan.sink.target()),
            };
            return Err(refused(format!("the feed {} {kind}", plan.name)));
        }
        let (feed, stack, name) = (plan.name.clone(), stack.to_owned(), format!("{prefix}{}", target.name));
        let forgets = plan.import.delete.as_ref().is_some_and(|delete| delete.expires.is_some());
        Ok(Self { feed, stack, target, name, forgets })
    }

    /// The key fields, each with its kind of key and its type.
    fn key(&self) -> impl Iterator<Item = (&KeyField, KeyType, ScalarAttributeType)> {
        self.target.key.iter().zip([KeyType::Hash, KeyType::Range]).map(|(field, kind)| {
            (field, kind, if field.number { ScalarAttributeType::N } else { ScalarAttributeType::S })
        })
    }

    /// The tags, with which the bill can name the table.
    fn tags(&self) -> [(&'static str, &str); 2] {
        [("sluice:stack", self.stack.as_str()), ("sluice:feed", self.feed.as_str())]
    }

    /// The table as a CloudFormation template.
    fn template(&self) -> String {
        template::template(self)
    }

    async fn create(&self, deployed: &Deployed) -> anyhow::Result<Ending> {
        let client = Client::new(deployed.aws.config());
        let sink = deployed.world.sinks().open(&self.target);
        if let Err(error) = self.request(&client)?.send().await {
            if error.code() != Some("ResourceInUseException") {
                return Err(AwsFailure::of(&error)).with_context(|| format!("creating the table {}", self.name));
            }
            let problems = sink.check(&self.target).await?;
            if !problems.is_empty() {
                return Err(refused(problems.join(" ")));
            }
            say(&format!("The table {} exists already, and has the feed's key. Nothing was changed.", self.name));
            return Ok(Ending::Good);
        }
        let begun = Instant::now();
        loop {
            let problems = sink.check(&self.target).await?;
            if problems.is_empty() {
                break;
            }
            if begun.elapsed() > PATIENCE {
                bail!("the table was created, but is not ready: {}", problems.join(" "));
            }
            sleep(INTERVAL).await;
        }
        self.make_recoverable(&client, begun).await?;
        let forgets = if self.forgets {
            self.make_forgetful(&client).await?;
            format!(", and it forgets items by their {EXPIRES}")
        } else {
            String::new()
        };
        say(&format!("created the table {}: on demand, with point-in-time recovery{forgets}", self.name));
        Ok(Ending::Good)
    }

    fn request(&self, client: &Client) -> anyhow::Result<CreateTable> {
        let mut request = client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .sse_specification(SseSpecification::builder().enabled(true).build());
        for (field, kind, of) in self.key() {
            request = request
                .key_schema(KeySchemaElement::builder().attribute_name(&field.name).key_type(kind).build()?)
                .attribute_definitions(
                    AttributeDefinition::builder().attribute_name(&field.name).attribute_type(of).build()?,
                );
        }
        for (key, value) in self.tags() {
            request = request.tags(Tag::builder().key(key).value(value).build()?);
        }
        Ok(request)
    }

    /// Lets the table forget the marks of deleted items when their time is over.
    async fn make_forgetful(&self, client: &Client) -> anyhow::Result<()> {
        let forgets = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRES).build()?;
        let answer =
            client.update_time_to_live().table_name(&self.name).time_to_live_specification(forgets).send().await;
        answer.map(drop).map_err(|error| AwsFailure::of(&error)).with_context(|| {
            format!("the table {} was created, but its time to live could not be switched on", self.name)
        })
    }

    /// Switches on point-in-time recovery. A table that was created a moment ago may refuse it for some seconds
    /// (`ContinuousBackupsUnavailableException`).
    async fn make_recoverable(&self, client: &Client, begun: Instant) -> anyhow::Result<()> {
        let recovery = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build()?;
        loop {
            let request = client.update_continuous_backups().table_name(&self.name);
            let answer = request.point_in_time_recovery_specification(recovery.clone()).send().await;
            let Err(error) = answer else { return Ok(()) };
            let waits = error.code() == Some("ContinuousBackupsUnavailableException") && begun.elapsed() <= PATIENCE;
            if !waits {
                return Err(AwsFailure::of(&error)).with_context(|| {
                    format!(
                        "the table {} was created, but its point-in-time recovery could not be switched on",
                        self.name
                    )
                });
            }
            sleep(INTERVAL).await;
        }
    }
}

/// A request to create a table.
type CreateTable = aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
