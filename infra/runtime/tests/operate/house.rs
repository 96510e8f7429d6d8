//! A desk over memory, a carrier on a tape, and mapping files that can be mended while it runs.

use super::support::{MemoryFiles, MemoryStore, RecordedMailer, RecordedNotifier};
use crossdock_engine::carrier::{Delivery, Reply, Request};
use crossdock_runtime::clock::ManualClock;
use crossdock_runtime::handler::{Address, Desk, Handled, Ports, Settings};
use crossdock_runtime::http::{Unsendable, Wire};
use crossdock_runtime::mappings::{AccountDefaults, Mappings};
use crossdock_runtime::port::{Queue, Secrets, Store};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

#[derive(Debug)]
pub(crate) struct House;

impl Ports for House {
    type Store = MemoryStore;
    type Wire = Tape;
    type Clock = ManualClock;
    type Files = MemoryFiles;
    type Secrets = Key;
    type Mailer = RecordedMailer;
    type Notifier = RecordedNotifier;
}

/// Answers from a list and keeps what was asked.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    pub(crate) replies: Mutex<VecDeque<Reply>>,
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Wire for Tape {
    async fn send(&self, request: &Request) -> Result<Reply, Unsendable> {
        let path = request.url.split_once(".example").map_or("", |(_, path)| path);
        self.asked.lock().expect("no panic").push(format!("{} {path}", request.method));
        Ok(self.replies.lock().expect("no panic").pop_front().unwrap_or(Reply::Broken("nothing on the tape".into())))
    }
}

/// One secret for everything.
#[derive(Debug)]
pub(crate) struct Key;

impl Secrets for Key {
    async fn of(&self, _: &str, _: &str, names: &[String]) -> Result<BTreeMap<String, String>, String> {
        Ok(names.iter().map(|name| (name.clone(), "k3y-0f-tests".to_owned())).collect())
    }

    async fn before(&self, _: &str, _: &str, _: &[String]) -> Result<BTreeMap<String, String>, String> {
        Ok(BTreeMap::new())
    }
}

const FILE: &str = "swiftpost/carrier.yaml";

const CARRIER: &str = r#"
format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
secrets: [key]
servers: {production: {api: "https://api.swiftpost.example"}}
auth: {bearer: {token: "${{ secret.key }}"}}
replies:
  answers:
    - {when: {status: 422}, outcome: rejected, code: $.code, message: $.text}
    - {when: {status: 202}, outcome: unexpected}
    - {when: {status: 2xx}, outcome: accepted}
    - {when: {status: 500}, outcome: ambiguous}
    - $http
operations:
  create_shipment:
    request:
      method: POST
      path: /shipments
      json:
        to: ${{ shipment.recipient.name }}
        parcels: {$for: p in shipment.parcels, $do: {ref: "${{ p.reference }}", service: "${{ shipment.service }}"}}
    responses: answers
    extract:
      parcels: {each: "$.parcels[*]", reference: $.ref, tracking_number: $.no}
      documents: [{kind: label, data: {from: $.label, decode: base64, default: ""}, media: text/plain}]
  create_steps:
    steps:
      rate:
        request: {method: POST, path: /rates, json: {to: "${{ shipment.recipient.name }}"}}
        responses: answers
        extract: {rate: $.rate}
      buy:
        request: {method: POST, path: /buy, json: {rate: "${{ steps.rate.rate }}"}}
        responses: answers
        extract: {parcels: {each: "$.parcels[*]", tracking_number: $.no}}
webhooks:
  tracking:
    verify: {header: {name: x-key, value: "${{ secret.key }}"}}
    events: $
    event:
      id: $.id
      tracking_number: $.no
      occurred_at: {from: $.time, format: rfc3339}
      status: {code: $.code, vocabulary: tracking}
vocabularies:
  tracking: {codes: {PU: picked_up, DL: delivered}, unknown: park}
"#;

/// Everything under one roof.
pub(crate) struct Bench {
    pub(crate) desk: Desk<House>,
    files: MemoryFiles,
}

impl Bench {
    /// Over a store that writes a batch as a whole, or one that does not.
    pub(crate) async fn over(atomic: bool) -> Self {
        let files = MemoryFiles::default();
        files.write(FILE, CARRIER);
        let mappings = Mappings::new(files.clone(), Key, AccountDefaults::default());
        mappings.refresh().await.expect("files");
        assert_eq!(mappings.release().problems, []);
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let settings = Settings { public_url: "http://127.0.0.1:8080".into(), ..Settings::default() };
        let store = MemoryStore::new(Arc::clone(&clock), atomic);
        let (mailer, notifier) = (RecordedMailer::default(), RecordedNotifier::default());
        let desk = Desk::new(store, Tape::default(), clock, mappings, mailer, notifier, settings);
        Self { desk, files }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.desk.clock.advance(std::time::Duration::from_secs(seconds));
    }

    /// The carrier's next answer.
    pub(crate) fn answers(&self, status: u16, body: &Value) {
        let reply = Reply::Answered { status, headers: Vec::new(), body: body.to_string().into_bytes() };
        self.desk.wire.replies.lock().expect("no panic").push_back(reply);
    }

    /// What the carrier was asked since this was last asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.desk.wire.asked.lock().expect("no panic"))
    }

    /// Everything that is kept, as text.
    pub(crate) fn kept(&self) -> String {
        let store = &self.desk.store;
        let items = store.items("").into_iter().map(|item| String::from_utf8_lossy(&item.body).into_owned());
        let journal = store.journal().into_iter().map(|exchange| exchange.request + &exchange.reply);
        let blobs = store.blobs().into_iter().map(|blob| String::from_utf8_lossy(&blob.bytes).into_owned());
        items.chain(journal).chain(blobs).collect::<Vec<_>>().join("\n")
    }

    pub(crate) async fn take(&self, order: &Value) {
        self.desk.take_order(order.to_string().as_bytes()).await.expect("taken");
    }

    pub(crate) async fn mend(&self, from: &str, to: &str) {
        let text = self.files.text(FILE);
        assert!(text.contains(from), "nothing to mend");
        self.files.write(FILE, text.replace(from, to));
        self.desk.mappings.refresh().await.expect("files");
        assert_eq!(self.desk.mappings.release().problems, []);
    }

    /// Works on everything that waits in a queue; how many messages.
    pub(crate) async fn work(&self, queue: Queue) -> usize {
        let mut count = 0;
        for message in self.desk.store.receive(queue, usize::MAX, &BTreeMap::new()).await.expect("messages") {
            count += 1;
            let handled = match queue {
                Queue::Orders => self.desk.dispatch(&message).await,
                Queue::Updates => self.desk.translate(&message).await,
                Queue::Actions => unreachable!("the shop is not here"),
            };
            assert_eq!(handled, Ok(Handled::Done));
        }
        count
    }

    /// The messages that wait for the shop, or to be mailed.
    pub(crate) async fn actions(&self) -> Vec<Value> {
        let messages = self.desk.store.receive(Queue::Actions, usize::MAX, &BTreeMap::new()).await.expect("messages");
        messages
            .iter()
            .map(|message| serde_json::from_slice(crossdock_runtime::trace::unwrapped(&message.body).1).expect("JSON"))
            .collect()
    }

    pub(crate) async fn deliver(&self, key: &str, body: &Value) -> u16 {
        let at = Address { carrier: "swiftpost", account: "default", webhook: "tracking" };
        let delivery = Delivery {
            source: None,
            method: "POST".into(),
            query: Vec::new(),
            headers: vec![("x-key".into(), key.into())],
            body: body.to_string().into_bytes(),
        };
        self.desk.receive(at, delivery).await.status
    }
}

pub(crate) fn order(order_id: &str) -> Value {
    json!({
        "order_id": order_id, "operation_id": "1", "carrier": "swiftpost",
        "shipment": {
            "reference": format!("R-{order_id}"), "service": "std",
            "sender": {"name": "Harbour Books", "address": {"lines": ["Calle Mayor 5"], "city": "Barcelona", "country": "ES"}},
            "recipient": {"name": "Zoë Example", "address": {"lines": ["12 Canal Street"], "city": "Dresden", "country": "DE"}},
            "parcels": [{"reference": format!("{order_id}-1"), "weight": 1250}]
        }
    })
}

pub(crate) fn accepted(order_id: &str) -> Value {
    json!({"parcels": [{"ref": format!("{order_id}-1"), "no": format!("T-{order_id}")}], "label": "bGFiZWw="})
}

pub(crate) fn event(id: &str, order_id: &str, code: &str) -> Value {
    json!({"id": id, "no": format!("T-{order_id}"), "code": code, "time": "2026-05-04T10:00:00Z"})
}
