//! A deployed stack, as its functions see it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Site, World};
use crate::clock::{self, Clock};
use crate::connections::{Connections, SecretConnections};
use crate::datasets::{Datasets, DynamoDatasets};
use crate::events::{BusEvents, Events};
use crate::executions::{Executions, SfnExecutions};
use crate::inbox::{Inbox, S3Inbox};
use crate::joins::{Joins, SfnJoins};
use crate::ledger::{DynamoLedger, Ledger, RunSearch};
use crate::mail::{Mailer, SesMailer, addresses};
use crate::meter::Meter;
use crate::objects::{Objects, S3Objects};
use crate::outbound::{Outbound, S3Outbound};
use crate::references::{DynamoReferences, References};
use crate::rejects::{DynamoRejects, Rejects};
use crate::run::Runs;
use crate::settings::InvalidSettings;
use crate::sink::{AwsSinks, Sinks};
use crate::{Aws, Settings};

/// A deployed stack, described by the environment of a function.
///
/// Each port reads its settings when it is made, so a function needs no settings of ports that it does not use.
/// [`AwsWorld::finish`] reports all missing settings at once.
pub struct AwsWorld {
    aws: Aws,
    settings: RefCell<Settings>,
}

impl AwsWorld {
    /// The stack that these settings describe.
    #[must_use]
    pub fn new(aws: Aws, settings: Settings) -> Self {
        Self { aws, settings: RefCell::new(settings) }
    }

    /// The stack that the environment of this process describes.
    pub async fn from_env() -> Self {
        Self::new(Aws::from_env().await, Settings::from_env())
    }

    /// Reads the settings of a step that belong to no port.
    pub fn config<C>(&self, read: fn(&mut Settings) -> C) -> C {
        read(&mut self.settings.borrow_mut())
    }

    /// The names of the settings that were read so far.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<&'static str> {
        self.settings.borrow().asked().clone()
    }

    /// Ends the reading of settings.
    ///
    /// # Errors
    /// With every setting that was read and is missing or wrong.
    pub fn finish(self) -> Result<(), InvalidSettings> {
        self.settings.into_inner().finish()
    }

    /// The connections that operators registered.
    #[must_use]
    pub fn connections(&self) -> Arc<dyn Connections> {
        Arc::new(SecretConnections::new(&self.aws, &self.text("CONNECTIONS_PREFIX")))
    }

    fn text(&self, name: &'static str) -> String {
        self.settings.borrow_mut().text(name)
    }

    fn dynamo_ledger(&self) -> DynamoLedger {
        DynamoLedger::new(&self.aws, &self.text("RUNS_TABLE"))
    }
}

impl World for AwsWorld {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(S3Objects::new(&self.aws, &self.data_bucket()))
    }

    fn data_bucket(&self) -> String {
        self.text("DATA_BUCKET")
    }

    fn location(&self) -> String {
        format!("s3://{}/", self.data_bucket())
    }

    fn runs(&self) -> Runs {
        Runs::new(self.objects())
    }

    fn outbound(&self) -> Arc<dyn Outbound> {
        Arc::new(S3Outbound::new(&self.aws, &self.text("OUTBOUND_BUCKET"), &self.data_bucket()))
    }

    fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::new(S3Inbox::new(&self.aws, &self.inbox_bucket(), &self.data_bucket()))
    }

    fn inbox_bucket(&self) -> String {
        self.text("INBOX_BUCKET")
    }

    fn inbox_objects(&self) -> Arc<dyn Objects> {
        Arc::new(S3Objects::new(&self.aws, &self.inbox_bucket()))
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::new(self.dynamo_ledger())
    }

    fn search(&self) -> Arc<dyn RunSearch> {
        Arc::new(self.dynamo_ledger())
    }

    fn executions(&self) -> Arc<dyn Executions> {
        Arc::new(SfnExecutions::new(&self.aws, &self.text("MAIN_STATE_MACHINE_ARN")))
    }

    fn datasets(&self) -> Arc<dyn Datasets> {
        Arc::new(DynamoDatasets::new(&self.aws, &self.text("DATASETS_TABLE")))
    }

    fn joins(&self) -> Arc<dyn Joins> {
        Arc::new(SfnJoins::new(&self.aws, &self.text("JOIN_STATE_MACHINE_ARN")))
    }

    fn sinks(&self) -> Arc<dyn Sinks> {
        let (prefix, messages_table) = (self.text("TARGET_TABLE_PREFIX"), self.text("MESSAGES_TABLE"));
        Arc::new(AwsSinks::new(&self.aws, &prefix, &messages_table, &self.text("IMPORT_MONGODB_FUNCTION")))
    }

    fn references(&self) -> Arc<dyn References> {
        Arc::new(DynamoReferences::new(&self.aws, &self.text("TARGET_TABLE_PREFIX")))
    }

    fn rejects(&self) -> Arc<dyn Rejects> {
        Arc::new(DynamoRejects::new(&self.aws, &self.text("REJECTS_TABLE")))
    }

    fn rejects_days(&self) -> u32 {
        self.settings.borrow_mut().number("REJECTS_DAYS")
    }

    fn mailer(&self) -> Arc<dyn Mailer> {
        Arc::new(SesMailer::new(&self.aws, &self.text("SENDER")))
    }

    fn operators(&self) -> Vec<String> {
        addresses(&self.settings.borrow_mut().text_or("OPERATORS", ""))
    }

    fn events(&self) -> Arc<dyn Events> {
        Arc::new(BusEvents::new(&self.aws, &self.text("EVENT_BUS")))
    }

    fn clock(&self) -> Clock {
        clock::system
    }

    fn meter(&self) -> Meter {
        let memory_mb = self.settings.borrow_mut().number("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
        Meter::counting(memory_mb, self.aws.requests().clone())
    }

    fn region(&self) -> Option<String> {
        self.aws.config().region().map(ToString::to_string)
    }

    fn site(&self) -> Site {
        Site::Stack
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::scripted::Scripted;

    #[tokio::test]
    async fn a_port_asks_for_its_own_settings_and_what_is_missing_is_reported_at_once() {
        let aws = Scripted::new(&[]).aws().await;
        let world = AwsWorld::new(aws, Settings::from_pairs([("DATA_BUCKET", "data"), ("REJECTS_DAYS", "many")]));
        drop((world.objects(), world.ledger(), world.search(), world.rejects_days(), world.operators()));
        assert_eq!(world.location(), "s3://data/");
        let invalid = world.finish().unwrap_err();
        assert_eq!(invalid.to_string(), "RUNS_TABLE is not set, REJECTS_DAYS is wrong: invalid digit found in string");
    }
}
