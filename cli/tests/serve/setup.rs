//! A mapping directory with two carriers alike, and a shop.

use crate::local::{Place, Served, free_port};
use crate::world::{World, call, until};
use std::fs;
use std::path::Path;

const CARRIER: &str = r#"format: carrier/v1
carrier: {id: CARRIER, name: A carrier}
secrets: [key]
servers:
  production: {api: "https://api.swiftpost.example"}
  sandbox: {api: "https://sbx.swiftpost.example"}
auth: {bearer: {token: "${{ secret.key }}"}}
limits: {timeout: 15s, concurrency: 4, give_up_after: 1h}
operations:
  create_shipment:
    idempotency: {header: Idempotency-Key, value: "${{ order.key }}", window: 24h}
    request: {method: POST, path: /shipments, json: {reference: "${{ shipment.reference }}", to: "${{ shipment.recipient.name }}"}}
    responses: [{when: {status: 2xx}, outcome: accepted}, $http]
    extract: {parcels: {tracking_number: $.no}}
webhooks:
  events:
    verify: {header: {name: x-key, value: "${{ secret.key }}"}}
    handshake: {get: {echo: challenge}}
    event:
      id: $.id
      tracking_number: $.no
      occurred_at: {from: $.time, format: rfc3339}
      status: {code: $.code, vocabulary: states}
vocabularies:
  states:
    codes: {PU: picked_up, DL: delivered}
    unknown: park
"#;

const SHOP: &str = r#"format: shop/v1
secrets: [shop_token]
servers:
  production: {api: "https://shop.example/api"}
  sandbox: {api: "https://stage.shop.example/api"}
auth: {bearer: {token: "${{ secret.shop_token }}"}}
operations:
  order_result:
    idempotency: {header: Idempotency-Key, value: "${{ action.action_id }}", window: 24h}
    request: {method: POST, path: "/orders/${{ action.order_id }}/result", json: {outcome: "${{ action.order_result.outcome }}"}}
    responses: [{when: {status: 2xx}, outcome: accepted}, $http]
  update_order:
    idempotency: {header: Idempotency-Key, value: "${{ action.action_id }}", window: 24h}
    request: {method: POST, path: "/orders/${{ action.order_id }}/updates", json: {status: "${{ action.notify_shop.event.status }}"}}
    responses: [{when: {status: 2xx}, outcome: accepted}, $http]
"#;

const ACCOUNTS: &str = "format: accounts/v1
accounts:
  - {carrier: shop, secrets: env}
  - {carrier: quick, secrets: env}
  - {carrier: slow, secrets: env}
";

/// A process with its world.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) place: Place,
    _dir: tempfile::TempDir,
}

impl Scene {
    /// Sets everything up; `more` goes into the configuration.
    pub(crate) async fn new(more: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let world = World::default();
        let counterparts = world.serve().await;
        let stand_in = |name: &str| format!("  {name}: {{api: \"{counterparts}/{name}\"}}\n");
        let more = format!("{more}stand_ins:\n{}{}{}", stand_in("quick"), stand_in("slow"), stand_in("shop"));
        let place = Place::new(dir.path(), free_port(), &more, &["SHOP_SHOP_TOKEN", "QUICK_KEY", "SLOW_KEY"]);
        let mappings = dir.path().join("mappings");
        fs::create_dir(&mappings).expect("a folder");
        fs::write(mappings.join("shop.yaml"), SHOP).expect("a file");
        fs::write(mappings.join("accounts.yaml"), ACCOUNTS).expect("a file");
        let scene = Self { world, place, _dir: dir };
        scene.carrier("quick", |text| text);
        scene.carrier("slow", |text| text);
        scene
    }

    /// Writes a carrier's file, changed.
    pub(crate) fn carrier(&self, id: &str, change: impl Fn(String) -> String) {
        let folder = self.place.dir.join("mappings").join(id);
        fs::create_dir_all(&folder).expect("a folder");
        write(&folder.join("carrier.yaml"), &change(CARRIER.replace("CARRIER", id)));
    }

    /// Starts the process and waits until it answers.
    pub(crate) async fn start(&self) -> Served {
        let served = self.place.start(None);
        let health = format!("{}/health", self.place.address);
        until("it answers", async || call("GET", &health, &[], "").await.0 == 200).await;
        served
    }

    /// Sends orders; status and body.
    pub(crate) async fn order(&self, body: &str) -> (u16, String) {
        call("POST", &format!("{}/orders", self.place.address), &[], body).await
    }

    /// Delivers an event of an order's parcel; the status.
    pub(crate) async fn deliver(&self, carrier: &str, order: &str, code: &str) -> u16 {
        let url = format!("{}/webhooks/{carrier}/default/events", self.place.address);
        let body = format!(r#"{{"id": "{order}-{code}", "no": "N-{order}", "code": "{code}", "time": "2026-05-04T08:00:00Z"}}"#);
        call("POST", &url, &[("x-key", "k"), ("content-type", "application/json")], &body).await.0
    }

    /// Waits until the shop has been told so many things of an order.
    pub(crate) async fn told(&self, order: &str, times: usize) {
        until(&format!("the shop is told of {order}"), async || self.world.told(order).len() >= times).await;
    }
}

/// Replaced in one move: a half-written file must not be read.
fn write(path: &Path, text: &str) {
    let fresh = path.with_extension("new");
    fs::write(&fresh, text).expect("a file");
    fs::rename(fresh, path).expect("a file");
}

/// An order as a shop sends it.
pub(crate) fn order(id: &str, carrier: &str) -> String {
    let address = r#"{"lines": ["Quay 1"], "city": "Rotterdam", "country": "NL"}"#;
    format!(
        r#"{{"order_id": "{id}", "operation_id": "1", "carrier": "{carrier}", "shipment": {{"reference": "{id}", "sender": {{"name": "Harbour Books", "address": {address}}}, "recipient": {{"name": "Zoë Müller", "address": {address}}}, "parcels": [{{"weight": 500}}]}}}}"#
    )
}
