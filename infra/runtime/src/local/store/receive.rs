//! Handing out messages.

use super::apply::{Claim, receipt_of};
use super::line::Taken;
use super::mailbox::Mailbox;
use super::messages;
use super::reader::Readers;
use super::shared::Shared;
use crate::port::{Message, Queue, StoreError};
use std::collections::BTreeMap;
use std::pin::pin;
use std::time::{Duration, Instant};

/// Messages that were taken and not yet handed out: they go back if the receiver goes away meanwhile.
struct InHand<'s> {
    shared: &'s Shared,
    queue: Queue,
    taken: Vec<Taken>,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        if self.taken.is_empty() {
            return;
        }
        let mut line = self.shared.line(self.queue);
        for taken in &self.taken {
            line.release(taken.id, taken.claim);
        }
        drop(line);
        self.shared.bell(self.queue).notify_waiters();
    }
}

/// Receives up to `max` messages, waiting up to `wait` for the first.
pub(super) async fn receive(
    (shared, readers, mailbox): (&Shared, &Readers, &Mailbox),
    queue: Queue,
    max: usize,
    room: &BTreeMap<String, usize>,
    wait: Duration,
) -> Result<Vec<Message>, StoreError> {
    let deadline = Instant::now() + wait;
    loop {
        // Listening starts before looking, so that nothing arrives unheard in between.
        let mut rung = pin!(shared.bell(queue).notified());
        rung.as_mut().enable();
        let now = shared.now.millis();
        let (in_hand, next) = {
            let mut line = shared.line(queue);
            let taken = line.take(now, max, room);
            (InHand { shared, queue, taken }, line.next_timer())
        };
        if !in_hand.taken.is_empty() {
            let messages = hand_out(in_hand, readers, mailbox).await?;
            if !messages.is_empty() {
                return Ok(messages);
            }
            continue;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Vec::new());
        }
        let timer = next.map_or(left, |at| Duration::from_millis(u64::try_from(at - now).unwrap_or(0).max(1)));
        _ = tokio::time::timeout(left.min(timer), rung).await;
    }
}

/// What was there when the process started may be what made the last one crash: that it is received once more is durable
/// before it is handed out. Once in a process: a receiver that goes away meanwhile does not have it counted again by the
/// next, who waits until the first one's count is durable.
async fn hand_out(mut in_hand: InHand<'_>, readers: &Readers, mailbox: &Mailbox) -> Result<Vec<Message>, StoreError> {
    let (shared, queue) = (in_hand.shared, in_hand.queue);
    while let Some(ids) = uncounted(&in_hand) {
        mailbox.count(queue, ids).await.map_err(|error| StoreError(error.to_string()))?;
        let line = shared.line(queue);
        in_hand.taken.iter_mut().for_each(|taken| taken.uncounted = line.is_uncounted(taken.id));
    }
    read_bodies(&mut in_hand, readers)?;
    let taken = std::mem::take(&mut in_hand.taken);
    Ok(taken.into_iter().filter_map(|taken| message(taken, shared, queue)).collect())
}

/// Which messages this receiver has to have counted; none if all are.
fn uncounted(in_hand: &InHand<'_>) -> Option<Vec<i64>> {
    let mut ids = in_hand.taken.iter().filter(|taken| taken.uncounted).map(|taken| taken.id).peekable();
    ids.peek()?;
    let mut line = in_hand.shared.line(in_hand.queue);
    Some(ids.filter(|id| line.begin_count(*id)).collect())
}

fn read_bodies(in_hand: &mut InHand<'_>, readers: &Readers) -> Result<(), StoreError> {
    if in_hand.taken.iter().all(|taken| taken.body.is_some()) {
        return Ok(());
    }
    let read = readers.read(|connection| {
        for taken in in_hand.taken.iter_mut().filter(|taken| taken.body.is_none()) {
            taken.body = messages::body(connection, taken.id)?;
        }
        Ok(())
    });
    read.map_err(|error| StoreError(error.to_string()))
}

/// A message whose row is gone is forgotten.
fn message(taken: Taken, shared: &Shared, queue: Queue) -> Option<Message> {
    let Some(body) = taken.body else {
        shared.line(queue).remove(taken.id);
        return None;
    };
    Some(Message {
        receipt: receipt_of(Claim { queue, id: taken.id, claim: taken.claim }),
        group: taken.group.to_string(),
        body,
        receives: taken.receives,
        sent_at: taken.sent_at,
    })
}
