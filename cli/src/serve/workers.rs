//! Workers: each queue's messages are received as there is room, and worked on side by side.

use super::Process;
use crossdock_runtime::handler::{Handled, Trouble};
use crossdock_runtime::port::{Message, Queue, Store};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;

/// Messages that are received at a time.
const AT_A_TIME: usize = 64;

/// A message that met trouble comes again after this time.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);

/// Starts the workers of all queues.
pub(super) fn start(process: &Arc<Process>, stopping: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    let workers = process.config.workers;
    [(Queue::Orders, workers.orders), (Queue::Updates, workers.updates), (Queue::Actions, workers.actions)]
        .into_iter()
        .map(|(queue, at_once)| tokio::spawn(run(Arc::clone(process), queue, at_once.max(1), stopping.clone())))
        .collect()
}

/// Receives until the process stops; then waits for what is under way.
async fn run(process: Arc<Process>, queue: Queue, at_once: usize, mut stopping: watch::Receiver<bool>) {
    let hands = Arc::new(Semaphore::new(at_once));
    let freed = Arc::new(Notify::new());
    loop {
        let free = hands.available_permits().min(AT_A_TIME);
        let room = room(&process, queue);
        let received =
            async { if free == 0 { std::future::pending().await } else { process.desk.store.receive(queue, free, &room).await } };
        tokio::select! {
            biased;
            () = stopped(&mut stopping) => break,
            messages = received => match messages {
                Ok(messages) => {
                    for message in messages {
                        take(&process, &hands, &freed, message).await;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, queue = queue.name(), "nothing can be received");
                    tokio::time::sleep(AFTER_TROUBLE).await;
                }
            },
            // Room that was not there when we began to wait.
            () = freed.notified() => {}
        }
    }
    let all = u32::try_from(at_once).unwrap_or(u32::MAX);
    let _ = hands.acquire_many(all).await;
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// How many more messages of each group are wanted.
fn room(process: &Process, queue: Queue) -> BTreeMap<String, usize> {
    match queue {
        Queue::Updates => BTreeMap::new(),
        Queue::Orders | Queue::Actions => process.desk.gates.room(clock_now(process)),
    }
}

fn clock_now(process: &Process) -> Duration {
    use crossdock_runtime::clock::Clock;
    process.desk.clock.now()
}

async fn take(process: &Arc<Process>, hands: &Arc<Semaphore>, freed: &Arc<Notify>, message: Message) {
    let Ok(hand) = Arc::clone(hands).acquire_owned().await else { return };
    let place = (message.receipt.queue != Queue::Updates).then(|| process.desk.gates.of(&message.group, None).place());
    let (process, freed) = (Arc::clone(process), Arc::clone(freed));
    tokio::spawn(async move {
        work(&process, &message).await;
        drop(place);
        drop(hand);
        freed.notify_one();
    });
}

async fn work(process: &Process, message: &Message) {
    let desk = &process.desk;
    let handled = match message.receipt.queue {
        _ if message.receives > desk.settings.receives => desk.park_poison(message).await,
        Queue::Orders => desk.dispatch(message).await,
        Queue::Updates => desk.translate(message).await,
        Queue::Actions => desk.act(message).await,
    };
    let trouble = match handled {
        Ok(Handled::Done | Handled::Later) => return,
        Err(trouble) => trouble,
    };
    if trouble != Trouble::Changed {
        tracing::warn!(queue = message.receipt.queue.name(), group = message.group, %trouble, "a message comes again");
    }
    let _ = desk.store.defer(message, AFTER_TROUBLE).await;
}
