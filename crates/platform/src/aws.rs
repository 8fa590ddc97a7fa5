//! The account: credentials, region and endpoint from the environment, and one way to talk to it.

pub(crate) mod attributes;
mod failure;
pub(crate) mod multipart;
mod pause;
#[cfg(test)]
pub(crate) mod scripted;
mod trouble;

use std::sync::OnceLock;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_dynamodb::config::retry::ClassifyRetry;
use aws_smithy_http_client::Builder as HttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

pub use failure::AwsFailure;
pub(crate) use failure::{AwsRequest, fault, is_throttling, misconfigured, refused};
pub(crate) use pause::jitter;
pub use trouble::Trouble;

/// How long connecting may take: within a region it takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a service may take to begin its answer. The slowest that we ask for is completing a
/// multipart upload; copies have a timeout of their own.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a request is tried in all. With full jitter and doubling from one second that is a
/// patience of at most 1 + 2 + 4 + 8 s; what takes longer is for the state machine to retry.
const MAX_ATTEMPTS: u32 = 5;

/// How every client talks to AWS.
fn loader() -> ConfigLoader {
    // Ring instead of aws-lc: it needs no C compiler and no CMake to cross-compile.
    let http = HttpClient::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build())
}

/// The account that this process works in. Each backend is built from it; backends of one service share its client.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    own_s3_endpoint: bool,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    eventbridge: OnceLock<aws_sdk_eventbridge::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    ses: OnceLock<aws_sdk_sesv2::Client>,
    sfn: OnceLock<aws_sdk_sfn::Client>,
}

impl Aws {
    /// Reads the environment as every AWS tool does: `AWS_REGION`, `AWS_PROFILE`, the role of the
    /// function, and `AWS_ENDPOINT_URL` for anything that speaks AWS in its place.
    pub async fn from_env() -> Self {
        let config = loader().load().await;
        let own_s3_endpoint = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        Self::new(config, own_s3_endpoint)
    }

    /// The account that a configuration describes. With an S3 endpoint of its own, buckets stand in the path of an address.
    #[must_use]
    pub fn new(config: SdkConfig, own_s3_endpoint: bool) -> Self {
        Self {
            config,
            own_s3_endpoint,
            dynamodb: OnceLock::new(),
            eventbridge: OnceLock::new(),
            s3: OnceLock::new(),
            ses: OnceLock::new(),
            sfn: OnceLock::new(),
        }
    }

    /// What every client is built from, for those that no step needs and only the command line has.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// A client for DynamoDB.
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| aws_sdk_dynamodb::Client::new(&self.config)).clone()
    }

    /// A client for DynamoDB that leaves some answers to its caller, which it would otherwise try again by itself.
    pub(crate) fn dynamodb_that_tells(&self, classifier: impl ClassifyRetry + 'static) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.config).retry_classifier(classifier).build();
        aws_sdk_dynamodb::Client::from_conf(config)
    }

    /// A client for EventBridge.
    pub(crate) fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        self.eventbridge.get_or_init(|| aws_sdk_eventbridge::Client::new(&self.config)).clone()
    }

    /// A client for S3.
    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let make = || {
            let config = aws_sdk_s3::config::Builder::from(&self.config)
                // A custom endpoint has a single host name for all buckets.
                .force_path_style(self.own_s3_endpoint)
                .build();
            aws_sdk_s3::Client::from_conf(config)
        };
        self.s3.get_or_init(make).clone()
    }

    /// A client for SES.
    pub(crate) fn ses(&self) -> aws_sdk_sesv2::Client {
        self.ses.get_or_init(|| aws_sdk_sesv2::Client::new(&self.config)).clone()
    }

    /// A client for Step Functions.
    pub(crate) fn sfn(&self) -> aws_sdk_sfn::Client {
        self.sfn.get_or_init(|| aws_sdk_sfn::Client::new(&self.config)).clone()
    }
}
