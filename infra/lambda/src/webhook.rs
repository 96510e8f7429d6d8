//! Deliveries and documents, as the HTTP API hands them over.

use crate::app::App;
use crate::metric;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossdock_engine::carrier::Delivery;
use crossdock_runtime::handler::{Address, Answered};
use lambda_runtime::{Error, LambdaEvent};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// A document can be fetched so long by the address that the shop is sent to.
const ADDRESS_HOLDS: Duration = Duration::from_secs(300);

/// A request, format 2.0.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event {
    raw_path: String,
    raw_query_string: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    is_base64_encoded: bool,
    request_context: Context,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Context {
    http: Http,
    stage: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Http {
    method: String,
    source_ip: String,
}

/// The answer, format 2.0.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

impl Response {
    fn of(answered: Answered) -> Self {
        let headers = answered.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        let (body, is_base64_encoded) = match String::from_utf8(answered.body) {
            Ok(text) => (text, false),
            Err(bytes) => (STANDARD.encode(bytes.as_bytes()), true),
        };
        Self { status_code: answered.status, headers, body, is_base64_encoded }
    }

    fn words(status_code: u16, words: &str) -> Self {
        Self { status_code, headers: BTreeMap::new(), body: words.to_owned(), is_base64_encoded: false }
    }
}

impl Event {
    /// The parts of the path, each decoded, without the stage.
    fn parts(&self) -> Vec<String> {
        let path = self.raw_path.trim_start_matches('/');
        let stage = format!("{}/", self.request_context.stage);
        let path = if self.request_context.stage == "$default" { path } else { path.strip_prefix(&stage).unwrap_or(path) };
        path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
    }

    /// What was sent, byte for byte: forms and bodies without a type arrive in base64.
    fn delivery(&self) -> Result<Delivery, &'static str> {
        let body = self.body.as_deref().unwrap_or_default();
        let body = match self.is_base64_encoded {
            true => STANDARD.decode(body).map_err(|_| "the body cannot be decoded")?,
            false => body.as_bytes().to_vec(),
        };
        Ok(Delivery {
            method: self.request_context.http.method.clone(),
            query: form_urlencoded::parse(self.raw_query_string.as_bytes()).into_owned().collect(),
            headers: self.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            body,
            source: self.request_context.http.source_ip.parse().ok(),
        })
    }
}

/// Answers a request.
pub(crate) async fn answer(app: Arc<App>, event: LambdaEvent<Event>) -> Result<Response, Error> {
    let request = event.payload;
    let response = match app.look().await {
        Ok(()) => route(&app, &request).await,
        Err(why) => {
            tracing::error!(why, "there are no mapping files");
            Response::words(503, "try again later")
        }
    };
    metric::flush(app.program.name());
    Ok(response)
}

async fn route(app: &App, request: &Event) -> Response {
    let parts = request.parts();
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["webhooks", carrier, account, webhook] => take(app, request, Address { carrier, account, webhook }).await,
        ["documents", id] if request.request_context.http.method == "GET" => document(app, request, id).await,
        _ => Response::words(404, "there is nothing here"),
    }
}

async fn take(app: &App, request: &Event, at: Address<'_>) -> Response {
    let delivery = match request.delivery() {
        Ok(delivery) => delivery,
        Err(words) => return Response::words(400, words),
    };
    if let Err(why) = app.desk.mappings.meet(at.carrier).await {
        tracing::error!(carrier = at.carrier, why, "a carrier's file cannot be read");
        return Response::words(503, "try again later");
    }
    Response::of(app.desk.receive(at, delivery).await)
}

/// Documents are fetched from the bucket: the caller is sent there, with an address that holds for a while.
async fn document(app: &App, request: &Event, id: &str) -> Response {
    let token = match app.token().await {
        Ok(token) => token,
        Err(why) => {
            tracing::error!(why, "the token of documents cannot be read");
            return Response::words(503, "try again later");
        }
    };
    if !allowed(token.as_deref(), request.headers.get("authorization").map(String::as_str)) {
        return Response::words(401, "expected `Authorization: Bearer <token>`");
    }
    match app.desk.store.document_address(id, ADDRESS_HOLDS).await {
        Ok(Some(address)) => {
            let headers = [("location".to_owned(), address), ("cache-control".to_owned(), "no-store".to_owned())];
            Response { headers: headers.into(), ..Response::words(307, "") }
        }
        Ok(None) => Response::words(404, "there is no such document"),
        Err(error) => {
            tracing::error!(error, "a document cannot be read");
            Response::words(503, "try again later")
        }
    }
}

/// Without a token nobody gets a document: here everybody can ask.
fn allowed(token: Option<&str>, given: Option<&str>) -> bool {
    let Some(token) = token else { return false };
    let given = given.and_then(|given| given.strip_prefix("Bearer ")).unwrap_or_default();
    bool::from(given.as_bytes().ct_eq(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str) -> Event {
        serde_json::from_str(json).expect("an event")
    }

    #[test]
    fn a_body_in_base64_is_decoded_before_anybody_looks_at_it() {
        let event = event(
            r#"{"rawPath": "/webhooks/swiftpost/default/st%2Fatus", "rawQueryString": "a=1&b=x%20y",
                "headers": {"content-type": "application/x-www-form-urlencoded"}, "body": "YT0xJmI9/w==",
                "isBase64Encoded": true, "requestContext": {"stage": "$default",
                "http": {"method": "POST", "sourceIp": "192.0.2.7"}}}"#,
        );
        assert_eq!(event.parts(), ["webhooks", "swiftpost", "default", "st/atus"]);
        let delivery = event.delivery().expect("a delivery");
        assert_eq!(delivery.body, b"a=1&b=\xff");
        assert_eq!(delivery.query, [("a".to_owned(), "1".to_owned()), ("b".into(), "x y".into())]);
        assert_eq!(delivery.source.map(|source| source.to_string()).as_deref(), Some("192.0.2.7"));
    }

    #[test]
    fn a_body_that_says_it_is_base64_and_is_not_is_refused() {
        assert!(event(r#"{"body": "*", "isBase64Encoded": true}"#).delivery().is_err());
        assert_eq!(event(r#"{"body": "{\"a\": 1}"}"#).delivery().expect("a delivery").body, b"{\"a\": 1}");
    }

    #[test]
    fn a_stage_is_no_part_of_the_path() {
        let event = event(r#"{"rawPath": "/live/documents/d1", "requestContext": {"stage": "live"}}"#);
        assert_eq!(event.parts(), ["documents", "d1"]);
    }

    #[test]
    fn an_answer_that_is_no_text_goes_as_base64() {
        let answered = Answered { status: 200, headers: vec![("X-A".into(), "1".into())], body: vec![0xff] };
        let response = Response::of(answered);
        assert_eq!((response.body.as_str(), response.is_base64_encoded), ("/w==", true));
        assert_eq!(response.headers.get("x-a").map(String::as_str), Some("1"));
    }

    #[test]
    fn documents_need_the_token() {
        assert!(allowed(Some("t1"), Some("Bearer t1")));
        assert!(!allowed(Some("t1"), Some("Bearer t2")) && !allowed(Some("t1"), None) && !allowed(None, Some("Bearer ")));
    }
}
