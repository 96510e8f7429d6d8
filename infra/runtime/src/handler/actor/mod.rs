//! The actor: what follows from orders and events is done. The shop is told, the logistics team is written to.
//!
//! Everything is done at least once, under the action's own name, so that whoever is told twice can tell. `shop` calls the
//! shop's operations; `email` puts what people are to read where the poller sends it from.

mod email;
mod shop;

use super::dead::DeadLetter;
use super::dispatcher::join;
use super::redriven::Opened;
use super::{Desk, Handled, Ports, Trouble, keys};
use crate::mappings::SHOP;
use crate::port::{Batch, Message, Queue, Store};
use crossdock_engine::model::{Action, Effect, Problem, RawBody, Status};
use sha2::{Digest, Sha256};
use tracing::Instrument;

/// The operation of the shop's file that takes the result of an order.
const ORDER_RESULT: &str = "order_result";

/// The operation of the shop's file that takes an event of a parcel.
const UPDATE_ORDER: &str = "update_order";

impl<P: Ports> Desk<P> {
    /// Does what an action's message says.
    ///
    /// # Errors
    /// The store failed: the message comes again.
    pub async fn act(&self, message: &Message) -> Result<Handled, Trouble> {
        let message = &self.opened(message).await;
        let span = tracing::info_span!("action", trace = message.trace);
        self.act_opened(message).instrument(span).await
    }

    async fn act_opened(&self, message: &Opened) -> Result<Handled, Trouble> {
        let Ok(action) = serde_json::from_slice::<Action>(&message.body) else {
            let parked = Parked::new("unreadable", "the message is no action of ours");
            return self.park_action(message, None, parked, Batch::default()).await;
        };
        // A message that was on its way when its order's data was removed.
        if let Some(order_id) = &action.order_id
            && self.was_forgotten(&keys::entries_of(order_id)).await?.is_some_and(|at| message.sent_at <= at)
        {
            return self.settle(Batch { acks: vec![message.receipt.clone()], ..Batch::default() }).await;
        }
        match &action.effect {
            // Nobody could read what the carrier says: that is the integration's fault, and nobody else's business.
            Effect::NotifyShop(notify) if notify.event.status == Status::Unknown => self.park_unknown(message, &action).await,
            Effect::EmailLogistics(email) if is_unknown(&email.problem) => self.park_unknown(message, &action).await,
            Effect::OrderResult(_) => self.tell_shop(message, &action, ORDER_RESULT).await,
            Effect::NotifyShop(_) => self.tell_shop(message, &action, UPDATE_ORDER).await,
            Effect::EmailLogistics(email) => self.write_email(message, &action, email).await,
        }
    }

    async fn park_unknown(&self, message: &Opened, action: &Action) -> Result<Handled, Trouble> {
        let parked = Parked::new("unmapped", "status `unknown` is nobody's news: what the carrier says is to be mapped");
        self.park_action(message, Some(action), parked, Batch::default()).await
    }

    /// An action that waits for a person, whole.
    async fn park_action(
        &self,
        message: &Opened,
        action: Option<&Action>,
        parked: Parked,
        mut batch: Batch,
    ) -> Result<Handled, Trouble> {
        let letter = DeadLetter {
            id: action.map_or_else(|| hex::encode(&Sha256::digest(&message.body)[..16]), |action| action.action_id.clone()),
            queue: Queue::Actions,
            carrier: if action.is_some_and(|action| !is_email(action)) { SHOP.to_owned() } else { message.group.clone() },
            reason: parked.reason.to_owned(),
            cause: parked.cause,
            order_id: action.and_then(|action| action.order_id.clone()),
            order_key: None,
            at: self.now(),
            body: Some(RawBody::new(&message.body)),
            exchange: batch.exchanges.last().map(|exchange| exchange.id.clone()),
            redrives: message.redrives,
            trace: Some(message.trace.clone()),
        };
        tracing::warn!(reason = letter.reason, cause = letter.cause, letter = letter.id, "an action was parked");
        metrics::counter!("crossdock_parked_total", "queue" => "actions", "reason" => letter.reason.clone()).increment(1);
        join(&mut batch, Batch { puts: vec![letter.put()], acks: vec![message.receipt.clone()], ..Batch::default() });
        self.store.commit(batch).await?;
        Ok(Handled::Done)
    }
}

/// Why an action waits for a person: a word, and words without personal data.
struct Parked {
    reason: &'static str,
    cause: String,
}

impl Parked {
    fn new(reason: &'static str, cause: impl Into<String>) -> Self {
        Self { reason, cause: cause.into() }
    }
}

fn is_unknown(problem: &Problem) -> bool {
    matches!(problem, Problem::Event(event) if event.status == Status::Unknown)
}

fn is_email(action: &Action) -> bool {
    matches!(action.effect, Effect::EmailLogistics(_))
}
