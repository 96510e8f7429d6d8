//! The states of an entry, and why it is in one.

use crossdock_engine::model::OrderResult;
use serde::{Deserialize, Serialize};

/// Where an operation stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Known; nobody works on it.
    New,
    /// A worker has it; nothing is under way.
    Claimed {
        /// Until when the worker is trusted to be alive.
        lease: i64,
    },
    /// The intent to send is durable: from now on the carrier may have it.
    Sending {
        /// Until when a reply can still come.
        lease: i64,
    },
    /// To be tried again.
    Waiting {
        /// Not before this time.
        until: i64,
        /// Why.
        why: WaitReason,
    },
    /// The carrier may or may not have it.
    Ambiguous,
    /// A worker asks the carrier whether it has it.
    Reconciling {
        /// Until when the worker is trusted to be alive.
        lease: i64,
    },
    /// The carrier answers later: see [`Entry::later`](super::Entry::later).
    Pending {
        /// When to ask it; none when only a delivery tells.
        #[serde(default)]
        ask: Option<i64>,
    },
    /// The carrier has taken it.
    Accepted {
        /// What the shop is told.
        result: Box<OrderResult>,
        /// The actions that follow have been emitted.
        emitted: bool,
    },
    /// Refused: by the carrier, by a rule of its file, or because it was cancelled first.
    Refused {
        /// What the shop is told.
        result: Box<OrderResult>,
        /// The actions that follow have been emitted.
        emitted: bool,
    },
    /// A person decides.
    Parked {
        /// Why.
        reason: ParkReason,
        /// In words, without personal data.
        cause: String,
        /// The dead letter has been sent.
        #[serde(default)]
        emitted: bool,
    },
}

/// Why an order waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// The carrier wants fewer requests.
    Throttled,
    /// Surely nothing was written.
    NotWritten,
    /// A fault of the carrier that passes, on a request that may be repeated.
    Transient,
    /// The sign-in failed and may work later.
    SignIn,
    /// A later operation waits for the order's creation.
    Creation,
    /// The carrier was asked whether it has the order, and cannot tell yet.
    Settling,
}

/// Why an order was parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkReason {
    /// The carrier may or may not have it, and nobody can be asked.
    Ambiguous,
    /// A reply that no rule reads; it is kept and can be read again.
    Unreadable,
    /// The request cannot be rendered.
    Mapping,
    /// The account, its credentials or the carrier's name is wrong.
    Misconfigured,
    /// The order itself is not one.
    Invalid,
    /// The same order came with another content.
    Conflict,
    /// Three claims without an outcome: something crashes.
    Claims,
    /// It has been tried for too long.
    Age,
    /// A step failed in a way that leaves something at the carrier.
    LeftBehind,
}

impl State {
    /// Its name, as operators see it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Claimed { .. } => "claimed",
            Self::Sending { .. } => "sending",
            Self::Waiting { .. } => "waiting",
            Self::Ambiguous => "ambiguous",
            Self::Reconciling { .. } => "reconciling",
            Self::Pending { .. } => "pending",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Parked { .. } => "parked",
        }
    }
}

impl ParkReason {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Ambiguous,
        Self::Unreadable,
        Self::Mapping,
        Self::Misconfigured,
        Self::Invalid,
        Self::Conflict,
        Self::Claims,
        Self::Age,
        Self::LeftBehind,
    ];

    /// Its name, as operators see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Unreadable => "unreadable",
            Self::Mapping => "mapping",
            Self::Misconfigured => "misconfigured",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::Claims => "claims",
            Self::Age => "age",
            Self::LeftBehind => "left_behind",
        }
    }
}

impl WaitReason {
    /// Its name, as operators see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::NotWritten => "not_written",
            Self::Transient => "transient",
            Self::SignIn => "sign_in",
            Self::Creation => "creation",
            Self::Settling => "settling",
        }
    }
}
