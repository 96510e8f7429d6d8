//! What a carrier reports, by webhook or when asked: where it came from, and the dead letters of what cannot be read of it.

use super::dead::DeadLetter;
use super::{Desk, Ports, Trouble};
use crate::port::{Batch, CommitError, Queue, Store};
use crossdock_engine::carrier::{Asked, Unmapped};
use crossdock_engine::model::{Event, RawBody};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Where events come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'r> {
    /// The report's own name: what is wrong with it is parked under this name, once.
    pub(crate) id: &'r str,
    /// The carrier's id.
    pub(crate) carrier: &'r str,
    /// The message that has it read again: what a redrive sends.
    pub(crate) body: &'r [u8],
    /// The journal's exchange that shows it.
    pub(crate) exchange: Option<&'r str>,
    /// How often its message was redriven.
    pub(crate) redrives: u32,
    /// The trace that it belongs to.
    pub(crate) trace: &'r str,
}

/// The message that has the reply to a tracking request read again: nobody is called. Without a reply, the parcels are asked for
/// anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrackReport {
    /// The carrier's id.
    pub(crate) carrier: String,
    /// The account.
    pub(crate) account: String,
    /// The parcels that were asked for, by their numbers.
    pub(crate) numbers: Vec<String>,
    /// What the carrier was asked for them by; their numbers, if that is not said.
    #[serde(default)]
    pub(crate) asked: Vec<Asked>,
    /// When the reply came: seconds since 1970.
    pub(crate) received_at: i64,
    /// The journal's exchange that holds the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exchange: Option<String>,
    /// The trace that it belongs to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) trace: String,
}

impl TrackReport {
    /// The report that its events are from.
    pub(crate) fn report<'r>(&'r self, id: &'r str, body: &'r [u8], redrives: u32) -> Report<'r> {
        let exchange = self.exchange.as_deref();
        Report { id, carrier: &self.carrier, body, exchange, redrives, trace: &self.trace }
    }

    /// What the carrier was asked for.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        if self.asked.is_empty() { self.numbers.iter().cloned().map(Asked::from).collect() } else { self.asked.clone() }
    }
}

impl Report<'_> {
    /// A dead letter of this report; `which` tells several of one report apart, and is empty for the report as a whole.
    pub(crate) fn letter(&self, reason: &str, cause: String, which: &str, at: i64) -> DeadLetter {
        let id = match which {
            "" => self.id.to_owned(),
            which => name(&[self.id, which]),
        };
        DeadLetter {
            id,
            queue: Queue::Updates,
            carrier: self.carrier.to_owned(),
            reason: reason.to_owned(),
            cause,
            order_id: None,
            order_key: None,
            at,
            body: Some(RawBody::new(self.body)),
            exchange: self.exchange.map(str::to_owned),
            redrives: self.redrives,
            trace: Some(self.trace.to_owned()),
        }
    }
}

impl<P: Ports> Desk<P> {
    /// One unmapped event parks itself, not its report; the same one, reported again while it waits, is parked once.
    pub(crate) async fn park_unmapped(&self, report: Report<'_>, unmapped: &Unmapped) -> Result<(), Trouble> {
        let place =
            self.mappings.carrier(report.carrier).map(|loaded| loaded.carrier.sources().position(unmapped.span).to_string());
        let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
        let code = unmapped.code.as_deref().map(|code| format!(" (code `{code}`)")).unwrap_or_default();
        let cause = format!("{place}{}{code}", unmapped.message);
        let which = format!("{:?}/{:?}", unmapped.code, unmapped.tracking_number);
        self.park_once(report.letter("unmapped", cause, &which, self.now())).await
    }

    /// The dead letter of an event that the file itself reads as `unknown`.
    pub(crate) fn unknown_letter(&self, report: Report<'_>, event: &Event) -> DeadLetter {
        let code = event.carrier_code.as_deref().map(|code| format!("code `{code}`"));
        let cause = format!("{} is read as status `unknown`", code.as_deref().unwrap_or("the carrier's text"));
        self.counted(report.letter("unmapped", cause, &event.event_id, self.now()))
    }

    /// Parks what may be parked already: then it stays as it is.
    pub(crate) async fn park_once(&self, letter: DeadLetter) -> Result<(), Trouble> {
        match self.store.commit(Batch { puts: vec![letter.put_once()], ..Batch::default() }).await {
            Ok(()) => {
                self.counted(letter);
                Ok(())
            }
            Err(CommitError::Conflict(_)) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// Tells log and metrics of a letter.
    pub(crate) fn counted(&self, letter: DeadLetter) -> DeadLetter {
        let DeadLetter { carrier, reason, cause, id, .. } = &letter;
        tracing::warn!(carrier, reason, cause, letter = id, "a carrier's report was parked");
        metrics::counter!("crossdock_parked_total", "queue" => "updates", "reason" => reason.clone()).increment(1);
        letter
    }
}

/// A name made of these parts, 32 hexadecimal digits.
pub(crate) fn name(parts: &[&str]) -> String {
    hex::encode(&Sha256::digest(parts.join("/"))[..16])
}
