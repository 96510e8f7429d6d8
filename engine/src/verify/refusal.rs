//! Why a delivery is not taken.

/// Why a delivery is not taken. Never holds keys or signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub reason: String,
    /// The carrier's published keys are missing or lack the one that is needed: with a fresh set it may be another answer.
    pub unknown_key: bool,
}

impl Refusal {
    pub(super) fn unknown_key(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), unknown_key: true }
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self { reason, unknown_key: false }
    }
}

impl From<&str> for Refusal {
    fn from(reason: &str) -> Self {
        reason.to_owned().into()
    }
}
