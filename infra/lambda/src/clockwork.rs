//! What comes round with the clock, and with alarms.

use crate::app::App;
use crate::metric;
use crate::program::Program;
use crossdock_runtime::clock::{Clock, SystemClock};
use crossdock_runtime::handler::keys;
use crossdock_runtime::port::{Batch, Expect, Notice, Notifier, Put, Queue, Store};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A turn is not begun with less time than this.
const TURN: Duration = Duration::from_secs(25);

/// Takes turns until there is nothing more to do, or no time.
pub(crate) async fn turn(app: Arc<App>, event: LambdaEvent<Value>) -> Result<Value, Error> {
    app.look().await?;
    let turned = match app.program {
        Program::Poller => poll(&app, event.context.deadline).await,
        _ => notify(&app, &event.payload).await,
    };
    metric::flush(app.program.name());
    Ok(turned?)
}

async fn poll(app: &App, deadline: u64) -> Result<Value, String> {
    let mut turns = 0;
    loop {
        turns += 1;
        let polled = app.desk.poll().await.map_err(|trouble| trouble.to_string())?;
        let left = Duration::from_millis(deadline).saturating_sub(SystemClock.now());
        if !polled.more || left < TURN {
            return Ok(json!({"turns": turns}));
        }
    }
}

/// Whatever woke us: all that is newly broken is told.
async fn notify(app: &App, event: &Value) -> Result<Value, String> {
    tell_alarm(app, event).await;
    tell_crashed(app).await?;
    let told = app.desk.notify().await.map_err(|trouble| trouble.to_string())?;
    Ok(json!({"told": told}))
}

/// An alarm that is about none of the queues of crashed messages: these are told with their numbers.
async fn tell_alarm(app: &App, event: &Value) {
    let Some(alarm) = event.get("alarmData") else { return };
    let text = |pointer: &str| alarm.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if text("/state/value") != "ALARM" || text("/alarmName").contains("-dead-") {
        return;
    }
    let notice = Notice { title: format!("alarm {}", text("/alarmName")), text: text("/state/reason").to_owned() };
    if let Err(why) = app.desk.notifier.notify(&notice).await {
        tracing::error!(why, "developers could not be told of an alarm");
    }
}

/// Messages that crashed so often that SQS put them aside: told when there are more than were told.
async fn tell_crashed(app: &App) -> Result<(), String> {
    for (queue, count) in app.crashed.counts().await? {
        let key = keys::notice("crashed", &[queue.name()]);
        let item = app.desk.store.get(&key).await.map_err(|error| error.to_string())?;
        let told = item.as_ref().and_then(|item| serde_json::from_slice::<usize>(&item.body).ok()).unwrap_or(0);
        if count == told {
            continue;
        }
        if count > told
            && let Err(why) = app.desk.notifier.notify(&crashed(queue, count)).await
        {
            tracing::error!(why, "developers could not be told of messages that crashed");
            continue;
        }
        let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
        let put = Put::new(key, expect, serde_json::to_vec(&count).unwrap_or_default());
        // Another turn that was quicker has told the same.
        let _ = app.desk.store.commit(Batch { puts: vec![put], ..Batch::default() }).await;
    }
    Ok(())
}

fn crashed(queue: Queue, count: usize) -> Notice {
    let name = queue.name();
    Notice {
        title: format!("{count} messages of {name} could not be worked on"),
        text: format!(
            "Each was received many times and never ended: the function of this queue crashes or times out on it. \
             Its log tells why.\nOnce that is mended: `crossdock dlq redrive --stack NAME --crashed --queue {name}`."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_names_the_queue_and_the_command_that_mends_it() {
        let notice = crashed(Queue::Orders, 3);
        assert_eq!(notice.title, "3 messages of orders could not be worked on");
        assert!(notice.text.contains("dlq redrive --stack NAME --crashed --queue orders"), "{}", notice.text);
    }
}
