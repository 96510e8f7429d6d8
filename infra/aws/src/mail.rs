//! Words for people: emails by topics of SNS, notices by the chat's webhook, or by a topic should that fail.

use crate::error::words;
use crate::secrets::AwsSecrets;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use crossdock_runtime::chat;
use crossdock_runtime::http::HttpClient;
use crossdock_runtime::port::{Mail, Mailer, Notice, Notifier};
use std::sync::Arc;

/// The secret that holds the chat's webhook, as `url`.
pub(crate) const SLACK: &str = "slack";

/// SNS takes subjects shorter than 100 characters, on one line.
const SUBJECT: usize = 99;

/// Emails by a topic: subscriptions choose by the attribute `to`.
#[derive(Debug, Clone)]
pub struct TopicMailer {
    client: Client,
    topic: Option<String>,
}

impl TopicMailer {
    /// Mails by this topic; without one, none can be sent.
    #[must_use]
    pub fn new(client: Client, topic: Option<String>) -> Self {
        Self { client, topic }
    }
}

impl Mailer for TopicMailer {
    async fn send(&self, mail: &Mail) -> Result<(), String> {
        let topic = self.topic.as_deref().ok_or("no topic is set up for emails")?;
        let attribute = |value: &str| MessageAttributeValue::builder().data_type("String").string_value(value).build();
        let request = self.client.publish().topic_arn(topic).subject(subject(&mail.subject)).message(&mail.text);
        let request = request
            .message_attributes("to", attribute(&mail.to).map_err(|error| error.to_string())?)
            .message_attributes("id", attribute(&mail.id).map_err(|error| error.to_string())?);
        request.send().await.map(drop).map_err(|error| words(&error))
    }
}

/// A subject as SNS takes it.
fn subject(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SUBJECT).collect();
    let line = line.trim();
    if line.is_empty() { "Crossdock".to_owned() } else { line.to_owned() }
}

/// Tells developers: the chat whose webhook is a secret, else a topic.
#[derive(Debug)]
pub struct SlackNotifier {
    http: HttpClient,
    secrets: Arc<AwsSecrets>,
    topic: TopicMailer,
}

impl SlackNotifier {
    /// Tells the chat, or should that fail, the topic.
    #[must_use]
    pub fn new(http: HttpClient, secrets: Arc<AwsSecrets>, topic: TopicMailer) -> Self {
        Self { http, secrets, topic }
    }

    /// Why the chat was not told; `None` when it was.
    async fn tell_chat(&self, notice: &Notice) -> Option<String> {
        let url = match self.secrets.values(SLACK).await {
            Ok(Some(values)) => values.get("url").cloned(),
            Ok(None) => None,
            Err(why) => return Some(why),
        };
        let Some(url) = url else { return Some("no chat is set up".into()) };
        chat::tell(&self.http, &url, notice).await.err()
    }
}

impl Notifier for SlackNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), String> {
        tracing::error!(title = notice.title, text = notice.text, "notice");
        let Some(why) = self.tell_chat(notice).await else { return Ok(()) };
        let mail = Mail {
            to: "developers".into(),
            subject: notice.title.clone(),
            text: chat::by_email(notice, &why),
            id: "notice".into(),
        };
        self.topic.send(&mail).await.map_err(|failed| format!("{why}; and by email: {failed}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line_of_less_than_a_hundred_characters() {
        assert_eq!(subject("SO-1:\nlost"), "SO-1: lost");
        assert_eq!(subject(&"ü".repeat(300)).chars().count(), SUBJECT);
        assert_eq!(subject("\n"), "Crossdock");
    }
}
