//! Words for developers in their chat, by its webhook.

use crate::http::Wire;
use crate::port::Notice;
use crossdock_engine::carrier::{Repeatable, Reply, Request};
use serde_json::json;
use std::time::Duration;

/// Puts a notice into the chat.
///
/// # Errors
/// Why that failed, in words that do not repeat the address: it is a secret.
pub async fn tell(wire: &impl Wire, url: &str, notice: &Notice) -> Result<(), String> {
    let body = json!({"text": format!("*{}*\n{}", notice.title, notice.text)});
    let request = Request {
        method: "POST".into(),
        url: url.to_owned(),
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: body.to_string().into_bytes(),
        timeout: Duration::from_secs(10),
        repeatable: Repeatable::Reads,
        masked: Vec::new(),
        tokens: Vec::new(),
    };
    match wire.send(&request).await {
        Ok(Reply::Answered { status: 200..=299, .. }) => Ok(()),
        Ok(Reply::Answered { status, .. }) => Err(format!("the chat answered {status}")),
        Ok(Reply::NotConnected(_) | Reply::Broken(_)) => Err("the chat cannot be reached".into()),
        Err(_) => Err("the chat's address cannot be called".into()),
    }
}

/// The text of a notice that goes by email because the chat failed.
#[must_use]
pub fn by_email(notice: &Notice, why: &str) -> String {
    format!("{}\n\n(By email, since {why}.)", notice.text)
}
