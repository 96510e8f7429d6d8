//! The whole system on the protocols of AWS: the template deployed to an emulator that enforces IAM, the real bootstraps run
//! behind real event source mappings, people use the command line with no more than their policies.

mod campaign;
mod cloud;
mod mappings;
mod python;
mod stories;
mod world;

use cloud::Cloud;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use world::World;

/// One cloud at a time: each has a dozen processes.
static TURN: Mutex<()> = Mutex::const_new(());

/// A world with a cloud of its own.
async fn set_up() -> (World, Cloud, MutexGuard<'static, ()>) {
    let turn = TURN.lock().await;
    let world = World::default();
    let counterparts = world.serve().await;
    let cloud = Cloud::start(&counterparts).await;
    (world, cloud, turn)
}

/// An order; its reference is its name.
fn order(id: &str, carrier: &str) -> Value {
    let address = json!({"lines": ["Quay 1"], "city": "Rotterdam", "country": "NL"});
    json!({
        "order_id": id,
        "operation_id": "1",
        "carrier": carrier,
        "shipment": {
            "reference": id,
            "sender": {"name": "Harbour Books", "address": address},
            "recipient": {"name": "Zoë Müller", "address": address},
            "parcels": [{"reference": format!("{id}-1"), "weight": 500}],
        },
    })
}
