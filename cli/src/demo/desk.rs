//! Our side's memory: where each parcel stands, which events were seen, and what follows from each. No IO.

use crossdock_engine::model::identity::{event_email_id, notify_shop_id, order_result_id, refusal_email_id};
use crossdock_engine::model::rules::{ActionRules, Decision, Facts};
use crossdock_engine::model::{
    Action, Effect, EmailLogistics, Event, Move, NotifyShop, Order, OrderResult, Problem, Refusal, Status, moves,
};
use std::collections::{HashMap, HashSet};

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It moved its parcel.
    Advanced,
    /// It came too late to change anything.
    Stale,
    /// It was seen before.
    Duplicate,
    /// Its order is not known yet: it is looked at again when the order is accepted.
    Early,
}

#[derive(Debug, Default)]
struct Parcel {
    order_id: String,
    state: Option<(Status, jiff::Timestamp)>,
    sequence: u64,
    attempts: u32,
    statuses: HashSet<Status>,
}

/// Everything we remember.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    rules: ActionRules,
    parcels: HashMap<String, Parcel>,
    seen: HashSet<String>,
    early: HashMap<String, Vec<Event>>,
}

impl Desk {
    /// Events that still wait for their order.
    pub(crate) fn waiting(&self) -> u64 {
        self.early.values().map(|events| events.len() as u64).sum()
    }

    /// An accepted order: its result for the shop, and its parcels' early events with what follows from them.
    pub(crate) fn accepted(&mut self, order: &Order, result: OrderResult) -> (Vec<Action>, Vec<Fate>) {
        let mut actions = vec![result_action(order, &result)];
        let mut fates = Vec::new();
        for number in &result.tracking_numbers {
            self.parcels.insert(number.clone(), Parcel { order_id: order.order_id.clone(), ..Parcel::default() });
            for event in self.early.remove(number).unwrap_or_default() {
                let (fate, follow) = self.apply(event);
                fates.push(fate);
                actions.extend(follow);
            }
        }
        (actions, fates)
    }

    /// A refused order: its result for the shop, and word to the logistics team.
    pub(crate) fn refused(&self, order: &Order, result: OrderResult) -> Vec<Action> {
        let Decision::EmailLogistics { topic } = self.rules.on_refusal() else { return vec![result_action(order, &result)] };
        let refusal = Refusal {
            carrier: order.carrier.clone(),
            account: order.account.clone(),
            operation: order.operation.clone(),
            reference: order.shipment.reference.clone(),
            code: result.code.clone(),
            message: result.message.clone(),
        };
        let email = Action {
            action_id: refusal_email_id(&order.key(), &topic),
            order_id: Some(order.order_id.clone()),
            effect: Effect::EmailLogistics(EmailLogistics { topic, problem: Problem::Refusal(refusal) }),
        };
        vec![result_action(order, &result), email]
    }

    /// An event from a verified delivery, and what follows from it.
    pub(crate) fn event(&mut self, event: Event) -> (Fate, Vec<Action>) {
        if !self.seen.insert(event.event_id.clone()) {
            return (Fate::Duplicate, Vec::new());
        }
        let number = event.tracking_number.clone().unwrap_or_default();
        if !self.parcels.contains_key(&number) {
            self.early.entry(number).or_default().push(event);
            return (Fate::Early, Vec::new());
        }
        self.apply(event)
    }

    fn apply(&mut self, event: Event) -> (Fate, Vec<Action>) {
        let number = event.tracking_number.clone().unwrap_or_default();
        let parcel = self.parcels.entry(number).or_default();
        parcel.sequence += 1;
        parcel.attempts += u32::from(event.status == Status::DeliveryAttempted);
        let first_of_status = parcel.statuses.insert(event.status);
        if moves(parcel.state, event.state()) != Move::Advance {
            return (Fate::Stale, Vec::new());
        }
        parcel.state = Some(event.state());
        let event = Event { order_id: Some(parcel.order_id.clone()), sequence: parcel.sequence, ..event };
        let facts = Facts { attempt: parcel.attempts, first_of_status, asked_cancel: false, country: None };
        let decisions = self.rules.decide(&event, &facts);
        (Fate::Advanced, decisions.into_iter().map(|decision| action(&event, decision)).collect())
    }
}

fn result_action(order: &Order, result: &OrderResult) -> Action {
    Action {
        action_id: order_result_id(&order.key()),
        order_id: Some(order.order_id.clone()),
        effect: Effect::OrderResult(result.clone()),
    }
}

fn action(event: &Event, decision: Decision) -> Action {
    let order_id = event.order_id.clone();
    match decision {
        Decision::NotifyShop => Action {
            action_id: notify_shop_id(&event.event_id),
            order_id,
            effect: Effect::NotifyShop(NotifyShop { event: event.clone() }),
        },
        Decision::EmailLogistics { topic } => Action {
            action_id: event_email_id(&event.event_id, &topic),
            order_id,
            effect: Effect::EmailLogistics(EmailLogistics { topic, problem: Problem::Event(Box::new(event.clone())) }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::orders::order;
    use serde_json::json;

    const NUMBER: &str = "00000001E01";

    fn event(id: &str, status: &str, hour: u32) -> Event {
        let time = format!("2026-05-04T{hour:02}:00:00Z");
        serde_json::from_value(json!({
            "event_id": id, "carrier": "swiftpost", "account": "default", "tracking_number": NUMBER,
            "status": status, "occurred_at": time, "time_is": "instant", "sequence": 0,
        }))
        .expect("an event")
    }

    fn accept(desk: &mut Desk) -> (Vec<Action>, Vec<Fate>) {
        let order: Order = serde_json::from_value(order(1, 0)).expect("an order");
        let result = json!({"outcome": "accepted", "tracking_numbers": [NUMBER]});
        desk.accepted(&order, serde_json::from_value(result).expect("a result"))
    }

    #[test]
    fn events_move_a_parcel_once_and_never_backwards() {
        let mut desk = Desk::default();
        accept(&mut desk);
        assert_eq!(desk.event(event("1", "picked_up", 8)).0, Fate::Advanced);
        assert_eq!(desk.event(event("3", "out_for_delivery", 10)).0, Fate::Advanced);
        assert_eq!(desk.event(event("2", "in_transit", 9)).0, Fate::Stale);
        assert_eq!(desk.event(event("3", "out_for_delivery", 10)).0, Fate::Duplicate);
        let (fate, actions) = desk.event(event("4", "delivered", 11));
        assert_eq!(fate, Fate::Advanced);
        let Effect::NotifyShop(notice) = &actions[0].effect else { panic!("the shop is told: {actions:?}") };
        assert_eq!((notice.event.order_id.as_deref(), notice.event.sequence), (Some("SO-00001"), 4));
    }

    #[test]
    fn an_event_before_its_order_waits_for_it() {
        let mut desk = Desk::default();
        assert_eq!(desk.event(event("1", "picked_up", 8)).0, Fate::Early);
        assert_eq!(desk.waiting(), 1);
        let (actions, fates) = accept(&mut desk);
        assert_eq!((fates, actions.len(), desk.waiting()), (vec![Fate::Advanced], 2, 0));
    }
}
