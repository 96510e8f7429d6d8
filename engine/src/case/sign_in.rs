//! Sign-ins: the request for a token, and the token.

use super::Run;
use super::operation::word;
use super::reading::At;
use super::request::shown;
use crate::carrier::{Carrier, Trace};
use crate::document::Slots;
use serde_json::{Map, Value as Json, json};

impl Run<'_> {
    pub(super) fn auth(&mut self, carrier: &Carrier, name: &str) {
        let now = self.now();
        let Some(account) = self.account(carrier) else { return };
        let Some(at) = carrier.auths.iter().position(|(known, auth)| known == name && auth.renews()) else {
            return self.unknown("auths", name);
        };
        let input = Slots::new();
        let request = match carrier.sign_in_request(at, &account, &mut carrier.env(&account, &input)) {
            Ok(request) => request,
            Err(fault) => {
                let ways = super::reading::fault_ways(&self.map, self.sources.slice(self.case.span), "", &fault);
                let words = format!("the request cannot be made: {fault}");
                return self.failures.broken(self.case.name.span, words, ways);
            }
        };
        let here = At::Auth(name);
        if let Some(expected) = self.case.expect.as_ref().and_then(|expect| expect.request.as_ref()) {
            let expected = expected.clone();
            self.request(&expected, &request, &here, || None::<Trace>);
        }
        let Some(reply) = self.case.reply.as_ref().and_then(|reply| self.reply(reply)) else { return };
        let mut found: Map<String, Json> = Map::new();
        let mut note = None;
        match carrier.read_token(name, &account, &reply, now) {
            Ok(token) => {
                found.insert("outcome".into(), "accepted".into());
                found.insert("token".into(), token.value.into());
                let lapses = token.expires_at.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
                found.insert("expires_at".into(), json!(lapses.map(|instant| instant.to_string())));
            }
            Err(answer) => {
                found.insert("outcome".into(), word(answer.outcome).into());
                found.insert("errors".into(), json!(answer.errors));
                note = answer.unreadable;
            }
        }
        self.then(&Json::Object(found), note.as_deref(), |run, difference| {
            let mut ways = run.map.ways();
            ways.rules(&here, None);
            if let Some(node) = here.exchange(&run.map) {
                ways.deep(node, "the sign-in");
            }
            ways.sample(run.sample().as_ref(), &shown(difference.found.as_ref()));
            ways.list
        });
    }
}
