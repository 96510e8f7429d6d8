//! A batch of messages: worked on side by side; whatever is not done in time comes again.

use crate::app::App;
use crate::metric;
use crossdock_aws::Arrived;
use crossdock_aws::store::message::{FORM, SENT_AT, TRACE};
use crossdock_runtime::clock::Clock;
use crossdock_runtime::handler::{Handled, Trouble};
use crossdock_runtime::port::{Message, Queue, Store};
use futures_util::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What is not done by then is reported, and comes again.
const LAST: Duration = Duration::from_millis(500);

/// Nothing is begun with less time than this: a carrier may take it.
const ENOUGH: Duration = Duration::from_secs(10);

/// A message that met trouble comes again after this time, and a bit.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);

/// How often one message is tried again when a carrier's file had to be loaded first.
const MEETINGS: usize = 3;

#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    #[serde(rename = "Records", default)]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    receipt_handle: String,
    body: String,
    #[serde(default)]
    attributes: HashMap<String, String>,
    #[serde(default)]
    message_attributes: HashMap<String, Attribute>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attribute {
    #[serde(default)]
    string_value: Option<String>,
}

/// What Lambda is told: which messages of this batch are to come again.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl Record {
    fn arrived(&self) -> Arrived<'_> {
        let system = |name: &str| self.attributes.get(name).map(String::as_str);
        let own = |name: &str| self.message_attributes.get(name).and_then(|value| value.string_value.as_deref());
        Arrived {
            handle: &self.receipt_handle,
            text: &self.body,
            receives: system("ApproximateReceiveCount"),
            sent: system("SentTimestamp"),
            group: system("MessageGroupId"),
            form: own(FORM),
            sent_at: own(SENT_AT),
            trace: own(TRACE),
        }
    }
}

/// Works on a batch.
pub(crate) async fn work(app: Arc<App>, event: LambdaEvent<Event>) -> Result<Report, Error> {
    let time = Time::of(event.context.deadline);
    let records = event.payload.records;
    app.look().await?;
    let mut done = vec![false; records.len()];
    {
        let works = stream::iter(records.iter().enumerate()).map(|(at, record)| {
            let app = &app;
            async move { (at, one(app, record, time).await) }
        });
        let mut works = std::pin::pin!(works.buffer_unordered(app.at_once));
        while let Ok(Some((at, served))) = tokio::time::timeout_at(time.end, works.next()).await {
            done[at] = served;
        }
    }
    let failed = records.iter().zip(&done).filter(|(_, done)| !**done);
    let failures: Vec<Failure> = failed.map(|(record, _)| Failure { item_identifier: record.message_id.clone() }).collect();
    tracing::debug!(messages = records.len(), again = failures.len(), "a batch");
    metric::flush(app.program.name());
    Ok(Report { batch_item_failures: failures })
}

/// The time that there is.
#[derive(Debug, Clone, Copy)]
struct Time {
    end: Instant,
}

impl Time {
    fn of(deadline: u64) -> Self {
        let now = crossdock_runtime::clock::SystemClock.now();
        let left = Duration::from_millis(deadline).saturating_sub(now).saturating_sub(LAST);
        Self { end: Instant::now() + left }
    }

    fn is_enough(self) -> bool {
        self.end.saturating_duration_since(Instant::now()) >= ENOUGH
    }
}

/// One message; whether it has served.
async fn one(app: &App, record: &Record, time: Time) -> bool {
    let Some(queue) = app.program.queue() else { return false };
    if !time.is_enough() {
        return false;
    }
    let message = match app.desk.store.arrived(queue, record.arrived()).await {
        Ok(message) => message,
        Err(why) => {
            tracing::warn!(queue = queue.name(), message = record.message_id, why, "a message cannot be taken and comes again");
            return false;
        }
    };
    let handled = match enter(app, &message, time).await {
        Ok(_place) => handled(app, &message).await,
        Err(wait) => app.desk.store.defer(&message, wait).await.map(|()| Handled::Later).map_err(Trouble::from),
    };
    if let Err(trouble) = handled {
        if trouble != Trouble::Changed {
            tracing::warn!(queue = queue.name(), group = message.group, %trouble, "a message comes again");
        }
        let wait = AFTER_TROUBLE.mul_f64(1.0 + f64::from(message.receives.min(8)));
        if let Err(error) = app.desk.store.defer(&message, wait).await {
            tracing::warn!(%error, "a message comes again when its visibility ends");
        }
    }
    app.desk.store.has_served(&message.receipt)
}

/// A place at the carrier's gate; how long to wait if there is none in good time.
async fn enter(app: &App, message: &Message, time: Time) -> Result<Option<crossdock_runtime::handler::gate::Place>, Duration> {
    if message.receipt.queue == Queue::Updates || message.group.is_empty() {
        return Ok(None);
    }
    let gate = app.desk.gates.of(&message.group, None);
    loop {
        let now = app.desk.clock.now();
        if let Some(until) = gate.closed_until(now) {
            // Not all at the same moment.
            return Err(until.saturating_sub(now) + Duration::from_millis(u64::from(message.receives.min(50)) * 20));
        }
        if gate.room(now) > 0 {
            return Ok(Some(gate.place()));
        }
        if !time.is_enough() {
            return Err(AFTER_TROUBLE);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn handled(app: &App, message: &Message) -> Result<Handled, Trouble> {
    let desk = &app.desk;
    let met = |why: String| Trouble::Store(why);
    desk.mappings.meet(&message.group).await.map_err(met)?;
    let mut tries = 0;
    loop {
        let handled = match message.receipt.queue {
            _ if message.receives > desk.settings.receives => desk.park_poison(message).await,
            Queue::Orders => desk.dispatch(message).await,
            Queue::Updates => desk.translate(message).await,
            Queue::Actions => desk.act(message).await,
        };
        tries += 1;
        // A carrier that the message names and its group does not.
        if handled.is_err() && tries < MEETINGS && desk.mappings.meet_wanted().await.map_err(met)? {
            continue;
        }
        return handled;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_and_a_report_names_what_comes_again() {
        let event: Event = serde_json::from_str(
            r#"{"Records": [{"messageId": "m1", "receiptHandle": "r1", "body": "{}", "attributes":
                {"ApproximateReceiveCount": "2", "SentTimestamp": "1", "MessageGroupId": "swiftpost"},
                "messageAttributes": {"crossdock-sent-at": {"stringValue": "7", "dataType": "Number"},
                    "traceparent": {"stringValue": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "dataType": "String"}},
                "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:orders"}]}"#,
        )
        .expect("an event");
        let arrived = event.records[0].arrived();
        assert_eq!((arrived.receives, arrived.group, arrived.sent_at), (Some("2"), Some("swiftpost"), Some("7")));
        assert!(arrived.trace.is_some_and(|trace| trace.contains("4bf92f35")));
        let report = Report { batch_item_failures: vec![Failure { item_identifier: "m1".into() }] };
        let json = serde_json::to_string(&report).expect("JSON");
        assert_eq!(json, r#"{"batchItemFailures":[{"itemIdentifier":"m1"}]}"#);
        assert_eq!(serde_json::to_string(&Report::default()).expect("JSON"), r#"{"batchItemFailures":[]}"#);
    }

    #[test]
    fn a_deadline_that_is_near_lets_nothing_begin() {
        let now = u64::try_from(crossdock_runtime::clock::SystemClock.now().as_millis()).expect("a time");
        assert!(Time::of(now + 60_000).is_enough());
        assert!(!Time::of(now + 5_000).is_enough());
        assert!(!Time::of(0).is_enough());
    }
}
