//! Cases run and counted.

use super::touched::Seen;
use super::{Coverable, Kind, Spot, Touched, What, fields};
use crate::carrier::Carrier;
use crate::case::{Case, Files, Mapping, Place, Report, Subject};
use crate::source::{Sources, Span};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Runs cases, and keeps what they touch.
pub struct Watch<'w> {
    mapping: Mapping<'w>,
    seen: Seen,
}

/// What the cases of one mapping touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The carrier's id; `shop`.
    pub carrier: String,
    /// How many of each kind.
    pub tallies: Vec<Tally>,
    /// What no case touches, in the order of the file; fields last.
    pub missing: Vec<Missing>,
}

/// How many spots of a kind are touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// The kind.
    pub kind: Kind,
    /// How many there are.
    pub total: usize,
    /// How many of them some case touches.
    pub touched: usize,
}

/// Something that no case touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Its kind.
    pub kind: Kind,
    /// Where it stands; none for a field of the order, which may be read in many places.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The file's own words.
    pub text: String,
    /// What is missing.
    pub words: String,
}

impl Tally {
    /// Hundredths, rounded down: 100 only when nothing is missing.
    #[must_use]
    pub fn percent(&self) -> usize {
        (self.touched * 100).checked_div(self.total).unwrap_or(100)
    }
}

impl<'w> Watch<'w> {
    /// Nothing has been touched yet.
    #[must_use]
    pub fn new(mapping: Mapping<'w>) -> Self {
        Self { mapping, seen: Seen::default() }
    }

    /// Runs one case as [`crate::case::run`] does, and keeps what it touches.
    #[must_use]
    pub fn run(&mut self, sources: &Sources, case: &Case, files: Files<'_>) -> Report {
        let touched = Arc::new(Touched::default());
        let report = crate::case::run_watched(&self.mapping, sources, case, files, Some(&touched));
        if report.passed() && !generated(case) {
            self.keep(case, touched.so_far());
        }
        report
    }

    /// What a case says nothing of is run, but shown by nobody.
    fn keep(&mut self, case: &Case, seen: Seen) {
        let (asks, tells, reads) = (asks(case), tells(case), reads(case));
        self.seen.spots.extend(seen.spots.into_iter().filter(|spot| match spot.what {
            What::Leaf => asks,
            What::Arm(_) | What::Otherwise | What::Empty => asks || tells,
            What::Verified | What::Forged | What::Handshake => tells,
            What::Rule | What::Reading | What::Source(_) | What::Word | What::UnknownWord => reads,
        }));
        self.seen.fields.extend(seen.fields.into_iter().filter(|_| asks));
    }

    /// What was touched, and what was not; none when there is nothing that could be.
    #[must_use]
    pub fn coverage(&self) -> Option<Coverage> {
        let carrier = self.mapping.counterpart()?;
        let mut tallies = Kind::ALL.map(|kind| Tally { kind, total: 0, touched: 0 });
        let mut missing = Vec::new();
        let mut count = |kind: Kind, touched: bool| {
            let tally = &mut tallies[kind as usize];
            tally.total += 1;
            tally.touched += usize::from(touched);
            touched
        };
        for coverable in spots(carrier) {
            let kind = coverable.spot.what.kind();
            if !count(kind, self.seen.spots.contains(&coverable.spot)) {
                missing.push(of_spot(carrier, &coverable));
            }
        }
        for field in fields::read(carrier) {
            if !count(Kind::Fields, self.seen.fields.contains(&field)) {
                missing.push(Missing { kind: Kind::Fields, place: None, text: field, words: "no case's order has it".into() });
            }
        }
        Some(Coverage { carrier: carrier.id.clone(), tallies: tallies.into(), missing })
    }
}

impl Coverage {
    /// Whether this share of every kind is touched, in hundredths.
    #[must_use]
    pub fn reaches(&self, percent: usize) -> bool {
        self.tallies.iter().all(|tally| tally.touched * 100 >= tally.total * percent)
    }
}

/// Every spot of a carrier once, in the order of the file.
fn spots(carrier: &Carrier) -> Vec<Coverable> {
    let mut all = carrier.spots.clone();
    for vocabulary in &carrier.vocabularies {
        let word = |span: Span| Coverable { spot: Spot { span, what: What::Word }, shown: span };
        all.extend(vocabulary.rules.iter().map(|rule| word(rule.reading.code)));
        let codes = vocabulary.codes.values().chain(vocabulary.patterns.iter().map(|(_, reading)| reading));
        all.extend(codes.map(|reading| word(reading.code)));
        let span = vocabulary.span;
        all.push(Coverable { spot: Spot { span, what: What::UnknownWord }, shown: span });
    }
    all.sort_by_key(|coverable| (coverable.shown, coverable.spot));
    let mut known = BTreeSet::new();
    all.retain(|coverable| known.insert(coverable.spot));
    all
}

fn of_spot(carrier: &Carrier, coverable: &Coverable) -> Missing {
    const LONGEST: usize = 72;
    let what = coverable.spot.what;
    let text = carrier.sources.slice(coverable.shown);
    let line = text.lines().next().unwrap_or_default().trim();
    let text = match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line.to_owned(),
    };
    let place = Some(Place::of(&carrier.sources, coverable.shown));
    // Beside its `$else`, the other way is a branch like any other.
    let told = if what == What::Otherwise && coverable.shown != coverable.spot.span { What::Arm(0) } else { what };
    Missing { kind: what.kind(), place, text, words: told.missing().into() }
}

/// An expectation that was generated is no evidence.
fn generated(case: &Case) -> bool {
    case.syntax.source.value.trim_start().to_lowercase().starts_with("generated")
}

/// Whether a case says what is to be sent, or made.
fn asks(case: &Case) -> bool {
    let made = matches!(case.subject, Subject::Part(_) | Subject::Intake | Subject::Webhook(_));
    let expects = case.syntax.expect.is_some() || case.syntax.exchanges.iter().any(|exchange| exchange.expect.is_some());
    expects || (made && case.syntax.then.is_some())
}

/// Whether a case says what is read: a delivery can be looked at for its signature alone.
fn reads(case: &Case) -> bool {
    let events = |then: &crate::syntax::ThenNode| {
        let then = &then.then;
        then.events.is_some() || then.unmapped.is_some() || then.completions.is_some()
    };
    match case.subject {
        Subject::Webhook(_) => case.syntax.then.as_ref().is_some_and(events),
        _ => tells(case),
    }
}

/// Whether a case says what comes of what is read. The expectations of a vocabulary stand beside its codes.
fn tells(case: &Case) -> bool {
    let codes = case.syntax.given.as_ref().is_some_and(|given| !given.codes.is_empty());
    case.syntax.then.is_some() || codes || case.syntax.exchanges.iter().any(|exchange| exchange.outcome.is_some())
}
