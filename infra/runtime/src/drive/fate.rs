//! What becomes of one exchange after each of its replies: settled, tried again, or tried with a new token.

use super::Policy;
use crossdock_engine::carrier::{Answer, Outcome, Repeatable};
use std::time::Duration;

/// What to do now.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// This is the exchange's answer.
    Settled(Answer),
    /// Send it again after this time.
    Again(Duration),
    /// Send it again with a new token.
    Renew,
}

/// What is known of an exchange so far.
#[derive(Debug)]
pub(super) struct Fate {
    repeatable: Repeatable,
    tries: u32,
    first_sent: Option<Duration>,
    renewed: bool,
    /// An earlier try may have been carried out.
    unknown: bool,
}

impl Fate {
    pub(super) fn new(repeatable: Repeatable) -> Self {
        Self { repeatable, tries: 0, first_sent: None, renewed: false, unknown: false }
    }

    /// A try may have reached the carrier, and writes.
    pub(super) fn is_unknown(&self) -> bool {
        self.unknown && self.writes()
    }

    /// Judges the answer to a try. `answered` is false when no reply came, only a fault of the network.
    pub(super) fn judge(&mut self, answer: Answer, answered: bool, sent_at: Duration, now: Duration, policy: &Policy) -> Verdict {
        self.tries += 1;
        self.first_sent.get_or_insert(sent_at);
        match answer.outcome {
            Outcome::Reauthenticate if self.renewed => Verdict::Settled(self.last(with(answer, Outcome::Misconfigured))),
            Outcome::Reauthenticate => {
                self.renewed = true;
                Verdict::Renew
            }
            Outcome::Throttled | Outcome::NotWritten => self.again(answer, now, policy),
            Outcome::Transient => self.unknown_again(answer, now, policy),
            // A rule that reads a reply as ambiguous knows more than we do; a fault of the network does not.
            Outcome::Ambiguous if !answered => self.unknown_again(answer, now, policy),
            Outcome::Misconfigured => Verdict::Settled(self.last(answer)),
            _ => Verdict::Settled(answer),
        }
    }

    /// The answer of an exchange that is given up for this reason.
    pub(super) fn give_up(&self, outcome: Outcome) -> Answer {
        self.last(Answer::of(outcome))
    }

    fn unknown_again(&mut self, answer: Answer, now: Duration, policy: &Policy) -> Verdict {
        self.unknown = true;
        self.again(answer, now, policy)
    }

    fn again(&self, answer: Answer, now: Duration, policy: &Policy) -> Verdict {
        let wait = policy.wait(self.tries, answer.retry_after, rand::random());
        if self.tries < policy.tries && self.may_repeat_at(now + wait) {
            Verdict::Again(wait)
        } else {
            Verdict::Settled(self.last(answer))
        }
    }

    fn may_repeat_at(&self, at: Duration) -> bool {
        match self.repeatable {
            _ if !self.unknown => true,
            Repeatable::Reads => true,
            Repeatable::Within(window) => at < self.first_sent.unwrap_or(at) + window,
            Repeatable::Never => false,
        }
    }

    fn writes(&self) -> bool {
        self.repeatable != Repeatable::Reads
    }

    /// An answer that says "not this time" hides that an earlier try may have been carried out.
    fn last(&self, answer: Answer) -> Answer {
        match (self.is_unknown(), answer.outcome) {
            (true, _) => with(answer, Outcome::Ambiguous),
            (false, Outcome::Ambiguous) if !self.writes() => with(answer, Outcome::Transient),
            _ => answer,
        }
    }
}

/// An answer that knows nothing but why.
pub(super) fn ambiguous(why: &str) -> Answer {
    Answer::unreadable(Outcome::Ambiguous, why)
}

fn with(answer: Answer, outcome: Outcome) -> Answer {
    Answer { outcome, ..answer }
}
