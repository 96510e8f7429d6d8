//! The shop's side: orders in lines of ten, sent until they are taken, never more ahead than the process can have forgotten.

use super::fakes::World;
use crossdock_engine::carrier::{Repeatable, Reply, Request};
use crossdock_runtime::http::{HttpClient, Wire};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Orders in one request.
const LINES: u32 = 10;

/// Requests at once.
const AT_ONCE: u32 = 4;

/// Orders that may be under way or parked, so that there is load in every life of the process.
const AHEAD: u32 = 1_200;

/// The load, under way.
pub(crate) struct Load {
    senders: Vec<JoinHandle<()>>,
}

impl Load {
    /// Sends orders from number 0 on.
    pub(crate) fn start(world: &World, address: &str, orders: u32) -> Self {
        let sender = |first: u32| {
            let (world, url) = (world.clone(), format!("{address}/orders"));
            tokio::spawn(async move {
                let client = HttpClient::new().expect("a client");
                let mut from = first * LINES;
                while from < orders {
                    let ended = || world.look(|journal| u32::try_from(journal.results.len()).unwrap_or(u32::MAX));
                    while from > ended() + AHEAD {
                        // What is parked never ends by itself: after a while the next ones are sent all the same.
                        if tokio::time::timeout(Duration::from_secs(2), wait(&world, from)).await.is_err() {
                            break;
                        }
                    }
                    send(&client, &url, from, (from + LINES).min(orders)).await;
                    from += LINES * AT_ONCE;
                }
            })
        };
        Self { senders: (0..AT_ONCE).map(sender).collect() }
    }

    /// Waits until all orders are taken.
    pub(crate) async fn finish(self) {
        for sender in self.senders {
            sender.await.expect("the load goes on to its end");
        }
    }
}

async fn wait(world: &World, from: u32) {
    while world.look(|journal| u32::try_from(journal.results.len()).unwrap_or(u32::MAX)) + AHEAD < from {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Sends until it is answered with 202: what was taken before a crash is known the second time.
async fn send(client: &HttpClient, url: &str, from: u32, to: u32) {
    let body = (from..to).map(|number| order(number).to_string()).collect::<Vec<_>>().join("\n");
    let request = Request {
        method: "POST".into(),
        url: url.to_owned(),
        headers: vec![("Content-Type".into(), "application/x-ndjson".into())],
        body: body.into_bytes(),
        timeout: Duration::from_secs(10),
        repeatable: Repeatable::Reads,
        masked: Vec::new(),
        tokens: Vec::new(),
    };
    loop {
        match client.send(&request).await.expect("sendable") {
            Reply::Answered { status: 202, .. } => return,
            Reply::Answered { status: 429 | 503, .. } | Reply::NotConnected(_) | Reply::Broken(_) => {}
            other => panic!("orders {from} to {to}: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn order(number: u32) -> Value {
    let address = json!({"lines": ["Quay 1"], "city": "Rotterdam", "country": "NL"});
    json!({
        "order_id": format!("K-{number}"),
        "operation_id": "1",
        "carrier": if number.is_multiple_of(2) { "silent" } else { "asked" },
        "shipment": {
            "reference": format!("K-{number}"),
            "sender": {"name": "Harbour Books", "address": address},
            "recipient": {"name": "Zoë Müller", "address": address},
            "parcels": [{"reference": format!("K-{number}-1"), "weight": 500}],
        },
    })
}

/// Messages of all queues in a status document; unless `all`, without deliveries, which may wait for orders that are parked.
pub(crate) fn messages(status: &Value, all: bool) -> u64 {
    let queues = status["queues"].as_array().cloned().unwrap_or_default();
    let count =
        |queue: &Value| ["ready", "in_flight", "delayed"].iter().filter_map(|state| queue["total"][state].as_u64()).sum::<u64>();
    queues.iter().filter(|queue| all || queue["queue"] != "updates").map(count).sum()
}
