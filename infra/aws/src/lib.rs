//! The adapters of AWS: the ports of `crossdock-runtime` over SQS, DynamoDB, S3, Secrets Manager and SNS.
//!
//! In reading order: how AWS is reached (`reach`), the store (`store`: items in one table, messages in three queues, the
//! journal and documents in a bucket), where mapping files come from (`releases`) and how they get there (`publish`),
//! secrets, words for people (`mail`), and what of it one deployment has (`deployment`).

mod crashed;
mod deployment;
mod error;
mod gather;
mod mail;
pub mod publish;
mod reach;
mod releases;
mod secrets;
mod settings;
pub mod store;

pub use crashed::{Crashed, Moving};
pub use deployment::Aws;
pub use mail::{SlackNotifier, TopicMailer};
pub use reach::{Reach, behavior, http_client};
pub use releases::{Location, Pointer, ReleaseFiles};
pub use secrets::AwsSecrets;
pub use settings::{Names, SettingMissing};
pub use store::{Arrived, AwsStore, Mode};
