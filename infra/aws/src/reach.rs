//! How AWS is reached: one HTTP client for all services, over the TLS that calls to carriers use.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::{
    HttpConnector as Connector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use crossdock_runtime::http::connector;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// AWS closes idle connections after 5 s at the earliest; ours are given up before.
const IDLE: Duration = Duration::from_secs(4);
const CONNECT: Duration = Duration::from_secs(3);
/// One try of one call: a Lambda has better things to do than to wait for a lost packet.
const TRY: Duration = Duration::from_secs(10);
/// Long polling takes 20 s at most.
const CALL: Duration = Duration::from_secs(25);

/// How this deployment reaches AWS: region, credentials, endpoint.
#[derive(Debug, Clone)]
pub struct Reach {
    config: SdkConfig,
    own: Endpoints,
}

/// Endpoints of single services, beside the one for all: `AWS_ENDPOINT_URL_SQS` and so on, as the SDKs name them.
type Endpoints = BTreeMap<&'static str, String>;

const SERVICES: [&str; 5] = ["DYNAMODB", "S3", "SECRETS_MANAGER", "SNS", "SQS"];

impl Reach {
    /// What a configuration says, as `aws-config` loads it from environment and profile.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        Self { config, own: endpoints() }
    }

    /// What the environment of a Lambda says. Its credentials are those of its role, and hold as long as the process.
    ///
    /// # Errors
    /// A variable is missing, or TLS cannot be set up.
    pub fn from_environment() -> Result<Self, String> {
        let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let need = |name: &str| get(name).ok_or_else(|| format!("`{name}` is not set"));
        let region = get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")).ok_or("`AWS_REGION` is not set")?;
        let (id, secret) = (need("AWS_ACCESS_KEY_ID")?, need("AWS_SECRET_ACCESS_KEY")?);
        let credentials = Credentials::new(id, secret, get("AWS_SESSION_TOKEN"), None, "environment");
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(TRY).operation_timeout(CALL).build();
        let mut config = SdkConfig::builder()
            .behavior_version(behavior())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client()?)
            .sleep_impl(SharedAsyncSleep::new(Tokio))
            .retry_config(RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(50)))
            .timeout_config(timeouts);
        if let Some(endpoint) = get("AWS_ENDPOINT_URL") {
            config = config.endpoint_url(endpoint);
        }
        Ok(Self::new(config.build()))
    }

    /// What a service's client is made of.
    fn of(&self, service: &str) -> SdkConfig {
        match self.own.get(service) {
            Some(endpoint) => self.config.to_builder().endpoint_url(endpoint).build(),
            None => self.config.clone(),
        }
    }

    /// DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.of("DYNAMODB"))
    }

    /// SQS.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.of("SQS"))
    }

    /// SNS.
    #[must_use]
    pub fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.of("SNS"))
    }

    /// Secrets Manager.
    #[must_use]
    pub fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.of("SECRETS_MANAGER"))
    }

    /// S3. An endpoint of one's own has no host name per bucket.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = self.of("S3");
        let own = config.endpoint_url().is_some();
        aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(own).build())
    }

    /// What any other client is made of.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }
}

fn endpoints() -> Endpoints {
    let own = |service: &'static str| Some((service, std::env::var(format!("AWS_ENDPOINT_URL_{service}")).ok()?));
    SERVICES.into_iter().filter_map(own).filter(|(_, url)| !url.is_empty()).collect()
}

/// The behaviour of the SDKs that this was built and tested with.
#[must_use]
pub fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// The HTTP client of all AWS clients.
///
/// # Errors
/// When the TLS library refuses its own defaults.
pub fn http_client() -> Result<SharedHttpClient, String> {
    let inner = Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector(CONNECT)?);
    let connector = SharedHttpConnector::new(Hyper { inner });
    Ok(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
}

#[derive(Clone)]
struct Hyper {
    inner: Client<HttpsConnector<HttpConnector>, SdkBody>,
}

impl fmt::Debug for Hyper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hyper")
    }
}

impl Connector for Hyper {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.inner.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            match client.request(request).await {
                Ok(response) => HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                    .map_err(|error| ConnectorError::other(error.into(), None)),
                Err(error) => Err(ConnectorError::io(error.into())),
            }
        })
    }
}

/// Waits between tries.
#[derive(Debug)]
struct Tokio;

impl AsyncSleep for Tokio {
    fn sleep(&self, time: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(time))
    }
}
