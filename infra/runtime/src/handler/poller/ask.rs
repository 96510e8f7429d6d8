//! One tracking request: signed in, sent within the carrier's gate, kept in the journal, and read.

use super::super::gate::{Gate, Health};
use super::super::journal::{Told, new_id, reply_of};
use super::super::records::ParcelRecord;
use super::super::redriven::Opened;
use super::super::report::{TrackReport, name};
use super::super::sign_in::{NotSignedIn, Whose};
use super::super::translator::Taken;
use super::super::{Desk, Handled, Ports, Trouble, keys};
use super::Polled;
use super::track::{Asked, Parcel};
use crate::clock::Clock;
use crate::http::Wire;
use crate::mappings::{Loaded, Missing};
use crate::port::{Batch, ExchangeKind, Expect, Message, Put, Store};
use crate::trace;
use crossdock_engine::carrier::{Account, Fault, Outcome, Reply, Request, TrackNext, Tracked};
use std::sync::Arc;
use std::time::Duration;

/// A carrier that throttles without saying for how long.
const HOLD: Duration = Duration::from_secs(1);

/// What cannot be asked now is asked again after this time, in milliseconds: tracking is in no hurry.
const AGAIN: i64 = 300_000;

/// What a person has to mend is tried again after this time, in milliseconds.
const MENDED: i64 = 3_600_000;

/// Sign-ins and requests of one question.
const LOOKS: usize = 4;

/// A question to one account of a carrier.
struct Question<'q> {
    loaded: &'q Loaded,
    gate: &'q Gate,
    account: Arc<Account>,
    scope: String,
    report: TrackReport,
    parcels: &'q [Parcel],
}

impl<P: Ports> Desk<P> {
    pub(super) async fn ask(
        &self,
        loaded: &Loaded,
        gate: &Gate,
        account: &str,
        parcels: &[Parcel],
        polled: &mut Polled,
    ) -> Result<Asked, Trouble> {
        let carrier = loaded.carrier.id();
        let report = TrackReport {
            carrier: carrier.to_owned(),
            account: account.to_owned(),
            numbers: parcels.iter().map(|parcel| parcel.record.number.clone()).collect(),
            asked: parcels.iter().map(|parcel| parcel.record.asked()).collect(),
            received_at: 0,
            exchange: None,
            trace: trace::new(),
        };
        let made = match self.mappings.account(loaded, account, &*self.clock).await {
            Ok(made) => made,
            Err(Missing::Misconfigured(why)) => return self.cannot_ask(&report, "misconfigured", why).await,
            Err(Missing::Unavailable(_)) => return Ok(Asked::Later(self.now() + AGAIN)),
        };
        let scope = format!("{carrier}/{account}");
        let mut question = Question { loaded, gate, account: made, scope, report, parcels };
        self.put_question(&mut question, polled).await
    }

    async fn put_question(&self, question: &mut Question<'_>, polled: &mut Polled) -> Result<Asked, Trouble> {
        let carrier = &question.loaded.carrier;
        let mut renewed = false;
        for _ in 0..LOOKS {
            let tokens = self.tokens.usable(&question.scope, self.clock.now());
            let next = carrier.track_request(&question.report.asked(), &question.account, &tokens, self.clock.seconds());
            let request = match next {
                Ok(TrackNext::Ask(request)) => request,
                Ok(TrackNext::SignIn { auth, request }) => {
                    let Question { account, gate, scope, .. } = &*question;
                    let whose = Whose { carrier, account, gate, scope };
                    match self.sign_in(&whose, &auth, &request).await {
                        Ok(renewed) => {
                            question.account = renewed.unwrap_or_else(|| Arc::clone(&question.account));
                            continue;
                        }
                        Err(NotSignedIn::Misconfigured(why)) => {
                            return self.cannot_ask(&question.report, "misconfigured", why).await;
                        }
                        Err(NotSignedIn::Later(_)) => return Ok(Asked::Later(self.now() + AGAIN)),
                        Err(NotSignedIn::Store(why)) => return Err(Trouble::Store(why)),
                    }
                }
                Err(fault) => return self.cannot_ask(&question.report, reason(&fault), fault.to_string()).await,
            };
            let tracked = match self.send_question(question, &request).await? {
                Ok(tracked) => tracked,
                Err(why) => return self.cannot_ask(&question.report, "misconfigured", why).await,
            };
            if tracked.answer.outcome == Outcome::Reauthenticate
                && !renewed
                && self.tokens.refuse(&question.scope, &request, &tokens)
            {
                renewed = true;
                continue;
            }
            if matches!(tracked.answer.outcome, Outcome::Misconfigured | Outcome::Reauthenticate)
                && let Some(account) = self.other_secrets(carrier, carrier.id(), &question.account).await
            {
                question.account = account;
                continue;
            }
            return self.answered(question, &tracked, polled).await;
        }
        Ok(Asked::Later(self.now() + AGAIN))
    }

    /// Sends the request; the reply is durable before anything rests upon it.
    async fn send_question(&self, question: &mut Question<'_>, request: &Request) -> Result<Result<Tracked, String>, Trouble> {
        let carrier = &question.loaded.carrier;
        let at = self.now();
        let reply = {
            let _in_use = self.tokens.hold(&question.scope, request).await;
            let _room = question.gate.enter(&*self.clock).await;
            match self.wire.send(request).await {
                Ok(reply) => reply,
                Err(refused) => return Ok(Err(refused.0)),
            }
        };
        let received_at = self.clock.seconds();
        let read = carrier.read_track(&question.report.asked(), &question.account, &reply, received_at);
        let Ok((tracked, _)) = read else { return Ok(Err("the file has no `track`".to_owned())) };
        let orders = question.parcels.iter().map(|parcel| parcel.record.order_id.as_str());
        let order_id = only(orders).unwrap_or_default();
        let told = Told {
            id: new_id(),
            order_id,
            kind: ExchangeKind::Track,
            party: carrier.id(),
            request,
            reply: &reply,
            meaning: meaning(&tracked),
            release: &question.loaded.digest,
            trace: &question.report.trace,
            at,
            took: self.now() - at,
        };
        let exchange = told.exchange();
        question.report.exchange = Some(exchange.id.clone());
        question.report.received_at = received_at;
        self.store.commit(Batch { exchanges: vec![exchange], ..Batch::default() }).await?;
        Ok(Ok(tracked))
    }

    async fn answered(&self, question: &Question<'_>, tracked: &Tracked, polled: &mut Polled) -> Result<Asked, Trouble> {
        let now = self.clock.now();
        match tracked.answer.outcome {
            Outcome::Throttled => {
                let hold = tracked.answer.retry_after.unwrap_or(HOLD);
                question.gate.report(Health::Hold(hold), now);
                Ok(Asked::Later(self.now() + i64::try_from(hold.as_millis()).unwrap_or(AGAIN)))
            }
            Outcome::Transient | Outcome::NotWritten | Outcome::Ambiguous => {
                question.gate.report(Health::Ill, now);
                Ok(Asked::Later(self.now() + AGAIN))
            }
            Outcome::Accepted | Outcome::Pending | Outcome::NotFound => {
                question.gate.report(Health::Well, now);
                polled.events.add(self.take_tracked(&question.report, tracked).await?);
                Ok(Asked::Well)
            }
            Outcome::Misconfigured | Outcome::Reauthenticate => {
                let why = tracked.answer.unreadable.clone().unwrap_or_else(|| "the carrier refuses the account".to_owned());
                self.cannot_ask(&question.report, "misconfigured", why).await
            }
            Outcome::Rejected => {
                let code = tracked.answer.errors.iter().find_map(|error| error.code.as_deref());
                let code = code.map(|code| format!(" (code {code})")).unwrap_or_default();
                self.cannot_ask(&question.report, "rejected", format!("the carrier refuses to tell{code}")).await
            }
            Outcome::Unexpected => {
                let why = tracked.answer.unreadable.clone().unwrap_or_else(|| "no rule knows the reply".to_owned());
                self.cannot_ask(&question.report, "unreadable", why).await
            }
        }
    }

    /// What a reply tells of its parcels.
    async fn take_tracked(&self, report: &TrackReport, tracked: &Tracked) -> Result<Taken, Trouble> {
        let (id, body) = (report_id(report), serde_json::to_vec(report).unwrap_or_default());
        let of = report.report(&id, &body, 0);
        let taken = self.take_events(of, &tracked.events).await?;
        for unmapped in &tracked.unmapped {
            self.park_unmapped(of, unmapped).await?;
        }
        for number in &tracked.repeated {
            let cause = "the reply tells of one parcel twice: nobody knows which is right".to_owned();
            self.park_once(of.letter("repeated", cause, &format!("repeated/{number}"), self.now())).await?;
        }
        let count = |what: &'static str, count: usize| {
            let labels = [("carrier", report.carrier.clone()), ("what", what.to_owned())];
            metrics::counter!("crossdock_tracked_total", &labels).increment(count as u64);
        };
        count("not_found", tracked.not_found.len());
        count("error", tracked.errors.len());
        count("dropped", tracked.dropped);
        for (_, error) in &tracked.errors {
            tracing::info!(carrier = report.carrier, code = error.code, exchange = report.exchange, "a parcel cannot be tracked");
        }
        Ok(taken)
    }

    /// A person has to mend something before the carrier can be asked: one letter for all parcels of the account.
    async fn cannot_ask(&self, report: &TrackReport, reason: &str, cause: String) -> Result<Asked, Trouble> {
        let (id, body) = (report_id(report), serde_json::to_vec(report).unwrap_or_default());
        let of = report.report(&id, &body, 0);
        self.park_once(of.letter(reason, cause, "", self.now())).await?;
        Ok(Asked::Later(self.now() + MENDED))
    }

    /// A redriven report: the kept reply is read again and nobody is called. Where there is none, its parcels are asked for in
    /// the next turn.
    pub(crate) async fn read_track_again(&self, message: &Opened, report: &TrackReport) -> Result<Handled, Trouble> {
        let Some(exchange) = &report.exchange else { return self.ask_anew(message, report).await };
        let (id, body) = (report_id(report), &message.body);
        let of = report.report(&id, body, message.redrives);
        let Some(reply) = self.store.exchange(exchange).await?.as_ref().and_then(reply_of) else {
            return self.ask_anew(message, report).await;
        };
        match self.read_reply(report, &reply).await? {
            Ok(tracked) => match tracked.answer.outcome {
                Outcome::Accepted | Outcome::Pending | Outcome::NotFound => {
                    self.take_tracked(report, &tracked).await?;
                    self.settle(Batch { acks: vec![message.receipt.clone()], ..Batch::default() }).await
                }
                Outcome::Unexpected => {
                    let why = tracked.answer.unreadable.unwrap_or_else(|| "no rule knows the reply".to_owned());
                    self.park_report(message, of, "unreadable", why).await
                }
                _ => self.ask_anew(message, report).await,
            },
            Err(why) => self.park_report(message, of, "misconfigured", why).await,
        }
    }

    async fn read_reply(&self, report: &TrackReport, reply: &Reply) -> Result<Result<Tracked, String>, Trouble> {
        let missing = |missing| match missing {
            Missing::Misconfigured(why) => Ok(Err(why)),
            Missing::Unavailable(why) => Err(Trouble::Store(why)),
        };
        let loaded = match self.mappings.carrier(&report.carrier) {
            Ok(loaded) => loaded,
            Err(why) => return missing(why),
        };
        let account = match self.mappings.account(&loaded, &report.account, &*self.clock).await {
            Ok(account) => account,
            Err(why) => return missing(why),
        };
        let read = loaded.carrier.read_track(&report.asked(), &account, reply, report.received_at);
        Ok(read.map(|(tracked, _)| tracked).map_err(|fault| fault.to_string()))
    }

    async fn ask_anew(&self, message: &Message, report: &TrackReport) -> Result<Handled, Trouble> {
        for number in &report.numbers {
            let key = keys::parcel(&report.carrier, &report.account, number);
            let Some(item) = self.store.get(&key).await? else { continue };
            let Ok(mut record) = serde_json::from_slice::<ParcelRecord>(&item.body) else { continue };
            // As if it had never been asked for.
            record.asked_at = Some(0);
            let body = serde_json::to_vec(&record).unwrap_or_default();
            let put = Put::new(key, Expect::Version(item.version), body).due(self.parcel_due(&record));
            self.commit_unless_changed(Batch { puts: vec![put], ..Batch::default() }).await?;
        }
        self.settle(Batch { acks: vec![message.receipt.clone()], ..Batch::default() }).await
    }
}

/// What is wrong with asking is parked under one name for each account, however many parcels it has.
fn report_id(report: &TrackReport) -> String {
    name(&["track", &report.carrier, &report.account])
}

fn reason(fault: &Fault) -> &'static str {
    use crossdock_engine::carrier::FaultKind;
    match fault.kind {
        FaultKind::Refused | FaultKind::Mapping => "mapping",
        FaultKind::Misconfigured | FaultKind::Unknown => "misconfigured",
    }
}

fn meaning(tracked: &Tracked) -> String {
    let mut words = super::super::dispatcher::outcome_name(tracked.answer.outcome).to_owned();
    let parts = [
        ("events", tracked.events.len()),
        ("unmapped", tracked.unmapped.len()),
        ("not found", tracked.not_found.len()),
        ("errors", tracked.errors.len()),
        ("dropped", tracked.dropped),
        ("repeated", tracked.repeated.len()),
    ];
    for (name, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
        words.push_str(&format!(", {count} {name}"));
    }
    words
}

/// The one that all of them are.
fn only<'o>(mut all: impl Iterator<Item = &'o str>) -> Option<&'o str> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}
