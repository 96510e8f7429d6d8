//! Which of the six this process is.

use crossdock_aws::Mode;
use crossdock_runtime::port::Queue;
use std::time::Duration;

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Webhook,
    Dispatcher,
    Poller,
    Translator,
    Actor,
    Notifier,
}

const ALL: [Program; 6] =
    [Program::Webhook, Program::Dispatcher, Program::Poller, Program::Translator, Program::Actor, Program::Notifier];

impl Program {
    /// By the name of the handler that the function is set up with.
    pub(crate) fn from_environment() -> Result<Self, String> {
        let name = std::env::var("_HANDLER").unwrap_or_default();
        Self::named(&name).ok_or_else(|| {
            let names = ALL.map(Self::name).join(", ");
            format!("`{name}` is no handler: the function's `Handler` is one of {names}")
        })
    }

    fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|program| program.name() == name)
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Dispatcher => "dispatcher",
            Self::Poller => "poller",
            Self::Translator => "translator",
            Self::Actor => "actor",
            Self::Notifier => "notifier",
        }
    }

    /// The queue that its events are from.
    pub(crate) fn queue(self) -> Option<Queue> {
        match self {
            Self::Dispatcher => Some(Queue::Orders),
            Self::Translator => Some(Queue::Updates),
            Self::Actor => Some(Queue::Actions),
            Self::Webhook | Self::Poller | Self::Notifier => None,
        }
    }

    /// How it uses the store.
    pub(crate) fn mode(self, linger: Duration) -> Mode {
        match self {
            Self::Webhook => Mode::webhook(),
            _ => Mode::worker(linger),
        }
    }

    /// Whether it needs every carrier's file, not only those that it meets.
    pub(crate) fn needs_all(self) -> bool {
        matches!(self, Self::Poller | Self::Notifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_has_one_name() {
        for program in ALL {
            assert_eq!(Program::named(program.name()), Some(program));
        }
        assert_eq!(Program::named("bootstrap"), None);
    }
}
