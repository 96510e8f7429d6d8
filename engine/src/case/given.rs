//! What a case gives: orders, accounts, replies, times.

use super::Run;
use crate::carrier::{Account, AccountSettings, Carrier, Reply, Token};
use crate::source::Node;
use crate::syntax::{Given, NoReply, ReplyGiven, Sp};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The clock of a case that does not say otherwise: 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600;

impl<'r> Run<'r> {
    pub(super) fn given(&self) -> Option<&'r Given> {
        self.case.given.as_ref()
    }

    /// A file beside the case.
    pub(super) fn file(&mut self, path: &Sp<String>) -> Option<Vec<u8>> {
        let bytes = (self.files)(&path.value);
        if bytes.is_none() {
            self.broken(path.span, format!("there is no file `{}`", path.value));
        }
        bytes
    }

    /// The time of the case.
    pub(super) fn now(&mut self) -> i64 {
        let written = self.case.given.as_ref().and_then(|given| given.now.as_ref());
        self.time(written).unwrap_or(NEW_YEAR)
    }

    /// A time in seconds since 1970.
    pub(super) fn time(&mut self, written: Option<&Sp<String>>) -> Option<i64> {
        let written = written?;
        match written.value.parse::<jiff::Timestamp>() {
            Ok(instant) => Some(instant.as_second()),
            Err(_) => {
                self.broken(written.span, "this is no instant (RFC 3339)");
                None
            }
        }
    }

    /// The order or action as bytes: the sample, patched.
    pub(super) fn order(&mut self) -> Option<Vec<u8>> {
        let given = self.case.given.as_ref();
        let Some(node) = given.and_then(|given| given.order.as_ref().or(given.action.as_ref())) else {
            self.broken(self.case.span, "`given.order` is missing");
            return None;
        };
        let mut order = match node.as_scalar() {
            Some(scalar) => {
                let bytes = self.file(&Sp { value: scalar.text.clone(), span: node.span })?;
                match serde_json::from_slice::<Json>(&bytes) {
                    Ok(order) => order,
                    Err(error) => {
                        self.broken(node.span, format!("`{}` is no JSON: {error}", scalar.text));
                        return None;
                    }
                }
            }
            None => node.to_json(),
        };
        if let Some(patch) = given.and_then(|given| given.with.as_ref()) {
            merge_patch(&mut order, &patch.to_json());
        }
        Some(order.to_string().into_bytes())
    }

    /// The order's sample as the case names it, for the way back.
    pub(super) fn sample(&self) -> Option<(String, String)> {
        let given = self.case.given.as_ref()?;
        let name = match &given.order {
            Some(node) => node.as_scalar()?.text.clone(),
            None => given.file.as_ref()?.value.clone(),
        };
        let text = String::from_utf8((self.files)(&name)?).ok()?;
        Some((name, text))
    }

    pub(super) fn account(&mut self, carrier: &Carrier) -> Option<Account> {
        let given = self.case.given.as_ref();
        let config = given.and_then(|given| given.config.as_ref()).map(Node::to_json);
        let settings = AccountSettings {
            account: crate::model::DEFAULT_ACCOUNT.to_owned(),
            environment: given.and_then(|given| given.environment.as_ref()).map(|name| name.value.clone()),
            config: match config {
                Some(Json::Object(config)) => config,
                _ => Map::new(),
            },
            secrets: given
                .iter()
                .flat_map(|given| &given.secrets)
                .map(|(name, value)| (name.value.clone(), value.value.clone()))
                .collect(),
            servers: BTreeMap::new(),
        };
        match carrier.account(&settings) {
            Ok(mut account) => {
                account.touched.clone_from(&self.touched);
                Some(account)
            }
            Err(wrong) => {
                let span = given.and_then(|given| given.config.as_ref()).map_or(self.case.name.span, |node| node.span);
                let ways = self.map.account();
                self.failures.broken(span, format!("the account does not fit the file: {}", wrong.join("; ")), ways);
                None
            }
        }
    }

    pub(super) fn tokens(&self) -> BTreeMap<String, Token> {
        let given = self.given();
        let tokens = given.iter().flat_map(|given| &given.tokens);
        tokens.map(|(name, value)| (name.value.clone(), self.token(&name.value, &value.value))).collect()
    }

    /// A token that does not lapse, with the session that the case gives.
    pub(super) fn token(&self, auth: &str, value: &str) -> Token {
        let sessions = self.given().map_or(&[][..], |given| &given.sessions);
        let session = sessions.iter().find(|(name, _)| name.value == auth).map(|(_, node)| node.to_json());
        let session = session.and_then(|session| session.as_object().cloned()).unwrap_or_default();
        Token { value: value.to_owned(), expires_at: None, session, one_session: false }
    }

    /// The same, when the case does not say what it is.
    pub(super) fn some_token(&self, auth: &str) -> Token {
        self.token(auth, "token")
    }

    pub(super) fn reply(&mut self, reply: &ReplyGiven) -> Option<Reply> {
        if let Some(error) = &reply.error {
            return Some(match error.value {
                NoReply::Timeout => Reply::Broken("time ran out".into()),
                NoReply::Connect => Reply::NotConnected("no connection".into()),
            });
        }
        let mut headers: Vec<(String, String)> =
            reply.headers.iter().map(|(name, value)| (name.value.clone(), value.value.clone())).collect();
        let (media, body) = self.reply_body(reply)?;
        let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let (Some(media), false) = (media, typed) {
            headers.push(("Content-Type".into(), media.into()));
        }
        let status = reply.status.as_ref().map_or(200, |status| status.value as u16);
        Some(Reply::Answered { status, headers, body })
    }

    fn reply_body(&mut self, reply: &ReplyGiven) -> Option<(Option<&'static str>, Vec<u8>)> {
        if let Some(json) = &reply.json {
            return Some((Some("application/json"), json.to_json().to_string().into_bytes()));
        }
        if let Some(xml) = &reply.xml {
            return Some((Some("application/xml"), xml.value.clone().into_bytes()));
        }
        if let Some(text) = &reply.text {
            return Some((Some("text/plain"), text.value.clone().into_bytes()));
        }
        if let Some(base64) = &reply.base64 {
            let bytes = crate::expr::filter::decode_base64(&base64.value);
            if bytes.is_none() {
                self.broken(base64.span, "this is no Base64");
            }
            return Some((None, bytes?));
        }
        match &reply.file {
            Some(path) => self.file(path).map(|bytes| (None, bytes)),
            None => Some((None, Vec::new())),
        }
    }

    /// The bytes that come in: a delivery's body, or the shop's own order.
    pub(super) fn incoming(&mut self) -> Option<Vec<u8>> {
        let given = self.case.given.as_ref()?;
        let mut body = if let Some(json) = &given.json {
            json.to_json().to_string().into_bytes()
        } else if let Some(text) = &given.text {
            text.value.clone().into_bytes()
        } else if let Some(path) = &given.file {
            self.file(path)?
        } else {
            Vec::new()
        };
        if let Some(patch) = &given.with {
            let mut json: Json = serde_json::from_slice(&body).unwrap_or_default();
            merge_patch(&mut json, &patch.to_json());
            body = json.to_string().into_bytes();
        }
        Some(body)
    }
}

/// RFC 7396: null removes, objects are merged, anything else replaces.
fn merge_patch(target: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    let Some(members) = target.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.shift_remove(name);
        } else {
            merge_patch(members.entry(name.clone()).or_insert(Json::Null), value);
        }
    }
}

/// A scalar's text.
pub(super) fn text_of(node: &Node) -> String {
    node.as_scalar().map(|scalar| scalar.text.clone()).unwrap_or_default()
}
