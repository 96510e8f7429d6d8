//! What a run of `send` came to: counts, reasons and times, on standard error.

use super::line::{Line, State};
use crate::exit::Exit;
use crate::terminal::{Paint, Terminal};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Counts of a run.
#[derive(Debug)]
pub(super) struct Summary {
    started: Instant,
    states: BTreeMap<State, usize>,
    reasons: BTreeMap<(State, String), usize>,
    took: Vec<u64>,
    skipped: usize,
    requests: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            states: BTreeMap::new(),
            reasons: BTreeMap::new(),
            took: Vec::new(),
            skipped: 0,
            requests: 0,
        }
    }
}

impl Summary {
    /// Counts a result.
    pub(super) fn count(&mut self, line: &Line) {
        *self.states.entry(line.state).or_default() += 1;
        if let Some(reason) = &line.reason {
            *self.reasons.entry((line.state, reason.clone())).or_default() += 1;
        }
        self.took.extend(line.took_ms);
        self.requests += u64::from(line.requests);
    }

    /// Counts an order that an earlier run has settled.
    pub(super) fn skip(&mut self) {
        self.skipped += 1;
    }

    /// All orders seen so far.
    pub(super) fn total(&self) -> usize {
        self.states.values().sum::<usize>() + self.skipped
    }

    /// One line of progress.
    pub(super) fn progress(&self) -> String {
        let per_second = self.total() as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        let mut words = vec![format!("{} orders", self.total()), format!("{per_second:.0}/s")];
        words.extend(self.states.iter().map(|(state, count)| format!("{count} {}", state.word())));
        words.join(" · ")
    }

    /// Clean when every order is accepted, pending or was so before.
    pub(super) fn exit(&self) -> Exit {
        let well = |state: &State| matches!(state, State::Accepted | State::Pending);
        match self.total() {
            0 => Exit::NothingMatched,
            _ if self.states.keys().all(well) => Exit::Clean,
            _ => Exit::Findings,
        }
    }

    /// Prints the table.
    pub(super) fn print(&mut self, terminal: &Terminal) {
        let elapsed = self.started.elapsed();
        terminal.say(&terminal.err(&format!("{} orders in {}", self.total(), seconds(elapsed)), Paint::Bold));
        for (state, count) in &self.states {
            let reasons = self.reasons.iter().filter(|((of, _), _)| of == state);
            let reasons: Vec<String> = reasons.map(|((_, reason), count)| format!("{reason} {count}")).collect();
            let name = terminal.err(&format!("{:<10}", state.word()), paint(*state));
            terminal.say(format!("  {name} {count:>7}  {}", reasons.join(", ")).trim_end());
        }
        if self.skipped > 0 {
            terminal.say(&format!("  {:<10} {:>7}  settled by an earlier run, or repeated", "skipped", self.skipped));
        }
        self.took.sort_unstable();
        if let (Some(half), Some(most)) = (percentile(&self.took, 50), percentile(&self.took, 99)) {
            terminal.say(&format!("  {} requests; an order took p50 {half} ms, p99 {most} ms", self.requests));
        }
    }
}

/// The value that so many per cent do not exceed; the values are sorted.
pub(crate) fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn paint(state: State) -> Paint {
    match state {
        State::Accepted => Paint::Green,
        State::Pending | State::Sending => Paint::Cyan,
        State::Refused | State::Ambiguous | State::Parked => Paint::Yellow,
        State::Failed | State::Invalid | State::Conflict => Paint::Red,
    }
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let sorted: Vec<u64> = (1..=100).collect();
        assert_eq!((percentile(&sorted, 50), percentile(&sorted, 99)), (Some(50), Some(99)));
        assert_eq!(percentile(&[7], 99), Some(7));
        assert_eq!(percentile(&[], 50), None);
    }
}
