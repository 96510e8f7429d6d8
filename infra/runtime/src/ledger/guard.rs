//! The guards of the transition function, by name, so that the model test can take each away and must then fail.

/// What stands between an entry and a broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guard {
    /// A claim waits until the lease of the present one has run out.
    Lease,
    /// Only the present claim may say what happened.
    Fence,
    /// A reply answers an exchange whose intent is durable, once.
    Intended,
    /// An exchange that has been answered, or is under way, is not sent again.
    Once,
    /// A write that nobody heard of is sent again only while the carrier recognises the repetition.
    Window,
    /// What may exist at the carrier is not sent again until a lookup or a person has settled it.
    Doubt,
    /// An operation does not end while one of its exchanges is under way.
    Open,
    /// An order is not refused while the carrier may have some of it.
    Unsettled,
    /// An order is not refused while a part of it stands at the carrier.
    Standing,
    /// An operation of which something is being undone goes no further forward.
    Undoing,
    /// "Not found" permits a resend only if the lookup is authoritative and the write had time to be seen.
    Settled,
    /// What has ended stays ended.
    Terminal,
    /// What is parked waits for a person.
    Parked,
    /// An exchange that the carrier answers later is sent again only if it reads.
    Asks,
    /// A delivery completes an operation only while no worker has it.
    Idle,
}

impl Guard {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Lease,
        Self::Fence,
        Self::Intended,
        Self::Once,
        Self::Window,
        Self::Doubt,
        Self::Open,
        Self::Unsettled,
        Self::Standing,
        Self::Undoing,
        Self::Settled,
        Self::Terminal,
        Self::Parked,
        Self::Asks,
        Self::Idle,
    ];
}

/// The guards in force: all of them, except in the model test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guards {
    without: Option<Guard>,
}

impl Guards {
    /// All guards.
    pub const ALL: Self = Self { without: None };

    /// All but one: for the model test, which must notice.
    #[must_use]
    pub const fn without(guard: Guard) -> Self {
        Self { without: Some(guard) }
    }

    /// Whether the guard is in force.
    #[must_use]
    pub fn holds(self, guard: Guard) -> bool {
        self.without != Some(guard)
    }
}
