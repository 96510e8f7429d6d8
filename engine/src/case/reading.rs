//! Where in the mapping an exchange is described, and the ways back from what was read.

use super::report::Way;
use super::way::{Map, Ways};
use crate::carrier::{Fault, Trail};
use crate::source::Node;

/// Which exchange of the mapping.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'a> {
    Operation {
        name: &'a str,
        step: Option<&'a str>,
        undo: bool,
    },
    Track,
    Auth(&'a str),
    /// The key set of a webhook.
    Keys(&'a str),
}

impl At<'_> {
    /// The node that has the exchange's `request` and `responses`.
    pub(super) fn exchange<'m>(&self, map: &'m Map<'_>) -> Option<&'m Node> {
        match self {
            Self::Operation { name, step, undo } => {
                let operation = map.node(&["operations", name])?;
                let step = match step {
                    Some(step) => operation.get("steps")?.get(step)?,
                    None => operation,
                };
                if *undo { step.get("compensate") } else { Some(step) }
            }
            Self::Track => map.node(&["track"]),
            Self::Keys(name) => map.node(&["webhooks", name, "verify"]),
            Self::Auth(name) => {
                let auth = if *name == "auth" { map.node(&["auth"]) } else { map.node(&["auths", name]) };
                // The variant is the key.
                Some(&auth?.as_map()?.first()?.value)
            }
        }
    }
}

impl Ways<'_> {
    /// All rules of an exchange, in order, with what became of each.
    pub(super) fn rules(&mut self, at: &At<'_>, trail: Option<&Trail>) {
        if let Some(span) = trail.and_then(|trail| trail.fault) {
            self.line(span, "cannot be read");
            if let Some(node) = self.map.around(span) {
                self.mentions(node, "");
            }
        }
        let map = self.map;
        let Some(node) = at.exchange(map).and_then(|exchange| exchange.get("responses")) else { return };
        let mut rules = Vec::new();
        collect(map, node, &mut rules, 0);
        for rule in rules {
            // `$http` is several rules at one place.
            let mut own = trail.into_iter().flat_map(|trail| &trail.tried).filter(|(span, _)| *span == rule.span);
            let first = own.next();
            let tried = first.into_iter().chain(own).find(|(_, why)| why.is_none()).or(first);
            let words = match tried {
                Some((_, None)) => "the rule that matched".to_owned(),
                Some((_, Some(why))) => format!("did not match: {why}"),
                None => "was not reached".to_owned(),
            };
            match tried {
                Some((_, None)) => {
                    self.line(rule.span, &words);
                    self.deep(rule, &words);
                }
                Some(_) => {
                    self.line(rule.span, &words);
                    self.aside(|this| this.deep(rule, &words));
                }
                None => self.aside(|this| {
                    this.line(rule.span, &words);
                    this.deep(rule, &words);
                }),
            }
        }
        self.aside(|this| this.line(node.span, "the rules"));
    }

    /// What an operation reads from its replies; of one field, or of all.
    pub(super) fn extracts(&mut self, operation: &str, field: Option<&str>) {
        let map = self.map;
        let Some(operation) = map.node(&["operations", operation]) else { return };
        let steps = operation.get("steps").into_iter().flat_map(super::way::children);
        for extract in std::iter::once(operation).chain(steps).filter_map(|node| node.get("extract")) {
            match field {
                Some(field) => self.members(Some(extract), &[field], "reads it"),
                None => self.deep(extract, "what is read"),
            }
        }
    }

    /// What decides which steps there are, and how often.
    pub(super) fn steps(&mut self, operation: &str) {
        let map = self.map;
        let steps = map.node(&["operations", operation, "steps"]);
        for entry in steps.and_then(Node::as_map).unwrap_or(&[]) {
            self.line(entry.key_span, "the step");
            let keys = ["if", "for_each", "sequential", "on_failure", "compensate"];
            self.members(Some(&entry.value), &keys, "decides whether it happens");
        }
    }

    /// What refuses orders.
    pub(super) fn requires(&mut self, operation: &str) {
        self.keys(&["operations", operation, "requires"], "refuses orders");
        self.keys(&["options"], "what an order may ask");
    }

    /// A fault's own place, and what stands there.
    pub(super) fn fault(&mut self, fault: &Fault) {
        let Some(span) = fault.span else { return };
        self.line(span, "fails here");
        if let Some(node) = self.map.around(span) {
            self.mentions(node, "");
            self.line(node.span, "fails here");
        }
        if fault.messages.iter().any(|message| message.contains("`links`")) {
            self.keys(&["links"], "the hosts that links go to");
        }
    }

    /// How events are read, under `track` or a webhook: of one field, or of all.
    pub(super) fn events(&mut self, keys: &[&str], field: Option<&str>, code: &str, text: &str) {
        let map = self.map;
        let Some(node) = map.node(keys) else { return };
        let (event, item) = (node.get("event"), node.get("item"));
        let wanted: &[&str] = match field {
            Some("status" | "reason" | "carrier_code" | "carrier_text") => &["status"],
            Some("occurred_at" | "time_is") => &["occurred_at"],
            Some("tracking_number") => &["tracking_number"],
            Some("parcel_reference") => &["reference"],
            Some("event_id") => &["id", "tracking_number", "carrier_ref", "reference", "occurred_at", "status"],
            Some(other @ ("location" | "estimated_delivery" | "signed_by" | "proof_url")) => match other {
                "location" => &["location"],
                "estimated_delivery" => &["estimated_delivery"],
                "signed_by" => &["signed_by"],
                _ => &["proof_url"],
            },
            _ => &[],
        };
        self.members(event, wanted, "reads it");
        self.members(item, wanted, "reads it");
        self.members(item, &["current"], "reads the summary");
        if field.is_none_or(|field| matches!(field, "status" | "reason")) {
            for status in [event, item.and_then(|item| item.get("current"))].into_iter().flatten() {
                let name = status.get("status").and_then(|status| status.get("vocabulary")).map(super::given::text_of);
                self.vocabulary(&name.unwrap_or_default(), code, text);
            }
        }
        self.members(event, &["if"], "decides whether it is read");
        if field.is_none() {
            self.members(Some(node), &["ignore_if", "items", "events", "item", "event"], "how events are read");
        }
    }
}

/// Rules in order: names of lists, and `- $name` among them, in their place.
fn collect<'m>(map: &'m Map<'_>, node: &'m Node, rules: &mut Vec<&'m Node>, depth: usize) {
    if depth > 8 {
        return;
    }
    if let Some(scalar) = node.as_scalar() {
        let name = scalar.text.trim_start_matches('$');
        if let Some(list) = map.node(&["replies", name]) {
            collect(map, list, rules, depth + 1);
        } else {
            rules.push(node);
        }
    }
    for item in node.as_list().unwrap_or(&[]) {
        match item.as_scalar() {
            Some(_) => collect(map, item, rules, depth + 1),
            None => rules.push(item),
        }
    }
}

/// The ways of a fault.
pub(super) fn fault_ways(map: &Map<'_>, context: &str, operation: &str, fault: &Fault) -> Vec<Way> {
    let mut ways = map.ways().within(context);
    ways.fault(fault);
    if fault.kind == crate::carrier::FaultKind::Refused {
        ways.requires(operation);
    }
    ways.list
}
