//! When an item may go: what has ended, and what hangs on it, after the time that it is kept. Never what waits for anybody.

use crossdock_runtime::clock::millis;
use crossdock_runtime::ledger::{Entry, State};
use crossdock_runtime::port::Put;
use std::time::Duration;

/// An order and its names outlive the entry that they belong to: it may wait for a person for long.
const LONGER: Duration = Duration::from_secs(400 * 86_400);

/// A breaker that nobody looks after any more says nothing about the carrier.
const BREAKER: Duration = Duration::from_secs(86_400);

/// When a put's item expires, in milliseconds since 1970; never, if none.
pub(super) fn expires(put: &Put, kept: Duration, now: i64) -> Option<i64> {
    let body = put.body.as_deref()?;
    // What is due is waited for.
    if put.due.is_some() {
        return None;
    }
    let kind = put.key.split_once('/').map_or("", |(kind, _)| kind);
    let time = match kind {
        "entry" if has_ended(body) => kept,
        "event" | "parcel" | "tombstone" | "quarantine" | "session" => kept,
        "breaker" => BREAKER,
        "order" | "name" => kept + LONGER,
        _ => return None,
    };
    Some(now.saturating_add(millis(time)))
}

fn has_ended(body: &[u8]) -> bool {
    let state = serde_json::from_slice::<Entry>(body).map(|entry| entry.state);
    matches!(state, Ok(State::Accepted { emitted: true, .. } | State::Refused { emitted: true, .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_runtime::port::Expect;

    const DAY: Duration = Duration::from_secs(86_400);

    fn at(key: &str, due: Option<i64>) -> Option<i64> {
        expires(&Put::new(key, Expect::Anything, b"{}".to_vec()).due(due), DAY, 5)
    }

    #[test]
    fn what_waits_never_expires() {
        assert_eq!(at("parcel/a/b/c", Some(9)), None);
        assert_eq!(at("dead/orders/a/b/c", None), None);
        assert_eq!(at("entry/SO-1:create:-", None), None, "an entry that has not ended");
        assert_eq!(at("carrier/a", None), None);
        assert_eq!(at("mailbox/a", None), None);
    }

    #[test]
    fn what_has_ended_is_kept_for_a_while() {
        assert_eq!(at("event/a/b/c/d", None), Some(5 + 86_400_000));
        assert!(at("order/SO-1:create:-", None) > at("event/a/b/c/d", None), "an order outlives its entry");
        assert_eq!(expires(&Put::delete("event/a/b/c/d", Expect::Anything), DAY, 5), None);
    }
}
