//! A network from a script: replies by method and a part of the URL, in their order; the last one stays. Where several fit, the
//! one that was scripted last answers.

use crossdock_engine::carrier::{Reply, Request};
use crossdock_runtime::http::{Unsendable, Wire};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Clones share the script.
#[derive(Debug, Clone, Default)]
pub struct ScriptedWire {
    script: Arc<Mutex<Vec<Route>>>,
    seen: Arc<Mutex<Vec<Request>>>,
}

#[derive(Debug)]
struct Route {
    method: String,
    within: String,
    replies: VecDeque<Answer>,
}

#[derive(Debug, Clone)]
struct Answer {
    reply: Result<Reply, Unsendable>,
    held: Option<Held>,
}

/// A reply that is held back until it is let go.
#[derive(Debug, Clone, Default)]
pub struct Held {
    arrived: Arc<Notify>,
    go: Arc<Notify>,
}

impl Held {
    /// Waits until the request has arrived.
    pub async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Lets the reply go.
    pub fn let_go(&self) {
        self.go.notify_one();
    }
}

impl ScriptedWire {
    /// From now on, requests of this method whose URL contains this are answered so.
    pub fn on(&self, method: &str, within: &str, replies: impl IntoIterator<Item = Reply>) {
        self.route(method, within, replies.into_iter().map(|reply| Answer { reply: Ok(reply), held: None }).collect());
    }

    /// The next request is answered only when it is let go; those after it at once, in the same way.
    pub fn hold(&self, method: &str, within: &str, reply: Reply) -> Held {
        let held = Held::default();
        let first = Answer { reply: Ok(reply.clone()), held: Some(held.clone()) };
        self.route(method, within, [first, Answer { reply: Ok(reply), held: None }].into());
        held
    }

    /// Such requests cannot be sent at all.
    pub fn refuses(&self, method: &str, within: &str, why: &str) {
        self.route(method, within, [Answer { reply: Err(Unsendable(why.into())), held: None }].into());
    }

    fn route(&self, method: &str, within: &str, replies: VecDeque<Answer>) {
        let mut script = self.script.lock().expect("no panic");
        script.retain(|route| !(route.method == method && route.within == within));
        script.push(Route { method: method.into(), within: within.into(), replies });
    }

    /// How many requests of this method there were to URLs that contain this.
    pub fn count(&self, method: &str, within: &str) -> usize {
        self.requests(method, within).len()
    }

    /// The requests of this method to URLs that contain this.
    pub fn requests(&self, method: &str, within: &str) -> Vec<Request> {
        let seen = self.seen.lock().expect("no panic");
        seen.iter().filter(|request| request.method == method && request.url.contains(within)).cloned().collect()
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut script = self.script.lock().expect("no panic");
        let fits = |route: &&mut Route| route.method == request.method && request.url.contains(&route.within);
        let route =
            script.iter_mut().rev().find(fits).unwrap_or_else(|| panic!("nobody answers {} {}", request.method, request.url));
        match route.replies.len() {
            0 => panic!("no reply is left for {} {}", request.method, request.url),
            1 => route.replies[0].clone(),
            _ => route.replies.pop_front().expect("a reply"),
        }
    }
}

impl Wire for ScriptedWire {
    async fn send(&self, request: &Request) -> Result<Reply, Unsendable> {
        self.seen.lock().expect("no panic").push(request.clone());
        let answer = self.answer(request);
        tokio::task::yield_now().await;
        if let Some(held) = &answer.held {
            held.arrived.notify_one();
            held.go.notified().await;
        }
        answer.reply
    }
}

/// A reply with a JSON body.
pub fn json_reply(status: u16, body: serde_json::Value) -> Reply {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Reply::Answered { status, headers, body: body.to_string().into_bytes() }
}

/// A reply without a body.
pub fn status(status: u16) -> Reply {
    Reply::Answered { status, headers: Vec::new(), body: Vec::new() }
}
