//! Which status and reason leads to what: the rules of the actions file, and the defaults that follow them.

mod defaults;
mod pattern;

pub use defaults::defaults;
pub use pattern::{Attempts, ReasonPattern};

use super::{Event, Status};
use indexmap::IndexMap;

/// The topic of an email whose rule names none.
pub const DEFAULT_TOPIC: &str = "default";

/// The rules of a shop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActionRules {
    /// The shop's own rules; the [`defaults`] follow them.
    pub rules: Vec<Rule>,
    /// Addresses by topic.
    pub topics: IndexMap<String, String>,
}

/// When what is to be done. All conditions must hold; a list holds if one of its entries does, an empty one always.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    /// The event's status.
    pub statuses: Vec<Status>,
    /// The event's reason; an event without a reason satisfies no pattern.
    pub reasons: Vec<ReasonPattern>,
    /// The carrier's id.
    pub carriers: Vec<String>,
    /// The recipient's country, ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// How many attempts at delivery there have been, this one included.
    pub attempt: Option<Attempts>,
    /// Whether this is the parcel's first event of this status.
    pub first: Option<bool>,
    /// Whether the shop has asked for a cancellation.
    pub asked: Option<bool>,
    /// What is to be done; nothing when empty.
    pub effects: Vec<Do>,
}

/// One entry under `do:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    /// Tell the shop.
    NotifyShop,
    /// Write to the logistics team: to this topic, else to [`DEFAULT_TOPIC`].
    EmailLogistics {
        /// A name under `topics:`.
        topic: Option<String>,
    },
}

/// What is known of a parcel beside the event at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts<'a> {
    /// How many events `delivery_attempted` there have been, the one at hand included.
    pub attempt: u32,
    /// Whether the event at hand is the parcel's first of its status.
    pub first_of_status: bool,
    /// Whether the shop has asked for a cancellation.
    pub asked_cancel: bool,
    /// The recipient's country, where the order is known.
    pub country: Option<&'a str>,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Tell the shop.
    NotifyShop,
    /// Write to the logistics team.
    EmailLogistics {
        /// A name under `topics:`.
        topic: String,
    },
}

impl ActionRules {
    /// What follows from an event that moved a parcel: of the first rule that matches, else of the first default, else
    /// nothing. Status `unknown` is a fault of the integration, not of the parcel: it leads to nothing here.
    #[must_use]
    pub fn decide(&self, event: &Event, facts: &Facts<'_>) -> Vec<Decision> {
        if event.status == Status::Unknown {
            return Vec::new();
        }
        let mut rules = self.rules.iter().chain(defaults());
        rules.find(|rule| rule.matches(event, facts)).map(Rule::decisions).unwrap_or_default()
    }

    /// What follows from a refused order, beside its result, which always goes to the shop.
    #[must_use]
    pub fn on_refusal(&self) -> Decision {
        Decision::EmailLogistics { topic: DEFAULT_TOPIC.to_owned() }
    }

    /// The topic that is told of a parcel of which nobody has heard for too long.
    #[must_use]
    pub fn on_silence(&self) -> &str {
        DEFAULT_TOPIC
    }

    /// The address of a topic: its own, else that of [`DEFAULT_TOPIC`], each with the topic that it stands under. None when
    /// neither has one.
    #[must_use]
    pub fn address<'r>(&'r self, topic: &'r str) -> Option<(&'r str, &'r str)> {
        [topic, DEFAULT_TOPIC].into_iter().find_map(|topic| Some((topic, self.topics.get(topic)?.as_str())))
    }
}

impl Rule {
    /// A rule for events of these statuses.
    #[must_use]
    pub fn on(statuses: &[Status], effects: Vec<Do>) -> Self {
        Self { statuses: statuses.to_vec(), effects, ..Self::default() }
    }

    /// Whether all its conditions hold.
    #[must_use]
    pub fn matches(&self, event: &Event, facts: &Facts<'_>) -> bool {
        one_of(&self.statuses, |status| *status == event.status)
            && one_of(&self.reasons, |pattern| event.reason.is_some_and(|reason| pattern.matches(reason)))
            && one_of(&self.carriers, |carrier| *carrier == event.carrier)
            && one_of(&self.countries, |country| facts.country == Some(country))
            && self.attempt.is_none_or(|attempts| attempts.contains(facts.attempt))
            && self.first.is_none_or(|first| first == facts.first_of_status)
            && self.asked.is_none_or(|asked| asked == facts.asked_cancel)
    }

    fn decisions(&self) -> Vec<Decision> {
        let mut decisions: Vec<Decision> = Vec::new();
        for decision in self.effects.iter().map(Do::decision) {
            if !decisions.contains(&decision) {
                decisions.push(decision);
            }
        }
        decisions
    }
}

impl Do {
    /// An email to the default topic.
    #[must_use]
    pub const fn email() -> Self {
        Self::EmailLogistics { topic: None }
    }

    fn decision(&self) -> Decision {
        match self {
            Self::NotifyShop => Decision::NotifyShop,
            Self::EmailLogistics { topic } => {
                Decision::EmailLogistics { topic: topic.clone().unwrap_or_else(|| DEFAULT_TOPIC.to_owned()) }
            }
        }
    }
}

fn one_of<T>(entries: &[T], holds: impl Fn(&T) -> bool) -> bool {
    entries.is_empty() || entries.iter().any(holds)
}
