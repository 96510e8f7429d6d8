//! Words for developers: to the chat's incoming webhook, else by email, else to the log.

use super::mail::LocalMailer;
use crate::chat;
use crate::http::HttpClient;
use crate::port::{Mail, Mailer, Notice, Notifier};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// How this machine tells developers.
#[derive(Debug)]
pub struct LocalNotifier {
    client: HttpClient,
    /// The chat's incoming webhook. Whoever has it can write there: it is a secret.
    chat: Option<String>,
    mail: Option<(Arc<LocalMailer>, String)>,
}

impl LocalNotifier {
    /// Tells the chat behind `chat`, or `developers` by email should that fail; the log hears it in any case.
    #[must_use]
    pub fn new(client: HttpClient, chat: Option<String>, mail: Option<(Arc<LocalMailer>, String)>) -> Self {
        Self { client, chat, mail }
    }
}

impl Notifier for LocalNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), String> {
        tracing::error!(title = notice.title, text = notice.text, "notice");
        let failed = match &self.chat {
            Some(url) => match chat::tell(&self.client, url, notice).await {
                Ok(()) => return Ok(()),
                Err(why) => Some(why),
            },
            None => None,
        };
        match (&self.mail, failed) {
            (Some((mailer, to)), why) => {
                let id = hex::encode(&Sha256::digest(format!("{}\n{}", notice.title, notice.text))[..16]);
                let text = match why {
                    Some(why) => chat::by_email(notice, &why),
                    None => notice.text.clone(),
                };
                mailer.send(&Mail { to: to.clone(), subject: notice.title.clone(), text, id }).await
            }
            (None, Some(why)) => Err(why),
            // Nothing is set up: the log has it.
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::mail::FileMailer;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::post;
    use std::sync::Mutex;

    async fn chat(status: StatusCode) -> (String, Arc<Mutex<Vec<String>>>) {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let into = Arc::clone(&told);
        let take = move |body: String| async move {
            into.lock().expect("no panic").push(body);
            status
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook/s3cr3t", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook/{key}", post(take))).await });
        (url, told)
    }

    fn notice() -> Notice {
        Notice { title: "3 orders parked".into(), text: "swiftpost: unreadable".into() }
    }

    #[tokio::test]
    async fn the_chat_is_told() {
        let (url, told) = chat(StatusCode::OK).await;
        let notifier = LocalNotifier::new(HttpClient::new().expect("a client"), Some(url), None);
        notifier.notify(&notice()).await.expect("told");
        assert!(told.lock().expect("no panic")[0].contains("3 orders parked"));
    }

    #[tokio::test]
    async fn if_the_chat_fails_an_email_tells_and_the_address_stays_secret() {
        let (url, _) = chat(StatusCode::INTERNAL_SERVER_ERROR).await;
        let dir = tempfile::tempdir().expect("a directory");
        let mailer = LocalMailer::Files(FileMailer::new(dir.path(), "crossdock@shop.example").expect("a mailer"));
        let client = HttpClient::new().expect("a client");
        let mail = Some((Arc::new(mailer), "dev@shop.example".to_owned()));
        LocalNotifier::new(client.clone(), Some(url.clone()), mail).notify(&notice()).await.expect("told");
        let file = std::fs::read_dir(dir.path()).expect("files").next().expect("a mail").expect("a mail").path();
        let text = std::fs::read_to_string(file).expect("the mail");
        assert!(text.contains("the chat answered 500") && !text.contains("s3cr3t"), "{text}");
        let words = LocalNotifier::new(client, Some(url), None).notify(&notice()).await.expect_err("nobody was told");
        assert!(!words.contains("s3cr3t"), "{words}");
    }
}
