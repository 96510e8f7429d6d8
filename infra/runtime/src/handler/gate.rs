//! How much each carrier is asked at once: its own limits, a breaker, and a slow start after a breakdown.

use crate::clock::Clock;
use crate::limits::{Limiter, Permit, Rate};
use crossdock_engine::carrier::plan::Limits;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Orders of one carrier that are worked on at once, where its file names no limit.
pub const CONCURRENCY: usize = 64;

/// Failures in a row that open the breaker.
const FAILURES: u32 = 5;

/// Orders in a row that were asked to wait, after which all wait.
const HOLDS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The gates of all carriers.
#[derive(Debug, Default)]
pub struct Gates {
    gates: Mutex<HashMap<String, Arc<Gate>>>,
}

/// The gate of one carrier.
#[derive(Debug)]
pub struct Gate {
    limiter: Mutex<Limiter>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    concurrency: usize,
    in_flight: usize,
    /// How many at once are let through now: grows after a breakdown, from one probe up to the concurrency.
    allowed: usize,
    failures: u32,
    holds: u32,
    pauses: u32,
    /// Nobody passes before this time.
    closed_until: Option<Duration>,
    paused: bool,
    /// The store knows that it is closed: other processes wait too.
    shared: bool,
    /// Other processes are to be told of it.
    changed: bool,
}

/// A breaker that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Nobody passes before this time.
    pub until: Duration,
    /// How often in a row the carrier was found down.
    pub pauses: u32,
}

/// What other processes are to be told of a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// It is down, or asks for time.
    Opened(Open),
    /// It is back.
    Closed,
}

/// How a call went, for the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The carrier answered.
    Well,
    /// It did not answer, or said that it cannot.
    Ill,
    /// It wants fewer requests; this one not before this time has passed.
    Hold(Duration),
}

/// A place among those that are worked on; given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    gate: Arc<Gate>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        state.in_flight = state.in_flight.saturating_sub(1);
    }
}

impl Gates {
    /// The gate of a carrier; `limits` are those of its file, where it is known.
    pub fn of(&self, carrier: &str, limits: Option<Limits>) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(carrier.to_owned()).or_insert_with(|| Arc::new(Gate::new(limits)));
        if let Some(limits) = limits {
            gate.fit(limits);
        }
        Arc::clone(gate)
    }

    /// How many more messages of each known carrier can be worked on now.
    #[must_use]
    pub fn room(&self, now: Duration) -> BTreeMap<String, usize> {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.iter().map(|(carrier, gate)| (carrier.clone(), gate.room(now))).collect()
    }

    /// Carriers whose breaker is open, with the time until which it is.
    #[must_use]
    pub fn broken(&self, now: Duration) -> BTreeMap<String, Duration> {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |gate: &Gate| gate.state().closed_until.filter(|until| *until > now);
        gates.iter().filter_map(|(carrier, gate)| Some((carrier.clone(), open(gate)?))).collect()
    }

    /// Takes note of the breakers that other processes know to be open: exactly these.
    pub fn learn(&self, open: &BTreeMap<String, Open>) {
        for carrier in open.keys() {
            self.of(carrier, None);
        }
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        for (carrier, gate) in gates.iter() {
            gate.learn(open.get(carrier).copied());
        }
    }

    /// Stops or resumes carriers: exactly those named are paused.
    pub fn pause(&self, paused: &[String]) {
        for carrier in paused {
            self.of(carrier, None);
        }
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        for (carrier, gate) in gates.iter() {
            gate.state().paused = paused.contains(carrier);
        }
    }
}

impl Gate {
    fn new(limits: Option<Limits>) -> Self {
        let concurrency = concurrency(limits);
        Self {
            limiter: Mutex::new(Limiter::new(concurrency, rate(limits))),
            state: Mutex::new(State {
                concurrency,
                in_flight: 0,
                allowed: concurrency,
                failures: 0,
                holds: 0,
                pauses: 0,
                closed_until: None,
                paused: false,
                shared: false,
                changed: false,
            }),
        }
    }

    /// Takes the limits of the file, should they be others: what is in flight under the old ones ends under them. A carrier
    /// that is paused or has broken down stays so.
    fn fit(&self, limits: Limits) {
        let (concurrency, rate) = (concurrency(Some(limits)), rate(Some(limits)));
        let mut state = self.state();
        if state.concurrency == concurrency && self.limiter().rate() == rate {
            return;
        }
        let all = state.allowed == state.concurrency;
        state.allowed = if all { concurrency } else { state.allowed.min(concurrency) };
        state.concurrency = concurrency;
        *self.limiter.lock().unwrap_or_else(PoisonError::into_inner) = Limiter::new(concurrency, rate);
    }

    /// Takes a place for a message; always succeeds, so that whoever has a message can go on with it.
    pub fn place(self: &Arc<Self>) -> Place {
        self.state().in_flight += 1;
        Place { gate: Arc::clone(self) }
    }

    /// How many more messages can be worked on now.
    pub fn room(&self, now: Duration) -> usize {
        let mut state = self.state();
        if state.paused {
            return 0;
        }
        if let Some(until) = state.closed_until {
            if now < until {
                return 0;
            }
            // Half open: one probe.
            state.allowed = 1;
        }
        state.allowed.saturating_sub(state.in_flight)
    }

    /// Until when nobody passes; none when the gate is open. A paused carrier's gate is looked at again in a second.
    pub fn closed_until(&self, now: Duration) -> Option<Duration> {
        let state = self.state();
        if state.paused {
            return Some(now + Duration::from_secs(1));
        }
        state.closed_until.filter(|until| *until > now)
    }

    /// Takes note of what other processes know: until when it is closed, or that the carrier is back. What is not told them yet
    /// is newer.
    pub(crate) fn learn(&self, open: Option<Open>) {
        let mut state = self.state();
        match open {
            Some(open) => {
                if state.closed_until.is_none_or(|until| until < open.until) {
                    state.closed_until = Some(open.until);
                    state.allowed = 1;
                }
                state.pauses = state.pauses.max(open.pauses);
                state.shared = true;
            }
            None if state.shared && !state.changed => {
                state.closed_until = None;
                state.shared = false;
            }
            None => {}
        }
    }

    /// Whether the carrier is to be probed, in agreement with other processes, now that the time is over.
    pub(crate) fn is_half_open(&self) -> bool {
        let state = self.state();
        state.shared && state.closed_until.is_some()
    }

    /// What other processes are to be told, once.
    pub(crate) fn news(&self) -> Option<News> {
        let mut state = self.state();
        if !std::mem::replace(&mut state.changed, false) {
            return None;
        }
        match state.closed_until {
            Some(until) => {
                state.shared = true;
                Some(News::Opened(Open { until, pauses: state.pauses }))
            }
            None => std::mem::replace(&mut state.shared, false).then_some(News::Closed),
        }
    }

    /// Waits for the carrier's own limits.
    pub async fn enter<C: Clock>(&self, clock: &C) -> Permit {
        self.limiter().enter(clock).await
    }

    /// Takes note of how a call went.
    pub fn report(&self, health: Health, now: Duration) {
        let mut state = self.state();
        match health {
            Health::Well => state.well(),
            Health::Ill => state.ill(now),
            Health::Hold(time) => state.hold(now + time),
        }
    }

    /// The limiter of its requests.
    #[must_use]
    pub fn limiter(&self) -> Limiter {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn well(&mut self) {
        self.failures = 0;
        self.holds = 0;
        self.changed |= self.closed_until.take().is_some();
        // After a breakdown the backlog is let out by and by: each success makes room for one more.
        self.allowed = (self.allowed + 1).min(self.concurrency);
        if self.allowed == self.concurrency {
            self.pauses = 0;
        }
    }

    /// One order's "not so fast" halves what is let through; several in a row, and nobody passes before the time is over.
    fn hold(&mut self, until: Duration) {
        self.holds += 1;
        self.allowed = (self.allowed / 2).max(1);
        if self.holds >= HOLDS {
            self.closed_until = Some(self.closed_until.map_or(until, |known| known.max(until)));
            self.changed = true;
        }
    }

    fn ill(&mut self, now: Duration) {
        self.failures += 1;
        let probing = self.pauses > 0 && self.allowed < self.concurrency;
        let closed = self.closed_until.is_some_and(|until| until > now);
        if !closed && (self.failures >= FAILURES || probing) {
            let pause = FIRST_PAUSE.saturating_mul(1 << self.pauses.min(10)).min(LONGEST_PAUSE);
            self.closed_until = Some(now + pause.mul_f64(0.75 + rand::random::<f64>() / 4.0));
            self.changed = true;
            self.pauses += 1;
            self.failures = 0;
            self.allowed = 1;
        }
    }
}

fn concurrency(limits: Option<Limits>) -> usize {
    limits.and_then(|limits| limits.concurrency).map_or(CONCURRENCY, |count| count.max(1) as usize)
}

fn rate(limits: Option<Limits>) -> Option<Rate> {
    limits.and_then(|limits| limits.rate).map(|(count, per)| Rate { count, per })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_carrier_that_breaks_down_is_probed_and_then_let_out_by_and_by() {
        let gates = Gates::default();
        let gate = gates.of("swiftpost", None);
        for _ in 0..FAILURES {
            gate.report(Health::Ill, SECOND);
        }
        assert_eq!(gate.room(SECOND), 0);
        let later = SECOND * 10;
        assert_eq!(gate.room(later), 1, "one probe");
        let probe = gate.place();
        assert_eq!(gate.room(later), 0, "and no second one beside it");
        gate.report(Health::Well, later);
        drop(probe);
        assert_eq!(gate.room(later), 2);
        gate.report(Health::Ill, later);
        assert_eq!(gate.room(later), 0, "a relapse closes at once");
        assert_eq!(gates.broken(later).len(), 1);
    }

    #[test]
    fn a_paused_carrier_has_no_room_until_it_is_resumed() {
        let gates = Gates::default();
        gates.pause(&["swiftpost".into()]);
        assert_eq!(gates.room(SECOND)["swiftpost"], 0);
        gates.pause(&[]);
        assert_eq!(gates.room(SECOND)["swiftpost"], CONCURRENCY);
    }

    #[test]
    fn other_limits_neither_resume_a_carrier_nor_close_its_breaker() {
        let limits = |concurrency| Limits { timeout: SECOND, concurrency: Some(concurrency), rate: None, give_up_after: SECOND };
        let gates = Gates::default();
        gates.pause(&["swiftpost".into()]);
        let gate = gates.of("swiftpost", Some(limits(8)));
        assert_eq!(gate.room(SECOND), 0);
        gates.pause(&[]);
        assert_eq!(gate.room(SECOND), 8);
        let _place = gate.place();
        for _ in 0..FAILURES {
            gate.report(Health::Ill, SECOND);
        }
        assert_eq!(gates.of("swiftpost", Some(limits(4))).room(SECOND), 0);
        gate.report(Health::Well, SECOND);
        gate.report(Health::Well, SECOND);
        assert_eq!(gate.room(SECOND), 2, "what is in flight counts");
    }

    #[test]
    fn a_carrier_that_asks_for_time_gets_it() {
        let gates = Gates::default();
        let gate = gates.of("swiftpost", None);
        gate.report(Health::Hold(SECOND * 7), SECOND);
        assert_eq!(gate.room(SECOND), CONCURRENCY / 2, "one order's wait is not everybody's");
        for _ in 1..HOLDS {
            gate.report(Health::Hold(SECOND * 7), SECOND);
        }
        assert_eq!((gate.room(SECOND * 7), gate.room(SECOND * 8)), (0, 1));
    }
}
