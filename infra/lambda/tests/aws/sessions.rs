//! A carrier that grants one session, and a key of it that is changed.

use crate::cloud::{Cloud, until};
use crate::common::order;
use crate::policies::Used;
use crate::set_up;
use crate::world::World;
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

/// A secret that was read a moment ago is not read again.
const A_MOMENT: Duration = Duration::from_secs(11);

pub(crate) async fn one_function_signs_in_for_all_and_a_changed_key_is_found(used: &mut Used) {
    let (world, cloud, _turn) = set_up().await;
    ship(&world, &cloud, "A", 40).await;
    assert_eq!(world.look(|books| (books.sign_ins, books.refused_sign_ins)), (1, 0), "one signs in, the others have its token");

    tokio::time::sleep(A_MOMENT).await;
    cloud.change_secret("single/default", &json!({"key": "k2"}));
    world.change_key("k2");
    ship(&world, &cloud, "B", 40).await;
    let (sign_ins, refused) = world.look(|books| (books.sign_ins, books.refused_sign_ins));
    // At most one look at the secret for each function that still had the old one.
    assert!(sign_ins == 2 && refused <= 10, "{sign_ins} sign-ins, {refused} refused");
    assert_eq!(world.look(|books| books.shipped.values().copied().max()), Some(1), "each once");
    assert_eq!(cloud.operate(&["dlq", "list"]).as_array().map(Vec::len), Some(0));
    assert!(!cloud.log().contains(&world.session()), "a token is in no log");
    used.add(&cloud);
}

async fn ship(world: &World, cloud: &Cloud, name: &str, count: u32) {
    let names: Vec<String> = (0..count).map(|n| format!("{name}-{n}")).collect();
    let orders: Vec<Value> = names.iter().map(|name| order(name, "single")).collect();
    cloud.send(&orders).await;
    until("accepted", cloud, SOON, async || {
        names.iter().all(|name| world.outcomes(name).iter().any(|told| told.starts_with("accepted")))
    })
    .await;
}
