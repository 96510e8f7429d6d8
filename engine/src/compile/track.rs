//! Tracking and events, lowered.

use super::exchange::{Purpose, exchange};
use super::reader::Current;
use super::template::Data;
use super::{Made, duration, request_scope, unknown};
use crate::carrier::AskedBy;
use crate::carrier::plan::{ErrorPlan, EventPlan, ItemPlan, LocationPlan, Poll, StatusPlan, Track};
use crate::carrier::reader::{Entries, Reader};
use crate::diagnostic::Diagnostic;
use crate::expr::{Binding, Space, Use};
use crate::source::Node;
use crate::syntax::{self, SourceNode};

const LOCATION: &[&str] = &["text", "city", "country", "latitude", "longitude"];

impl Made<'_, '_> {
    pub(super) fn track(&mut self, track: &syntax::Track) -> Track {
        let mut lower = request_scope(self.file);
        lower.scope.bind("tracking", Binding::Space(Space::Tracking));
        let lets = self.lets(&mut lower, "track", &track.r#let);
        let purpose = Purpose { reads: true, writes: None, idempotency: None, renews: false };
        let auths = self.auth_names();
        let (exchange, items) =
            exchange(self.file, auths, &mut lower, &track.request, track.responses.as_ref(), &purpose, |data, current| {
                data.entries(track.items.as_ref(), current, true, &["item"], |data, item| data.item(track, item))
            });
        let asked = |used: &Use| if let Use::Asked(by) = used { Some(*by) } else { None };
        let by = lower.uses.iter().filter_map(asked).collect();
        self.absorb(lower);
        let poll = track.poll.as_ref().map(|poll| Poll { every: duration(poll.every), give_up: poll.give_up.map(duration) });
        Track { poll, batch: track.batch.as_ref().map_or(1, |batch| batch.value), by, lets, exchange, items }
    }
}

impl Data<'_, '_> {
    fn item(&mut self, track: &syntax::Track, item: &Current) -> ItemPlan {
        let spec = track.item.as_ref();
        let events = match &track.event {
            Some(event) => self.entries(track.events.as_ref(), item, false, &["event"], |data, here| data.event(event, here)),
            None => Entries { lists: Box::new([]) },
        };
        ItemPlan {
            names: spec.map_or_else(Vec::new, |spec| {
                let sources = [&spec.tracking_number, &spec.carrier_ref, &spec.reference];
                self.names(sources.map(Option::as_ref), item)
            }),
            error: spec.and_then(|spec| spec.error.as_ref()).map(|error| self.item_error(error, item)),
            current: spec.and_then(|spec| spec.current.as_ref()).map(|current| {
                let newest = current.occurred_at.0.as_scalar().is_some_and(|scalar| scalar.text == "newest");
                let when = if newest { None } else { Some(self.reader(&current.occurred_at, item, false)) };
                (self.status_plan(&current.status, item), when)
            }),
            estimated_delivery: spec.and_then(|spec| self.optional(spec.estimated_delivery.as_ref(), item)),
            signed_by: spec.and_then(|spec| self.optional(spec.signed_by.as_ref(), item)),
            events,
        }
    }

    fn item_error(&mut self, error: &syntax::ItemError, item: &Current) -> (ErrorPlan, bool) {
        let entry = syntax::EntryError {
            r#if: error.r#if.clone(),
            code: error.code.clone(),
            message: error.message.clone(),
            span: error.span,
        };
        (self.entry_error(&entry, item), error.not_found.as_ref().is_some_and(|flag| flag.value))
    }

    /// The names of a shipment, in the order in which they are tried.
    pub(super) fn names(&mut self, sources: [Option<&SourceNode>; 3], here: &Current) -> Vec<(AskedBy, Reader)> {
        let named = AskedBy::ALL.into_iter().zip(sources);
        named.filter_map(|(by, source)| Some((by, self.optional(source, here)?))).collect()
    }

    fn optional(&mut self, source: Option<&SourceNode>, here: &Current) -> Option<Reader> {
        source.map(|source| self.reader(source, here, false))
    }

    /// How an event is read.
    pub(super) fn event(&mut self, event: &syntax::EventSpec, here: &Current) -> EventPlan {
        EventPlan {
            condition: event.r#if.as_ref().map(|condition| self.counted(condition)),
            id: self.optional(event.id.as_ref(), here),
            tracking_number: self.optional(event.tracking_number.as_ref(), here),
            carrier_ref: self.optional(event.carrier_ref.as_ref(), here),
            reference: self.optional(event.reference.as_ref(), here),
            occurred_at: self.optional(event.occurred_at.as_ref(), here),
            status: self.status_plan(&event.status, here),
            location: event.location.as_ref().map(|location| self.location(location, here)),
            estimated_delivery: self.optional(event.estimated_delivery.as_ref(), here),
            signed_by: self.optional(event.signed_by.as_ref(), here),
            proof_url: self.optional(event.proof_url.as_ref(), here),
            span: event.span,
        }
    }

    fn status_plan(&mut self, status: &syntax::StatusSpec, here: &Current) -> StatusPlan {
        let name = &status.vocabulary;
        self.lower.uses.insert(Use::Vocabulary(name.value.clone()));
        let known = || self.file.syntax.vocabularies.iter().map(|(known, _)| known.value.as_str());
        let found = known().position(|known| known == name.value);
        if found.is_none() {
            let finding = unknown("vocabulary", &name.value, name.span, known());
            self.lower.found.push(finding);
        }
        if status.code.is_none() && status.text.is_none() {
            let words = "a status needs a `code`, a `text`, or both";
            self.lower.found.push(Diagnostic::error(&super::VOCABULARY, status.span, words));
        }
        StatusPlan {
            code: status.code.as_ref().map(|source| self.reader(source, here, true)),
            text: status.text.as_ref().map(|source| self.reader(source, here, true)),
            vocabulary: found.unwrap_or_default(),
        }
    }

    fn location(&mut self, node: &Node, here: &Current) -> LocationPlan {
        let mut plan = LocationPlan { text: None, city: None, country: None, latitude: None, longitude: None };
        let entries = node.as_map().unwrap_or(&[]);
        let record = entries.iter().any(|entry| LOCATION.contains(&entry.key.text.as_str()));
        let source = |node: &Node| SourceNode(node.clone());
        if !record {
            plan.text = Some(self.reader(&source(node), here, false));
            return plan;
        }
        for entry in entries {
            let reader = Some(self.reader(&source(&entry.value), here, false));
            match entry.key.text.as_str() {
                "text" => plan.text = reader,
                "city" => plan.city = reader,
                "country" => plan.country = reader,
                "latitude" => plan.latitude = reader,
                "longitude" => plan.longitude = reader,
                other => {
                    let finding =
                        Diagnostic::error(&crate::syntax::UNKNOWN_KEY, entry.key_span, format!("unknown key `{other}`"));
                    self.lower.found.push(finding.among(other, LOCATION.iter().copied()));
                }
            }
        }
        plan
    }
}
