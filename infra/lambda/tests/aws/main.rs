//! The whole system on the protocols of AWS: the template deployed to an emulator that enforces IAM, the real bootstraps run
//! behind real event source mappings, people use the command line with no more than their policies.

mod campaign;
mod cloud;
mod common;
mod mappings;
mod policies;
mod python;
mod second;
mod sessions;
mod stories;
mod template;
mod world;

use cloud::Cloud;
use policies::Used;
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

/// The stories one after the other, each in a cloud of its own; then what they used is what the policies grant.
#[tokio::test(flavor = "multi_thread")]
async fn the_whole_system_and_no_more_rights_than_it_uses() {
    let mut used = Used::default();
    stories::an_order_becomes_a_parcel_and_its_events_reach_the_shop_and_the_mail(&mut used).await;
    stories::a_carrier_breaks_down_and_comes_back_and_a_poisoned_reply_is_mended(&mut used).await;
    stories::a_release_is_put_into_force_under_load_and_back_and_no_order_fails(&mut used).await;
    sessions::one_function_signs_in_for_all_and_a_changed_key_is_found(&mut used).await;
    campaign::killed_functions_lose_no_order_and_ship_none_twice(&mut used).await;
    used.is_what_the_policies_grant();
}
