//! The AWS account: credentials, region and endpoint from the environment, and clients with the same settings.

pub(crate) mod attributes;
mod failure;
pub(crate) mod multipart;
mod pause;
pub(crate) mod requests;
#[cfg(test)]
pub(crate) mod scripted;
mod throttling;
mod trouble;

use std::sync::OnceLock;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::ClassifyRetry;
use aws_smithy_http_client::Builder as HttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

pub use failure::AwsFailure;
pub(crate) use failure::{AwsRequest, fault, is_throttling, misconfigured, refused};
pub(crate) use pause::jitter;
use requests::RequestCounter;
pub(crate) use throttling::NoThrottlingRetry;
pub use trouble::Trouble;

/// How long connecting may take. Within a region it takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a service may take to begin its answer. The slowest request is completing a multipart upload; copies have
/// their own timeout.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a request is tried in all. The pauses double from one second, with full jitter: at most 1 + 2 + 4 + 8 s.
/// If a service fails for longer, the state machine retries the step.
const MAX_ATTEMPTS: u32 = 5;

/// The settings of every client.
fn loader() -> ConfigLoader {
    // Ring instead of aws-lc: it needs no C compiler and no CMake to cross-compile.
    let http = HttpClient::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build())
}

/// A configuration with the credentials of a profile. The SDK alone would prefer those of the environment.
fn of_profile(config: &SdkConfig, profile: &str) -> SdkConfig {
    // A profile may name a role. Then a request to STS assumes it, for which the provider needs region and HTTP client.
    let mut provider = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(http) = config.http_client() {
        provider = provider.with_http_client(http);
    }
    let credentials = ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&provider).build();
    config.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

/// The account that this process works in. Each backend is built from it; backends of one service share its client.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    own_s3_endpoint: bool,
    requests: RequestCounter,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    eventbridge: OnceLock<aws_sdk_eventbridge::Client>,
    lambda: OnceLock<aws_sdk_lambda::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    secrets: OnceLock<aws_sdk_secretsmanager::Client>,
    ses: OnceLock<aws_sdk_sesv2::Client>,
    sfn: OnceLock<aws_sdk_sfn::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
}

impl Aws {
    /// Reads the environment as every AWS tool does: `AWS_REGION`, `AWS_PROFILE`, the role of the function, and
    /// `AWS_ENDPOINT_URL` for a service that stands in for AWS.
    pub async fn from_env() -> Self {
        Self::of(None, None).await
    }

    /// Reads the environment too, but prefers this profile and this region. As with the AWS CLI, the
    /// credentials of the profile come before those of the environment
    /// (<https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-configure.html#configure-precedence>).
    pub async fn of(profile: Option<&str>, region: Option<&str>) -> Self {
        let mut loader = loader();
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let config = match profile {
            None => loader.load().await,
            Some(profile) => of_profile(&loader.profile_name(profile).load().await, profile),
        };
        let own_s3_endpoint = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        Self::new(config, own_s3_endpoint)
    }

    /// The account that a configuration describes. With `own_s3_endpoint`, the bucket is part of the path of an
    /// address, not of its host name.
    #[must_use]
    pub fn new(config: SdkConfig, own_s3_endpoint: bool) -> Self {
        Self {
            config,
            own_s3_endpoint,
            requests: RequestCounter::default(),
            dynamodb: OnceLock::new(),
            eventbridge: OnceLock::new(),
            lambda: OnceLock::new(),
            s3: OnceLock::new(),
            secrets: OnceLock::new(),
            ses: OnceLock::new(),
            sfn: OnceLock::new(),
            sqs: OnceLock::new(),
        }
    }

    /// The configuration of every client, for the clients that only the command line needs.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Counts the requests of its clients.
    pub(crate) fn requests(&self) -> &RequestCounter {
        &self.requests
    }

    /// A client for DynamoDB.
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let make = || {
            let config = aws_sdk_dynamodb::config::Builder::from(&self.config).interceptor(self.requests.of_dynamodb());
            aws_sdk_dynamodb::Client::from_conf(config.build())
        };
        self.dynamodb.get_or_init(make).clone()
    }

    /// A client for DynamoDB that returns some errors to its caller instead of retrying them itself: `classifier` names
    /// them. Its requests are not counted, because the caller counts what it writes.
    pub(crate) fn dynamodb_with_classifier(
        &self,
        classifier: impl ClassifyRetry + 'static,
    ) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.config).retry_classifier(classifier).build();
        aws_sdk_dynamodb::Client::from_conf(config)
    }

    /// A client for EventBridge.
    pub(crate) fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        self.eventbridge.get_or_init(|| aws_sdk_eventbridge::Client::new(&self.config)).clone()
    }

    /// A client for Lambda.
    pub(crate) fn lambda(&self) -> aws_sdk_lambda::Client {
        self.lambda.get_or_init(|| aws_sdk_lambda::Client::new(&self.config)).clone()
    }

    /// A client for S3.
    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let make = || {
            let config = aws_sdk_s3::config::Builder::from(&self.config)
                // A custom endpoint has one host name for all buckets.
                .force_path_style(self.own_s3_endpoint)
                .interceptor(self.requests.of_s3())
                .build();
            aws_sdk_s3::Client::from_conf(config)
        };
        self.s3.get_or_init(make).clone()
    }

    /// A client for Secrets Manager.
    pub(crate) fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        self.secrets.get_or_init(|| aws_sdk_secretsmanager::Client::new(&self.config)).clone()
    }

    /// A client for SES.
    pub(crate) fn ses(&self) -> aws_sdk_sesv2::Client {
        self.ses.get_or_init(|| aws_sdk_sesv2::Client::new(&self.config)).clone()
    }

    /// A client for Step Functions.
    pub(crate) fn sfn(&self) -> aws_sdk_sfn::Client {
        self.sfn.get_or_init(|| aws_sdk_sfn::Client::new(&self.config)).clone()
    }

    /// A client for SQS that returns a throttled request to its caller instead of retrying it itself.
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        let make = || {
            let config = aws_sdk_sqs::config::Builder::from(&self.config).retry_classifier(NoThrottlingRetry);
            aws_sdk_sqs::Client::from_conf(config.build())
        };
        self.sqs.get_or_init(make).clone()
    }
}
