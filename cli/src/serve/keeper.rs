//! What comes round with the clock: files reloaded, carriers paused, the poller's and the notifier's turns, old things pruned.

use super::retention::Rules;
use super::{Process, sleep};
use crossdock_runtime::clock::Clock;
use crossdock_runtime::handler::{CarrierRecord, keys};
use crossdock_runtime::mappings::Release;
use crossdock_runtime::port::{Queue, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const PRESSURE: Duration = Duration::from_millis(100);
const RELOAD: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_secs(1);
const NOTIFY: Duration = Duration::from_secs(5);
const PRUNE: Duration = Duration::from_secs(600);

/// Between two steps of pruning others have their turn.
const BETWEEN: Duration = Duration::from_millis(100);

/// Starts everything.
pub(super) fn start(process: &Arc<Process>, stopping: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    vec![
        every(PRESSURE, process, stopping, |process| async move { measure(&process).await }),
        every(RELOAD, process, stopping, |process| async move { reload(&process).await }),
        every(POLL, process, stopping, |process| async move {
            if let Err(trouble) = process.desk.poll().await {
                tracing::warn!(%trouble, "the poller's turn failed");
            }
        }),
        every(NOTIFY, process, stopping, |process| async move {
            if let Err(trouble) = process.desk.notify().await {
                tracing::warn!(%trouble, "the notifier's turn failed");
            }
        }),
        every(PRUNE, process, stopping, |process| async move { prune(&process).await }),
    ]
}

fn every<F, T>(time: Duration, process: &Arc<Process>, stopping: &watch::Receiver<bool>, turn: F) -> JoinHandle<()>
where
    F: Fn(Arc<Process>) -> T + Send + 'static,
    T: Future<Output = ()> + Send,
{
    let (process, mut stopping) = (Arc::clone(process), stopping.clone());
    tokio::spawn(async move {
        loop {
            turn(Arc::clone(&process)).await;
            if !sleep(time, &mut stopping).await {
                return;
            }
        }
    })
}

/// What waits for us, not for a carrier or the shop, is what more orders would have to wait behind: orders, and what the shop is
/// to be told.
async fn measure(process: &Process) {
    let room = process.desk.gates.room(process.desk.clock.now());
    let waits_for_us = |group: &String| room.get(group).is_none_or(|room| *room > 0);
    let (mut ours, mut all) = (0, 0);
    for queue in [Queue::Orders, Queue::Actions] {
        let Ok(depths) = process.desk.store.depth(queue).await else { return };
        ours += depths.iter().filter(|(group, _)| waits_for_us(group)).map(|(_, depth)| depth.ready).sum::<usize>();
        all += depths.values().map(|depth| depth.ready + depth.in_flight + depth.delayed).sum::<usize>();
    }
    process.pressure.set(ours > process.config.backlog || all > process.config.most);
    for queue in Queue::ALL {
        let Ok(depths) = process.desk.store.depth(queue).await else { continue };
        for (group, depth) in depths {
            let gauge = |state: &'static str| metrics::gauge!("crossdock_queue_messages", "queue" => queue.name(), "group" => group.clone(), "state" => state);
            gauge("ready").set(depth.ready as f64);
            gauge("in_flight").set(depth.in_flight as f64);
            gauge("delayed").set(depth.delayed as f64);
        }
    }
}

/// Mapping files that changed, and carriers that a person has paused or resumed.
async fn reload(process: &Process) {
    match process.desk.mappings.refresh().await {
        Ok(true) => {
            report(&process.desk.mappings.release());
            process.desk.set_up_gates();
        }
        Ok(false) => {}
        Err(why) => tracing::error!(why, "the mapping files cannot be read: the last good ones stay in force"),
    }
    let Ok(items) = process.desk.store.list(keys::CARRIERS, None, 10_000).await else { return };
    let paused = items.into_iter().filter_map(|item| {
        let record: CarrierRecord = serde_json::from_slice(&item.body).ok()?;
        record.paused.then(|| keys::carrier_of(&item.key)).flatten()
    });
    process.desk.gates.pause(&paused.collect::<Vec<_>>());
}

/// Says which release is in force, and what of it is not.
pub(super) fn report(release: &Release) {
    tracing::info!(release = &release.id[..12.min(release.id.len())], carriers = release.carriers.len(), "mapping files loaded");
    for problem in &release.problems {
        tracing::error!(file = problem.file, %problem, "a file does not load: the last good one stays in force");
    }
}

async fn prune(process: &Process) {
    let retention = i64::try_from(process.config.retention.as_millis()).unwrap_or(i64::MAX);
    let now = i64::try_from(process.desk.clock.now().as_millis()).unwrap_or(i64::MAX);
    let store = &process.desk.store;
    loop {
        match store.prune(now.saturating_sub(retention), &Rules(store)).await {
            Ok(pruned) if pruned.more => tokio::time::sleep(BETWEEN).await,
            Ok(_) => return,
            Err(error) => return tracing::warn!(%error, "what is old could not be removed"),
        }
    }
}
