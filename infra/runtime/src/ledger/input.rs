//! What can happen to an entry.

use super::state::{ParkReason, WaitReason};
use crossdock_engine::carrier::{Answer, CallId, Completion, Repeatable};
use crossdock_engine::model::OrderResult;
use std::fmt;
use std::time::Duration;

/// What the carrier's file says about all its orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long an order is tried.
    pub give_up_after: Duration,
    /// The operation can be looked up when the outcome of a write is unknown.
    pub reconcile: bool,
}

/// An exchange that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Which one.
    pub call: CallId,
    /// Whether it may be sent again when its outcome is unknown.
    pub repeatable: Repeatable,
}

/// How a worker found that an operation ends for now.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// The carrier has taken it.
    Accepted(Box<OrderResult>),
    /// The carrier, or a rule of its file, refuses it.
    Refused(Box<OrderResult>),
    /// The carrier answers later.
    Pending {
        /// When to ask it: milliseconds since 1970; none when only a delivery tells.
        ask: Option<i64>,
        /// How long it is waited for, where the file says so; else as long as any order is tried.
        give_up: Option<Duration>,
        /// Why it could not be asked just now, if so.
        in_vain: Option<WaitReason>,
    },
    /// To be tried again, not before `until`.
    Waits {
        /// Milliseconds since 1970.
        until: i64,
        /// Why.
        why: WaitReason,
    },
    /// The carrier may or may not have it.
    Ambiguous {
        /// In words, without personal data.
        cause: String,
    },
    /// A person decides.
    Parked {
        /// Why.
        reason: ParkReason,
        /// In words, without personal data.
        cause: String,
    },
}

/// What asking the carrier about an ambiguous order came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// The carrier has it, and with it the operation is complete: what was in doubt was its last exchange.
    Found(Box<OrderResult>),
    /// The one exchange in doubt was carried out: the operation goes on with this answer. Its outcome is `accepted` or `pending`.
    Carried(Box<Answer>),
    /// The carrier does not have it; `authoritative` when that proves it, `settled` when the write had time to be seen: see
    /// [`Entry::settled`](super::Entry::settled).
    NotFound {
        /// The file says that "not found" proves it.
        authoritative: bool,
        /// The carrier's settle time has passed.
        settled: bool,
    },
    /// The carrier could not be asked, or answered nothing that helps: later.
    Undecided,
    /// The answer cannot be read.
    Unreadable(String),
}

/// How a person settles a parked order.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// The carrier has it.
    Accepted(Box<OrderResult>),
    /// The carrier does not have it: send it again.
    Resend,
    /// It is not to be sent any more.
    Refused(Box<OrderResult>),
}

/// What happens to an entry. A worker's inputs carry the fence of its claim.
///
/// What a worker found by an older version (an ending, an intent) is found anew when its write meets a conflict: the function
/// refuses what would do harm, but a refused input leaves the order waiting.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A worker wants the entry, and is trusted for so long.
    Claim {
        /// How long the worker is trusted to be alive.
        lease: Duration,
        /// The carrier's terms.
        terms: Terms,
    },
    /// The worker is about to send these; a reply can come for so long.
    Intend {
        /// The worker's claim.
        fence: u32,
        /// The exchanges.
        calls: Vec<Intent>,
        /// The digest of the carrier file that they were made with.
        release: String,
        /// How long a reply can come. The worker writes no first byte after this time, and waits for no reply.
        lease: Duration,
    },
    /// A reply, or the certainty that none comes, and what it was read as.
    Reply {
        /// The worker's claim.
        fence: u32,
        /// The exchange.
        call: CallId,
        /// What it was read as.
        answer: Box<Answer>,
        /// A reply came; false when only the network told something.
        heard: bool,
        /// The journal's exchange that holds the reply.
        exchange: Option<String>,
    },
    /// A reply that came after the worker's claim was superseded: it still settles what is in doubt.
    Late {
        /// The claim that sent the request.
        fence: u32,
        /// The exchange.
        call: CallId,
        /// What it was read as.
        answer: Box<Answer>,
        /// The journal's exchange that holds the reply.
        exchange: Option<String>,
        /// How long the worker is trusted to go on.
        lease: Duration,
    },
    /// The operation ends for now.
    End {
        /// The worker's claim.
        fence: u32,
        /// How.
        ending: Ending,
        /// The carrier's terms.
        terms: Terms,
    },
    /// The carrier was asked about an ambiguous order.
    Reconciled {
        /// The worker's claim.
        fence: u32,
        /// What it came to.
        finding: Finding,
        /// When to ask again, if it is not settled: milliseconds since 1970.
        again: i64,
        /// How long the worker is trusted to go on.
        lease: Duration,
    },
    /// A delivery gives the answer of an exchange that the carrier answers later: a worker goes on from it.
    Completed {
        /// What it says.
        completion: Box<Completion>,
        /// The journal's exchange that holds it.
        exchange: Option<String>,
    },
    /// The order was cancelled before anything was sent.
    Cancelled(Box<OrderResult>),
    /// What follows from the end, or the dead letter of what was parked, was emitted. It is said of the very version that
    /// was emitted: when the write meets a conflict, look at the entry anew.
    Emitted,
    /// A person has it tried again.
    Redrive,
    /// A person settles it.
    Resolve(Resolution),
}

/// Why an input does not apply to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refused {
    /// Another worker has it.
    Held,
    /// The worker's claim was superseded.
    Superseded,
    /// Its time has not come.
    TooEarly,
    /// The exchange was not intended, or was answered already.
    NotIntended,
    /// The exchange must not be sent again.
    MustNotRepeat,
    /// An exchange is still under way.
    UnderWay,
    /// It has ended.
    Ended,
    /// A person decides.
    Parked,
    /// A part of it stands at the carrier: it is undone, or parked as left behind, not refused.
    Standing,
    /// It is not in a state in which this can happen.
    NotNow,
    /// What happened to it is not known: only `resolve` settles it.
    OnlyResolve,
    /// A part of it was undone, so that it cannot be taken up again: only `resolve` settles it.
    /// A worker that is refused so parks the order as left behind.
    Undone,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "another worker has the order",
            Self::Superseded => "another worker has taken the order over",
            Self::TooEarly => "the order's time has not come",
            Self::NotIntended => "the exchange is not under way",
            Self::MustNotRepeat => "the exchange must not be sent again",
            Self::UnderWay => "an exchange is still under way",
            Self::Ended => "the order has ended",
            Self::Parked => "the order is parked: a person decides",
            Self::Standing => "a part of the order stands at the carrier",
            Self::NotNow => "this cannot happen to the order in its present state",
            Self::OnlyResolve => "nobody knows whether the carrier has the order: only `resolve` settles it",
            Self::Undone => "a part of the order was undone: only `resolve` settles it",
        })
    }
}

impl std::error::Error for Refused {}
